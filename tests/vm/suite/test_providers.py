# SPDX-License-Identifier: GPL-2.0
"""Providers: relays that serve the subscribers of one provider only."""

import os
from ipaddress import ip_network

from harness import ctl, ctl_json, equal, load, test, verdict
from judged import Judged
from packets import TCP, fragment_header, ip, tcp, tcp_packet
from policies import Directory, entries, entry, state

# The prefixes of each family, by name
NETWORKS = {
    "ipv4": {
        "akari": "198.51.100.0/24", "kumo": "198.51.101.0/24",
        "nobody": "198.51.102.0/24", "office": "198.51.100.64/29",
        "inside": "198.51.100.128/25", "trial": "100.64.0.0/10",
        "for-akari": "192.0.2.25/32", "for-kumo": "192.0.2.26/32",
        "for-all": "192.0.2.27/32", "pool": "192.0.2.128/25",
        "in-pool": "192.0.2.129/32", "of-kumo": "192.0.2.130/32",
    },
    "ipv6": {
        "akari": "2001:db8:1000::/36", "kumo": "2001:db8:2000::/36",
        "nobody": "2001:db8:3000::/36", "office": "2001:db8:1fed::/48",
        "inside": "2001:db8:1800::/38", "trial": "2001:db8:8000::/33",
        "for-akari": "2001:db8:25::25/128", "for-kumo": "2001:db8:25::26/128",
        "for-all": "2001:db8:25::27/128", "pool": "2001:db8:26::/64",
        "in-pool": "2001:db8:26::1/128", "of-kumo": "2001:db8:26::2/128",
    },
}

POLICY = """
    add dynamic {akari} label flets provider akari
    add dynamic {kumo} provider kumo label flets
    add dynamic {nobody} label flets
    add dynamic {inside} provider kumo
    add dynamic {trial} provider kumo monitor
    add fixed {office} provider akari
    add relay {for-akari} provider akari label mx
    add relay {for-kumo} provider kumo
    add relay {for-all}
    add relay {pool} provider akari
    add relay {in-pool}
    add relay {of-kumo} provider kumo
"""

# Source, destination, verdict, the entry that decides, the relay that does not serve
# the source; to port 25, and the other way round from it
TABLE = """
    akari   for-akari  pass     for-akari  -
    akari   for-kumo   block    akari      for-kumo
    akari   for-all    pass     for-all    -
    kumo    for-akari  block    kumo       for-akari
    kumo    for-kumo   pass     for-kumo   -
    kumo    for-all    pass     for-all    -
    nobody  for-akari  block    nobody     for-akari
    nobody  for-kumo   block    nobody     for-kumo
    nobody  for-all    pass     for-all    -
    inside  for-akari  block    inside     for-akari
    inside  for-kumo   pass     for-kumo   -
    trial   for-akari  monitor  trial      for-akari
    trial   for-kumo   pass     for-kumo   -
    office  for-akari  pass     for-akari  -
    office  for-kumo   pass     office     -
    akari   pool       pass     pool       -
    kumo    pool       block    kumo       pool
    akari   in-pool    pass     in-pool    -
    kumo    in-pool    pass     in-pool    -
    akari   of-kumo    block    akari      of-kumo
    kumo    of-kumo    pass     of-kumo    -
    for-all for-akari  pass     -          -
    for-akari for-kumo pass     -          -
    akari   kumo       block    akari      -
"""

LABELS = {"akari": "flets", "kumo": "flets", "nobody": "flets", "for-akari": "mx"}
PROVIDERS = {"akari": "akari", "kumo": "kumo", "office": "akari", "inside": "kumo",
             "trial": "kumo", "for-akari": "akari", "for-kumo": "kumo",
             "pool": "akari", "of-kumo": "kumo"}
NAMES = ("label", LABELS), ("provider", PROVIDERS)


def policy():
    """The policy of both families."""
    return "".join(POLICY.format(**networks) for networks in NETWORKS.values())


def host(family, name):
    """An address of a network that is in no smaller one."""
    network = ip_network(NETWORKS[family][name])
    return str(network[7] if name == "akari" else network[-1])


def rows():
    """The rows of the table."""
    for line in TABLE.strip().split("\n"):
        yield [None if word == "-" else word for word in line.split()]


