# SPDX-License-Identifier: GPL-2.0
"""Nanoseconds a packet, and what loading takes."""

from contenders import Floor, Ipset, Nftables, Nothing, Op25b
from instructions import worst_cases
from measuring import step

RUNS = 9
CASES = "other", "mixed", "relay", "return"
NUMBERS = 1000, 10000, 100000, 1000000
LENGTHS = 1, 2, 4, 8, 12, 16, 20, 24, 28, 32


def measure(session):
    """The rows of the table, then the points of the plots."""
    for contender in Nothing(), Floor(), Floor("probe"):
        step(f"packets: {contender.name}")
        for name in "a4", "a6":
            session.measure(contender, name, CASES, RUNS)
    for contender in Op25b(), Nftables(), Ipset():
        names = "a4", "a6", "b4", "b6"
        # the largest ones take the others minutes, and no target needs them
        for name in names if contender.name == "op25b" else names[:2]:
            step(f"packets: {contender.name}, {name}")
            session.measure(contender, name, CASES, RUNS)
        for number in NUMBERS:
            step(f"packets: {contender.name}, {number} prefixes")
            session.measure(contender, f"n{number}", ("mixed",), RUNS)
        step(f"packets: {contender.name}, numbers of lengths")
        for lengths in LENGTHS:
            session.measure(contender, f"l{lengths}", ("mixed",), RUNS)
    for lengths in LENGTHS[1:]:
        session.measure(Op25b(), f"w{lengths}", ("blocked",), RUNS)
    worst_cases(session, RUNS, 1)
