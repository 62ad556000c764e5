# SPDX-License-Identifier: GPL-2.0
"""What root of an unprivileged user namespace can do to the rest of the machine.

To test what happens while a request runs, a process gets next to no processor time:
its one update takes far longer than all that is tried meanwhile. CPU bandwidth control
would do until Linux 6.17; later ones throttle a process when it leaves the kernel only.
"""

import contextlib
import ctypes
import errno
import glob
import os
import signal
import socket
import struct
import threading
import time

from genl import (ABORT, ADD, BEGIN, DEL, DUMP, ENTRY, FLUSH, GENERATION, GET,
                  LIST, NESTED, TABLE, UPDATE, Client, attr)
from harness import (SLOW, TOP, Netns, ctl, ctl_json, equal, libc, run, test,
                     wait_for)
from judged import Calls

MODULE = os.path.join(TOP, "tests/vm/module/op25b_hold.ko")
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SO_SNDBUFFORCE = 32     # asm-generic/socket.h
NETLINK, EXT_ACK = 270, 11
NOBODY = 65534
FIXED, DIALUP = 2, 3    # enum op25b_table_id
RESET_STATS = GET + 8
OPERATIONS_MAX = 4096
MAX_WAITING = 64        # requests that wait for the lock, or hold it
LABELS_MAX = 65535
VISITS_MAX = 4096       # entries that one message of a dump visits


def host(number, table):
    """The attributes of a host prefix in a table."""
    return attr(1, bytes([table])) + \
        attr(2, (0x0A000000 + number).to_bytes(4, "big")) + attr(3, bytes([32]))


def add(number, label=None, table=FIXED):
    """The operation that adds a host."""
    return attr(ADD | NESTED, host(number, table) +
                (attr(6, label.encode() + b"\0") if label else b""))


def child(work):
    """Run work in a child process, which exits with 0 or the error number."""
    pid = os.fork()
    if pid:
        return pid
    status = 255
    try:
        work()
        status = 0
    except OSError as error:
        status = error.errno
    finally:
        os._exit(status)


def ended(pid):
    """The exit code of a process that has ended, or None."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def wait_for_exit(what, pid, code):
    """Wait until a process ends; raise unless it has this exit code."""
    codes = []

    def exited():
        codes.append(ended(pid))
        return codes[-1] is not None

    wait_for(what, exited)
    equal(codes[-1], code, what)


class Hog:
    """A process that is busy on the last processor, and closes the clients that it
    inherits. It leaves a sixth of it to a process
    that yield_to() has been called in, and next to nothing after take_all().
    """

    def __init__(self, inherited):
        self.pid = child(lambda: self._work(inherited))

    @staticmethod
    def _work(inherited):
        for other in inherited:
            other.socket.close()
        os.sched_setaffinity(0, {os.cpu_count() - 1})
        os.setpriority(os.PRIO_PROCESS, 0, 19)
        while True:
            pass

    @staticmethod
    def yield_to():
        """Let the calling process run when the hog does not: Linux takes it off the
        processor in the kernel, too, with locks held.
        """
        os.sched_setaffinity(0, {os.cpu_count() - 1})
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))

    def take_all(self):
        """Leave three parts of a thousand."""
        os.setpriority(os.PRIO_PROCESS, self.pid, 0)

    def end(self):
        """End it, once or more often."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.pid = None


@contextlib.contextmanager
def slow_update(*inherited):
    """A process whose update holds the lock of this namespace until the hog ends. It closes
    the clients that it inherits.
    """
    payload = b"".join(map(add, range(OPERATIONS_MAX)))

    def work():
        for other in inherited:
            other.socket.close()
        client = Client()
        client.socket.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 1 << 20)
        hog.yield_to()
        client.request(UPDATE, payload)

    hog = Hog(inherited)
    pid = None
    try:
        with Calls("op25b_policy_add") as calls:
            pid = child(work)
            wait_for("the update has begun", calls.count)
            hog.take_all()
            yield pid, hog, calls
    finally:
        # first, or killing the process takes as long as the update
        hog.end()
        with contextlib.suppress(ChildProcessError):    # its end has been seen
            if pid and ended(pid) is None:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def still_running(pid):
    """Raise if the slow update has ended: then the test proves nothing."""
    equal(ended(pid), None, "exit code of the slow update")


@test
def killed_update():
    """a fatal signal ends an update, which then changes nothing"""
    with slow_update() as (pid, hog, calls):
        still_running(pid)
        os.kill(pid, signal.SIGKILL)
        hog.end()
        wait_for_exit("the process ends", pid, -signal.SIGKILL)
        assert calls.count() < OPERATIONS_MAX, "all operations were applied"
    show = ctl_json("show")
    equal((show["generation"], show["tables"]["fixed"]["ipv4"]), (0, 0),
          "generation and entries")


