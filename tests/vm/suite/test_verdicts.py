# SPDX-License-Identifier: GPL-2.0
"""The verdict table, row by row, and longest-prefix match."""

import json
from ipaddress import ip_address

from harness import CTL, ctl, ctl_json, equal, load, sh, test, verdict
from judged import Calls, Judged
from packets import UDP, ip, tcp, tcp_packet

# The names of networks in the table below
NETWORKS = {
    "ipv4": {
        "dynamic": "198.51.100.0/22", "trial": "100.64.0.0/10",
        "fixed": "198.51.100.64/29", "dialup": "198.51.101.0/24",
        "relay": "192.0.2.25/32", "inner": "198.51.102.25/32",
        "both": "100.127.1.0/24",
    },
    "ipv6": {
        "dynamic": "2001:db8:4000::/36", "trial": "2001:db8:8000::/33",
        "fixed": "2001:db8:4567::/48", "dialup": "2001:db8:4001::/48",
        "relay": "2001:db8:1::25/128", "inner": "2001:db8:4002::25/128",
        "both": "2001:db8:ffff:1::/64",
    },
}
HOSTS = {
    "ipv4": {
        "dynamic": "198.51.100.7", "neighbour": "198.51.103.255",
        "trial": "100.64.0.1", "fixed": "198.51.100.71",
        "dialup": "198.51.101.0", "relay": "192.0.2.25",
        "inner": "198.51.102.25", "both": "100.127.1.1",
        "other": "203.0.113.9", "server": "203.0.114.10",
    },
    "ipv6": {
        "dynamic": "2001:db8:4000::7", "neighbour": "2001:db8:4fff:ffff::1",
        "trial": "2001:db8:8000::1", "fixed": "2001:db8:4567::71",
        "dialup": "2001:db8:4001::", "relay": "2001:db8:1::25",
        "inner": "2001:db8:4002::25", "both": "2001:db8:ffff:1::1",
        "other": "2001:db8:2::9", "server": "2001:db8:3::10",
    },
}
LABELS = {"dynamic": "bflets", "trial": "hikari", "fixed": "office",
          "relay": "mail"}

POLICY = """
    add dynamic {dynamic} label bflets
    add dynamic {trial} label hikari monitor
    add fixed {fixed} label office
    add dialup {dialup}
    add relay {relay} label mail
    add relay {inner}
    add relay {both}
    add dynamic {both}
"""

