# SPDX-License-Identifier: GPL-2.0
"""Random packets under random policies, against the model in model.py.

OP25B_SEED sets the seed, OP25B_POLICIES the number of policies. A failure prints
the values that reproduce it.
"""

import ipaddress
import os
import random

import model
from harness import equal, load, test, verdict
from judged import Judged
from packets import (ACK, AH, DSTOPTS, ESP, FRAGMENT, HOPOPTS, MORE, NONE,
                     ROUTING, SYN, TCP, UDP, ah_header, fragment_header, ip,
                     options_header, routing_header, tcp)

SEED = int(os.environ.get("OP25B_SEED", "25"))
POLICIES = int(os.environ.get("OP25B_POLICIES", "25"))
PACKETS = 120           # under each policy
ASKED = 1               # the number of them that `op25bctl test` is run for

BITS = {4: 32, 6: 128}
MAKE = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}
# Few addresses, so that prefixes nest and packets match them
PLACES = {4: [int(MAKE[4](one)) for one in
              ("198.51.100.0", "198.51.103.255", "100.64.5.5", "10.0.0.1")],
          6: [int(MAKE[6](one)) for one in
              ("2001:db8:4000::", "2001:db8:4fff:ffff:ffff:ffff:ffff:ffff",
               "2001:db8:4000:0:8000::1", "2400:1234:5678:9abc:def0::")]}
PROVIDERS = [None, None, "akari", "kumo"]
LABELS = [None, None, "bflets", "Bフレッツ", "adsl", "isdn"]
PORTS = [24, 26, 80, 587, 6400, 1025, 0, 65535]


def forwarded(address):
    """Whether Linux forwards packets from and to the address."""
    if address.version == 4:
        return 1 <= int(address) >> 24 < 224 and int(address) >> 24 != 127 and \
            str(address) != "192.0.0.1"
    return int(address) >> 125 == 1


def near(random, version, address):
    """The address with one bit flipped, or with other low bits."""
    bit = random.randrange(BITS[version])
    if random.random() < 0.5:
        return address ^ 1 << bit
    return address ^ random.getrandbits(bit + 1)


def random_entry(random, version, known):
    """An entry, sometimes near another one."""
    address = random.choice(PLACES[version] + known)
    if random.random() < 0.5:
        address = near(random, version, address)
    known.append(address)
    length = random.choice([0, 8, 16, 22, 24, 25, 30, 31, 32]
                           if version == 4 else
                           [0, 16, 32, 36, 48, 56, 63, 64, 65, 127, 128])
    if random.random() < 0.3:
        length = random.randrange(BITS[version] + 1)
    shift = BITS[version] - length
    table = random.choice(["dynamic"] * 4 + ["fixed", "dialup", "relay"])
    return model.Entry(table, f"{MAKE[version](address >> shift << shift)}/{length}",
                       random.choice(LABELS),
                       table == "dynamic" and random.random() < 0.2,
                       random.choice([None, None, None, 3600]),
                       random.choice(PROVIDERS))


def random_policy(random):
    """A policy, and the addresses of its prefixes."""
    entries, known = {}, {4: [], 6: []}
    for _ in range(random.choice([0, 1, 5, 20, 40])):
        version = random.choice([4, 6])
        entry = random_entry(random, version, known[version])
        entries.setdefault((entry.table == "relay", entry.prefix), entry)
    mode = random.choice(["enforce"] * 4 + ["monitor", "off"])
    return model.Policy(entries.values(), mode, random.random() < 0.75), known


def random_address(random, version, known):
    """An address that Linux forwards, most often near an entry."""
    while True:
        address = random.choice(PLACES[version] + known[version] * 2)
        if random.random() < 0.6:
            address = near(random, version, address)
        address = MAKE[version](address)
        if forwarded(address):
            return address


def random_segment(random, src, dst):
    """A TCP segment, sometimes truncated."""
    sport, dport = random.choice(PORTS), random.choice(PORTS)
    which = random.randrange(8)
    if which < 4 or which == 6:
        dport = 25
    if 4 <= which <= 6:
        sport = 25
    segment = tcp(src, dst, sport, dport, random.choice([SYN, ACK]),
                  data=bytes(random.randrange(40)))
    if random.random() < 0.25:
        return segment[:random.randrange(9)]
    return segment