def state_of(pid):
    """The state of a process: R, S, D, …"""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


@test
def killed_while_waiting():
    """a process whose request waits for another one can be killed"""
    with slow_update() as (slow, _, _):
        pid = child(lambda: Client().request(UPDATE, add(25)))
        wait_for("the request waits", lambda: state_of(pid) == "D")
        os.kill(pid, signal.SIGKILL)
        wait_for_exit("it ends", pid, -signal.SIGKILL)
        still_running(slow)


class Requester(threading.Thread):
    """A thread that makes one request, and keeps its error number; a process would take
    far longer to start.
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.error = None       # of a request that has ended
        self.start()

    def run(self):
        try:
            Client().request(RESET_STATS)
            self.error = 0
        except OSError as error:
            self.error = error.errno


@test
def many_requests():
    """at most 64 requests wait; read-only requests never wait"""
    more = 16
    with slow_update() as (slow, hog, _):
        requesters = [Requester() for _ in range(MAX_WAITING + more)]

        def waiting():
            return [one for one in requesters if one.error is None]

        # the slow update is one of the 64
        wait_for("some are refused", lambda: len(waiting()) == MAX_WAITING - 1)
        equal({one.error for one in requesters}, {None, errno.EBUSY}, "errors")
        equal(ctl_json("show")["generation"], 0, "generation")
        equal(ctl_json("list"), [], "entries")
        equal(ctl_json("test", "192.0.2.1", "192.0.2.2")["reason"], "other")
        wait_for("the others wait",
                 lambda: all(state_of(one.native_id) == "D" for one in waiting()))
        equal(len(waiting()), MAX_WAITING - 1, "requests that wait")
        done = ctl("stats", "reset", check=False)
        equal((done.returncode, done.stderr),
              (2, "op25bctl: too many requests wait: try again\n"))
        still_running(slow)
        hog.end()
        answered = waiting()
        wait_for("the others are answered", lambda: not waiting())
        equal({one.error for one in answered}, {0}, "errors of the others")
    ctl("stats", "reset")


def others_work():
    """Work that must not be held up: sockets, changes of a policy, a module that
    registers a netlink notifier.
    """
    for _ in range(20):
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()
        client = Client()
        client.request(BEGIN)
        client.request(UPDATE, add(25))
        client.request(ABORT)
        client.socket.close()
    run("insmod", MODULE)
    run("rmmod", "op25b_hold")


@test
def closing_sockets():
    """closing a socket does not wait for requests, and delays nobody else"""
    client = Client()
    client.request(BEGIN)
    client.request(UPDATE, add(25))
    with slow_update(client) as (slow, _, _):
        pid = child(signal.pause)
        client.socket.close()   # only that process has the socket open now
        os.kill(pid, signal.SIGKILL)
        wait_for_exit("the socket is closed", pid, -signal.SIGKILL)
        netns = Netns()
        with netns.inside():
            others = child(others_work)
        netns.close()
        wait_for_exit("others go on", others, 0)
        still_running(slow)


@test
def no_labels_left():
    """not every request without a free label sleeps"""
    requests = 400
    client = Client()
    client.socket.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 1 << 20)
    for start in range(0, LABELS_MAX, OPERATIONS_MAX):
        client.request(UPDATE, b"".join(
            add(number, f"l{number}") for number in
            range(start, min(start + OPERATIONS_MAX, LABELS_MAX))))
    # an unread dump holds a policy, whose labels cannot be freed
    reader = Client()
    reader.send(LIST, flags=DUMP)
    client.request(UPDATE, add(LABELS_MAX))

    def sleeps():
        with open("/proc/self/status") as file:
            return int(dict(line.split(":", 1) for line in file)
                       ["voluntary_ctxt_switches"])

    before = sleeps()
    for _ in range(requests):
        try:
            client.request(UPDATE, add(0, "new"))
            raise AssertionError("a label was left")
        except OSError as error:
            equal(error.errno, errno.ENOSPC, "error")
    slept = sleeps() - before
    assert slept < requests, f"slept {slept} times in {requests} requests"


@test
def flush_of_one():
    """flush of one entry is as fast as del, with 300,000 others in other tables"""
    client = Client()
    for start in range(0, 300000, 2000):
        client.request(UPDATE, b"".join(map(add, range(start, start + 2000))))
    entry = add(1 << 20, table=DIALUP)
    ways = {"flush": entry + attr(FLUSH, bytes([DIALUP])),
            "del": entry + attr(DEL | NESTED, host(1 << 20, DIALUP))}
    spent = dict.fromkeys(ways, 0)
    # in turn, so that a busy machine affects both; the clock may count ticks
    for _ in range(20):
        for way, payload in ways.items():
            before = time.process_time()
            for _ in range(50):
                client.request(UPDATE, payload)
            spent[way] += time.process_time() - before
    ratio = spent["flush"] / spent["del"]
    assert ratio < 3, f"flush takes {ratio:.1f} times the CPU time of del"
    equal(ctl_json("show")["tables"]["dialup"]["ipv4"], 0, "entries of dialup")


@test
def list_of_few():
    """a message of a dump visits a bounded number of entries, matching or not"""
    client = Client()
    entries = 40000
    for start in range(0, entries, 2000):
        client.request(UPDATE, b"".join(map(add, range(start, start + 2000))))
    client.request(UPDATE, add(1 << 20, table=DIALUP))
    messages = client.request(LIST, attr(TABLE, bytes([DIALUP])), flags=DUMP)
    listed = sum(kind == ENTRY for message in messages for kind, _ in message)
    equal(listed, 1, "entries listed")
    assert len(messages) >= entries // VISITS_MAX, f"{len(messages)} messages"
    for message in messages:
        equal(message[0][0], GENERATION, "first attribute of a message")


def waiting_worker():
    """Whether a worker of the kernel is inside of worker_work()."""
    for path in glob.glob("/proc/[0-9]*/stack"):
        with contextlib.suppress(OSError), open(path) as stack:
            if "worker_work" in stack.read():
                return True
    return False


@test
def starved_process():
    """the worker that removes expired entries does not wait for a starved process"""
    # the worker runs as long as there is a timeout
    ctl("add", "dialup", "192.0.2.1", "timeout", "600")
    with slow_update() as (pid, _, _):
        time.sleep(1)
        samples = [waiting_worker() or time.sleep(0.05) for _ in range(20)]
        still_running(pid)
    assert sum(map(bool, samples)) < len(samples) / 2, samples


@test
def long_datagram():
    """requests of a datagram are refused when the earlier ones took too long"""
    client = Client()
    client.socket.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 1 << 20)
    for start in range(0, 200000, 2000):
        client.request(UPDATE, b"".join(map(add, range(start, start + 2000))))
    flush = attr(FLUSH, bytes([FIXED]))
    rounds = 100
    client.socket.setsockopt(NETLINK, EXT_ACK, 1)
    answers = client.request_all([(BEGIN, b""), (UPDATE, flush), (ABORT, b"")] * rounds)
    errors = [-struct.unpack_from("i", answer, 16)[0] for answer in answers]
    equal(errors[:2], [0, 0], "errors of the first requests")
    equal(set(errors[-3:]), {errno.EBUSY}, "errors of the last requests")
    done = errors.index(errno.EBUSY)
    equal(errors, [0] * done + [errno.EBUSY] * (3 * rounds - done), "all errors")
    assert done < 3 * rounds / 2, f"{done} requests were not refused"
    assert b"earlier requests of this datagram took too long: send this one again" \
        in answers[-1], answers[-1]
    # the next datagram has a time of its own
    if done % 3:
        client.request(ABORT)
    client.request(GET)
    equal(ctl_json("show")["tables"]["fixed"]["ipv4"], 200000, "entries")


def attack(messages):
    """In a user namespace, send full messages, and close sockets whose transaction
    is open.
    """
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    client = Client()
    for start in range(0, 40000, 2000):
        client.request(UPDATE, b"".join(map(add, range(start, start + 2000))))
    change = add(1 << 20, table=DIALUP) + attr(FLUSH, bytes([DIALUP]))
    for _ in range(messages):
        client.request(UPDATE, change * (OPERATIONS_MAX // 2))
        abandoned = Client()
        abandoned.request(BEGIN)
        abandoned.request(UPDATE, b"".join(
            add(number, table=DIALUP) for number in range(50000, 52000)))
        abandoned.socket.close()


@test
def user_namespace():
    """users who send large requests in their own namespaces delay nobody else"""
    with open("/proc/sys/user/max_user_namespaces") as file:
        assert int(file.read()), "no user namespaces"
    messages = 8
    pids = [child(lambda: attack(messages)) for _ in range(2)]
    rounds = 0
    while any(pid is not None for pid in pids):
        others_work()
        rounds += 1
        for i, pid in enumerate(pids):
            status = ended(pid) if pid is not None else None
            if status is not None:
                equal(status, 0, "exit status of an attack")
                pids[i] = None
    assert rounds > messages / 2 / SLOW, \
        f"{rounds} rounds beside {messages} messages"
