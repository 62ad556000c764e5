# SPDX-License-Identifier: GPL-2.0
"""export: formats of other programs, and nftables as a second judge.

What nftables blocks under the exported rules is compared with what op25b blocks, packet
by packet: OP25B_SEED sets the seed.
"""

import os
import random

import model
from harness import SLOW, Router, ctl, equal, load, run, test
from policies import Directory, entries
from test_random import random_packet, random_policy

SEED = int(os.environ.get("OP25B_SEED", "25"))
POLICIES = 20
PACKETS = 100           # under each policy

POLICY = """\
set action reset
add dynamic 198.51.100.0/22 label bflets
add dynamic 198.51.100.128/25 monitor
add fixed 198.51.100.64/26
add dynamic 198.51.100.80/28 provider akari
add dialup 198.51.101.0/24 timeout 1000
add dynamic 198.51.102.0/24 label ticket timeout 1000
add relay 192.0.2.25
add relay 192.0.2.0/24 provider akari
add relay 198.51.103.1
add dynamic 198.51.103.1
add dynamic 2001:db8:4000::/36 provider "a b"
add fixed 2001:db8:4000::/37
add relay 2001:db8::25 provider "a b"
add relay 2001:db8::26 provider kumo
"""

TIMED = """\
# Dynamic ranges with a timeout, left out as they would not end: 1
# Other entries with a timeout, here without it: 1
"""

NFT = """\
# The policy of op25b, for nft -f
""" + TIMED + """\
#
# nftables cannot say the following; where the verdict differs, the packet passes:
# - IPv4 fragments and IPv6 header chains that hide the ports: op25b blocks them.
# - TCP behind an authentication header (AH): op25b reads its ports.
# - Counters by label and provider: here are two for all.
# nftables may block TCP that is cut off before its ports, which op25b passes.
# p1 is provider akari
# p2 is provider a b
# p3 is provider kumo

table inet op25b
delete table inet op25b
table inet op25b {
	set exempt4 {
		type ipv4_addr
		flags interval
		elements = {
			198.51.100.64-198.51.100.79,
			198.51.100.96-198.51.100.127,
			198.51.101.0-198.51.101.255
		}
	}
	set dynamic4 {
		type ipv4_addr
		flags interval
		elements = {
			198.51.100.0-198.51.100.63,
			198.51.100.80-198.51.100.95,
			198.51.102.0-198.51.103.255
		}
	}
	set monitored4 {
		type ipv4_addr
		flags interval
		elements = {
			198.51.100.128-198.51.100.255
		}
	}
	set relay4 {
		type ipv4_addr
		flags interval
		elements = {
			192.0.2.25,
			198.51.103.1
		}
	}
	set relay4_p1 {
		type ipv4_addr
		flags interval
		elements = {
			192.0.2.0-192.0.2.24,
			192.0.2.26-192.0.2.255
		}
	}
	set subscribers4_p1 {
		type ipv4_addr
		flags interval
		elements = {
			198.51.100.80-198.51.100.95
		}
	}
	set exempt6 {
		type ipv6_addr
		flags interval
		elements = {
			2001:db8:4000::-2001:db8:47ff:ffff:ffff:ffff:ffff:ffff
		}
	}
	set dynamic6 {
		type ipv6_addr
		flags interval
		elements = {
			2001:db8:4800::-2001:db8:4fff:ffff:ffff:ffff:ffff:ffff
		}
	}
	set relay6_p2 {
		type ipv6_addr
		flags interval
		elements = {
			2001:db8::25
		}
	}
	set subscribers6_p2 {
		type ipv6_addr
		flags interval
		elements = {
			2001:db8:4800::-2001:db8:4fff:ffff:ffff:ffff:ffff:ffff
		}
	}
	chain block {
		counter
		limit rate 1000/second burst 1000 packets reject with tcp reset
		drop
	}
	chain outbound {
		ip daddr @relay4 accept
		ip daddr @relay4_p1 ip saddr @subscribers4_p1 accept
		ip6 daddr @relay6_p2 ip6 saddr @subscribers6_p2 accept
		ip saddr @exempt4 accept
		ip6 saddr @exempt6 accept
		ip saddr @dynamic4 goto block
		ip6 saddr @dynamic6 goto block
		ip saddr @monitored4 counter accept
	}
	chain return_path {
		ip saddr @relay4 accept
		ip saddr @relay4_p1 ip daddr @subscribers4_p1 accept
		ip6 saddr @relay6_p2 ip6 daddr @subscribers6_p2 accept
		ip daddr @dynamic4 goto block
		ip6 daddr @dynamic6 goto block
		ip daddr @monitored4 counter accept
	}
	chain forward {
		type filter hook forward priority filter - 1; policy accept;
		ip frag-off & 0x1fff != 0 accept
		frag frag-off != 0 accept
		tcp dport 25 jump outbound
		tcp sport 25 jump return_path
	}
}
"""