def random_ipv4(random, src, dst):
    """An IPv4 packet: options, AH, fragments, other protocols."""
    protocol = random.choice([TCP] * 16 + [UDP, ESP, 4, 47])
    payload = random_segment(random, src, dst)
    for _ in range(random.choice([0] * 8 + [1, 2, 16])):
        payload = ah_header(protocol, 4 * random.randrange(3, 9)) + payload
        protocol = AH
    place = 0
    if random.random() < 0.3:
        place = random.choice([0, 0, MORE, MORE]) | \
            random.choice([0, 0, 0, 1, 1, 2, 3, 1000])
    if place & 0x1FFF == 1 and protocol == AH:
        place += 1      # the contract names no such packet
    return ip(src, dst, protocol, payload, place,
              b"\1" * 4 * random.choice([0, 0, 0, 1, 10]))


def random_ipv6(random, src, dst):
    """An IPv6 packet: a header chain, sometimes truncated or broken."""
    following = random.choice([TCP] * 16 + [UDP, ESP, NONE, 41])
    packet = random_segment(random, src, dst)
    kinds = [ROUTING, DSTOPTS, AH, FRAGMENT, HOPOPTS]
    number = random.choice([0] * 6 + [1] * 6 + [2, 3, 5, 15, 16, 17])
    for left in reversed(range(number)):
        # Linux parses hop-by-hop options if they are the first header
        kind = random.choice(kinds if left else kinds[:4])
        if number > 5 and random.random() < 0.9:
            kind = DSTOPTS
        packet = random_header(random, kind, following) + packet
        following = kind
    if number and random.random() < 0.15:
        packet = packet[:random.randrange(len(packet) + 1)]
    if number and packet and random.random() < 0.05:
        at = random.randrange(min(len(packet), 64))
        packet = packet[:at] + random.randbytes(1) + packet[at + 1:]
    return ip(src, dst, following, packet)


def random_header(random, kind, following):
    """One extension header."""
    if kind == ROUTING:
        return routing_header(following)
    if kind == AH:
        return ah_header(following, 4 * random.randrange(3, 9))
    if kind == FRAGMENT:
        return fragment_header(following,
                               8 * random.choice([0, 0, 0, 1, 2, 1000]),
                               random.random() < 0.7)
    return options_header(following, 8 * random.choice([1, 1, 1, 2, 33]))


def random_packet(random, known):
    """A packet of any kind."""
    version = random.choice([4, 6])
    src = random_address(random, version, known)
    dst = random_address(random, version, known)
    return (random_ipv4 if version == 4 else random_ipv6)(random, src, dst)


def check_packet(judged, policy, counters, packet, ask):
    """Compare the kernel with the model for one packet."""
    flow = model.parse(packet)
    judgement = policy.judge(flow) if flow else \
        model.Judgement("pass", "none", None, None)
    if policy.active():
        counters.add(judgement, len(packet))
    equal(judged.router.passes(packet), judgement.verdict != "block",
          f"whether it passes, by {judgement}")
    if not flow or flow.sport is None:
        return
    answer = model.answer(judgement, policy.refusing(judgement, flow))
    equal(as_answer(judged.client.test(*flow)), answer, "netlink's answer")
    if ask:
        equal(verdict(flow.src, flow.dst, "sport", flow.sport, "dport",
                      flow.dport), answer, "test's answer")


def as_answer(said):
    """An answer with its prefixes in the model's notation."""
    for one in said, said.get("relay", {}):
        if "prefix" in one:
            one["prefix"] = str(ipaddress.ip_network(one["prefix"]))
    return said


def check_policy(number, judged, counters, again):
    """One random policy."""
    dice = random.Random(f"{SEED} {number}")
    policy, known = random_policy(dice)
    load(str(policy))
    asked = set(dice.sample(range(PACKETS), ASKED))
    for count in range(PACKETS):
        packet = random_packet(dice, known)
        try:
            check_packet(judged, policy, counters, packet, count in asked)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{again}\npacket {packet.hex()} of "
                                 f"policy {number}:\n{policy}") from None
    equal(judged.client.stats(), counters,
          f"counters after policy {number}; {again}:\n{policy}")


@test
def random_policies():
    """random packets under random policies get the model's verdicts"""
    judged = Judged()
    counters = model.Counters(suppressed=0)
    for number in range(POLICIES):
        check_policy(number, judged, counters,
                     f"OP25B_SEED={SEED} OP25B_POLICIES={POLICIES}")
