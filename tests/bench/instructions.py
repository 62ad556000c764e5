# SPDX-License-Identifier: GPL-2.0
"""Instructions a packet, where the clock counts instructions: op25b and the floor."""

from contenders import CTL, Floor, Nothing, Op25b, loaded, run
from measuring import step

RUNS = 2        # the first one is not exact: it may fault something in
LOADS = 8
FEW_LOADS = 4       # where loads differ little, or there is more to even it out
CASES = "other", "blocked", "exempt", "relay", "return"


def without_policy(session):
    """The module loaded, but with nothing to do."""
    for what, command in (("no policy", ("flush", "dynamic")),
                          ("mode off", ("set", "mode", "off"))):
        packets = session.packets("small4", "blocked")
        with loaded(Op25b(), session.directory("small4"), 4):
            packets.measure(1)
            run(CTL, *command)
            found = packets.measure(RUNS, verdicts=False)
        packets.close()
        session.record("nohook", what=what, **found)


def measure(session):
    """Small policies, then others: larger, with labels and timeouts, more lengths."""
    for contender, loads in (Nothing(), 1), (Floor(), 1), (Floor("probe"), 1), \
            (Op25b(), LOADS):
        step(f"instructions: {contender.name}")
        for name in "small4", "small6":
            session.measure(contender, name, CASES, RUNS, loads)
    without_policy(session)
    step("instructions: op25b, more prefixes, labels, timeouts")
    for name in "large4", "large6", "timed4", "timed6":
        session.measure(Op25b(), name, ("blocked", "exempt"), RUNS, FEW_LOADS)
    for name in "labelled4", "labelled6":
        session.measure(Op25b(), name, ("blocked",), RUNS, LOADS)
    step("instructions: op25b, more lengths")
    for family, counts, loads in ((4, (1, 25, 33), FEW_LOADS),
                                  (6, (1, 25, 33, 129), LOADS)):
        for lengths in counts:
            session.measure(Op25b(), f"apart{lengths}v{family}", ("mixed",), RUNS,
                            loads)