RBLDNSD = """\
# The policy of op25b, for rbldnsd: ZONE:combined:FILE
""" + TIMED + """\
# Dynamic ranges, monitored ones too, less those in fixed and dialup.

$DATASET ip4trie @
:127.0.0.2:Dynamic address, see RFC 5068
198.51.100.0/26
198.51.100.80/28
198.51.100.128/25
198.51.102.0/23

$DATASET ip6trie @
:127.0.0.2:Dynamic address, see RFC 5068
2001:db8:4800::/37
"""

BIRD = """\
# The policy of op25b, for BIRD 2 and 3
""" + TIMED + """\
# Labels and providers are left out: feeds.conf gives them to what it follows.
#
# Large communities:
# (64500, 25, 1) dynamic
# (64500, 25, 2) fixed
# (64500, 25, 3) dialup
# (64500, 25, 4) relay
# (64500, 25, 5) dynamic, monitored only

ipv4 table op25b4;

protocol static op25b_static4 {
	ipv4 { table op25b4; };
	route 192.0.2.0/24 unreachable { bgp_large_community.add((64500, 25, 4)); };
	route 192.0.2.25/32 unreachable { bgp_large_community.add((64500, 25, 4)); };
	route 198.51.100.0/22 unreachable { bgp_large_community.add((64500, 25, 1)); };
	route 198.51.100.64/26 unreachable { bgp_large_community.add((64500, 25, 2)); };
	route 198.51.100.80/28 unreachable { bgp_large_community.add((64500, 25, 1)); };
	route 198.51.100.128/25 unreachable { bgp_large_community.add((64500, 25, 5)); };
	route 198.51.101.0/24 unreachable { bgp_large_community.add((64500, 25, 3)); };
	route 198.51.103.1/32 unreachable { bgp_large_community.add((64500, 25, 1));""" \
    """ bgp_large_community.add((64500, 25, 4)); };
}

ipv6 table op25b6;

protocol static op25b_static6 {
	ipv6 { table op25b6; };
	route 2001:db8::25/128 unreachable { bgp_large_community.add((64500, 25, 4)); };
	route 2001:db8::26/128 unreachable { bgp_large_community.add((64500, 25, 4)); };
	route 2001:db8:4000::/36 unreachable { bgp_large_community.add((64500, 25, 1)); };
	route 2001:db8:4000::/37 unreachable { bgp_large_community.add((64500, 25, 2)); };
}
"""

CIDR = """\
# The policy of op25b, for lists of prefixes: without labels, providers and flags
# Dynamic ranges with a timeout, left out as they would not end: 1
198.51.100.0/22
198.51.100.80/28
198.51.100.128/25
198.51.103.1/32
2001:db8:4000::/36
"""


def export(*words, **options):
    """What export prints."""
    return ctl("export", *words, **options).stdout


@test
def formats():
    """export prints the running policy in each format"""
    load(POLICY)
    equal(export("nft"), NFT)
    equal(export("rbldnsd"), RBLDNSD)
    equal(export("--as", "64500", "bird"), BIRD)
    equal(export("cidr", "dynamic"), CIDR)
    assert "(64512, 25, 1)" in export("bird")


@test
def of_files():
    """export of a file needs no kernel and names the file"""
    with Directory() as directory:
        directory.write("policy", POLICY)
        equal(export("nft", "policy").splitlines()[0],
              "# The policy of op25b in policy, for nft -f")
        equal(export("cidr", "dynamic", "policy").splitlines()[1:],
              CIDR.splitlines()[1:])
    equal(export("rbldnsd", "-", input=POLICY).splitlines()[1:],
          RBLDNSD.splitlines()[1:])


@test
def of_all_owners():
    """export has the entries of all owners, as a file for load --all may"""
    load("add dynamic 198.51.100.0/24\n")
    ctl("-o", "feed:a", "add", "dynamic", "203.0.113.0/24")
    listed = ["198.51.100.0/24", "203.0.113.0/24"]
    equal(export("cidr", "dynamic").splitlines()[1:], listed)
    saved = ctl("save", "--all").stdout
    equal(export("cidr", "dynamic", "-", input=saved).splitlines()[1:], listed)


