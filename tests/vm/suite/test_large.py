# SPDX-License-Identifier: GPL-2.0
"""A policy of hundreds of pages that changes while it is dumped and cloned, and packets
are judged.
"""

import ipaddress
import random

import genl
from harness import Router, ctl, ctl_json, equal, load, test
from packets import tcp_packet
from policies import Others, change_something

PREFIXES = 120000       # single addresses
STAY = 20               # of them that are never deleted
SOME = 40               # of them, and as many others, are tried each time
SERVER = "203.0.113.9"


def address(number):
    """One of 2^24, all over 10.0.0.0/8."""
    # an odd factor makes a permutation of the numbers of so many bits
    return str(ipaddress.IPv4Address(10 << 24 | number * 0x9E3779B1 % (1 << 24)))


class Large:
    """The policy in force, and what it is to be: labels by number of the address."""

    def __init__(self):
        self.random = random.Random(25)
        self.router = Router()
        self.labels = {number: None for number in range(PREFIXES)}
        load("add dynamic 10.0.0.0/8\n" +
             "".join(f"add fixed {address(number)}\n" for number in self.labels))

    def disturb(self, number):
        """What others do meanwhile: packets, and drafts and dumps that are given up."""
        for stays in range(STAY):
            assert self.router.passes(tcp_packet(address(stays), SERVER)), stays
        client = genl.Client()
        client.request(genl.BEGIN)
        change_something(number, client)
        client.send(genl.LIST, flags=genl.DUMP)
        client.socket.recv(1 << 16)
        client.socket.close()

    def change(self, labels, gone=()):
        """One transaction that adds these, or says something else of them."""
        self.labels.update(labels)
        lines = [f"add fixed {address(number)}" + (f" label {label}" if label else "")
                 for number, label in labels.items()]
        for number in gone:
            del self.labels[number]
            lines.append(f"del fixed {address(number)}")
        with Others(self.disturb):
            ctl("batch", "-", input="\n".join(lines) + "\n", timeout=300)
        self.check()

    def some(self, count):
        """So many that are there, but none of those that stay."""
        return self.random.sample(range(STAY, PREFIXES), count)

    def check(self):
        """What is there passes, and other addresses do not."""
        for number in self.random.sample(list(self.labels), SOME):
            assert self.router.passes(tcp_packet(address(number), SERVER)), number
        for number in self.random.sample(range(PREFIXES, 1 << 24), SOME):
            equal(self.router.passes(tcp_packet(address(number), SERVER)),
                  number in self.labels, f"{number} passes")

    def check_list(self):
        """All of it is listed."""
        listed = {one["prefix"]: one.get("label") for one in ctl_json("list", "fixed")}
        equal(listed == {f"{address(number)}/32": label
                         for number, label in self.labels.items()}, True, "listed")


@test
def large_table():
    """120,000 addresses that come, go and get labels, while others read and clone"""
    large = Large()
    large.check()
    for count in 60, 4000:
        large.change({number: f"l{number % 200}" for number in large.some(count)})
    large.change({number: None for number, label in large.labels.items() if label})
    large.change({}, large.some(60000))
    large.change({number: None for number in range(PREFIXES, PREFIXES + 70000)})
    large.check_list()
    equal(ctl_json("show")["tables"]["fixed"]["ipv4"], len(large.labels))
