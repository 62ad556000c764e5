# SPDX-License-Identifier: GPL-2.0
"""Prefixes, as pairs of an address (a number) and a length: random ones and those of the
registries.
"""

import bisect
import lzma
import os
import socket

BITS = {4: 32, 6: 128}

# The range of random prefixes: unicast addresses, in IPv6 global ones
SPACE = {4: (1 << 24, 224 << 24), 6: (0x2000 << 112, 0x4000 << 112)}


def address_text(family, address):
    """The address as text; IPv6 not always in its shortest form."""
    if family == 4:
        return (f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}"
                f".{address & 255}")
    high = ":".join(f"{address >> shift & 65535:x}"
                    for shift in range(112, 63, -16))
    if not address & (1 << 64) - 1:
        return high + "::"
    low = ":".join(f"{address >> shift & 65535:x}" for shift in range(48, -1, -16))
    return f"{high}:{low}"


def text(family, prefix):
    """The prefix as text."""
    return f"{address_text(family, prefix[0])}/{prefix[1]}"


def parse(line):
    """The prefix of a line of text."""
    address, _, length = line.partition("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return int.from_bytes(socket.inet_pton(family, address), "big"), int(length)


def world(family):
    """All prefixes that the registries delegated, see tests/data."""
    here = os.path.dirname(os.path.realpath(__file__))
    name = os.path.join(here, f"../data/world-ipv{family}.txt.xz")
    with lzma.open(name, "rt") as file:
        return [parse(line.strip()) for line in file]


def apart(family, counts, random):
    """Random prefixes that do not overlap; counts is {length: number}.

    Each length has its own part of the space: the size it needs, and an equal share
    of the rest.
    """
    low, high = SPACE[family]
    sizes = {length: 1 << BITS[family] - length for length in counts}
    spare = high - low - sum(counts[length] * sizes[length] for length in counts)
    assert spare > 0, "too many prefixes for the space"
    spare = spare * 9 // 10 // len(counts)
    found = []
    for length in sorted(counts):
        size = sizes[length]
        low = -(-low // size) * size
        room = counts[length] * size + spare
        places = sample(max(room // size, counts[length]), counts[length], random)
        found += [(low + place * size, length) for place in places]
        low += room
    assert low <= high
    return found


def sample(room, number, random):
    """Different random numbers below room, which may be very large."""
    if room < 4 * number:
        return random.sample(range(room), number)
    found = set()
    while len(found) < number:
        found.add(random.randrange(room))
    return sorted(found, key=lambda _: random.random())


def inside(family, prefix, random):
    """A random address in a prefix."""
    return prefix[0] | random.getrandbits(BITS[family] - prefix[1] or 1) \
        if prefix[1] < BITS[family] else prefix[0]


class Members:
    """A set of prefixes, to find whether an address is in one of them."""

    def __init__(self, family, prefixes):
        self.bits = BITS[family]
        self.by_length = {}
        for address, length in prefixes:
            self.by_length.setdefault(length, set()).add(address)

    def __contains__(self, address):
        return any(address >> self.bits - length << self.bits - length in found
                   for length, found in self.by_length.items())


def within(family, outer, counts, random):
    """Random prefixes inside shorter ones, not overlapping; counts is {length:
    number}.
    """
    bits = BITS[family]
    fitting = sorted(outer, key=lambda prefix: prefix[1])
    lengths = [prefix[1] for prefix in fitting]
    found = []
    for length in sorted(counts):
        candidates = fitting[:bisect.bisect_left(lengths, length)]
        taken = Members(family, found)
        new = set()
        while len(new) < counts[length]:
            address = inside(family, random.choice(candidates), random)
            address = address >> bits - length << bits - length
            if address not in taken:
                new.add(address)
        found += [(address, length) for address in sorted(new)]
    random.shuffle(found)
    return found
