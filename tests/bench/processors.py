# SPDX-License-Identifier: GPL-2.0
"""Packets on two processors at once, and on one: a cache line that both write would
move between them with each packet. floor+shared has one, for comparison.
"""

import json
import os

from contenders import Floor, Nothing, Op25b, loaded
from measuring import step

RUNS = 30
POLICY = "small4"


def on_processor(session, number, case, ready, go):
    """Judge packets on one processor, in a process of its own, after a start signal;
    return a file to read the result from.
    """
    result, writer = os.pipe()
    if os.fork() == 0:
        os.sched_setaffinity(0, {number})
        packets = session.packets(POLICY, case)
        packets.judge()
        os.write(ready, b".")
        os.read(go, 1)
        found = packets.measure(RUNS, verdicts=False)
        os.write(writer, json.dumps(found).encode())
        os._exit(0)
    os.close(writer)
    return os.fdopen(result)


def simultaneous(session, processors, case):
    """Mean nanoseconds a packet when these processors judge at the same time."""
    ready, go = os.pipe(), os.pipe()
    results = [on_processor(session, number, case, ready[1], go[0])
               for number in processors]
    for _ in processors:
        os.read(ready[0], 1)
    os.write(go[1], b"." * len(processors))
    found = [json.load(result) for result in results]
    for result in results:
        result.close()
        os.wait()
    for end in (*ready, *go):
        os.close(end)
    return sum(one["ns_median"] for one in found) / len(found)


def measure(session):
    """Measure one processor and two, for packets of two kinds."""
    family = session.about(POLICY)["family"]
    for contender in Nothing(), Floor(), Floor("shared"), Op25b():
        step(f"two processors: {contender.name}")
        with loaded(contender, session.directory(POLICY), family):
            for case in "other", "blocked":
                session.record("processors", contender=contender.name, case=case,
                               alone=simultaneous(session, [0], case),
                               both=simultaneous(session, [0, 1], case))