def reason_of(verdict, decides):
    """The reason for a packet to port 25."""
    if decides is None:
        return "other"
    if verdict != "pass":
        return "dynamic"
    return "fixed" if decides == "office" else "relay"


def expected(family, verdict, reason, decides, refusing):
    """An answer of `op25bctl --json test`."""
    networks = NETWORKS[family]
    said = {"verdict": verdict, "reason": reason,
            "direction": "return" if reason in ("none", "return") else "outbound"}
    if decides:
        said["prefix"] = networks[decides]
        said |= {key: by_name[decides] for key, by_name in NAMES if decides in by_name}
    if refusing:
        said["relay"] = {"prefix": networks[refusing], "provider": PROVIDERS[refusing]}
    return said


def key_of(decides):
    """The name of the counters of an entry."""
    return " ".join(f"{key} {by_name[decides]}" for key, by_name in NAMES
                    if decides in by_name)


@test
def relays_serve_their_provider():
    """relays serve their provider's subscribers, both ways; the others serve everybody"""
    judged = Judged(policy())
    for family in NETWORKS:
        for src, dst, outcome, decides, refusing in rows():
            here, there = host(family, src), host(family, dst)
            reason = reason_of(outcome, decides)
            what = f"{family}: {src} to {dst}"
            judged.check(what, tcp_packet(here, there, 1025, 25), outcome, reason,
                         names=key_of(decides))
            equal(verdict(here, there), expected(family, outcome, reason, decides,
                                                 refusing), what)
            if outcome == "pass" and decides in (None, "office"):
                continue
            # the answer of the same connection
            reason = "return" if outcome != "pass" else "none"
            decides = decides if outcome != "pass" else None
            judged.check(f"{what}, back", tcp_packet(there, here, 25, 1025), outcome,
                         reason, names=key_of(decides))
            equal(verdict(there, here, "sport", "25", "dport", "1025"),
                  expected(family, outcome, reason, decides, refusing), f"{what}, back")


@test
def hidden_ports():
    """packets with hidden ports pass to a relay that serves the source only"""
    judged = Judged(policy())
    for family in NETWORKS:
        for src, dst, outcome, decides, _ in rows():
            here, there = host(family, src), host(family, dst)
            if family == "ipv4":
                packet = ip(here, there, TCP, tcp(here, there, 1025, 25)[:3], 0x2000)
            else:
                packet = ip(here, there, 44, fragment_header(TCP, 0, True))
            if outcome == "pass":
                judged.check(f"{src} to {dst}", packet, "pass", "none")
            else:
                judged.check(f"{src} to {dst}", packet, outcome, "malformed",
                             names=key_of(decides))


@test
def explained():
    """test says whose relay and whose subscriber it is"""
    load(policy())
    said = ctl("test", "198.51.100.7", "192.0.2.26", check=False).stdout
    equal(said, "block: 192.0.2.26 is a relay of provider kumo; 198.51.100.7 belongs to "
          "akari; it matches dynamic 198.51.100.0/24 (flets); outbound port 25 is "
          "blocked\n")
    said = ctl("test", "198.51.102.7", "192.0.2.26", check=False).stdout
    equal(said, "block: 192.0.2.26 is a relay of provider kumo; 198.51.102.7 belongs to "
          "no provider; it matches dynamic 198.51.102.0/24 (flets); outbound port 25 is "
          "blocked\n")
    said = ctl("test", "192.0.2.26", "198.51.100.7", "sport", "25", "dport", "1025",
               check=False).stdout
    equal(said, "block: 192.0.2.26 is a relay of provider kumo; 198.51.100.7 belongs to "
          "akari; it matches dynamic 198.51.100.0/24 (flets); replies from port 25 are "
          "blocked, except from relays that serve it\n")
    equal(ctl("test", "198.51.100.7", "192.0.2.25").stdout,
          "pass: 192.0.2.25 matches relay 192.0.2.25/32 (mx) of provider akari; its "
          "provider's subscribers may connect to its port 25\n")


