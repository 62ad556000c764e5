# SPDX-License-Identifier: GPL-2.0
"""Counters by label, over policy changes, and in two namespaces."""

from harness import Netns, ctl, ctl_json, equal, load, test
from judged import Judged
from packets import ip, tcp_packet

SERVERS = {4: "203.0.113.9", 6: "2001:db8:2::9"}
SERVICES = """
    add dynamic 198.51.100.0/24 label bflets
    add dynamic 198.51.101.0/24 label Bフレッツ
    add dynamic 198.51.102.0/24 label isdn monitor
    add dynamic 198.51.103.0/24
    add dynamic 198.51.104.0/24 label bflets
    add fixed 198.51.105.0/24 label office
    add relay 192.0.2.25 label mail
    add dynamic 2001:db8:4000::/36 label Bフレッツ
"""
SENDERS = (
    ("198.51.100.7", "block", "dynamic", "bflets"),
    ("198.51.101.7", "block", "dynamic", "Bフレッツ"),
    ("198.51.102.7", "monitor", "dynamic", "isdn"),
    ("198.51.103.7", "block", "dynamic", None),
    ("198.51.104.7", "block", "dynamic", "bflets"),
    ("198.51.105.7", "pass", "fixed", "office"),
    ("2001:db8:4000::7", "block", "dynamic", "Bフレッツ"),
)


def send_all(judged, what, size, monitor=False):
    """Send a packet from each subscriber, and one to it."""
    for src, verdict, reason, label in SENDERS:
        server = SERVERS[6 if ":" in src else 4]
        if monitor and verdict == "block":
            verdict = "monitor"
        judged.check(f"{what}: from {src}", tcp_packet(src, server,
                                                       data=bytes(size)),
                     verdict, reason, label)
        if reason == "dynamic":
            judged.check(f"{what}: to {src}",
                         tcp_packet(server, src, 25, 1025, data=bytes(size)),
                         verdict, "return", label)


def labels():
    """The counters by label, from the tool."""
    return {label: {outcome: (count["packets"], count["bytes"])
                    for outcome, count in outcomes.items()}
            for label, outcomes in ctl_json("stats")["labels"].items()}


def expected_labels(judged, names):
    """The expected counters by label."""
    return {name: {outcome: judged.expected.get((f"label {name}", outcome),
                                                (0, 0))
                   for outcome in ("blocked", "monitored")} for name in names}


@test
def by_label():
    """counters by label and outcome, in packets and bytes, UTF-8 names too"""
    judged = Judged(SERVICES)
    send_all(judged, "enforce", 5)
    ctl("set", "mode", "monitor")
    send_all(judged, "monitor", 7, monitor=True)
    judged.check("hidden ports", ip("198.51.101.9", SERVERS[4], 6, b"", 0x2000),
                 "monitor", "malformed", "Bフレッツ")
    seen = labels()
    names = "bflets", "Bフレッツ", "isdn"
    equal({name: seen[name] for name in names}, expected_labels(judged, names),
          "labels")
    text = ctl("stats").stdout
    equal("Bフレッツ" in text, True, f"label in {text}")


@test
def kept():
    """counters outlive changes and reloads of the policy; only reset clears"""
    judged = Judged(SERVICES)
    send_all(judged, "at first", 1)
    load(SERVICES)
    send_all(judged, "the same policy again", 2)
    ctl("del", "dynamic", "198.51.100.0/24")
    ctl("add", "dynamic", "198.51.100.0/24", "label", "bflets")
    send_all(judged, "after del and add", 3)
    load("add dynamic 192.0.2.0/24 label another\n")
    equal(judged.client.stats(), judged.expected, "under another policy")
    load(SERVICES)
    send_all(judged, "after another policy", 4)
    ctl("add", "dynamic", "198.51.100.0/24", "label", "isdn")
    judged.check("another label", tcp_packet("198.51.100.7", SERVERS[4]),
                 "block", "dynamic", "isdn")
    ctl("stats", "reset")
    judged.expected = {"suppressed": 0}
    equal(judged.client.stats(), judged.expected, "after reset")
    load(SERVICES)
    equal(judged.client.stats(), judged.expected, "after reset and load")
    send_all(judged, "after reset", 5)


@test
def suppressed_reset():
    """`stats reset` clears replies_suppressed as well"""
    judged = Judged("set action reset\nset reply-rate 0\n" + SERVICES)
    judged.router.send(tcp_packet("198.51.100.7", SERVERS[4]))
    equal(ctl_json("stats")["replies_suppressed"], 1, "replies_suppressed")
    ctl("stats", "reset")
    equal(ctl_json("stats")["replies_suppressed"], 0, "after reset")


@test
def two_namespaces():
    """two namespaces have policies, counters and reply limits of their own"""
    here = Judged(SERVICES)
    netns = Netns()
    with netns.inside():
        there = Judged()
        equal(ctl_json("list"), [], "the new namespace's entries")
        there.check("no policy", tcp_packet("198.51.100.7", SERVERS[4]),
                    "pass", "none")
        load("set mode monitor\nadd fixed 198.51.100.0/24\n"
             "add dynamic 203.0.113.0/24 label bflets\n")
    send_all(here, "here", 1)
    there.check("there: fixed", tcp_packet("198.51.100.7", SERVERS[4]), "pass",
                "fixed")
    there.check("there: dynamic", tcp_packet("203.0.113.7", "198.51.100.7"),
                "monitor", "dynamic", "bflets")
    there.check("there: other", tcp_packet("198.51.101.7", SERVERS[4]), "pass",
                "other")
    with netns.inside():
        ctl("stats", "reset")
        ctl("set", "mode", "off")
    there.expected = {"suppressed": 0}
    there.check("there: off", tcp_packet("203.0.113.7", "198.51.100.7"), "pass",
                "off")
    send_all(here, "here, that one off", 2)
    equal(ctl_json("show")["mode"], "enforce", "mode here")
    netns.close()
