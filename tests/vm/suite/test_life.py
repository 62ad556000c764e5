# SPDX-License-Identifier: GPL-2.0
"""Unloading the module and deleting namespaces, while packets flow, timeouts
run and transactions are open.
"""

import contextlib
import os
import signal
import socket
import struct
import time

from genl import (BEGIN, DUMP, LIST, NESTED, REPLACE, SET, UPDATE, Client,
                  attr)
from harness import (CTL, LATE, MODULE, SLOW, Netns, Router, ctl, ctl_json, equal,
                     ip_batch, load, run, sysctl, test, unload_listed_module,
                     wait_for)
from judged import Judged
from packets import MORE, ip, tcp, tcp_packet

HOSTS = (("198.51.100.7", "203.0.113.9"), ("2001:db8:4000::7", "2001:db8:2::9"))
# A policy with everything that needs teardown: hooks, labels, timers, replies
POLICY = """
    set action reset
    add dynamic 198.51.100.0/22 label bflets
    add dynamic 2001:db8:4000::/36 label Bフレッツ timeout 1
    add fixed 198.51.100.64/29 timeout 600
    add relay 192.0.2.25
""" + "".join(f"add dialup 10.0.{n >> 8}.{n & 255}/32 timeout {1 + n % 3}\n"
              for n in range(1000))
# Packets that are blocked, answered, passed, or have hidden ports
PACKETS = [tcp_packet(*ends) for ends in HOSTS] + [
    tcp_packet("198.51.100.65", "203.0.113.9"),
    tcp_packet("203.0.113.9", "198.51.100.7", 25, 1025),
    tcp_packet("198.51.100.7", "203.0.113.9", 1025, 80),
    ip("198.51.100.7", "203.0.113.9", 6, tcp(*HOSTS[0])[:3], MORE)]
ROUNDS = 5


@contextlib.contextmanager
def child(work):
    """A context in which a child process does some work; it is killed at the end."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(1)
    try:
        yield pid
        equal(os.waitpid(pid, os.WNOHANG), (0, 0), "the process ended by itself")
    finally:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def flood(router):
    """Send packets forever."""
    while True:
        for packet in PACKETS:
            router.write(packet)
        router.read()


def transactions():
    """Open a transaction of each kind; return the sockets, which hold them."""
    clients = Client(), Client()
    clients[0].request(BEGIN)
    clients[1].request(BEGIN, attr(REPLACE))
    return clients


def churn():
    """Change and read the policy forever."""
    os.execve("/bin/sh", ["sh", "-c", f"""
        exec >/dev/null 2>&1
        while :; do
            echo "$POLICY" | {CTL} load -
            {CTL} list
            {CTL} set mode off
            {CTL} stats
            {CTL} set mode monitor
            {CTL} stats reset
            {CTL} flush dynamic
        done
        """], {**os.environ, "POLICY": POLICY})


@test
def unload():
    """the module unloads under traffic, with timers and open transactions"""
    router = Router()
    with child(lambda: flood(router)):
        for number in range(ROUNDS):
            load(POLICY)
            clients = transactions()
            time.sleep(0.3 * number)
            wait_for(f"round {number}: blocked", lambda: ctl_json("stats")
                     ["reasons"]["dynamic"]["blocked"]["packets"])
            run("rmmod", "op25b")
            for client in clients:
                client.socket.close()
            run("insmod", MODULE)
            show = ctl_json("show")
            equal(show["generation"], 0, f"round {number}: generation")
            equal(show["tables"]["dynamic"], {"ipv4": 0, "ipv6": 0},
                  f"round {number}: entries")
    equal(router.passes(PACKETS[0]), True, "a packet without a policy")


@test
def unload_while_changing():
    """the module unloads while the policy is loaded, listed and changed"""
    router = Router()
    with child(lambda: flood(router)), child(churn):
        for _ in range(ROUNDS):
            time.sleep(0.7)
            unload_listed_module()
            run("insmod", MODULE)
    # the killed shell's last command ends by itself
    unload_listed_module()


@test
def unload_while_listing():
    """an unfinished dump pins the module until its socket is closed"""
    load("".join(f"add dialup 10.0.{n >> 8}.{n & 255}\n" for n in range(1000)))
    client = Client()
    client.send(LIST, flags=DUMP)
    done = run("rmmod", "op25b", check=False)
    equal((done.returncode, "in use" in done.stderr), (1, True), done.stderr)
    equal(ctl_json("show")["tables"]["dialup"]["ipv4"], 1000, "the policy")
    client.socket.close()
    run("rmmod", "op25b")


class Forwarder:
    """A namespace that forwards packets from this one back to it, and that ends
    with the only process in it.
    """

    def __init__(self):
        netns = Netns()
        ip_batch(f"""
            link add there type veth peer name lan netns {netns.path}
            link add back type veth peer name wan netns {netns.path}
            link set there up
            link set back up
        """)
        with netns.inside():
            self._set_up()
            self.pid = self._hold()
        netns.close()
        self.index = socket.if_nametoindex("there")
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                    socket.htons(3))
        self.socket.bind(("there", 0))

    def _set_up(self):
        sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1,
               ipv4__conf__all__rp_filter=0, ipv4__conf__lan__rp_filter=0)
        ip_batch("""
            link set lan address 02:00:00:00:00:25 up
            link set wan up
            address add 192.0.0.1/32 dev wan
            address add 100::1/128 dev wan nodad
            route add 0.0.0.0/0 dev wan
            route add ::/0 dev wan
            neighbour add 203.0.113.9 lladdr 02:00:00:00:00:09 dev wan
            neighbour add 198.51.100.7 lladdr 02:00:00:00:00:09 dev wan
            neighbour add 2001:db8:2::9 lladdr 02:00:00:00:00:09 dev wan
            neighbour add 2001:db8:4000::7 lladdr 02:00:00:00:00:09 dev wan
        """)

    @staticmethod
    def _hold():
        """Start the only process in the namespace; it has open transactions."""
        load(POLICY)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                clients = transactions()
                os.write(writer, b"ready")
                time.sleep(600)
            finally:
                os._exit(bool(clients))
        os.close(writer)
        equal(os.read(reader, 5), b"ready", "the process in the namespace")
        os.close(reader)
        return pid

    def flood(self):
        """Send packets forever, also after the receiver has gone."""
        while True:
            for packet in PACKETS:
                kind = 0x0800 if packet[0] >> 4 == 4 else 0x86DD
                with contextlib.suppress(OSError):
                    self.socket.send(bytes.fromhex("020000000025020000000001") +
                                     struct.pack("!H", kind) + packet)

    def kill(self):
        """End the process, and wait until the namespace is gone."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        wait_for("the namespace is gone",
                 lambda: "there" not in [name for _, name in socket.if_nameindex()],
                 2 * LATE)


