# SPDX-License-Identifier: GPL-2.0
"""Nanoseconds a packet, and what loading takes."""

from contenders import Floor, Ipset, Nftables, Nothing, Op25b
from extremes import WORST
from measuring import step
from turns import Member, together

CASES = "other", "mixed", "relay", "return"
NUMBERS = 1000, 10000, 100000
MILLION = "n1000000"
WORST_ROUNDS = 2    # of which each takes half a minute
LENGTHS = 1, 2, 4, 8, 12, 16, 20, 24, 28, 32


def rows(family):
    """Of the table. The largest policies take the others minutes, and no target
    needs them.
    """
    everyone = Nothing(), Floor(), Floor("probe"), Op25b(), Nftables(), Ipset()
    members = [Member(one, f"a{family}", CASES) for one in everyone]
    return [*members, Member(Op25b(), f"b{family}", CASES)]


def points(policy):
    """Of the plots."""
    return [Member(one, policy, ("mixed",)) for one in (Op25b(), Nftables(), Ipset())]


def million():
    """The last of the points. It takes the others so long to load it that op25b does
    before, between and after them; and what they load is weighed.
    """
    op25b, *others = points(MILLION)
    yield op25b
    for other in others:
        yield Member(Op25b(), MILLION)
        other.weighed = True
        yield other
    yield from (Member(Op25b(), MILLION), Member(Op25b(), MILLION))


def lengths_in_use(lengths):
    """Points of prefixes that are apart, and of such that all have to be searched."""
    members = points(f"l{lengths}")
    if lengths > 1:
        members.append(Member(Op25b(), f"w{lengths}", ("blocked",)))
    return members


def measure(session):
    """The rows of the table, the points of the plots, the worst cases."""
    for family in 4, 6:
        step(f"packets: IPv{family}, all in turns")
        together(session, rows(family))
    for number in NUMBERS:
        step(f"packets: {number} prefixes")
        together(session, points(f"n{number}"))
    step("packets: 1000000 prefixes")
    together(session, list(million()))
    for lengths in LENGTHS:
        step(f"packets: {lengths} lengths")
        together(session, lengths_in_use(lengths))
    step("packets: op25b, the worst cases")
    together(session, [Member(Op25b(), name, (case,)) for name, case in WORST],
             WORST_ROUNDS)
