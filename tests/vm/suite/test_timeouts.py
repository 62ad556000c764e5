# SPDX-License-Identifier: GPL-2.0
"""Entries that expire."""

import threading
import time

from harness import (LATE, SLOW, Router, ctl, ctl_json, equal, load, test,
                     wait_for)
from judged import Calls, Judged
from packets import tcp_packet


class Watch(threading.Thread):
    """Keeps sending packets of subscribers. For each it records when the verdict
    changed between pass and block, as an interval of two times.
    """

    def __init__(self, packets):
        super().__init__(daemon=True)
        self.router = Router()
        self.packets = packets
        self.changes = {name: [] for name in packets}
        self.passing = {name: (time.monotonic(), self.router.passes(packet))
                        for name, packet in packets.items()}
        self.going = True

    def run(self):
        """Send packets until stopped."""
        while self.going:
            for name, packet in self.packets.items():
                self._look(name, packet)
            time.sleep(0.005)

    def _look(self, name, packet):
        last, passed = self.passing[name]
        before = time.monotonic()
        passes = self.router.passes(packet)
        if passes != passed:
            self.changes[name].append((last, time.monotonic()))
        self.passing[name] = before, passes

    def stop(self):
        """Stop; the results are in `changes`."""
        self.going = False
        self.join()


def timed(*words, **options):
    """Change the policy; return when that began and ended."""
    before = time.monotonic()
    ctl(*words, **options)
    return before, time.monotonic()


def change_twice(soon, later, adds):
    """Add exemptions, then replace their timeouts; return when each change began and
    ended, or None if the first timeouts expired before the second change.
    """
    first = timed("batch", "-", input=adds({
        "ends": f"timeout {soon}", "longer": f"timeout {soon}",
        "stays": f"timeout {soon}", "new": f"timeout {soon}",
        "shorter": "timeout 600"}))
    again = timed("batch", "-", input=adds({
        "longer": f"timeout {later}", "stays": "",
        "new": "timeout 600 label new", "shorter": "timeout 1"}))
    return (first, again) if again[1] - first[0] < soon else None


@test
def ends():
    """an exemption expires on time; adding it again changes the time"""
    hosts = {f"{name} {family}": f"{prefix}{number}"
             for family, prefix in (("4", "198.51.100."), ("6", "2001:db8:4000::"))
             for number, name in enumerate(("ends", "longer", "stays", "new",
                                            "shorter"), 1)}
    servers = {"4": "203.0.113.9", "6": "2001:db8:2::9"}

    def adds(timeouts):
        return "".join(f"add fixed {address} {timeouts[name.split()[0]]}\n"
                       for name, address in hosts.items()
                       if name.split()[0] in timeouts)

    packets = {name: tcp_packet(address, servers[name[-1]])
               for name, address in hosts.items()}
    # The first timeouts must expire after the second change, even on a slow machine
    for soon in 3 * SLOW, 12 * SLOW, 48 * SLOW:
        later = soon + SLOW
        load("add dynamic 198.51.100.0/22\nadd dynamic 2001:db8:4000::/36\n" +
             adds({"ends": "", "longer": "", "stays": "", "new": "",
                   "shorter": ""}))
        watch = Watch(packets)
        equal({passes for _, passes in watch.passing.values()}, {True}, "exempt")
        watch.start()
        changes = change_twice(soon, later, adds)
        if changes:
            wait_for("expiry", lambda: all(watch.changes[name] for name in hosts
                     if name.startswith(("ends", "longer", "shorter"))),
                     later + LATE)
            time.sleep(0.5)
        watch.stop()
        if changes:
            break
    equal(bool(changes), True, "the machine is fast enough for this")
    first, again = changes

    for name in hosts:
        since, seconds = {"ends": (first, soon), "longer": (again, later),
                          "shorter": (again, 1)}.get(name.split()[0], (None, 0))
        equal(len(watch.changes[name]), 1 if since else 0,
              f"{name}: changes, of {watch.changes[name]}")
        if since:
            (not_before, not_after), = watch.changes[name]
            if not_after < since[0] + seconds or \
                    not_before > since[1] + seconds + LATE:
                raise AssertionError(
                    f"{name}: blocked between {not_before - since[1]:.3f} and "
                    f"{not_after - since[0]:.3f} s, for {seconds}")
    left = {entry["prefix"].split("/")[0]: entry
            for entry in ctl_json("list", "fixed")}
    equal(set(left), {address for name, address in hosts.items()
                      if name.startswith(("stays", "new"))}, "entries left")
    for name in "stays 4", "stays 6":
        equal("timeout" in left[hosts[name]], False, f"{name} ends")
    for name in "new 4", "new 6":
        equal(left[hosts[name]]["label"], "new", "label")
        equal(599 - (time.monotonic() - again[0]) < left[hosts[name]]["timeout"] <= 600,
              True, left[hosts[name]])