# Source and its port, destination and its port, verdict, reason, direction,
# the network that decides
TABLE = """
    row 2
    dynamic  1025 server    24    pass    none    -        -
    dynamic  1025 server    26    pass    none    -        -
    dynamic  1025 server    80    pass    none    -        -
    dynamic  1025 server    443   pass    none    -        -
    dynamic  1025 server    465   pass    none    -        -
    dynamic  1025 server    587   pass    none    -        -
    dynamic  1025 server    6400  pass    none    -        -
    server   6400 dynamic   1025  pass    none    -        -
    dynamic  587  relay     587   pass    none    -        -
    row 3
    dynamic  1025 relay     25    pass    relay   outbound relay
    trial    1025 relay     25    pass    relay   outbound relay
    fixed    1025 relay     25    pass    relay   outbound relay
    dialup   1025 relay     25    pass    relay   outbound relay
    other    1025 relay     25    pass    relay   outbound relay
    relay    1025 relay     25    pass    relay   outbound relay
    dynamic  1025 inner     25    pass    relay   outbound inner
    dynamic  1025 both      25    pass    relay   outbound both
    both     1025 both      25    pass    relay   outbound both
    dynamic  25   relay     25    pass    relay   outbound relay
    server   25   inner     25    pass    relay   outbound inner
    row 4
    fixed    1025 server    25    pass    fixed   outbound fixed
    fixed    1025 dynamic   25    pass    fixed   outbound fixed
    fixed    25   dynamic   25    pass    fixed   outbound fixed
    row 5
    dialup   1025 server    25    pass    dialup  outbound dialup
    dialup   1025 fixed     25    pass    dialup  outbound dialup
    dialup   25   dynamic   25    pass    dialup  outbound dialup
    row 6
    dynamic  1025 server    25    block   dynamic outbound dynamic
    dynamic  0    server    25    block   dynamic outbound dynamic
    dynamic  1025 other     25    block   dynamic outbound dynamic
    dynamic  1025 fixed     25    block   dynamic outbound dynamic
    dynamic  1025 dialup    25    block   dynamic outbound dynamic
    dynamic  1025 neighbour 25    block   dynamic outbound dynamic
    dynamic  1025 trial     25    block   dynamic outbound dynamic
    dynamic  25   server    25    block   dynamic outbound dynamic
    dynamic  25   trial     25    block   dynamic outbound dynamic
    inner    1025 server    25    block   dynamic outbound dynamic
    both     1025 server    25    block   dynamic outbound both
    trial    1025 server    25    monitor dynamic outbound trial
    trial    1025 dynamic   25    monitor dynamic outbound trial
    trial    25   dynamic   25    monitor dynamic outbound trial
    row 7
    other    1025 server    25    pass    other   outbound -
    other    1025 dynamic   25    pass    other   outbound -
    other    1025 fixed     25    pass    other   outbound -
    relay    1025 server    25    pass    other   outbound -
    other    25   server    25    pass    other   outbound -
    other    25   fixed     25    pass    other   outbound -
    relay    25   dynamic   25    pass    other   outbound -
    row 8
    server   25   dynamic   1025  block   return  return   dynamic
    server   25   neighbour 65535 block   return  return   dynamic
    server   25   inner     1025  block   return  return   dynamic
    fixed    25   dynamic   1025  block   return  return   dynamic
    dialup   25   dynamic   1025  block   return  return   dynamic
    dynamic  25   neighbour 1025  block   return  return   dynamic
    trial    25   dynamic   1025  block   return  return   dynamic
    server   25   dynamic   25    block   return  return   dynamic
    server   25   both      1025  block   return  return   both
    server   25   trial     1025  monitor return  return   trial
    server   25   trial     25    monitor return  return   trial
    dynamic  25   trial     1025  monitor return  return   trial
    row 9
    relay    25   dynamic   1025  pass    none    return   -
    relay    25   trial     1025  pass    none    return   -
    inner    25   dynamic   1025  pass    none    return   -
    both     25   dynamic   1025  pass    none    return   -
    both     25   both      1025  pass    none    return   -
    server   25   fixed     1025  pass    none    return   -
    server   25   dialup    1025  pass    none    return   -
    server   25   other     1025  pass    none    return   -
    server   25   relay     1025  pass    none    return   -
    dynamic  25   server    1025  pass    none    return   -
"""


def rows():
    """The table's lines, each with its row as a name."""
    row = ""
    for line in TABLE.split("\n"):
        words = [None if word == "-" else word for word in line.split()]
        if len(words) == 2:
            row = line.strip()
        elif words:
            yield " ".join([row + ":", *line.split()[:4]]), *words


def changed(mode, close_return, dport, expected):
    """The expected result of a row with other settings."""
    verdict, reason, direction, by = expected
    if mode == "off":
        return "pass", "off", None, None
    if reason == "return" and not close_return:
        return ("pass", "other", "outbound", None) if dport == 25 else \
            ("pass", "none", "return", None)
    if verdict == "block" and mode == "monitor":
        return "monitor", reason, direction, by
    return expected


def load_policy(mode, close_return):
    """The policy of both families with these settings."""
    load(f"set mode {mode}\nset return {'on' if close_return else 'off'}\n" +
         "".join(POLICY.format(**networks) for networks in NETWORKS.values()))


def check_table(judged, family, mode, close_return, ask):
    """Send the table's packets; compare the answers of `ask` for them, too."""
    questions = []
    hosts, networks = HOSTS[family], NETWORKS[family]
    for number, (what, src, sport, dst, dport, *expected) in enumerate(rows()):
        sport, dport = int(sport), int(dport)
        said, reason, direction, by = changed(mode, close_return, dport,
                                              expected)
        what = f"{family}, mode {mode}, return {close_return}, {what}"
        packet = tcp_packet(hosts[src], hosts[dst], sport, dport,
                            data=bytes(number))
        judged.check(what, packet, said, reason, LABELS.get(by))
        answer = {"verdict": said, "reason": reason, "direction": direction}
        if by:
            answer["prefix"] = networks[by]
        if by in LABELS:
            answer["label"] = LABELS[by]
        questions.append((what, answer, hosts[src], hosts[dst], sport, dport))
    answers = ask([question[2:] for question in questions], judged)
    for (what, answer, *_), said in zip(questions, answers, strict=True):
        equal(said, answer, f"{what}: test")


