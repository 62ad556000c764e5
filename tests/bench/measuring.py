# SPDX-License-Identifier: GPL-2.0
"""Common to all measurements: policies, contenders, records, progress, memory."""

import contextlib
import json
import os
import resource
import sys
import time

from contenders import Op25b, Packets, Wrong, loaded, own_namespace

PAGE = resource.getpagesize()


def step(text):
    """Report progress; bench adds the time, which the guest may not know."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def available():
    """Bytes that can be allocated: MemAvailable and the pages in per-CPU lists,
    which it does not count and which can be many MiB.
    """
    with open("/proc/meminfo") as file:
        kib = next(int(line.split()[1]) for line in file
                   if line.startswith("MemAvailable:"))
    with open("/proc/zoneinfo") as file:
        pages = sum(int(line.split()[1]) for line in file
                    if line.split()[0] == "count:")
    return kib * 1024 + pages * PAGE


def settled():
    """Bytes that can be allocated after deferred freeing and without page cache."""
    time.sleep(2)
    with open("/proc/sys/vm/drop_caches", "w") as file:
        file.write("3\n")
    return available()


class Session:
    """The policies, the builds of op25b, and the file of records."""

    def __init__(self, policies, out, beside=None):
        self.policies = policies
        self.beside = beside
        self.out = open(out, "w")
        self.failed = False

    def builds(self):
        """A new contender for each build of op25b, the working tree's first."""
        yield Op25b()
        if self.beside:
            yield Op25b(self.beside)

    def record(self, kind, **values):
        """Write one record."""
        self.out.write(json.dumps({"kind": kind, **values}) + "\n")
        self.out.flush()

    def directory(self, name):
        """The directory of a policy."""
        return os.path.join(self.policies, name)

    def about(self, name):
        """What prepare recorded about a policy."""
        with open(os.path.join(self.directory(name), "about")) as file:
            return json.load(file)

    def packets(self, name, case):
        """The packets of one case."""
        return Packets(os.path.join(self.directory(name), case),
                       self.about(name)["cases"][case])

    @contextlib.contextmanager
    def contained(self, what):
        """A context that reports a failure and continues after it."""
        try:
            yield
        except Wrong as problem:
            step(f"FAILED: {what}: {problem}")
            self.failed = True

    def measure(self, contender, name, cases, runs, loads=1):
        """Judge packets of some cases; the record has the mean of all loads, since
        a hash seed differs with each.
        """
        found = {case: [] for case in cases}
        with self.contained(f"{contender.name}, {name}"):
            for _ in range(loads):
                with own_namespace(), self.loaded(contender, name) as seconds, \
                        self.expired(contender, name, seconds):
                    for case in cases:
                        packets = self.packets(name, case)
                        found[case].append(packets.measure(runs, contender.decides))
                        packets.close()
            self.record_load(contender, name, seconds)
            for case, results in found.items():
                self.record_packet(contender, name, case, {
                    key: sum(result[key] for result in results) / loads
                    for key in results[0]})

    def expired(self, contender, name, loading):
        """If the policy has entries to expire, wait until they have."""
        seconds = self.about(name)["expires"]
        if not seconds:
            return contextlib.nullcontext()
        if loading + 1 > seconds:
            raise Wrong("entries expired while the policy was being loaded")
        return contender.expired(seconds)

    def loaded(self, contender, name):
        """A context with a policy loaded, by its name."""
        return loaded(contender, self.directory(name), self.about(name)["family"])

    def record_load(self, contender, name, seconds):
        """Write the record of a load."""
        self.record("load", contender=contender.name, seconds=seconds,
                    **self.size(name))

    def record_packet(self, contender, name, case, found):
        """Write the record of the packets of a case."""
        self.record("packet", contender=contender.name, case=case,
                    **self.size(name), **found)

    def size(self, name):
        """The properties of a policy that results depend on."""
        about = self.about(name)
        return {"policy": name, "prefixes": sum(about["prefixes"].values()),
                "lengths": about["lengths"], "family": about["family"]}

    def record_memory(self, contender, name, before, shown=None):
        """Write the record of the memory taken since @before was available."""
        self.record("memory", contender=contender.name, policy=name,
                    bytes=before - settled(), shown=shown,
                    prefixes=self.size(name)["prefixes"])