@test
def removed():
    """expired entries leave `list` and `show`, those that expire together at once"""
    load(f"""
        add dynamic 198.51.100.0/22 timeout 600
        add fixed 198.51.100.1 timeout {3 * SLOW}
        add dialup 198.51.100.2 timeout {3 * SLOW}
        add relay 2001:db8::25 timeout {3 * SLOW}
        add relay 192.0.2.25 timeout {9 * SLOW}
        add relay 192.0.2.26
        """)
    at_first = ctl_json("show")
    equal(at_first["tables"]["relay"], {"ipv4": 2, "ipv6": 1}, "relays")
    listed = {entry["prefix"]: entry.get("timeout") for entry in ctl_json("list")}
    equal(600 - 5 * SLOW < listed["198.51.100.0/22"] <= 600, True, listed)
    equal(listed["192.0.2.26/32"], None, "no timeout")

    def left(relays):
        show = ctl_json("show")
        return show["tables"] == {
            "dynamic": {"ipv4": 1, "ipv6": 0}, "fixed": {"ipv4": 0, "ipv6": 0},
            "dialup": {"ipv4": 0, "ipv6": 0}, "relay": {"ipv4": relays, "ipv6": 0}
            } and show

    def removed_since(relays, before):
        """Expired entries are not counted from then on, and removed later."""
        show = left(relays)
        return show and show["generation"] > before["generation"] and show

    first = wait_for("the first expiry", lambda: removed_since(2, at_first))
    # the three were added one after the other, possibly in two jiffies
    equal(1 <= first["generation"] - at_first["generation"] <= 2, True,
          (at_first["generation"], first["generation"]))
    listed = {entry["prefix"]: entry.get("timeout") for entry in ctl_json("list")}
    equal(set(listed), {"198.51.100.0/22", "192.0.2.25/32", "192.0.2.26/32"},
          "list after the first expiry")
    equal(listed["192.0.2.25/32"] <= 6 * SLOW, True, "time left")

    second = wait_for("the second expiry", lambda: removed_since(1, first))
    equal(second["generation"], first["generation"] + 1, "generation")
    time.sleep(0.6)
    equal(ctl_json("show")["generation"], second["generation"],
          "generation with nothing left to expire")


@test
def other_tables():
    """dynamic and relay entries expire too; the hooks go with the last dynamic one"""
    judged = Judged(f"""
        add dynamic 198.51.100.0/24 timeout {5 * SLOW} monitor label trial
        add dynamic 198.51.0.0/16
        add relay 192.0.2.25 timeout {5 * SLOW}
        add dynamic 2001:db8:4000::/36 timeout {5 * SLOW}
        """)
    mail = tcp_packet("198.51.100.7", "203.0.113.9")
    relay = tcp_packet("198.51.101.7", "192.0.2.25")
    mail6 = tcp_packet("2001:db8:4000::7", "2001:db8:2::9")
    judged.check("monitored", mail, "monitor", "dynamic", "trial")
    judged.check("to a relay", relay, "pass", "relay")
    judged.check("IPv6", mail6, "block", "dynamic")
    # `list` omits expired entries at once, the hooks are unregistered a bit later
    wait_for("expiry", lambda: ctl_json("show")["tables"] ==
             {"dynamic": {"ipv4": 1, "ipv6": 0}, "fixed": {"ipv4": 0, "ipv6": 0},
              "dialup": {"ipv4": 0, "ipv6": 0}, "relay": {"ipv4": 0, "ipv6": 0}})
    judged.check("enforced by the wider prefix", mail, "block", "dynamic")
    judged.check("no relay any more", relay, "block", "dynamic")
    judged.check("IPv6 not in scope", mail6, "pass", "other")
    with Calls() as calls:
        ctl("add", "dynamic", "198.51.0.0/16", "timeout", 1)
        added = ctl_json("show")["generation"]
        # it is not counted from then on, and removed with the hooks a bit later
        wait_for("removal", lambda: ctl_json("show")["generation"] > added)
        equal(ctl_json("show")["tables"]["dynamic"], {"ipv4": 0, "ipv6": 0}, "dynamic")
        judged.check("nothing dynamic", mail, "pass", "none")
        if calls.available:
            equal(calls.count(), 0, "calls of the hooks")


@test
def put_off():
    """extended or deleted timeouts do not expire; without timeouts no worker runs"""
    load(f"add fixed 10.0.0.1 timeout {6 * SLOW}\n"
         f"add fixed 10.0.0.2 timeout {6 * SLOW}\n"
         "add fixed 10.0.0.3 timeout 600\n")
    ctl("add", "fixed", "10.0.0.1", "timeout", 600)
    ctl("del", "fixed", "10.0.0.2")
    generation = ctl_json("show")["generation"]
    time.sleep(7 * SLOW)
    equal(ctl_json("show")["generation"], generation, "nothing has expired")
    equal([entry["prefix"] for entry in ctl_json("list")],
          ["10.0.0.1/32", "10.0.0.3/32"], "entries")
    load("add fixed 10.0.0.1\n")
    time.sleep(0.6 * SLOW)
    with Calls("worker_work") as calls:
        time.sleep(1.5)
        if calls.available:
            equal(calls.count(), 0, "runs of the worker without timeouts")