def ask_tool(questions):
    """Answers of `op25bctl test`; checks its exit status. Runs in one shell."""
    said = sh(f"""
        while read -r src dst sport dport; do
            {CTL} --json test $src $dst sport $sport dport $dport && echo 0 ||
                echo $?
        done
        """, input="".join(f"{' '.join(map(str, question))}\n"
                           for question in questions)).stdout.splitlines()
    for answer, status in zip(said[0::2], said[1::2], strict=True):
        answer = json.loads(answer)
        equal(int(status), answer["verdict"] == "block", f"exit for {answer}")
        yield answer


def ask_kernel(questions, judged):
    """The same answers by netlink."""
    return [judged.client.test(ip_address(src), ip_address(dst), sport, dport)
            for src, dst, sport, dport in questions]


def ask_either(first):
    """Ask the tool every other question, starting with number `first`, and the
    rest by netlink, which is faster.
    """
    def ask(questions, judged):
        answers = ask_kernel(questions, judged)
        answers[first::2] = ask_tool(questions[first::2])
        return answers
    return ask


def check_stats(judged):
    """The tool prints the expected counters, all others are zero."""
    seen = ctl_json("stats")
    counters = {"suppressed": seen["replies_suppressed"]}
    for prefix, group in ("", seen["reasons"]), ("label ", seen["labels"]):
        for name, outcomes in group.items():
            for outcome, count in outcomes.items():
                if count["packets"] or count["bytes"]:
                    counters[prefix + name, outcome] = (count["packets"],
                                                        count["bytes"])
    equal(counters, judged.expected, "op25bctl stats")


@test
def table_ipv4():
    """every row of the verdict table, IPv4, by packet, counters and `test`"""
    judged = Judged()
    load_policy("enforce", True)
    check_table(judged, "ipv4", "enforce", True, ask_either(0))
    check_stats(judged)


@test
def table_ipv6():
    """every row of the verdict table, IPv6, by packet, counters and `test`"""
    judged = Judged()
    load_policy("enforce", True)
    check_table(judged, "ipv6", "enforce", True, ask_either(1))
    check_stats(judged)


@test
def table_settings():
    """the verdict table in all modes, with return on and off"""
    judged = Judged()
    for mode in "monitor", "off", "enforce":
        for close_return in False, True:
            load_policy(mode, close_return)
            for family in NETWORKS:
                check_table(judged, family, mode, close_return, ask_kernel)
    check_stats(judged)


@test
def test_defaults():
    """`test` takes source port 49152 and destination port 25 unless given"""
    load("add dynamic 198.51.100.0/22\n")
    equal(verdict("198.51.100.1", "203.0.113.9")["reason"], "dynamic")
    equal(verdict("198.51.100.1", "203.0.113.9", "dport", 26)["reason"], "none")
    equal(verdict("203.0.113.9", "198.51.100.1", "sport", 25, "dport", 26)
          ["reason"], "return")
    equal(verdict("203.0.113.9", "198.51.100.1", "sport", 25)["reason"],
          "return")
    equal(verdict("203.0.113.9", "198.51.100.1", "dport", 26)["reason"], "none")


@test
def other_protocols():
    """only TCP is judged: UDP, SCTP, DCCP and others pass with the same ports"""
    judged = Judged()
    load_policy("enforce", True)
    for family, hosts in HOSTS.items():
        for protocol in UDP, 132, 33, 136, 1, 58, 50, 47, 4, 41, 59, 255:
            for src, dst in ("dynamic", "server"), ("server", "dynamic"):
                src, dst = hosts[src], hosts[dst]
                judged.check(f"{family} protocol {protocol} {src} {dst}",
                             ip(src, dst, protocol, tcp(src, dst, 25, 25)),
                             "pass", "none")


