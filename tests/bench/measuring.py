# SPDX-License-Identifier: GPL-2.0
"""What all measurements share: policies, records, progress, memory."""

import contextlib
import json
import os
import resource
import sys
import time

from contenders import Packets, Wrong, loaded, own_namespace

PAGE = resource.getpagesize()


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

    @contextlib.contextmanager
    def contained(self, what):
        """With this, what fails stops nothing else."""
        try:
            yield
        except Wrong as problem:
            step(f"FAILED: {what}: {problem}")
            self.failed = True

    def measure(self, contender, name, cases, runs, loads=1):
        """Load one contender with one policy and put packets through it.

        Several loads are for those who seed a hash at each: the record has the
        mean.
        """
        found = {case: [] for case in cases}
        with self.contained(f"{contender.name}, {name}"):
            for _ in range(loads):
                with own_namespace(), self.loaded(contender, name) as seconds, \
                        self.outliving(contender, name):
                    for case in cases:
                        packets = self.packets(name, case)
                        found[case].append(packets.measure(runs, contender.decides))
                        packets.close()
            self.record_load(contender, name, seconds)
            for case, results in found.items():
                self.record_packet(contender, name, case, {
                    key: sum(result[key] for result in results) / loads
                    for key in results[0]})

    def outliving(self, contender, name):
        """With this, what is to have expired has, of a policy where something is."""
        about = self.about(name)
        if not about["expires"]:
            return contextlib.nullcontext()
        return contender.outliving(about["expires"], sum(about["prefixes"].values()))

    def loaded(self, contender, name):
        """As there, of a policy's name."""
        return loaded(contender, self.directory(name), self.about(name)["family"])

    def record_load(self, contender, name, seconds):
        """Keep how long it took to load a policy."""
        self.record("load", contender=contender.name, seconds=seconds,
                    **self.size(name))

    def record_packet(self, contender, name, case, found):
        """Keep what packets of a case have taken."""
        self.record("packet", contender=contender.name, case=case,
                    **self.size(name), **found)

    def size(self, name):
        """What is known of a policy that figures depend on."""
        about = self.about(name)
        return {"policy": name, "prefixes": sum(about["prefixes"].values()),
                "lengths": about["lengths"], "family": about["family"],
                "searches": about["searches"]}

    def weigh(self, contender, name, before, shown=None):
        """Keep what memory a policy has taken since before."""
        self.record("memory", contender=contender.name, policy=name,
                    bytes=before - settled(), shown=shown,
                    prefixes=self.size(name)["prefixes"])
