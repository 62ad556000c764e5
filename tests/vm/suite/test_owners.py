# SPDX-License-Identifier: GPL-2.0
"""Owners: several writers of one policy, who do not undo each other by accident."""

import errno
import random
import socket
import struct
import threading
import time

from genl import (ADD, BEGIN, COMMIT, DEL, NESTED, OWNER, REPLACE, SET, SKIP, SKIPPED,
                  UPDATE, Client, attr, attrs)
from harness import ctl, ctl_json, equal, load, test
from policies import Directory, entries, entry, settings, state

SOL_NETLINK, NETLINK_EXT_ACK, NLM_F_CAPPED = 270, 11, 0x100

OPERATORS = """
    set action reset
    add dynamic 198.51.100.0/24 label flets
    add fixed 198.51.100.64/29
    add relay 192.0.2.25
"""
FEEDS = """
    add fixed 198.51.100.8/29 label bgp
    add fixed 2001:db8:1000::/48 label bgp
"""


def owned(owner, *listed):
    """Entries in the format of `list --json`, with an owner."""
    return [one | {"owner": owner} for one in listed]


FEED = owned("feed:a", entry("fixed", "198.51.100.8/29", "bgp"),
             entry("fixed", "2001:db8:1000::/48", "bgp"))
OPERATOR = [entry("dynamic", "198.51.100.0/24", "flets"),
            entry("fixed", "198.51.100.64/29"), entry("relay", "192.0.2.25/32")]


def both():
    """The policy of operator and of a feed."""
    load(OPERATORS)
    ctl("--owner", "feed:a", "batch", "-", input=FEEDS)


def refused(*words, **options):
    """The message of a command that is refused."""
    done = ctl(*words, check=False, **options)
    equal(done.returncode, 2, f"exit status of {words}")
    return done.stderr.removeprefix("op25bctl: ").strip()


@test
def each_has_his_own():
    """list, save and flush are of one owner; others' entries stay"""
    both()
    equal([one for one in entries() if "owner" in one], FEED)
    equal([one for one in entries() if "owner" not in one], OPERATOR)
    equal(entries("owner", "feed:a"), FEED)
    equal(entries("owner", "operator"), OPERATOR)
    equal(entries("owner", "feed:b"), [])
    equal("bgp" in ctl("save").stdout, False)
    saved = ctl("--owner", "feed:a", "save").stdout
    equal(saved, "add fixed 198.51.100.8/29 label bgp\n"
          "add fixed 2001:db8:1000::/48 label bgp\n")
    ctl("flush", "fixed")
    equal(entries("fixed"), FEED)
    ctl("-o", "feed:a", "flush", "fixed")
    equal(entries("fixed"), [])


@test
def loads_leave_the_others():
    """load replaces the entries of one owner; settings are operator's"""
    both()
    load("add dynamic 203.0.113.0/24\n")
    equal([one["prefix"] for one in entries()],
          ["203.0.113.0/24", "198.51.100.8/29", "2001:db8:1000::/48"])
    equal(settings()["action"], "drop")
    ctl("set", "action", "reset")
    ctl("--owner", "feed:a", "load", "-", input="add dialup 192.0.2.128/25\n")
    equal([one["prefix"] for one in entries()], ["203.0.113.0/24", "192.0.2.128/25"])
    equal(settings()["action"], "reset")
    before = state()
    ctl("--owner", "feed:a", "load", "-", input="add dialup 192.0.2.128/25\n")
    equal(state(), before, "the same again")
    equal(refused("--owner", "feed:a", "load", "-", input="set mode off\n"),
          "<stdin>:1:1: settings belong to owner operator")
    equal(refused("--owner", "feed:a", "set", "mode", "off"),
          "settings belong to owner operator")
    equal(state(), before, "after refusals")


@test
def who_has_a_prefix():
    """operator takes prefixes over; among others the first keeps them"""
    both()
    before = state()
    whose = "this prefix belongs to owner "
    equal(refused("-o", "feed:b", "add", "fixed", "198.51.100.8/29"), whose + "feed:a")
    equal(refused("-o", "feed:b", "add", "dynamic", "198.51.100.8/29"), whose + "feed:a")
    equal(refused("-o", "feed:b", "del", "fixed", "198.51.100.8/29"), whose + "feed:a")
    equal(refused("del", "fixed", "198.51.100.8/29"), whose + "feed:a")
    equal(refused("-o", "feed:a", "add", "fixed", "198.51.100.64/29"), whose + "operator")
    equal(refused("-o", "feed:a", "del", "fixed", "198.51.100.64/29"), whose + "operator")
    equal(refused("-o", "feed:a", "load", "-",
                  input="add fixed 203.0.113.9\nadd dialup 198.51.100.64/29\n"),
          f"<stdin>:2:12: {whose}operator")
    equal(state(), before)
    ctl("add", "dialup", "198.51.100.8/29")
    equal(entries("dialup"), [entry("dialup", "198.51.100.8/29")])
    equal(entries("owner", "feed:a"), FEED[1:])
    load(OPERATORS + "add fixed 2001:db8:1000::/48\n")
    equal(entries("owner", "feed:a"), [])


