# SPDX-License-Identifier: GPL-2.0
"""The harness of the VM tests, which ./run runs in the guest, as root.

A test is a function with @test. It runs in a process of its own in a new
network namespace with the module loaded; an exception fails it. It may report
more TAP points with point(). After each test the module is unloaded and the
kernel's log must be free of warnings.
"""

import contextlib
import ctypes
import errno
import fcntl
import functools
import json
import os
import re
import select
import socket
import struct
import subprocess
import sys
import time
import traceback

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../.."))
MODULE = os.path.join(TOP, "op25b.ko")
CTL = os.path.join(TOP, "tools/op25bctl/op25bctl")

# Each test makes these calls itself: programs that do take a second on a debug kernel
SYS_FINIT_MODULE, SYS_DELETE_MODULE = 313, 176      # of x86-64
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000

# The kernel logs these for every module built outside its tree, for netlink
# requests whose attributes are truncated or of a wrong length, and when the
# machine is slow for a moment
EXPECTED_WARNINGS = re.compile(
    r"op25b: (loading out-of-tree module taints kernel"
    r"|module verification failed)"
    r"|netlink: '.*': attribute type \d+ has an invalid length"
    r"|netlink: \d+ bytes leftover after parsing attributes"
    r"|hrtimer: interrupt took \d+ ns"
    r"|clocksource: Long readout interval")

# Debug kernels are slower: tests multiply by this what they give in seconds
SLOW = 4 if os.path.exists("/proc/lockdep_stats") else 1

# Timeout in seconds for an event on a busy machine: far longer than any takes
LATE = 15 * SLOW

libc = ctypes.CDLL(None, use_errno=True)
tests = []
reports = None          # pipe from a test's process, one JSON value a line


def test(function):
    """Register a test; its docstring is its description."""
    tests.append(function)
    return function


def point(name, problem=None):
    """Report one more TAP point of the running test; it fails if problem is set."""
    report({"name": name, "problem": problem})


def expect_warnings(first, last):
    """In this test, ignore kernel warnings from a line that matches the first pattern
    to the next one that matches the last.
    """
    report({"expected": (first, last)})


def report(record):
    """Send a record to the process that runs the tests."""
    os.write(reports, json.dumps(record).encode() + b"\n")


# The system under test


def run(*command, check=True, **options):
    """Run a command with text output. Raise if it fails, unless check is false."""
    options.setdefault("timeout", 120 * SLOW)
    done = subprocess.run([str(word) for word in command], text=True,
                          capture_output=True, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit "
                             f"{done.returncode}: {done.stderr or done.stdout}")
    return done


def sh(script, **options):
    """Run a shell script that stops at the first error."""
    return run("sh", "-ec", script, **options)