@test
def nothing_dynamic():
    """without dynamic entries, or in mode off, no hooks are registered"""
    rest = "add fixed 198.51.100.64/29\nadd dialup 203.0.113.0/24\n" \
        "add relay 192.0.2.25\nadd relay 2001:db8::/32\n"
    packets = [tcp_packet(src, dst) for hosts in HOSTS.values()
               for src, dst in ((hosts["dynamic"], hosts["server"]),
                                (hosts["fixed"], hosts["relay"]),
                                (hosts["server"], hosts["other"]))]
    judged = Judged()
    with Calls() as calls:
        def hooked():
            before = calls.count()
            for packet in packets:
                judged.router.send(packet)
            return calls.count() - before

        if not calls.available:
            return

        equal(hooked(), 0, "calls at the start")
        load(rest)
        equal(hooked(), 0, "calls without dynamic entries")
        equal(judged.client.stats(), {"suppressed": 0}, "counters")
        ctl("add", "dynamic", "2001:db8:4000::/36")
        equal(hooked(), len(packets), "calls with a dynamic entry")
        ctl("set", "mode", "off")
        equal(hooked(), 0, "calls in mode off")
        ctl("set", "mode", "monitor")
        equal(hooked(), len(packets), "calls in mode monitor")
        ctl("flush", "dynamic")
        equal(hooked(), 0, "calls after flush")
        load(rest + "add dynamic 198.51.100.0/22\n")
        equal(hooked(), len(packets), "calls after load")
        ctl("del", "dynamic", "198.51.100.0/22")
        equal(hooked(), 0, "calls after the last dynamic entry is deleted")


NESTED = {
    "ipv4": """
        add dynamic 0.0.0.0/0 label everyone
        add fixed 198.0.0.0/8
        add dynamic 198.51.0.0/16 label d16
        add fixed 198.51.100.0/22 label f22
        add dynamic 198.51.101.0/24 label d24
        add dialup 198.51.101.128/25 label i25
        add dynamic 198.51.101.200/30 label d30 monitor
        add dialup 198.51.101.201/32 label i32
        add dynamic 198.51.101.202/31 label d31
        add fixed 198.51.101.202/32 label f32
        """,
    "ipv6": """
        add dynamic ::/0 label everyone
        add fixed 2001::/16
        add dynamic 2001:db8::/32 label d16
        add fixed 2001:db8:100::/40 label f22
        add dynamic 2001:db8:101::/48 label d24
        add dialup 2001:db8:101:8000::/49 label i25
        add dynamic 2001:db8:101:8000::c8/126 label d30 monitor
        add dialup 2001:db8:101:8000::c9/128 label i32
        add dynamic 2001:db8:101:8000::ca/127 label d31
        add fixed 2001:db8:101:8000::ca/128 label f32
        """,
}
# Addresses in both families, and the label of the entry that decides
NESTED_HOSTS = """
    197.255.255.255 2000:ffff::1             everyone
    199.0.0.0       2002::                   everyone
    198.0.0.1       2001::1                  -
    198.50.255.255  2001:db7:ffff::          -
    198.51.0.0      2001:db8::               d16
    198.51.99.255   2001:db8:ff:ffff::       d16
    198.51.104.0    2001:db8:200::           d16
    198.51.255.255  2001:db8:ffff:ffff::ff   d16
    198.51.100.0    2001:db8:100::           f22
    198.51.102.0    2001:db8:102::           f22
    198.51.103.255  2001:db8:1ff:ffff::      f22
    198.51.101.0    2001:db8:101::           d24
    198.51.101.127  2001:db8:101:7fff::      d24
    198.51.101.128  2001:db8:101:8000::      i25
    198.51.101.199  2001:db8:101:8000::c7    i25
    198.51.101.204  2001:db8:101:8000::cc    i25
    198.51.101.200  2001:db8:101:8000::c8    d30
    198.51.101.201  2001:db8:101:8000::c9    i32
    198.51.101.202  2001:db8:101:8000::ca    f32
    198.51.101.203  2001:db8:101:8000::cb    d31
"""
CLASSES = {"d": "block dynamic", "f": "pass fixed", "i": "pass dialup",
           "e": "block dynamic", "-": "pass fixed"}


@test
def longest_prefix():
    """the longest of nested prefixes decides, from /0 to /32 and /128"""
    judged = Judged(NESTED["ipv4"] + NESTED["ipv6"])
    servers = {"ipv4": "203.0.113.9", "ipv6": "2001:db8:2::9"}
    for line in NESTED_HOSTS.strip().splitlines():
        *sources, label = line.split()
        for source, server in zip(sources, servers.values()):
            said, reason = CLASSES[label[0]].split()
            if label == "d30":
                said = "monitor"
            judged.check(source, tcp_packet(source, server), said, reason,
                         label)
            answer = judged.client.test(ip_address(source), ip_address(server),
                                        49152, 25)
            equal((answer["verdict"], answer["reason"],
                   answer.get("label", "-")), (said, reason, label),
                  f"{source}: test")


