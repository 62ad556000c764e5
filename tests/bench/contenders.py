# SPDX-License-Identifier: GPL-2.0
"""Who is measured, and how packets are put through them.

A contender is loaded with a policy's directory, see prepare, into the network
namespace that we are in, and unloaded again. Those in other namespaces stay out of
its way, see own_namespace.
"""

import contextlib
import ctypes
import json
import os
import struct
import subprocess
import sys
import time

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.append(os.path.join(TOP, "tests/vm/suite"))

from genl import BEGIN, Client  # noqa: E402

CTL = os.path.join(TOP, "tools/op25bctl/op25bctl")
MODULES = os.path.join(TOP, "tests/bench/module")
DEVICE = "/dev/op25b_bench"
RESULT = struct.Struct("=QQQQ")
CLONE_NEWNET = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


class Wrong(Exception):
    """Something that makes what is measured worthless."""


def run(*command, **options):
    """Run a command that must succeed; return seconds."""
    options.setdefault("stdout", subprocess.PIPE)
    start = time.monotonic()
    done = subprocess.run(command, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    seconds = time.monotonic() - start
    if done.returncode:
        raise Wrong(f"{' '.join(command)}: exit {done.returncode}: "
                    f"{(done.stdout or '')[-500:]}")
    return seconds


def system_call(function, *arguments):
    """Call a function of libc that Python does not have."""
    if function(*arguments):
        raise OSError(ctypes.get_errno(), function.__name__)


@contextlib.contextmanager
def own_namespace():
    """With this, we are in a new network namespace, and after it where we were."""
    outside = os.open("/proc/self/ns/net", os.O_RDONLY)
    system_call(libc.unshare, CLONE_NEWNET)
    try:
        yield
    finally:
        system_call(libc.setns, outside, CLONE_NEWNET)
        os.close(outside)


def median(values):
    """The value in the middle."""
    return sorted(values)[len(values) // 2]


def entries():
    """How many entries op25b has in this namespace."""
    shown = subprocess.run([CTL, "--json", "show"], check=True, text=True,
                           stdout=subprocess.PIPE).stdout
    return sum(number for table in json.loads(shown)["tables"].values()
               for number in table.values())


class Nothing:
    """No hook at all. Its verdicts mean nothing, unlike those of who decides."""

    name = "nothing"
    decides = False

    def load(self, directory, family):
        """Return the seconds that it took."""
        return 0.0

    def unload(self):
        """Leave nothing behind."""


class Floor(Nothing):
    """A hook that only reads the ports; with one look into a table, or with a count
    in a word that all processors write.
    """

    def __init__(self, more=None):
        self.name = f"floor+{more}" if more else "floor"
        self.module = "op25b_probe" if more == "probe" else "op25b_floor"
        self.parameters = [f"{more}=1"] if more else []

    def load(self, directory, family):
        return run("insmod", f"{MODULES}/{self.module}.ko", *self.parameters)

    def unload(self):
        run("rmmod", self.module)


class Op25b(Nothing):
    """The module; it stays until the first to be loaded of those that there are
    together is unloaded.
    """

    name = "op25b"
    decides = True
    inserted = False

    def load(self, directory, family):
        if not os.path.exists("/sys/module/op25b"):
            # a kernel of our own has no modules: what is needed is built in
            if os.path.exists(f"/lib/modules/{os.uname().release}/kernel") and \
                    not os.path.exists("/sys/module/nf_reject_ipv6"):
                run("modprobe", "-a", "nf_reject_ipv4", "nf_reject_ipv6")
            run("insmod", f"{TOP}/op25b.ko")
            self.inserted = True
        seconds = run(CTL, "load", f"{directory}/policy.op25b")
        if os.path.getsize(f"{directory}/policy.gone"):
            run(CTL, "batch", f"{directory}/policy.gone")
        return seconds

    @contextlib.contextmanager
    def outliving(self, seconds, expected):
        """With this, entries have expired, but all that are expected are there. They
        stay as long as there is a transaction on a copy of the policy, a minute at most.
        """
        keeper = Client()
        keeper.request(BEGIN)
        try:
            time.sleep(seconds + 1)
            yield
            if entries() != expected:
                raise Wrong("expired entries are gone already")
        finally:
            keeper.socket.close()

    def unload(self):
        if self.inserted:
            run("rmmod", "op25b")
            self.inserted = False


class Nftables(Nothing):
    """Interval sets."""

    name = "nftables"
    decides = True

    def load(self, directory, family):
        return run("nft", "-f", f"{directory}/policy.nft")

    def unload(self):
        run("nft", "flush", "ruleset")


class Ipset(Nothing):
    """hash:net sets and iptables, the one that is not nftables underneath: a table of
    it once used stays hooked for as long as its namespace is there.
    """

    name = "ipset"
    decides = True
    tables = {4: "iptables-legacy", 6: "ip6tables-legacy"}

    def load(self, directory, family):
        self.family = family
        seconds = run("ipset", "restore", "-file", f"{directory}/policy.ipset")
        run(f"{self.tables[family]}-restore", f"{directory}/policy.iptables")
        return seconds

    def unload(self):
        command = self.tables[self.family]
        run(command, "-F")
        run(command, "-X")
        run("ipset", "destroy")


@contextlib.contextmanager
def loaded(contender, directory, family):
    """With this, the policy is in force; gives the seconds it took to load."""
    seconds = contender.load(directory, family)
    try:
        yield seconds
    finally:
        contender.unload()


class Packets:
    """The packets of one case, ready to be judged."""

    def __init__(self, path, expected):
        self.expected = expected
        self.device = os.open(DEVICE, os.O_RDWR)
        with open(path, "rb") as file:
            packets = file.read()
        if os.write(self.device, packets) != len(packets):
            raise Wrong(f"{path}: not taken")

    def judge(self):
        """Have all judged once; nanoseconds and cycles for each, how many passed."""
        result = os.read(self.device, RESULT.size)
        ns, cycles, passed, dropped = RESULT.unpack(result)
        return ns / (passed + dropped), cycles / (passed + dropped), passed

    def measure(self, runs, verdicts=True):
        """What some runs find, summed up.

        Many are not all at once, since a machine that is busy is so for a while.
        """
        results = []
        for run in range(runs):
            if run and not run % 3:
                time.sleep(0.5)
            results.append(self.judge())
        return self.sum_up(results, verdicts)

    def sum_up(self, results, verdicts):
        """The least and the median of some runs; wrong verdicts are no result."""
        for _, _, passed in results:
            if verdicts and passed != self.expected["passed"]:
                raise Wrong(f"{passed} of {self.expected['packets']} passed, "
                            f"{self.expected['passed']} should")
        ns, cycles, _ = zip(*results)
        return {"ns": min(ns), "ns_median": median(ns), "cycles": min(cycles),
                "cycles_median": median(cycles)}

    def close(self):
        """Let go of them."""
        os.close(self.device)