def blocked_in(pid):
    """Whether packets were blocked in the namespace of a process."""
    seen = run("nsenter", f"--net=/proc/{pid}/ns/net", CTL, "-j", "stats").stdout
    return '"dynamic": {"blocked": {"packets": 0,' not in seen


@test
def delete_namespace():
    """a namespace is deleted under traffic, with timers and open transactions"""
    for number in range(ROUNDS):
        forwarder = Forwarder()
        with child(forwarder.flood):
            time.sleep(0.3 + 0.3 * number)
            wait_for(f"round {number}: blocked", lambda: blocked_in(forwarder.pid))
            forwarder.kill()
        forwarder.socket.close()


@test
def delete_many():
    """many namespaces with policies are deleted at once, and the module unloaded"""
    namespaces = [Netns() for _ in range(10)]
    for netns in namespaces:
        with netns.inside():
            load(POLICY)
    for netns in namespaces[:7]:
        netns.close()
    run("rmmod", "op25b")
    for netns in namespaces[7:]:
        netns.close()
    run("insmod", MODULE)
    judged = Judged(POLICY)
    judged.router.send(PACKETS[2])
    judged.expect("pass", "fixed", None, len(PACKETS[2]))
    equal(judged.client.stats(), judged.expected, "counters")


@test
def unload_many():
    """the module is reloaded repeatedly, with policies in several namespaces"""
    netns = Netns()
    for _ in range(ROUNDS):
        load(POLICY)
        with netns.inside():
            load(POLICY)
        run("rmmod", "op25b")
        run("insmod", MODULE)
    netns.close()


@test
def new_namespaces():
    """namespaces made after loading start empty; the module can be unloaded"""
    ctl("add", "dynamic", "198.51.100.0/22")
    for _ in range(5):
        netns = Netns()
        with netns.inside():
            equal(ctl_json("list"), [], "entries")
            equal(ctl_json("show")["generation"], 0, "generation")
            load(POLICY)
        netns.close()


def change_rate(start, seconds, least=0):
    """Change the reply rate as fast as possible, for some seconds and at least
    `least` times; return the number of commits.
    """
    client = Client()
    count = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end or count < least:
        rate = attr(4, struct.pack("I", start + count % 1000))
        client.request(UPDATE, attr(SET | NESTED, rate))
        count += 1
    return count


@test
def commits_without_pause():
    """commits faster than old policies are freed, while entries expire"""
    load(POLICY)
    with child(lambda: change_rate(2000, 600)):
        count = change_rate(1000, 4 * SLOW, 100)
    generation = ctl_json("show")["generation"]
    assert generation > count, (generation, count)
    run("rmmod", "op25b")
