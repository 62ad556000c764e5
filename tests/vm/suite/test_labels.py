# SPDX-License-Identifier: GPL-2.0
"""Labels and providers: refused characters, and reuse of numbers when all are taken."""

import errno
import socket

from genl import ADD, BEGIN, COMMIT, DEL, NESTED, OWNER, UPDATE, Client, attr
from harness import SLOW, ctl, ctl_json, equal, load, test

LABELS_MAX = 65535
FIXED = 2               # OP25B_TABLE_FIXED
# The namespace waits for replaced policies within a limit of time
ROUNDS = 20 // SLOW


def address(number):
    """The host address of a number."""
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def provider(number):
    """The provider of a host's new entry, or None."""
    return f"provider{number}" if number % 3 == 0 else None


def operation(kind, number, label=None, owner=None):
    """Add or delete the entry of a host; with a label it may have a provider, too."""
    prefix = attr(1, bytes([FIXED])) + \
        attr(2, socket.inet_aton(address(number))) + attr(3, bytes([32]))
    if label:
        prefix += attr(6, label.encode() + b"\0")
        if provider(number):
            prefix += attr(7, provider(number).encode() + b"\0")
    if owner:
        prefix += attr(8, owner.encode() + b"\0")
    return attr(kind | NESTED, prefix)


def give_up_label(client, number):
    """Delete a host's entry. The next request arrives before the replaced policy is
    freed.
    """
    client.request(BEGIN)
    client.request(UPDATE, operation(DEL, number))
    client.request(COMMIT)


def use_label(client, number, label, transaction):
    """Add a host's entry, within a transaction or not."""
    if transaction:
        client.request(BEGIN)
    client.request(UPDATE, operation(ADD, number, label))
    if transaction:
        client.request(COMMIT)


def refused(client, label):
    """Whether the kernel refuses a label."""
    try:
        client.request(UPDATE, operation(ADD, 0, label))
    except OSError as error:
        equal(error.errno, errno.EINVAL)
        return True
    return False


@test
def control_characters():
    """the kernel refuses the control characters C0, DEL and C1, and no others"""
    client = Client()
    for code in range(1, 0x200):
        control = code < 0x20 or 0x7f <= code < 0xa0
        for label in (chr(code), f"a{chr(code)}", f"{chr(code)}é"):
            equal(refused(client, label), control, hex(code))
    equal(len(ctl_json("list")), 1)


@test
def given_again():
    """a new label waits for the last number, which a replaced policy still holds"""
    expected = {address(number): f"old{number}" for number in range(LABELS_MAX)}
    load("".join(f"add fixed {host} label {label}\n"
                 for host, label in expected.items()))
    client = Client()
    for number in range(ROUNDS):
        label = expected[address(number)] = f"new{number}"
        give_up_label(client, number)
        use_label(client, number, label, transaction=number % 2)
    seen = {entry["prefix"].split("/")[0]: entry["label"]
            for entry in ctl_json("list", "fixed")}
    equal(seen == expected, True, "all labels are those of their entries")
    equal({entry["prefix"].split("/")[0]: entry["provider"]
           for entry in ctl_json("list", "fixed") if "provider" in entry},
          {address(number): provider(number) for number in range(0, ROUNDS, 3)},
          "providers")


def fill(client, numbers, owner=None):
    """Add hosts with a label each, of an owner."""
    for start in range(numbers.start, numbers.stop, 1000):
        client.request(UPDATE, b"".join(
            operation(ADD, number, f"label{number}", owner)
            for number in range(start, min(start + 1000, numbers.stop))))


def labelled(label, count):
    """A policy of so many hosts, each with a label of its own."""
    return "".join(f"add fixed {address(number)} label {label}{number}\n"
                   for number in range(count))


@test
def kept():
    """labels of the policy before the last load are given up when there is no room"""
    load(labelled("old", 40000))
    load(labelled("new", 25535))
    assert "kept_memory" in ctl_json("show")
    ctl("add", "fixed", address(60000), "label", "one more")
    equal("kept_memory" in ctl_json("show"), False, "a policy to go back to")
    equal(ctl("rollback", check=False).stderr,
          "op25bctl: there is no load to go back from\n")
    equal(len(ctl_json("list", "fixed")), 25536)


@test
def waiting():
    """labels of the policy before a load that waits for confirmation are not given up"""
    load(labelled("old", 40000))
    before = ctl_json("list", "fixed")
    ctl("load", "--confirm", "3600", "-", input=labelled("new", 25535))
    done = ctl("add", "fixed", address(60000), "label", "one more", check=False)
    equal((done.returncode, "too many combinations" in done.stderr), (2, True), done.stderr)
    ctl("rollback")
    equal(ctl_json("list", "fixed") == before, True, "the policy before")
    ctl("add", "fixed", address(60000), "label", "one more")


def hosts_of(owner):
    """The hosts that an owner has."""
    return [one["prefix"] for one in ctl_json("list", "owner", owner)]


@test
def all_taken():
    """with all numbers taken an owner deletes, flushes and loads what he has"""
    client = Client()
    # no request in the name of these, which would take a number for the owner alone
    fill(client, range(3), "feed:a")
    fill(client, range(3, 4), "feed:b")
    fill(client, range(4, LABELS_MAX))
    done = ctl("-o", "feed:c", "flush", "fixed", check=False)
    equal((done.returncode, "too many combinations" in done.stderr), (2, True), done.stderr)
    client.request(UPDATE, attr(OWNER, b"feed:a\0") + operation(DEL, 0))
    equal(hosts_of("feed:a"), [f"{address(number)}/32" for number in (1, 2)])
    # takes the number that is free now, and the next one that of feed:b
    fill(client, range(LABELS_MAX, LABELS_MAX + 1))
    ctl("-o", "feed:b", "flush", "fixed")
    equal(hosts_of("feed:b"), [])
    fill(client, range(LABELS_MAX + 1, LABELS_MAX + 2))
    ctl("-o", "feed:a", "load", "-", input=f"add fixed {address(2)} label label2\n")
    equal(hosts_of("feed:a"), [f"{address(2)}/32"])
    equal(len(hosts_of("operator")), LABELS_MAX - 2)
