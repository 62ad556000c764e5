# SPDX-License-Identifier: GPL-2.0
"""import: sets that ipset and nft hold, their files, and plain lists.

OP25B_SEED sets the seed of the random sets.
"""

import ipaddress
import os
import random

from harness import SLOW, TOP, Router, ctl, ctl_json, equal, run, test
from packets import tcp_packet
from policies import Directory, real_lists

DATA = os.path.join(TOP, "tests/data/import")
SEED = int(os.environ.get("OP25B_SEED", "25"))
BITS = {4: 32, 6: 128}
MAKE = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}
FAMILY = {4: "inet", 6: "inet6"}
# Where the elements are: networks of 20 bits, so that they are beside one another
PLACES = {4: 0xC6120000, 6: 0x20010DB8 << 96 | 0xF0000}
SERVER = {4: "203.0.113.25", 6: "2001:db8:25::25"}
COMMENTS = [None, None, "bflets", "Bフレッツ 光", r"it's \ 3 #"]
TIMEOUTS = [None, None, 3600, 86400]


def imported(kind, text, table="dynamic"):
    """The statements that import prints, warnings aside; check accepts them."""
    statements = ctl("import", kind, table, input=text).stdout
    ctl("check", "-", input=statements)
    return statements


@test
def kept_files():
    """files of different versions of ipset and nft, down to each statement"""
    for name, kind, expected in (("ipset.save", "ipset", "ipset.op25b"),
                                 ("nft-1.0.6.json", "nft", "nft.op25b"),
                                 ("nft-1.1.3.json", "nft", "nft.op25b")):
        with open(os.path.join(DATA, expected)) as file:
            due = file.read()
        path = os.path.join(DATA, name)
        equal(ctl("import", kind, "dynamic", path).stdout, due, name)
        with open(path) as file:
            equal(imported(kind, file.read()), due, f"{name} as standard input")


# Random sets


class Element:
    """Addresses of a set, with a comment and a timeout or None."""

    def __init__(self, first, last, comment=None, timeout=None):
        self.first, self.last = first, last
        self.comment, self.timeout = comment, timeout
        self.nets = list(ipaddress.summarize_address_range(first, last))

    def __str__(self):
        """As ipset and nft write it."""
        if len(self.nets) > 1:
            return f"{self.first}-{self.last}"
        return str(self.first if self.first == self.last else self.nets[0])

    def edges(self):
        """The addresses at its ends, inside and outside."""
        return [self.first - 1, self.first, self.last, self.last + 1]


def random_range(random, version):
    """A host, a prefix or a range, as first and last address."""
    base, bits = PLACES[version], random.choice([0, 1, 4, 8])
    first = base | random.randrange(1 << 16) >> bits << bits
    last = first | (1 << bits) - 1
    if random.random() < 0.3:
        last += random.randrange(200)
    return MAKE[version](first), MAKE[version](last)


def random_elements(random, version, nested, ranges=True):
    """Elements no two of which have a prefix, or without nesting an address, in common."""
    found, taken = [], set()
    for _ in range(40):
        element = Element(*random_range(random, version), random.choice(COMMENTS),
                          random.choice(TIMEOUTS))
        if len(element.nets) > 1 and not ranges:
            continue
        # nft merges neighbours
        parts = set(element.nets) if nested else \
            set(range(int(element.first) - 1, int(element.last) + 2))
        if taken.isdisjoint(parts):
            taken |= parts
            found.append(element)
    return found


def expect_entries(elements):
    """The table dynamic must hold these elements, with labels and timeouts."""
    due = {str(net): (one.comment, one.timeout) for one in elements for net in one.nets}
    listed = {one["prefix"]: one for one in ctl_json("list", "dynamic")}
    equal(sorted(listed), sorted(due))
    for prefix, (comment, timeout) in due.items():
        one = listed[prefix]
        equal(one.get("label"), comment, prefix)
        left = one.get("timeout")
        # the smaller of the two timeouts is less than half of the other
        assert left is None if timeout is None else timeout / 2 < left <= timeout, one


def blocked(router, addresses):
    """Those of the addresses whose packets to port 25 are not forwarded."""
    return [one for one in addresses
            if not router.passes(tcp_packet(one, SERVER[one.version]))]


