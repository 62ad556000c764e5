# SPDX-License-Identifier: GPL-2.0
"""What all measurements share: policies, records, progress, memory."""

import json
import os
import resource
import sys
import time

from contenders import Packets, Wrong, loaded

PAGE = resource.getpagesize()

# The policy that memory is taken of
WEIGHED = "n1000000"


def step(text):
    """Say what is going on; `bench` adds the time, which here may not be real."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def available():
    """Bytes that could be allocated: what is free but kept for one processor is not
    in MemAvailable, and can be many MiB.
    """
    with open("/proc/meminfo") as file:
        kib = next(int(line.split()[1]) for line in file
                   if line.startswith("MemAvailable:"))
    with open("/proc/zoneinfo") as file:
        pages = sum(int(line.split()[1]) for line in file
                    if line.split()[0] == "count:")
    return kib * 1024 + pages * PAGE


def settled():
    """What is available once all is freed that can be."""
    time.sleep(2)
    with open("/proc/sys/vm/drop_caches", "w") as file:
        file.write("3\n")
    return available()


class Session:
    """The policies there are, and the file that takes the records."""

    def __init__(self, policies, out):
        self.policies = policies
        self.out = open(out, "w")
        self.failed = False

    def record(self, kind, **values):
        """Keep one result."""
        self.out.write(json.dumps({"kind": kind, **values}) + "\n")
        self.out.flush()

    def directory(self, name):
        """Where a policy is."""
        return os.path.join(self.policies, name)

    def about(self, name):
        """What is known of a policy."""
        with open(os.path.join(self.directory(name), "about")) as file:
            return json.load(file)

    def packets(self, name, case):
        """The packets of one case."""
        return Packets(os.path.join(self.directory(name), case),
                       self.about(name)["cases"][case])

    def measure(self, contender, name, cases, runs, loads=1):
        """Measure one contender with one policy; that it fails stops nothing else."""
        try:
            self.measure_all(contender, name, cases, runs, loads)
        except Wrong as problem:
            step(f"FAILED: {contender.name}, {name}: {problem}")
            self.failed = True

    def measure_all(self, contender, name, cases, runs, loads):
        """Load one contender with one policy and put packets through it.

        Several loads are for those who seed a hash at each: the record has the
        mean.
        """
        about = self.about(name)
        found = {case: [] for case in cases}
        before = settled() if name == WEIGHED else None
        for _ in range(loads):
            with loaded(contender, self.directory(name),
                        about["family"]) as seconds:
                if before and contender.name != "op25b":
                    self.weigh(contender, name, before)
                for case in cases:
                    found[case].append(self.judge(contender, name, case, runs))
        size = {"policy": name, "prefixes": sum(about["prefixes"].values()),
                "lengths": about["lengths"], "family": about["family"],
                "searches": about["searches"]}
        self.record("load", contender=contender.name, seconds=seconds, **size)
        for case, results in found.items():
            mean = {key: sum(result[key] for result in results) / loads
                    for key in results[0]}
            self.record("packet", contender=contender.name, case=case, **size,
                        **mean)

    def weigh(self, contender, name, before, shown=None):
        """Keep what memory a policy has taken since before."""
        self.record("memory", contender=contender.name, policy=name,
                    bytes=before - settled(), shown=shown,
                    prefixes=sum(self.about(name)["prefixes"].values()))

    def judge(self, contender, name, case, runs):
        """Put the packets of one case through whoever is loaded."""
        packets = self.packets(name, case)
        # the floor decides nothing that means anything
        decides = contender.name not in ("nothing", "floor", "floor+probe")
        found = packets.measure(runs, verdicts=decides)
        packets.close()
        return found
