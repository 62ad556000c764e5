# SPDX-License-Identifier: GPL-2.0
"""Instructions a packet: op25b and the minimal hooks. The clock counts instructions."""

from contenders import Floor, Nothing, Op25b, loaded
from measuring import step

RUNS = 2            # the first one may include page faults
LOADS = 8
FEW_LOADS = 4       # where seeds make less difference, or there are more packets
CASES = "other", "blocked", "exempt", "relay", "return"


def inactive(session):
    """Measure a module that has nothing to do."""
    for what, command in (("no policy", ("flush", "dynamic")),
                          ("mode off", ("set", "mode", "off"))):
        op25b = Op25b()
        packets = session.packets("small4", "blocked")
        with loaded(op25b, session.directory("small4"), 4):
            packets.measure(1)
            op25b.ctl(*command)
            found = packets.measure(RUNS, verdicts=False)
        packets.close()
        session.record("nohook", what=what, **found)


def other_policies(session, op25b):
    """Measure larger policies, with labels, with timeouts, and of more lengths."""
    step(f"instructions: {op25b.name}, more prefixes, labels, timeouts")
    for name in "large4", "large6", "timed4", "timed6":
        session.measure(op25b, name, ("blocked", "exempt"), RUNS, FEW_LOADS)
    for name in "labelled4", "labelled6":
        session.measure(op25b, name, ("blocked",), RUNS, LOADS)
    step(f"instructions: {op25b.name}, more lengths")
    for family, counts, loads in ((4, (1, 25, 33), FEW_LOADS),
                                  (6, (1, 25, 33, 129), LOADS)):
        for lengths in counts:
            session.measure(op25b, f"apart{lengths}v{family}", ("mixed",), RUNS,
                            loads)


def measure(session):
    """Measure the small policies by all of these contenders, then the others."""
    for contender, loads in (Nothing(), 1), (Floor(), 1), (Floor("probe"), 1), \
            *((one, LOADS) for one in session.builds()):
        step(f"instructions: {contender.name}")
        for name in "small4", "small6":
            session.measure(contender, name, CASES, RUNS, loads)
    inactive(session)
    for op25b in session.builds():
        other_policies(session, op25b)
