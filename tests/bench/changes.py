# SPDX-License-Identifier: GPL-2.0
"""A policy of a million prefixes that changes: single adds, many a second, and
reading all of it back.
"""

import json
import os
import subprocess
import time

from contenders import CTL, TOP, Op25b, Wrong, median
from measuring import available, settled, step

# a million prefixes of each family
POLICIES = {4: "n1000000", 6: "v6short"}
CLIENT = os.path.join(TOP, "tests/bench/adds")
# a third of the policy: enough for whatever has to grow at times to do so
ADDS_COUNT = 400000
RUNS = 3
RATE = 10000
SECONDS = 60
TURNS = 8
TURN_SECONDS = 5


def adds(*words):
    """What adds.c says."""
    done = subprocess.run([CLIENT, *map(str, words)], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise Wrong(f"adds: {done.stderr}")
    return json.loads(done.stdout)


def single_changes(session, policy, count):
    """Adds to the policy in force, so many of its family, and what adds.c does to
    them then.
    """
    session.record("adds", policy=policy,
                   **adds(session.about(policy)["family"], count))


class Lookups:
    """Packets judged from time to time, and what is available meanwhile: the
    nanoseconds of the bursts, a list for each time, by what went on beside them.
    """

    def __init__(self, session):
        self.packets = session.packets(POLICIES[4], "mixed")
        self.ns = {}
        self.available = {}

    def watch(self, beside, goes_on):
        """Judge for as long as something goes on."""
        ns = []
        self.ns.setdefault(beside, []).append(ns)
        while goes_on():
            ns.append(self.packets.judge()[0])
            now = available()
            self.available[beside] = min(now, self.available.get(beside, now))
            time.sleep(0.02)

    def watch_client(self, beside, *words):
        """The same for as long as the client runs; what it says."""
        with subprocess.Popen([CLIENT, "4", *map(str, words)], stdout=subprocess.PIPE,
                              text=True) as client:
            self.watch(beside, lambda: client.poll() is None)
            said = client.stdout.read()
        if client.returncode:
            raise Wrong(f"adds: exit {client.returncode}")
        return json.loads(said)

    def seen(self, beside):
        """What was seen beside it: of several times, the mean of their medians."""
        times = self.ns[beside]
        return {"ns": sum(median(ns) for ns in times) / len(times),
                "ns_best": min(map(min, times)), "lookups": sum(map(len, times)),
                "available": self.available[beside]}


def for_seconds(seconds):
    """Something that goes on for so long."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end


def churn(session):
    """Adds and deletes at a rate for a minute, packets running, and what that costs
    the packets.

    Lookups are watched in the same bursts with nothing else going on, beside a
    client that sends as many datagrams which change nothing, and beside changes:
    a client that runs in between takes some of the caches, whatever it does. The
    three take turns, since a machine gets slower and faster in a minute.
    """
    lookups = Lookups(session)
    step(f"changes: {RATE} a second for {SECONDS} s")
    before = settled()
    said = lookups.watch_client("minute", RATE, SECONDS)
    after = settled()
    step(f"changes: {TURNS} turns with nothing, no change and changes for "
         f"{TURN_SECONDS} s each")
    for _ in range(TURNS):
        lookups.watch("quiet", for_seconds(TURN_SECONDS))
        lookups.watch_client("control", RATE, TURN_SECONDS, "nothing")
        lookups.watch_client("busy", RATE, TURN_SECONDS)
    session.record("churn", **{beside: lookups.seen(beside) for beside in lookups.ns},
                   client=said, before=before, after=after, rate=RATE)
    # the policy is what it was, so the verdicts are
    lookups.packets.measure(1)
    lookups.packets.close()


def saving():
    """Save the policy into nothing; seconds, and the tool's memory."""
    start = time.monotonic()
    client = subprocess.Popen([CTL, "save"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(client.pid, 0)
    client.returncode = status
    if status:
        raise Wrong(f"op25bctl save: {status}")
    return {"seconds": time.monotonic() - start, "user": usage.ru_utime,
            "system": usage.ru_stime, "max_bytes": usage.ru_maxrss * 1024}


def dump(session, name):
    """Some times, of which the quickest counts: a busy machine makes others slow."""
    step(f"changes: {RUNS} times a dump of {name}")
    found = [saving() for _ in range(RUNS)]
    session.record("dump", policy=name,
                   **min(found, key=lambda one: one["seconds"]))


def measure(session):
    """All three; changes beside packets of IPv4 alone."""
    for name in "n1000", *POLICIES.values():
        with session.loaded(Op25b(), name):
            dump(session, name)
    for family, name in POLICIES.items():
        with session.loaded(Op25b(), name):
            step(f"changes: {RUNS} times {ADDS_COUNT} adds to {name}")
            for _ in range(RUNS):
                single_changes(session, name, ADDS_COUNT)
            if family == 4:
                churn(session)
