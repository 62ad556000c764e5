# SPDX-License-Identifier: GPL-2.0
"""What all measurements share: policies, records, progress, memory."""

import json
import os
import sys

from contenders import Packets, loaded


def step(text):
    """Say what is going on; `bench` adds the time, which here may not be real."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def available():
    """Bytes that could be allocated, once caches are gone."""
    with open("/proc/sys/vm/drop_caches", "w") as file:
        file.write("3\n")
    with open("/proc/meminfo") as file:
        for line in file:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    raise ValueError("no MemAvailable")


class Session:
    """The policies there are, and the file that takes the records."""

    def __init__(self, policies, out):
        self.policies = policies
        self.out = open(out, "w")

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
        """Load one contender with one policy and put packets through it.

        Several loads are for those who seed a hash at each: the record has the
        mean.
        """
        about = self.about(name)
        found = {case: [] for case in cases}
        for _ in range(loads):
            with loaded(contender, self.directory(name),
                        about["family"]) as seconds:
                for case in cases:
                    found[case].append(self.judge(contender, name, case, runs))
        size = {"policy": name, "prefixes": sum(about["prefixes"].values()),
                "lengths": about["lengths"], "family": about["family"]}
        self.record("load", contender=contender.name, seconds=seconds, **size)
        for case, results in found.items():
            mean = {key: sum(result[key] for result in results) / loads
                    for key in results[0]}
            self.record("packet", contender=contender.name, case=case, **size,
                        **mean)

    def judge(self, contender, name, case, runs):
        """Put the packets of one case through whoever is loaded."""
        packets = self.packets(name, case)
        # the floor decides nothing that means anything
        decides = contender.name not in ("nothing", "floor", "floor+probe")
        found = packets.measure(runs, verdicts=decides)
        packets.close()
        return found