@test
def everything():
    """save --all prints what load --all takes back exactly"""
    both()
    ctl("-o", "operator", "add", "fixed", "198.51.100.16/29", "provider", "akari")
    before = entries()
    saved = ctl("save", "--all").stdout
    equal(refused("load", "-", input=saved),
          "<stdin>:7:37: option owner is for load --all only: remove it")
    equal(ctl("check", "-", input=saved, check=False).returncode, 1)
    ctl("check", "--all", "-", input=saved)
    generation = ctl_json("show")["generation"]
    ctl("load", "--all", "-", input=saved)
    equal((entries(), ctl_json("show")["generation"]), (before, generation))
    ctl("load", "--all", "-", input="add relay 192.0.2.25\n")
    equal(entries(), [entry("relay", "192.0.2.25/32")])
    ctl("load", "--all", "-", input=saved)
    equal(entries(), before)


@test
def a_providers_pipeline():
    """load --provider owns its part, of its provider, and nothing else"""
    both()
    with Directory() as here:
        here.write("akari", "add dynamic 203.0.113.0/24\nadd relay 192.0.2.26\n")
        ctl("load", "--provider", "akari", "akari")
        due = [one | {"provider": "akari", "owner": "provider:akari"}
               for one in (entry("dynamic", "203.0.113.0/24"),
                           entry("relay", "192.0.2.26/32"))]
        equal(entries("owner", "provider:akari"), due)
        equal(entries("provider", "akari"), due)
        here.write("akari", "add relay 192.0.2.26 provider akari\n")
        ctl("load", "--provider", "akari", "akari")
        equal(entries("owner", "provider:akari"), due[1:])
        equal(len(entries()), 6)
        here.write("akari", "add relay 192.0.2.26 provider kumo\n")
        equal(refused("load", "--provider", "akari", "akari"),
              "akari:1:31: the file is of another provider")
        here.write("akari", "flush relay\n")
        equal(refused("load", "--provider", "akari", "akari"),
              "akari:1:1: a provider's file holds add statements only")


def host(number, table=2):
    """An ADD of a host."""
    return attr(ADD | NESTED, attr(1, bytes([table])) +
                attr(2, socket.inet_aton(f"10.0.{number >> 8}.{number & 255}")) +
                attr(3, bytes([32])))


def skipped(answers):
    """The number of prefixes skipped, of an answer."""
    (found,) = answers
    return struct.unpack("I", dict(found)[SKIPPED])[0]


@test
def skipping():
    """an update or a load may leave prefixes to their owners; they are counted"""
    client = Client()
    mine, owner = attr(OWNER, b"feed:b\0"), attr(OWNER, b"feed:a\0")
    client.request(UPDATE, mine + host(1) + host(2))
    client.request(UPDATE, host(3))
    equal(skipped(client.request(UPDATE, owner + attr(SKIP) +
                                 b"".join(map(host, range(6))))), 3)
    equal(len(entries("owner", "feed:a")), 3)
    for number in range(2):
        client.request(BEGIN, owner + attr(SKIP) + attr(REPLACE))
        client.request(UPDATE, b"".join(map(host, range(1, 7 + number))))
        equal(skipped(client.request(COMMIT)), 3)
        equal(len(entries("owner", "feed:a")), 3 + number)
    client.request(BEGIN, owner + attr(REPLACE))
    client.request(UPDATE, host(7))
    other = Client()
    other.request(UPDATE, mine + host(8))
    client.request(UPDATE, host(9))
    client.request(COMMIT)
    equal([one["prefix"] for one in entries("owner", "feed:a")],
          ["10.0.0.7/32", "10.0.0.9/32"])
    # taken after the update, before the commit
    client.request(BEGIN, owner + attr(REPLACE))
    client.request(UPDATE, host(10))
    other.request(UPDATE, mine + host(10))
    before = state()
    try:
        client.request(COMMIT)
    except OSError as error:
        equal(error.errno, errno.EACCES)
    else:
        raise AssertionError("committed")
    equal(state(), before)


