# SPDX-License-Identifier: GPL-2.0
"""A naive model of policies and verdicts, written from the contract in
docs/design.md: the VM tests compare the kernel with it.
"""

import ipaddress
from collections import namedtuple

PORT = 25
MAX_HEADERS = 16
TCP, AH, FRAGMENT = 6, 51, 44
SKIPPED = {0: "hop-by-hop", 43: "routing", 60: "destination options",
           AH: "AH", FRAGMENT: "fragment"}

# The addresses and ports of a packet; the ports are None if they are hidden
Flow = namedtuple("Flow", "src dst sport dport")
Judgement = namedtuple("Judgement", "verdict reason direction entry")

OUTCOMES = {"pass": "passed", "block": "blocked", "monitor": "monitored"}


class Hidden(Exception):
    """The packet is malformed: its ports are hidden, and it is blocked."""


class Entry:
    """A prefix in a table, with its options; in the model it never expires."""

    def __init__(self, table, prefix, label=None, monitor=False, timeout=None,
                 provider=None):
        self.table = table
        self.prefix = ipaddress.ip_network(prefix)
        self.label = label
        self.monitor = monitor
        self.timeout = timeout
        self.provider = provider
        self.version = self.prefix.version
        self.low = int(self.prefix.network_address)
        self.high = int(self.prefix.broadcast_address)

    def holds(self, address):
        """Whether the prefix contains an address."""
        return self.version == address.version and \
            self.low <= int(address) <= self.high

    def __str__(self):
        return f"add {self.table} {self.prefix}" + \
            (f" label {self.label}" if self.label else "") + \
            (f" provider {self.provider}" if self.provider else "") + \
            (f" timeout {self.timeout}" if self.timeout else "") + \
            (" monitor" if self.monitor else "")


class Policy:
    """Settings and entries."""

    def __init__(self, entries=(), mode="enforce", close_return=True):
        self.entries = list(entries)
        self.mode = mode
        self.close_return = close_return

    def __str__(self):
        return "\n".join([f"set mode {self.mode}",
                          f"set return {'on' if self.close_return else 'off'}",
                          *map(str, self.entries), ""])

    def most_specific(self, address, relay):
        """The entry that decides for an address, or None."""
        holding = [entry for entry in self.entries
                   if (entry.table == "relay") == relay and entry.holds(address)]
        return max(holding, key=lambda entry: entry.prefix.prefixlen,
                   default=None)

    def subscriber(self, address):
        """The entry that gives an address its class, or None."""
        return self.most_specific(address, relay=False)

    def relay(self, address, subscriber):
        """The entry that makes an address a relay that serves a subscriber, or None."""
        relay = self.most_specific(address, relay=True)
        if relay and relay.provider:
            served = self.subscriber(subscriber)
            if not served or served.provider != relay.provider:
                return None
        return relay

    def refusing(self, judgement, flow):
        """The relay that does not serve the subscriber of a packet that is blocked, or
        None.
        """
        if judgement.verdict == "pass":
            return None
        address = flow.src if judgement.reason == "return" else flow.dst
        return self.most_specific(address, relay=True)

    def active(self):
        """Whether anything can be blocked: if not, no hooks are registered."""
        return self.mode != "off" and \
            any(entry.table == "dynamic" for entry in self.entries)

    def block(self, reason, direction, entry):
        """A block, or "monitor" by the mode or the entry's flag."""
        monitor = self.mode == "monitor" or entry.monitor
        return Judgement("monitor" if monitor else "block", reason, direction,
                         entry)

    def judge(self, flow):
        """The verdict table, row by row."""
        src, dst, sport, dport = flow
        if self.mode == "off":
            return Judgement("pass", "off", None, None)
        if sport is None:
            return self.judge_hidden(src, dst)
        if PORT not in (sport, dport):
            return Judgement("pass", "none", None, None)

        otherwise = Judgement("pass", "none", "return", None)
        if dport == PORT:
            relay = self.relay(dst, src)
            if relay:
                return Judgement("pass", "relay", "outbound", relay)
            source = self.subscriber(src)
            if source and source.table in ("fixed", "dialup"):
                return Judgement("pass", source.table, "outbound", source)
            if source:
                return self.block("dynamic", "outbound", source)
            otherwise = Judgement("pass", "other", "outbound", None)
        if sport == PORT and self.close_return and not self.relay(src, dst):
            destination = self.subscriber(dst)
            if destination and destination.table == "dynamic":
                return self.block("return", "return", destination)
        return otherwise

    def judge_hidden(self, src, dst):
        """The verdict on a packet whose ports are hidden."""
        source = self.subscriber(src)
        if source and source.table == "dynamic" and not self.relay(dst, src):
            return self.block("malformed", None, source)
        return Judgement("pass", "none", None, None)


