# SPDX-License-Identifier: GPL-2.0
"""A policy of a million prefixes that changes: single adds, many a second, and
reading all of it back.
"""

import json
import os
import subprocess
import time

from contenders import CTL, TOP, Op25b, Wrong, loaded
from measuring import available, settled, step

POLICY = "n1000000"
CLIENT = os.path.join(TOP, "tests/bench/adds")
# a third of the policy: enough for whatever has to grow at times to do so
ADDS_COUNT = 400000
RUNS = 3
RATE = 10000
SECONDS = 60


def adds(*words):
    """What adds.c says."""
    done = subprocess.run([CLIENT, *map(str, words)], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise Wrong(f"adds: {done.stderr}")
    return json.loads(done.stdout)


def median(values):
    """The value in the middle."""
    return sorted(values)[len(values) // 2]


class Lookups:
    """Packets judged from time to time, and what is available meanwhile."""

    def __init__(self, session):
        self.packets = session.packets(POLICY, "mixed")

    def watch(self, goes_on):
        """Judge for as long as something goes on; what was seen."""
        ns, least = [], None
        while goes_on():
            ns.append(self.packets.judge()[0])
            now = available()
            least = min(now, least or now)
            time.sleep(0.02)
        return {"ns": median(ns), "ns_best": min(ns), "lookups": len(ns),
                "available": least}


def for_seconds(seconds):
    """Something that goes on for so long."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end


def churn(session):
    """Adds and deletes at a rate, packets running."""
    lookups = Lookups(session)
    before = settled()
    quiet = lookups.watch(for_seconds(5))
    step(f"changes: {RATE} a second for {SECONDS} s")
    client = subprocess.Popen([CLIENT, str(RATE), str(SECONDS)],
                              stdout=subprocess.PIPE, text=True)
    busy = lookups.watch(lambda: client.poll() is None)
    said = json.loads(client.communicate()[0])
    after = settled()
    again = lookups.watch(for_seconds(5))
    session.record("churn", quiet=quiet, busy=busy, again=again, client=said,
                   before=before, after=after, rate=RATE)
    # the policy is what it was, so the verdicts are
    lookups.packets.measure(1)
    lookups.packets.close()


def dump(session, name):
    """Save a policy into nothing; seconds, and the tool's memory."""
    start = time.monotonic()
    client = subprocess.Popen([CTL, "save"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(client.pid, 0)
    client.returncode = status
    if status:
        raise Wrong(f"op25bctl save: {status}")
    session.record("dump", policy=name, seconds=time.monotonic() - start,
                   user=usage.ru_utime, system=usage.ru_stime,
                   max_bytes=usage.ru_maxrss * 1024)


def measure(session):
    """All three."""
    for name in "n1000", POLICY:
        with loaded(Op25b(), session.directory(name), 4):
            step(f"changes: dump of {name}")
            dump(session, name)
    with loaded(Op25b(), session.directory(POLICY), 4):
        step(f"changes: {RUNS} times {ADDS_COUNT} adds")
        for _ in range(RUNS):
            session.record("adds", policy=POLICY, **adds(ADDS_COUNT))
        churn(session)