def wait_for(what, condition, seconds=LATE):
    """Wait until the condition is true; return its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"never: {what}")


def ctl(*words, **options):
    """Run op25bctl with these words; raise unless it exits with 0."""
    return run(CTL, *words, **options)


def ctl_json(*words, status=0, **options):
    """Run op25bctl --json, which has to exit with that status; return the parsed output."""
    done = ctl("--json", *words, check=status == 0, **options)
    equal(done.returncode, status, f"exit status of {words}")
    return json.loads(done.stdout)


def load(text, **options):
    """Load a policy given as text."""
    return ctl("load", "-", input=text, **options)


def verdict(src, dst, *words):
    """The parsed output of `op25bctl test`; checks that it exits with 1 for a block."""
    done = ctl("--json", "test", src, dst, *words, check=False)
    assert done.returncode in (0, 1), done.stderr
    answer = json.loads(done.stdout)
    assert (answer["verdict"] == "block") == (done.returncode == 1), answer
    return answer


def enter_new_netns():
    """Move this process into a new network namespace."""
    if libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", IFF_UP))


def equal(seen, expected, what=""):
    """Raise unless both are equal."""
    if seen != expected:
        raise AssertionError(f"{what}: expected {expected!r}, seen {seen!r}")


def sysctl(**values):
    """Set sysctls of this namespace; "__" in a name stands for a slash."""
    for name, value in values.items():
        with open("/proc/sys/net/" + name.replace("__", "/"), "w") as file:
            file.write(f"{value}\n")


def ip_batch(text):
    """Run ip(8) commands, one a line."""
    return run("ip", "-batch", "-", input=text)


class Netns:
    """Another network namespace; it ends once closed and empty."""

    def __init__(self):
        with open("/proc/self/ns/net") as here:
            enter_new_netns()
            self.fd = os.open("/proc/self/ns/net", os.O_RDONLY)
            self._enter(here.fileno())
        self.path = f"/proc/{os.getpid()}/fd/{self.fd}"

    @staticmethod
    def _enter(fd):
        if libc.setns(fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")

    @contextlib.contextmanager
    def inside(self):
        """A context manager: its body runs in the namespace."""
        with open("/proc/self/ns/net") as here:
            self._enter(self.fd)
            try:
                yield self
            finally:
                self._enter(here.fileno())

    def close(self):
        """Drop the reference to the namespace."""
        os.close(self.fd)


class Router:
    """The namespace as a router between two tun devices.

    The kernel forwards packets written to `lan` to `wan`. All routes lead to `wan`,
    so replies to the sender leave there too. Forwarding is synchronous: after
    write(), all resulting packets can be read.
    """

    lan_flags = 0       # more flags of the tun device

    def __init__(self):
        self.lan = self._tun("lan", self.lan_flags)
        self.wan = self._tun("wan")
        sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1,
               ipv4__conf__all__rp_filter=0, ipv4__conf__lan__rp_filter=0,
               ipv4__icmp_ratelimit=0, ipv6__icmp__ratelimit=0,
               ipv4__icmp_ratemask=0)
        ip_batch("""
            link set lan mtu 9000 up
            link set wan mtu 9000 up
            address add 192.0.0.1/32 dev wan
            address add 100::1/128 dev wan nodad
            route add 0.0.0.0/0 dev wan
            route add ::/0 dev wan
        """)
        self.read()

    @staticmethod
    def _tun(name, flags=0):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        flags |= IFF_TUN | IFF_NO_PI
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
        sysctl(**{f"ipv6__conf__{name}__addr_gen_mode": 1})
        return fd

    def read(self):
        """All packets that have left by `wan`, as bytes, without IPv6 multicast:
        the router's own neighbour discovery.
        """
        packets = []
        while True:
            try:
                packet = os.read(self.wan, 65536)
            except BlockingIOError:
                return packets
            if packet[0] >> 4 != 6 or packet[24] != 0xFF:
                packets.append(packet)

    def send(self, packet):
        """Send one packet to `lan`, return the packets that leave by `wan`."""
        self.read()
        self.write(bytes(packet))
        return self.read()

    def write(self, packet):
        """Send one packet to `lan`; read() returns what leaves by `wan`."""
        os.write(self.lan, packet)

    def passes(self, packet):
        """Whether a packet is forwarded, unchanged except for its hop limit."""
        sent = bytes(packet)
        return any(same_packet(sent, seen) for seen in self.send(sent))


def same_packet(sent, seen):
    """Whether the packet seen is the one sent, forwarded by one hop."""
    if len(sent) != len(seen) or sent[0] >> 4 != seen[0] >> 4:
        return False
    # bytes that a hop changes: IPv4 TTL and header checksum, IPv6 hop limit
    changed = {8, 10, 11} if sent[0] >> 4 == 4 else {7}
    return all(a == b or i in changed
               for i, (a, b) in enumerate(zip(sent, seen)))


# Running the tests


class KernelLog:
    """Messages that the kernel logs from now on."""

    def __init__(self):
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)

    def warnings(self):
        """New messages of level warning and worse."""
        found = []
        while True:
            try:
                record = os.read(self.fd, 8192).decode(errors="replace")
            except BlockingIOError:
                return found
            except BrokenPipeError:
                found.append("the kernel log overflowed")
                continue
            prefix, _, text = record.partition(";")
            text = text.splitlines()[0]
            if (int(prefix.split(",")[0]) & 7) <= 4 and \
                    not EXPECTED_WARNINGS.search(text):
                found.append(text)


@functools.cache
def load_dependencies():
    """Load the modules that the module and the tests depend on; they stay."""
    run("modprobe", "-a", "nf_reject_ipv4", "nf_reject_ipv6", "tun")


def load_module():
    """Load the module and the modules it depends on."""
    load_dependencies()
    with open(MODULE) as file:
        if libc.syscall(SYS_FINIT_MODULE, file.fileno(), b"", 0):
            raise OSError(ctypes.get_errno(), "finit_module")


def unload_module():
    """Unload the module, if it is loaded."""
    if os.path.exists("/sys/module/op25b") and \
            libc.syscall(SYS_DELETE_MODULE, b"op25b", os.O_NONBLOCK):
        raise OSError(ctypes.get_errno(), "delete_module")


def unload_listed_module():
    """Unload the module, retrying while a process lists entries, which pins it."""
    def unloaded():
        done = run("rmmod", "op25b", check=False)
        if done.returncode and "in use" not in done.stderr and \
                os.strerror(errno.EAGAIN) not in done.stderr:
            raise AssertionError(f"rmmod: {done.stderr}")
        return done.returncode == 0

    wait_for("the module is not in use", unloaded, 4 * LATE)


def run_in_child(function):
    """Run a test in a process of its own; return its records.

    A record is a dictionary for a point; the last one is the test itself.
    """
    global reports
    reader, reports = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        problem = "?"
        try:
            enter_new_netns()
            function()
            problem = None
        except BaseException:  # noqa: everything is the test's failure
            problem = traceback.format_exc()[-4000:]
        finally:
            report({"problem": problem})
            os._exit(0)
    os.close(reports)
    said = b""
    while True:
        ready, _, _ = select.select([reader], [], [], 600)
        part = os.read(reader, 65536) if ready else b""
        if not part:
            break
        said += part
    os.close(reader)
    if not ready:
        os.kill(pid, 9)
    _, status = os.waitpid(pid, 0)
    records = [json.loads(line) for line in said.splitlines(keepends=True)
               if line.endswith(b"\n")]
    if not records or "problem" not in records[-1] or "name" in records[-1]:
        records.append({"problem": f"ended with status {status}"})
    return records


def unexpected(warnings, expected):
    """The warnings outside of reports that expect_warnings() accepts."""
    rest, last = [], None
    for line in warnings:
        if last is None:
            last = next((end for begin, end in expected
                         if re.search(begin, line)), None)
        if last is None:
            rest.append(line)
        elif re.search(last, line):
            last = None
    return rest


def run_one(function):
    """Run a test with setup and teardown; return its points as (name, problem)."""
    log = KernelLog()
    points = []
    expected = []
    problems = []
    try:
        load_module()
        *records, result = run_in_child(function)
        points = [one for one in records if "name" in one]
        expected = [one["expected"] for one in records if "expected" in one]
        problems.append(result["problem"])
        unload_module()
    except Exception:
        problems.append(traceback.format_exc())
    warnings = unexpected(log.warnings(), expected)
    if warnings:
        problems.append("kernel log:\n" + "\n".join(warnings))
    os.close(log.fd)
    name = f"{function.__module__}.{function.__name__}".replace("test_", "")
    title = f"{name}: {(function.__doc__ or '').splitlines()[0]}"
    return [(f"{name}: {one['name']}", one["problem"]) for one in points] + \
        [(title, "\n".join(filter(None, problems)))]


def taken(directory, name):
    """Whether another guest has taken a test; if not, take it, by making a directory."""
    try:
        os.mkdir(os.path.join(directory, name))
    except FileExistsError:
        return True
    return False


def main(pattern="", directory=None):
    """Run the tests whose names contain one of the patterns, separated by commas; print
    TAP. With a directory, which other guests share, each test runs in one of them.
    """
    number = 0
    for function in tests:
        name = f"{function.__module__}.{function.__name__}"
        if not any(one in name for one in pattern.split(",")) or \
                directory and taken(directory, name):
            continue
        started = time.monotonic()
        points = run_one(function)
        seconds = time.monotonic() - started
        for name, problem in points:
            number += 1
            print(f"{'not ok' if problem else 'ok'} {number} - {name}")
            for line in (problem or "").splitlines():
                print(f"# {line}")
        print(f"# {seconds:.1f} s", flush=True)
    print(f"1..{number}", flush=True)
