# SPDX-License-Identifier: GPL-2.0
"""A router whose judgement of packets is compared with what is expected: by
what becomes of each packet, and by what every counter says after it.
"""

import contextlib
import os

from genl import Client
from harness import Router, equal, load, run, same_packet

OUTCOMES = {"pass": "passed", "block": "blocked", "monitor": "monitored"}


class Judged:
    """A router and a watch on its counters."""

    def __init__(self, policy="", router=Router):
        self.router = router()
        self.client = Client()
        self.expected = {"suppressed": 0}
        if policy:
            load(policy)

    def expect(self, verdict, reason, label, size):
        """Expect one more packet in the counters."""
        keys = []
        if reason not in ("none", "off"):
            keys.append((reason, OUTCOMES[verdict]))
        if verdict != "pass" and label:
            keys.append((f"label {label}", OUTCOMES[verdict]))
        for key in keys:
            packets, total = self.expected.get(key, (0, 0))
            self.expected[key] = packets + 1, total + size

    def check(self, what, packet, verdict, reason, label=None, size=None):
        """Send a packet that gets this verdict. A trailer beyond the end of the
        packet does not come out and is not counted: `size` is without it.
        """
        packet = bytes(packet)
        size = size or len(packet)
        seen = self.router.send(packet)
        equal(any(same_packet(packet[:size], one) for one in seen),
              verdict != "block", f"{what}: whether it passes")
        if verdict == "block":
            equal(seen, [], f"{what}: what else comes out")
        self.expect(verdict, reason, label, size)
        equal(self.client.stats(), self.expected, f"{what}: counters")


class Calls:
    """How often functions of the module are called; the hooks, unless others
    are named. Debian's 6.1 does not list registered hooks to anybody, but a
    probe counts calls; a kernel without probes counts nothing, and `available`
    is false.
    """

    trace = "/sys/kernel/tracing"

    def __init__(self, *functions):
        self.functions = functions or ("forward_ipv4", "forward_ipv6")

    def __enter__(self):
        if not os.path.exists(f"{self.trace}/trace"):
            run("mount", "-t", "tracefs", "tracefs", self.trace, check=False)
        self.available = os.path.exists(f"{self.trace}/kprobe_events")
        if self.available:
            # or each process switch is traced too, whose code is then changed while
            # both processors run it: rarely, the emulator gets stuck at that
            self._write("options/record-cmd", "0")
            # to optimize a probe the kernel waits until each process has slept
            # once, throttled ones too
            with contextlib.suppress(OSError):
                sysctl = os.open("/proc/sys/debug/kprobes-optimization", os.O_WRONLY)
                os.write(sysctl, b"0")
                os.close(sysctl)
            for name in self.functions:
                self._write("kprobe_events", f"p:op25b_test/{name} op25b:{name}")
            self._write("events/op25b_test/enable", "1")
        return self

    def __exit__(self, *_):
        if self.available:
            self._write("events/op25b_test/enable", "0")
            for name in self.functions:
                self._write("kprobe_events", f"-:op25b_test/{name}")

    def _write(self, name, text):
        fd = os.open(f"{self.trace}/{name}", os.O_WRONLY | os.O_APPEND)
        os.write(fd, text.encode())
        os.close(fd)

    def count(self):
        """Calls so far."""
        with open(f"{self.trace}/kprobe_profile") as file:
            lines = [line.split() for line in file]
        return sum(int(words[1]) for words in lines
                   if words[0] in self.functions)
