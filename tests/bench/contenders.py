# SPDX-License-Identifier: GPL-2.0
"""Contenders, and the device that puts packets through their hooks.

A contender loads a policy, a directory made by prepare, into the current network
namespace and unloads it again. Contenders in other namespaces are not affected.
"""

import contextlib
import ctypes
import json
import os
import struct
import subprocess
import time

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
MODULES = os.path.join(TOP, "tests/bench/module")
CLIENT = os.path.join(TOP, "tests/bench/client")
DEVICE = "/dev/op25b_bench"
RESULT = struct.Struct("=QQQQ")
CLONE_NEWNET = 0x40000000

# After this many runs of the same packets there is a pause
RUNS_AT_ONCE = 3

libc = ctypes.CDLL(None, use_errno=True)


class Wrong(Exception):
    """A failure that makes a measurement worthless."""


def run(*command, **options):
    """Run a command that must succeed; return the seconds it took."""
    options.setdefault("stdout", subprocess.PIPE)
    start = time.monotonic()
    done = subprocess.run(command, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    seconds = time.monotonic() - start
    if done.returncode:
        raise Wrong(f"{' '.join(command)}: exit status {done.returncode}: "
                    f"{(done.stdout or '')[-500:]}")
    return seconds


def system_call(function, *arguments):
    """Call a function of libc; raise OSError if it fails."""
    if function(*arguments):
        raise OSError(ctypes.get_errno(), function.__name__)


class Namespace:
    """A network namespace to enter and leave."""

    def __init__(self):
        with self.left_later():
            system_call(libc.unshare, CLONE_NEWNET)
            self.file = os.open("/proc/self/ns/net", os.O_RDONLY)

    @staticmethod
    @contextlib.contextmanager
    def left_later():
        """Return to the current namespace at the end."""
        outside = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            yield
        finally:
            system_call(libc.setns, outside, CLONE_NEWNET)
            os.close(outside)

    @contextlib.contextmanager
    def entered(self):
        """A context within this namespace."""
        with self.left_later():
            system_call(libc.setns, self.file, CLONE_NEWNET)
            yield

    def close(self):
        """Release it; the kernel removes it when nothing else uses it."""
        os.close(self.file)


@contextlib.contextmanager
def own_namespace():
    """A context within a new network namespace; yields that."""
    with contextlib.closing(Namespace()) as namespace, namespace.entered():
        yield namespace


def median(values):
    """The value in the middle; None if there is none."""
    values = sorted(values)
    return values[len(values) // 2] if values else None


class Nothing:
    """No hook. It judges nothing, so its verdicts are not checked."""

    name = "nothing"
    decides = False

    def load(self, directory, family):
        """Load the policy; return the seconds it took."""
        return 0.0

    def unload(self):
        """Remove everything that load() made."""


class Floor(Nothing):
    """A hook that only reads the ports; with "probe" it also reads a table once,
    with "shared" it increments a counter that all processors share.
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
    """A build of op25b: the working tree's, or another revision's in a directory
    named after it. The latter has another name for module and netlink family, so
    that both can be loaded.

    The module stays until the instance that inserted it is unloaded.
    """

    decides = True

    def __init__(self, directory=None):
        self.directory = directory or TOP
        self.name = "op25b"
        self.module = "op25b"
        if directory:
            self.name += f" at {os.path.basename(directory)}"
            self.module += "_beside"
        self.tool = f"{self.directory}/tools/op25bctl/op25bctl"
        self.inserted = False

    def load(self, directory, family):
        if not os.path.exists(f"/sys/module/{self.module}"):
            # A kernel made by tests/vm/kernel has these built in
            if os.path.exists(f"/lib/modules/{os.uname().release}/kernel") and \
                    not os.path.exists("/sys/module/nf_reject_ipv6"):
                run("modprobe", "-a", "nf_reject_ipv4", "nf_reject_ipv6")
            run("insmod", f"{self.directory}/{self.module}.ko")
            self.inserted = True
        seconds = self.ctl("load", f"{directory}/policy.op25b")
        if os.path.getsize(f"{directory}/policy.gone"):
            self.ctl("batch", f"{directory}/policy.gone")
        return seconds

    def unload(self):
        if self.inserted:
            run("rmmod", self.module)
            self.inserted = False

    def ctl(self, *words):
        """Run op25bctl; return the seconds it took."""
        return run(self.tool, *words)

    def show(self):
        """What `op25bctl show` reports."""
        done = subprocess.run([self.tool, "--json", "show"], capture_output=True,
                              check=True)
        return json.loads(done.stdout)

    def client(self, *words, **options):
        """Start the netlink client."""
        return subprocess.Popen([CLIENT, self.module, *map(str, words)], text=True,
                                stdout=subprocess.PIPE, **options)

    @contextlib.contextmanager
    def expired(self, seconds):
        """Wait until timeouts have expired; the entries are not removed meanwhile.

        The kernel does not remove expired entries for up to a minute while a
        transaction is open. The generation shows that none was removed.
        """
        holder = self.client("hold", stdin=subprocess.PIPE)
        if holder.stdout.readline() != "open\n":
            raise Wrong("client: no transaction")
        try:
            generation = self.show()["generation"]
            time.sleep(seconds + 1)
            yield
            if self.show()["generation"] != generation:
                raise Wrong("expired entries were removed too early")
        finally:
            holder.communicate()


class Nftables(Nothing):
    """Interval sets."""

    name = "nftables"
    decides = True

    def load(self, directory, family):
        return run("nft", "-f", f"{directory}/policy.nft")

    def unload(self):
        run("nft", "flush", "ruleset")


class Ipset(Nothing):
    """hash:net sets and legacy iptables, whose hooks stay registered until the
    namespace is removed.
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
    """A context with a policy loaded; yields the seconds that loading took."""
    seconds = contender.load(directory, family)
    try:
        yield seconds
    finally:
        contender.unload()


class Packets:
    """The packets of a case, in the device, for the current namespace's hooks."""

    def __init__(self, path, expected):
        self.expected = expected
        self.device = os.open(DEVICE, os.O_RDWR)
        with open(path, "rb") as file:
            packets = file.read()
        if os.write(self.device, packets) != len(packets):
            raise Wrong(f"{path}: refused by the device")

    def judge(self):
        """Judge all packets once; return nanoseconds and cycles a packet, and the
        number passed.
        """
        result = os.read(self.device, RESULT.size)
        ns, cycles, passed, dropped = RESULT.unpack(result)
        return ns / (passed + dropped), cycles / (passed + dropped), passed

    def measure(self, runs, verdicts=True):
        """Summary of some runs, with pauses because other load on the machine
        comes and goes.
        """
        results = []
        for number in range(runs):
            if number and number % RUNS_AT_ONCE == 0:
                time.sleep(0.5)
            results.append(self.judge())
        return self.summary(results, verdicts)

    def summary(self, results, verdicts):
        """Minimum and median of some runs; a wrong verdict is a failure."""
        for _, _, passed in results:
            if verdicts and passed != self.expected["passed"]:
                raise Wrong(f"{passed} of {self.expected['packets']} packets passed, "
                            f"{self.expected['passed']} should")
        ns, cycles, _ = zip(*results)
        return {"ns": min(ns), "ns_median": median(ns), "cycles": min(cycles),
                "cycles_median": median(cycles)}

    def close(self):
        """Close the device."""
        os.close(self.device)