def compare(elements, kind, save, lift):
    """Import what the command `save` prints: op25b must then block the same packets that
    rules with the sets have dropped, which `lift` removes.
    """
    router = Router()
    addresses = sorted({address for one in elements for address in one.edges()}, key=str)
    due = blocked(router, addresses)
    assert 0 < len(due) < len(addresses), due
    statements = imported(kind, run(*save).stdout)
    lift()
    equal(blocked(router, addresses), [], "without the sets")
    ctl("batch", "-", input=statements)
    expect_entries(elements)
    equal(blocked(router, addresses), due, "by op25b")


def quoted(comment):
    """A comment as an option, or nothing."""
    return f' comment "{comment}"' if comment else ""


@test
def from_ipset():
    """random sets of ipset, of both families, block the same once imported"""
    if SLOW > 1:
        return      # the debug kernel has no ipset, and the module has no part in this
    draw = random.Random(SEED)
    text, elements = "", []
    for version in 4, 6:
        family = FAMILY[version]
        text += (f"create net{version} hash:net family {family} timeout 0 comment counters\n"
                 f"create ip{version} hash:ip family {family} comment timeout 3600\n")
        # ipset takes ranges of IPv4 only
        for one in random_elements(draw, version, True, version == 4):
            name = "ip" if one.first == one.last and draw.random() < 0.5 else "net"
            text += (f"add {name}{version} {one} timeout {one.timeout or 0}"
                     f"{quoted(one.comment)}\n")
            elements.append(one)
    net = ipaddress.ip_network("2001:db8:aa:bb00::/56")
    text += ("create net56 hash:ip family inet6 netmask 56\n"
             f"add net56 {net[0x1234]}\n")
    elements.append(Element(net[0], net[-1]))
    run("ipset", "restore", input=text)
    names = [(name, "6" if name[-1] == "6" else "")
             for name in ("net4", "ip4", "net6", "ip6", "net56")]
    for name, six in names:
        run(f"ip{six}tables", "-A", "FORWARD", "-m", "set", "--match-set", name, "src",
            "-j", "DROP")

    def lift():
        for _, six in names:
            run(f"ip{six}tables", "-F", "FORWARD")
        run("ipset", "destroy")
    compare(elements, "ipset", ["ipset", "save"], lift)


@test
def from_nft():
    """random sets of nft, of both families, block the same once imported"""
    draw = random.Random(SEED)
    text, elements = "", []
    for version in 4, 6:
        found = random_elements(draw, version, False)
        written = ",\n".join(f"{one}{f' timeout {one.timeout}s' if one.timeout else ''}"
                             f"{quoted(one.comment)}" for one in found)
        text += (f"set s{version} {{ type ipv{version}_addr; flags interval, timeout\n"
                 f"elements = {{ {written} }} }}\n")
        elements += found
    run("nft", "-f", "-", input=f"""
        table inet t {{
            {text}
            chain forward {{
                type filter hook forward priority filter; policy accept;
                ip saddr @s4 drop
                ip6 saddr @s6 drop
            }}
        }}""")
    compare(elements, "nft", ["nft", "-j", "list", "ruleset"],
            lambda: run("nft", "flush", "ruleset"))


# Lists


@test
def from_list():
    """plain lists: real prefixes, ranges, comments, as other systems write them"""
    lists = real_lists()
    due = "".join(f"add relay {one}\n" for one in lists)
    # as bgpq4 -F '%n/%l\n' prints them
    equal(imported("cidr", "\n".join(lists) + "\n", "relay"), due)
    equal(imported("cidr", "\ufeff; a list\r\n\r\n" + "".join(
        f"{one} ; SBL{number}\r\n" for number, one in enumerate(lists)), "relay"), due)
    nets = [ipaddress.ip_network(one) for one in lists]
    equal(imported("cidr", "".join(f"{one[0]} - {one[-1]}\t# x\n" for one in nets), "relay"), due)


@test
def standard_input():
    """import reads standard input unless a file is given"""
    equal(ctl("import", "cidr", "fixed", input="192.0.2.1\n").stdout, "add fixed 192.0.2.1/32\n")
    with Directory() as directory:
        directory.write("-", "192.0.2.2\n")
        equal(ctl("import", "cidr", "fixed", "-", input="192.0.2.1\n").stdout,
              "add fixed 192.0.2.1/32\n")
        equal(ctl("import", "cidr", "fixed", "./-").stdout, "add fixed 192.0.2.2/32\n")