@test
def listed_and_saved():
    """list, save and stats have providers, and choose by them"""
    load(policy())
    everything = entries()
    equal([one for one in everything if one.get("provider") == "akari"],
          entries("provider", "akari"))
    equal(len(entries("relay", "ipv4", "provider", "kumo")), 2)
    equal(entries("provider", "nobody"), [])
    saved = ctl("save").stdout
    load(saved)
    equal(entries(), everything)
    equal("add dynamic 198.51.101.0/24 label flets provider kumo\n" in saved, True, saved)
    equal(ctl("list", "relay", "ipv4", "provider", "kumo").stdout,
          "TABLE    PREFIX          LABEL  PROVIDER  OPTIONS\n"
          "relay    192.0.2.26/32          kumo\n"
          "relay    192.0.2.130/32         kumo\n")


@test
def counted():
    """labels are counted over providers, and providers over labels"""
    judged = Judged(policy())
    for src, packets in ("akari", 1), ("kumo", 2), ("nobody", 4), ("inside", 8):
        for _ in range(packets):
            judged.router.send(bytes(tcp_packet(host("ipv4", src), "203.0.113.9",
                                                1025, 25)))
    said = ctl_json("stats")
    equal({name: one["blocked"]["packets"] for name, one in said["labels"].items()},
          {"flets": 7, "mx": 0})
    equal({name: one["blocked"]["packets"] for name, one in said["providers"].items()},
          {"akari": 1, "kumo": 10})
    said = ctl_json("stats", "provider", "kumo")
    equal({key: {name: one["blocked"]["packets"] for name, one in group.items()}
           for key, group in said.items()},
          {"labels": {"flets": 2}, "providers": {"kumo": 10}, "owners": {}})
    ctl("stats", "reset")
    equal(ctl_json("stats")["providers"]["kumo"]["blocked"]["packets"], 0)


@test
def included():
    """include gives each entry of a file its provider"""
    with Directory() as here:
        os.mkdir("providers")
        here.write("providers/akari.op25b", "# of akari\n"
                   "add dynamic from akari.list label flets\n"
                   "add relay 192.0.2.25\n")
        here.write("providers/akari.list", "198.51.100.0/24\n2001:db8:1000::/36\n")
        here.write("all", "set action reset\n"
                   "include provider \"Akari Net\" from providers/akari.op25b\n"
                   "add relay 192.0.2.27\n")
        equal(ctl("check", "all").stdout,
              "all: 2 dynamic, 0 fixed, 0 dialup, 2 relay prefixes; no errors\n")
        ctl("load", "all")
        due = [entry("dynamic", "198.51.100.0/24", "flets"),
               entry("dynamic", "2001:db8:1000::/36", "flets"),
               entry("relay", "192.0.2.25/32"), entry("relay", "192.0.2.27/32")]
        for one in due[:3]:
            one["provider"] = "Akari Net"
        equal(entries(), due)
        ctl("include", "provider", "kumo", "from", "providers/akari.op25b")
        equal([one.get("provider") for one in entries()], ["kumo"] * 3 + [None])


@test
def included_wrongly():
    """mistakes in an included file are found at their place, and nothing is loaded"""
    mistakes = {
        "set mode off\n": "in:1:1: a provider's file holds add statements only",
        "\nflush relay\n": "in:2:1: a provider's file holds add statements only",
        "include provider b from in\n":
            "in:1:1: a provider's file holds add statements only",
        "add relay 192.0.2.25 provider b\n":
            "in:1:31: the file is of another provider",
        "add relay 192.0.2.25\nadd relay 192.0.2.1/24\n":
            "in:2:11: 192.0.2.1/24 has bits set beyond the prefix length: did you mean "
            "192.0.2.0/24?",
        "add relay from no\n": "in:1:16: no: No such file or directory",
        "add fixed 192.0.2.8\nadd dialup 192.0.2.8\n":
            "in:2:12: this prefix is in table fixed already: delete it there first",
    }
    load(policy())
    before = state()
    with Directory() as here:
        here.write("all", "include provider a from in\n")
        for text, message in mistakes.items():
            here.write("in", text)
            for command in "check", "load", "batch":
                done = ctl(command, "all", check=False)
                equal(done.stderr.split("\n")[0], f"op25bctl: {message}",
                      f"{command} of {text}")
    equal(state(), before)
