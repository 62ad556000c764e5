# SPDX-License-Identifier: GPL-2.0
"""Labels and providers: refused characters, and reuse of numbers when all are taken."""

import errno
import socket

from genl import ADD, BEGIN, COMMIT, DEL, NESTED, UPDATE, Client, attr
from harness import ctl_json, equal, load, test

LABELS_MAX = 65535
FIXED = 2               # OP25B_TABLE_FIXED
ROUNDS = 20


def address(number):
    """The host address of a number."""
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def provider(number):
    """The provider of a host's new entry, or None."""
    return f"provider{number}" if number % 3 == 0 else None


def operation(kind, number, label=None):
    """Add or delete the entry of a host; with a label it may have a provider, too."""
    prefix = attr(1, bytes([FIXED])) + \
        attr(2, socket.inet_aton(address(number))) + attr(3, bytes([32]))
    if label:
        prefix += attr(6, label.encode() + b"\0")
        if provider(number):
            prefix += attr(7, provider(number).encode() + b"\0")
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
