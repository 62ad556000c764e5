# SPDX-License-Identifier: GPL-2.0
"""Nanoseconds a packet, and seconds to load a policy."""

from contenders import Floor, Ipset, Nftables, Nothing, Op25b
from measuring import step
from turns import Member, together

CASES = "other", "mixed", "relay", "return"
NUMBERS = 1000, 10000, 100000
MILLION = "n1000000"
LOADS = 5
LENGTHS = 1, 4, 8, 16, 24, 32

# Policies whose packets need the most work, and their cases
WORST = (("worst-match", "blocked"), ("worst-miss", "both"), ("worst-expired", "both"))
WORST_ROUNDS = 2


def tables(session, family, contenders):
    """Measure the table rows of one family: the provider's policy with all
    contenders, the world's with op25b only, since the others load it for minutes.
    """
    step(f"packets: IPv{family}")
    members = [Member(one, f"a{family}", CASES) for one in contenders]
    members += [Member(one, f"b{family}", CASES) for one in session.builds()]
    together(session, members)


def points(policy):
    """Members for a point of the plots."""
    return [Member(one, policy, ("mixed",)) for one in (Op25b(), Nftables(), Ipset())]


def repeated_loads(session, others=()):
    """Members that load a million prefixes: op25b several times, between the others,
    each build in turn.
    """
    others = list(others)
    for number in range(LOADS):
        for one in session.builds():
            yield Member(one, MILLION, () if number else ("mixed",))
        if others:
            yield Member(others.pop(0), MILLION, ("mixed",), weighed=True)


def with_lengths(lengths):
    """Members for a point of the plot by lengths, and with all of them searched."""
    members = points(f"l{lengths}")
    if lengths > 1:
        members.append(Member(Op25b(), f"w{lengths}", ("blocked",)))
    return members


def worst(session):
    """Measure the packets that need the most work; one policy at a time, because
    expired entries stay for a minute only.
    """
    step("packets: worst case")
    for name, case in WORST:
        for family in 4, 6:
            together(session, [Member(one, f"{name}{family}", (case,))
                               for one in session.builds()], WORST_ROUNDS)


def measure(session):
    """Measure the tables, the points of the plots, and the worst case."""
    for family in 4, 6:
        tables(session, family, [Nothing(), Floor(), Floor("probe"),
                                 *session.builds(), Nftables(), Ipset()])
    for number in NUMBERS:
        step(f"packets: {number} prefixes")
        together(session, points(f"n{number}"))
    step("packets: 1000000 prefixes")
    together(session, list(repeated_loads(session, (Nftables(), Ipset()))))
    for lengths in LENGTHS:
        step(f"packets: {lengths} lengths")
        together(session, with_lengths(lengths))
    worst(session)
