# SPDX-License-Identifier: GPL-2.0
"""A router that checks verdicts: whether each packet is forwarded, and all
counters after each packet, must be as expected.
"""

import contextlib
import os

from genl import Client
from harness import Router, equal, load, run, same_packet

OUTCOMES = {"pass": "passed", "block": "blocked", "monitor": "monitored"}


class Judged:
    """A router and the expected values of its counters."""

    def __init__(self, policy="", router=Router):
        self.router = router()
        self.client = Client()
        self.expected = {"suppressed": 0}
        if policy:
            load(policy)

    def expect(self, verdict, reason, names, size):
        """Add a packet to the expected counters; names as the key of Client.stats()."""
        keys = []
        if reason not in ("none", "off"):
            keys.append((reason, OUTCOMES[verdict]))
        if verdict != "pass" and names:
            keys.append((names, OUTCOMES[verdict]))
        for key in keys:
            packets, total = self.expected.get(key, (0, 0))
            self.expected[key] = packets + 1, total + size

    def check(self, what, packet, verdict, reason, label=None, size=None, names=None):
        """Send a packet and check its verdict and the counters, of its label or of names.
        `size` excludes a trailer behind the packet, which is neither forwarded nor
        counted.
        """
        packet = bytes(packet)
        size = size or len(packet)
        seen = self.router.send(packet)
        equal(any(same_packet(packet[:size], one) for one in seen),
              verdict != "block", f"{what}: whether it passes")
        if verdict == "block":
            equal(seen, [], f"{what}: packets sent by the router")
        self.expect(verdict, reason, names or (label and f"label {label}"), size)
        equal(self.client.stats(), self.expected, f"{what}: counters")


class Calls:
    """Counts calls of functions of the module by kprobes; the default is the hooks,
    which Debian's 6.1 cannot list. On a kernel without kprobes nothing is counted,
    and `available` is false.
    """

    trace = "/sys/kernel/tracing"

    def __init__(self, *functions):
        self.functions = functions or ("forward_ipv4", "forward_ipv6")

    def __enter__(self):
        if not os.path.exists(f"{self.trace}/trace"):
            run("mount", "-t", "tracefs", "tracefs", self.trace, check=False)
        self.available = os.path.exists(f"{self.trace}/kprobe_events")
        if self.available:
            # else each task switch is traced too: that patches code while both
            # processors run it, at which the emulator hangs, rarely
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
        """The number of calls so far."""
        with open(f"{self.trace}/kprobe_profile") as file:
            lines = [line.split() for line in file]
        return sum(int(words[1]) for words in lines
                   if words[0] in self.functions)