@test
def cidr_comes_back():
    """import cidr reads what export cidr prints"""
    load(POLICY)
    for table in "dynamic", "fixed", "dialup", "relay":
        there = export("cidr", table)
        back = ctl("import", "cidr", table, input=there).stdout
        equal([line.split()[2] for line in back.splitlines()],
              [one["prefix"] for one in entries(table) if table != "dynamic" or
               "timeout" not in one], table)


@test
def settings():
    """modes, actions, reply rate and return direction are those of the policy"""
    ranges = "add dynamic 198.51.100.0/24\n"

    def rules(*lines):
        return export("nft", "-", input=ranges + "".join(f"set {line}\n" for line in lines))

    assert "chain forward" not in rules("mode off")
    assert "delete table inet op25b\n" in rules("mode off")
    assert "chain block {\n\t\tcounter accept\n\t}" in rules("mode monitor")
    assert "chain block {\n\t\tcounter\n\t\tdrop\n\t}" in rules()
    assert "chain block {\n\t\tcounter\n\t\tdrop\n\t}" in rules("action reset",
                                                              "reply-rate 0")
    assert ("limit rate 7/second burst 7 packets reject with icmpx admin-prohibited\n"
            in rules("action unreachable", "reply-rate 7"))
    assert "sport" not in rules("return off")
    for lines in (["mode off"], ["mode monitor"], ["action reset"],
                  ["action unreachable", "reply-rate 1000000"], ["return off"]):
        # the debug kernel has neither reject nor limit
        if SLOW == 1 or "action" not in lines[0]:
            run("nft", "-c", "-f", "-", input=rules(*lines))
    run("nft", "-c", "-f", "-", input=export("nft", "-", input=""))
    run("nft", "-c", "-f", "-", input=export(
        "nft", "-", input="add dynamic 0.0.0.0/0\nadd dynamic ::/0\nadd relay ::/0\n"))


@test
def replaces_itself():
    """the rules replace those of the export before, in one transaction"""
    for ranges in "add dynamic 198.51.100.0/24\n", "add dynamic 203.0.113.0/24\n":
        run("nft", "-f", "-", input=export("nft", "-", input=ranges))
        shown = run("nft", "list", "table", "inet", "op25b").stdout
        equal(shown.count(".0/24"), 1)
        assert ranges.split()[2] in shown, shown
    run("nft", "-f", "-", input=export("nft", "-", input="set mode off\n"))
    equal(run("nft", "list", "tables").stdout, "")


# The second judge


def passed(router, packets):
    """Which packets are forwarded."""
    return [router.passes(packet) for packet in packets]


def behind_headers(packet):
    """Which protocol follows the headers before TCP, but AH, and its bytes."""
    if packet[0] >> 4 == 4:
        return packet[9], packet[4 * (packet[0] & 15):]
    kind, rest = packet[6], packet[40:]
    while kind in model.SKIPPED and kind != model.AH and len(rest) > 1:
        size = 8 if kind == model.FRAGMENT else 8 + 8 * rest[1]
        kind, rest = rest[0], rest[size:]
    return kind, rest


def may_differ(packet, passes):
    """Whether the packet is in one of the rows that the exported rules name, where nft
    passes it or not.
    """
    flow = model.parse(packet)
    kind, rest = behind_headers(packet)
    if not passes:
        return flow is None and kind == model.TCP and len(rest) < 4
    return (flow and flow.sport is None) or kind == model.AH


@test
def second_judge():
    """under random policies, nftables blocks the same random packets as op25b"""
    router = Router()
    blocked = differing = 0
    for number in range(POLICIES):
        draw = random.Random(f"{SEED} {number}")
        policy, known = random_policy(draw)
        for entry in policy.entries:
            if entry.table == "dynamic":
                entry.timeout = None
        packets = [random_packet(draw, known) for _ in range(PACKETS)]
        load(str(policy))
        rules = export("nft")
        ours = passed(router, packets)
        load("")
        run("nft", "-f", "-", input=rules)
        theirs = passed(router, packets)
        run("nft", "flush", "ruleset")
        for packet, we, they in zip(packets, ours, theirs):
            blocked += not we and not they
            if we == they:
                continue
            differing += 1
            assert may_differ(packet, they), \
                f"op25b {'passes' if we else 'blocks'} packet {packet.hex()}," \
                f" nft does not; OP25B_SEED={SEED}, policy {number}:\n{policy}"
    assert blocked > POLICIES * PACKETS / 50, blocked
    assert differing < POLICIES * PACKETS / 10, differing