@test
def at_once():
    """owners load at once without failing, and each finds what it has loaded last"""
    load(OPERATORS)
    end = time.monotonic() + 10
    owners = "operator", "feed:a", "feed:b", "session"
    wanted, problems, loads = {}, [], []

    def write(owner, dice):
        client = Client()
        while time.monotonic() < end and not problems:
            start = 4000 * owners.index(owner)
            chosen = dice.sample(range(start, start + 2000), dice.randrange(600))
            try:
                client.request(BEGIN, attr(OWNER, owner.encode() + b"\0") +
                               attr(REPLACE))
                client.request(UPDATE, b"".join(map(host, chosen)))
                client.request(COMMIT)
            except OSError as error:
                problems.append((owner, error))
            wanted[owner] = len(chosen)
            loads.append(owner)

    threads = [threading.Thread(target=write, args=(owner, random.Random(owner)))
               for owner in owners]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    equal(problems, [])
    assert len(loads) > 20, loads
    for owner, number in wanted.items():
        equal(len(entries("owner", owner)), number, owner)


@test
def many():
    """twenty owners, more than there are groups, lose nothing by what the others do"""
    load(OPERATORS)
    client = Client()
    wanted = {f"feed:{number}": range(100 * number, 100 * number + 20)
              for number in range(20)}

    def write(owner, hosts):
        client.request(BEGIN, attr(OWNER, owner.encode() + b"\0") + attr(REPLACE))
        client.request(UPDATE, b"".join(map(host, hosts)))
        client.request(COMMIT)

    def check(what):
        listed = entries()
        for owner, hosts in wanted.items():
            equal([one["prefix"] for one in listed if one.get("owner") == owner],
                  [f"10.0.{number >> 8}.{number & 255}/32" for number in hosts],
                  f"{owner} {what}")
        equal([one for one in listed if "owner" not in one], OPERATOR, f"operator {what}")

    for owner, hosts in wanted.items():
        write(owner, hosts)
    check("at first")
    for owner in list(wanted):
        equal(entries("owner", owner), owned(owner, *(
            entry("fixed", f"10.0.{number >> 8}.{number & 255}/32")
            for number in wanted[owner])))
    dice = random.Random(25)
    for _ in range(60):
        owner = dice.choice(list(wanted))
        start = wanted[owner].start
        if dice.random() < 0.3:
            ctl("-o", owner, "flush", "fixed")
            wanted[owner] = range(start, start)
        else:
            wanted[owner] = range(start, start + dice.randrange(99))
            write(owner, wanted[owner])
        check(f"after {owner}")
    load(OPERATORS)
    check("after operator's load")


def error_of(client, command, payload=b""):
    """The error of a request that is refused, and what its answer points at: the error
    number, the offset and the message.
    """
    client.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
    client.send(command, payload)
    data = client.socket.recv(1 << 16)
    error, echoed = struct.unpack_from("iI", data, 16)
    assert error < 0, "not refused"
    found = dict(attrs(data[20 + (echoed if not data[6] & NLM_F_CAPPED >> 8 else 16):]))
    offset = found.get(2)
    return (-error, offset and struct.unpack("I", offset)[0],
            found[1].rstrip(b"\0").decode())


@test
def where():
    """a refused update of an owner's transaction says where; then there is no COMMIT"""
    both()
    before = state()
    for flags in b"", attr(REPLACE):
        for first, operation, inside, why in (
                (host(1), taken(ADD, "198.51.100.64"), 12, "operator"),
                (b"", taken(ADD, "198.51.100.8"), 12, "feed:a"),
                (host(1) + host(2), attr(SET | NESTED, attr(1, b"\0")), 0, None)):
            client = Client()
            client.request(BEGIN, attr(OWNER, b"feed:b\0") + flags)
            equal(error_of(client, UPDATE, first + operation),
                  (errno.EACCES, 20 + len(first) + inside,
                   f"this prefix belongs to owner {why}" if why else
                   "settings belong to owner operator"))
            equal(error_of(client, UPDATE, host(3))[0], errno.ECANCELED)
            equal(error_of(client, COMMIT)[0], errno.ECANCELED)
            equal(error_of(client, COMMIT)[0], errno.ENOENT)
            equal(state(), before)
    # not in the transaction: an empty draft has nothing of others to delete
    client = Client()
    client.request(BEGIN, attr(OWNER, b"feed:b\0"))
    equal(error_of(client, UPDATE, taken(DEL, "198.51.100.8"))[:2], (errno.EACCES, 32))


def taken(operation, address):
    """An operation on a /29 of table fixed."""
    return attr(operation | NESTED, attr(1, b"\2") + attr(2, socket.inet_aton(address)) +
                attr(3, bytes([29])))
