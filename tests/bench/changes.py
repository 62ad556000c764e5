# SPDX-License-Identifier: GPL-2.0
"""Changes of a policy of a million prefixes: one by one, many a second beside packets,
and reading all of it back.
"""

import contextlib
import json
import os
import subprocess
import time

from contenders import Op25b, Wrong, median, own_namespace
from measuring import available, settled, step

# A million prefixes, by family
POLICIES = {4: "n1000000", 6: "v6short"}
ADDS = 200000
RUNS = 3
RATE = 10000
SECONDS = 30
TURNS = 6
TURN_SECONDS = 3
BURST_PAUSE_SECONDS = 0.02


def answer(client):
    """The result of the client when it has ended."""
    text = client.stdout.read()
    if client.wait():
        raise Wrong(f"client: exit status {client.returncode}")
    return json.loads(text)


def single_changes(session, op25b, policy, adds):
    """Record the time of changes of each kind in the running policy."""
    family = session.about(policy)["family"]
    session.record("changes", contender=op25b.name, policy=policy,
                   **answer(op25b.client("changes", family, adds)))


class Lookups:
    """Packets judged in bursts during other work: for each kind of work the nanoseconds
    of the bursts of each turn, and the least memory available.
    """

    def __init__(self, session):
        self.packets = session.packets(POLICIES[4], "mixed")
        self.ns = {}
        self.available = {}

    def watch(self, beside, running):
        """Judge bursts as long as running() is true."""
        ns = []
        self.ns.setdefault(beside, []).append(ns)
        while running():
            ns.append(self.packets.judge()[0])
            now = available()
            self.available[beside] = min(now, self.available.get(beside, now))
            time.sleep(BURST_PAUSE_SECONDS)

    def watch_client(self, beside, client):
        """Judge bursts as long as a client runs; return its result."""
        self.watch(beside, lambda: client.poll() is None)
        return answer(client)

    def summary(self, beside):
        """The mean of the turns' medians, and the least memory available."""
        turns = self.ns[beside]
        return {"ns": sum(map(median, turns)) / len(turns),
                "ns_best": min(map(min, turns)), "lookups": sum(map(len, turns)),
                "available": self.available[beside]}


def for_seconds(seconds):
    """A function that returns true for some seconds."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end


def churn(session, op25b):
    """Record memory during many changes a second, and the cost of packets meanwhile.

    Any client evicts caches, so packets are also judged while a client sends requests
    that change nothing, and without a client. The three take turns.
    """
    lookups = Lookups(session)
    step(f"changes: {RATE} a second for {SECONDS} s")
    before = settled()
    result = lookups.watch_client("changes", op25b.client("rate", 4, RATE, SECONDS))
    after = settled()
    step(f"changes: {TURNS} turns of {TURN_SECONDS} s: idle, no changes, changes")
    for _ in range(TURNS):
        lookups.watch("quiet", for_seconds(TURN_SECONDS))
        lookups.watch_client("control", op25b.client("rate", 4, RATE, TURN_SECONDS,
                                                     "nothing"))
        lookups.watch_client("busy", op25b.client("rate", 4, RATE, TURN_SECONDS))
    session.record("churn", **{beside: lookups.summary(beside) for beside in lookups.ns},
                   client=result, before=before, after=after, rate=RATE)
    # All changes were undone, so the verdicts must be right
    lookups.packets.measure(1)
    lookups.packets.close()


def saving(op25b):
    """Save the policy to /dev/null; seconds, and the memory of the tool."""
    start = time.monotonic()
    client = subprocess.Popen([op25b.tool, "save"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(client.pid, 0)
    client.returncode = status
    if status:
        raise Wrong(f"op25bctl save: {status}")
    return {"seconds": time.monotonic() - start, "user": usage.ru_utime,
            "system": usage.ru_stime, "max_bytes": usage.ru_maxrss * 1024}


def dump(session, name):
    """Record the fastest of some dumps."""
    op25b = Op25b()
    with session.loaded(op25b, name):
        step(f"changes: dump of {name}")
        found = [saving(op25b) for _ in range(RUNS)]
    session.record("dump", policy=name,
                   **min(found, key=lambda one: one["seconds"]))


def each_kind(session):
    """Record single changes, each build in turn."""
    for policy in POLICIES.values():
        with contextlib.ExitStack() as stack:
            there = []
            for op25b in session.builds():
                namespace = stack.enter_context(own_namespace())
                stack.enter_context(session.loaded(op25b, policy))
                there.append((op25b, namespace))
            for _ in range(RUNS):
                for op25b, namespace in there:
                    step(f"changes: {op25b.name}, {ADDS} adds to {policy}")
                    with namespace.entered():
                        single_changes(session, op25b, policy, ADDS)


def measure(session):
    """Measure dumps, single changes, and changes beside packets of IPv4."""
    for name in "n1000", *POLICIES.values():
        dump(session, name)
    each_kind(session)
    op25b = Op25b()
    with session.loaded(op25b, POLICIES[4]):
        churn(session, op25b)