@test
def longest_prefix_changes():
    """when a prefix is deleted, the next less specific one decides"""
    source, server = "198.51.101.202", "203.0.113.9"
    judged = Judged(NESTED["ipv4"])
    for table, prefix, label in (
            ("fixed", "198.51.101.202/32", "d31"),
            ("dynamic", "198.51.101.202/31", "d30"),
            ("dynamic", "198.51.101.200/30", "i25"),
            ("dialup", "198.51.101.128/25", "d24"),
            ("dynamic", "198.51.101.0/24", "f22"),
            ("fixed", "198.51.100.0/22", "d16"),
            ("dynamic", "198.51.0.0/16", "-"),
            ("fixed", "198.0.0.0/8", "everyone")):
        ctl("del", table, prefix)
        said, reason = CLASSES[label[0]].split()
        judged.check(f"without {prefix}", tcp_packet(source, server),
                     "monitor" if label == "d30" else said, reason, label)
    ctl("del", "dynamic", "0.0.0.0/0")
    judged.check("without any", tcp_packet(source, server), "pass", "none")


@test
def equal_prefixes():
    """a prefix is in one subscriber table only, but may be a relay as well"""
    for prefix, first, others in (
            ("198.51.100.0/24", "dynamic", ("fixed", "dialup")),
            ("2001:db8:4000::/36", "fixed", ("dynamic", "dialup")),
            ("0.0.0.0/0", "dialup", ("dynamic",)),
            ("::/0", "dynamic", ("fixed",))):
        load(f"add {first} {prefix}\nadd relay {prefix}\n")
        for second in others:
            refused = ctl("add", second, prefix, check=False)
            equal(refused.returncode, 2, f"add {second} {prefix}")
            equal(first in refused.stderr, True,
                  f"{first} named in {refused.stderr!r}")
        equal([entry["table"] for entry in ctl_json("list")],
              [first, "relay"], prefix)


@test
def relay_prefixes():
    """relays are matched by prefix too, and only to port 25"""
    judged = Judged("""
        add dynamic 198.51.100.0/22
        add dynamic 2001:db8:4000::/36
        add relay 192.0.2.0/28
        add relay 192.0.2.4/30 label inside
        add relay 2001:db8:1:2::/63
        """)
    for src, dst, relay in (
            ("198.51.100.7", "192.0.1.255", False),
            ("198.51.100.7", "192.0.2.0", True),
            ("198.51.100.7", "192.0.2.5", True),
            ("198.51.100.7", "192.0.2.15", True),
            ("198.51.100.7", "192.0.2.16", False),
            ("2001:db8:4000::7", "2001:db8:1:1:ffff::", False),
            ("2001:db8:4000::7", "2001:db8:1:2::", True),
            ("2001:db8:4000::7", "2001:db8:1:3:ffff:ffff:ffff:ffff", True),
            ("2001:db8:4000::7", "2001:db8:1:4::", False)):
        judged.check(f"{src} to {dst}", tcp_packet(src, dst),
                     *(("pass", "relay") if relay else ("block", "dynamic")))
        judged.check(f"{dst} to {src}", tcp_packet(dst, src, 25, 1025),
                     *(("pass", "none") if relay else ("block", "return")))
    equal(verdict("198.51.100.7", "192.0.2.5")["prefix"], "192.0.2.4/30")
    equal(verdict("198.51.100.7", "192.0.2.9")["prefix"], "192.0.2.0/28")


@test
def every_length():
    """prefixes of every length, /0 to /32 and /0 to /128, match to the bit"""
    source = {32: ip_address("198.51.101.202"),
              128: ip_address("2001:db8:5555:5555:aaaa:aaaa:5555:5555")}
    server = {32: "203.0.113.9", 128: "2001:db8:2::9"}
    judged = Judged()
    for bits, address in source.items():
        lengths = range(bits + 1)
        # prefixes of the address, dynamic at even lengths, fixed at odd ones
        load("".join(
            f"add {'fixed' if length % 2 else 'dynamic'} "
            f"{address.__class__(int(address) >> bits - length << bits - length)}"
            f"/{length} label l{length}\n" for length in lengths))
        for length in lengths:
            # the address with the bit after the prefix flipped
            other = int(address) ^ (1 << bits - length - 1
                                    if length < bits else 0)
            answer = judged.client.test(address.__class__(other),
                                        ip_address(server[bits]), 49152, 25)
            equal(answer["label"], f"l{length}", f"/{length} of {address}")
            equal(answer["reason"], "fixed" if length % 2 else "dynamic",
                  f"/{length} of {address}")