def parse(packet):
    """Parse a packet given as bytes: a Flow, or None if it is not judged."""
    try:
        return parse_ipv4(packet) if packet[0] >> 4 == 4 else parse_ipv6(packet)
    except Hidden:
        src, dst = addresses(packet)
        return Flow(src, dst, None, None)


def addresses(packet):
    """Source and destination."""
    if packet[0] >> 4 == 4:
        return (ipaddress.IPv4Address(packet[12:16]),
                ipaddress.IPv4Address(packet[16:20]))
    return (ipaddress.IPv6Address(packet[8:24]),
            ipaddress.IPv6Address(packet[24:40]))


def parse_tcp(packet, rest, first_fragment):
    """The ports, from a TCP header that may be truncated."""
    if len(rest) >= 4:
        return Flow(*addresses(packet), int.from_bytes(rest[0:2], "big"),
                    int.from_bytes(rest[2:4], "big"))
    if first_fragment:
        raise Hidden("too short for the ports")
    return None


def parse_ipv4(packet):
    """Parse IPv4: options, fragments, AH."""
    rest = packet[(packet[0] & 15) * 4:int.from_bytes(packet[2:4], "big")]
    protocol = packet[9]
    place = int.from_bytes(packet[6:8], "big")
    if place & 0x1FFF:
        if protocol == TCP and place & 0x1FFF == 1:
            raise Hidden("over the ports of the first fragment")
        return None
    for _ in range(MAX_HEADERS):
        if protocol != AH:
            break
        if len(rest) < 2 or len(rest) < 4 * rest[1] + 8:
            return None
        protocol, rest = rest[0], rest[4 * rest[1] + 8:]
    if protocol != TCP:
        return None
    return parse_tcp(packet, rest, place & 0x2000)


def parse_ipv6(packet):
    """Parse IPv6: the header chain."""
    rest = packet[40:40 + int.from_bytes(packet[4:6], "big")]
    protocol = packet[6]
    headers = 0
    fragment = False
    while protocol in SKIPPED:
        headers += 1
        if headers > MAX_HEADERS or len(rest) < 2:
            raise Hidden("too many headers, or none where one should be")
        size = {AH: 8 + 4 * rest[1], FRAGMENT: 8}.get(protocol, 8 + 8 * rest[1])
        if len(rest) < size:
            raise Hidden("a header that ends beyond the packet")
        if protocol == FRAGMENT:
            if int.from_bytes(rest[2:4], "big") & 0xFFF8:
                return None
            fragment = True
        protocol, rest = rest[0], rest[size:]
    if protocol != TCP:
        return None
    return parse_tcp(packet, rest, fragment)


def names(label, provider):
    """The key of the counters of a label and a provider, one of which may be None."""
    return " ".join([f"label {label}"] * bool(label) +
                    [f"provider {provider}"] * bool(provider))


class Counters(dict):
    """The expected counters: {(reason or names, outcome): (packets, bytes)}"""

    def add(self, judgement, size):
        """Count a packet."""
        outcome = OUTCOMES[judgement.verdict]
        if judgement.reason not in ("none", "off"):
            self._one((judgement.reason, outcome), size)
        entry = judgement.entry
        if outcome != "passed" and (entry.label or entry.provider):
            self._one((names(entry.label, entry.provider), outcome), size)

    def _one(self, key, size):
        packets, total = self.get(key, (0, 0))
        self[key] = packets + 1, total + size


def answer(judgement, refusing=None):
    """A judgement in the format of `op25bctl --json test`, with the relay that does not
    serve the subscriber.
    """
    said = {"verdict": judgement.verdict, "reason": judgement.reason,
            "direction": judgement.direction}
    if judgement.entry:
        said["prefix"] = str(judgement.entry.prefix)
        if judgement.entry.label:
            said["label"] = judgement.entry.label
        if judgement.entry.provider:
            said["provider"] = judgement.entry.provider
    if refusing:
        said["relay"] = {"prefix": str(refusing.prefix),
                         "provider": refusing.provider}
    return said
