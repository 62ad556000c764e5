# SPDX-License-Identifier: GPL-2.0
"""A policy of hundreds of pages changes while packets, clones and dumps read it."""

import ipaddress
import random

import genl
from harness import Router, ctl, ctl_json, equal, load, test
from packets import tcp_packet
from policies import Others, change_something

PREFIXES = 120000       # single addresses
STAY = 20               # the number of them that are never deleted
SOME = 40               # the number of them, and of others, checked each time
SERVER = "203.0.113.9"


def address(number):
    """One of 2^24 addresses, scattered over 10.0.0.0/8."""
    # multiplying by an odd factor permutes the 24-bit numbers
    return str(ipaddress.IPv4Address(10 << 24 | number * 0x9E3779B1 % (1 << 24)))


class Large:
    """The running policy, and the expected one: labels by the address's number."""

    def __init__(self):
        self.random = random.Random(25)
        self.router = Router()
        self.labels = {number: None for number in range(PREFIXES)}
        load("add dynamic 10.0.0.0/8\n" +
             "".join(f"add fixed {address(number)}\n" for number in self.labels))

    def disturb(self, number):
        """Concurrent work: packets, and drafts and dumps that are abandoned."""
        for stays in range(STAY):
            assert self.router.passes(tcp_packet(address(stays), SERVER)), stays
        client = genl.Client()
        client.request(genl.BEGIN)
        change_something(number, client)
        client.send(genl.LIST, flags=genl.DUMP)
        client.socket.recv(1 << 16)
        client.socket.close()

    def change(self, labels, gone=()):
        """One transaction that adds or relabels entries, and deletes those of gone."""
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
        """The numbers of `count` initial entries, none of those that stay."""
        return self.random.sample(range(STAY, PREFIXES), count)

    def check(self):
        """Packets from addresses in the policy pass, those from others do not."""
        for number in self.random.sample(list(self.labels), SOME):
            assert self.router.passes(tcp_packet(address(number), SERVER)), number
        for number in self.random.sample(range(PREFIXES, 1 << 24), SOME):
            equal(self.router.passes(tcp_packet(address(number), SERVER)),
                  number in self.labels, f"{number} passes")

    def check_list(self):
        """The tool lists the expected entries."""
        listed = {one["prefix"]: one.get("label") for one in ctl_json("list", "fixed")}
        equal(listed == {f"{address(number)}/32": label
                         for number, label in self.labels.items()}, True, "listed")


@test
def large_table():
    """120,000 addresses are added, deleted and relabelled during reads and clones"""
    large = Large()
    large.check()
    for count in 60, 4000:
        large.change({number: f"l{number % 200}" for number in large.some(count)})
    large.change({number: None for number, label in large.labels.items() if label})
    large.change({}, large.some(60000))
    large.change({number: None for number in range(PREFIXES, PREFIXES + 70000)})
    large.check_list()
    equal(ctl_json("show")["tables"]["fixed"]["ipv4"], len(large.labels))
