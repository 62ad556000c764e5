# SPDX-License-Identifier: GPL-2.0
"""A policy in the formats of op25b, nftables, and iptables with ipset.

The others have rules as an expert would write them: packets that are not about port
25 leave early, IPv4 and IPv6 have tables of their own, sets are created with their
final size. Where there is a choice, it is the form with fewest instructions for most
packets. A single rule for both ports, `tcp dport != 25 tcp sport != 25 accept`, is not
one: nft 1.0.6 merges the two comparisons and accepts everything. `scope` is the
dynamic table; `dynamic` is a keyword of nft.
"""

from prefixes import text

NFT = """\
table {table} op25b {{
	set relay {{ type {type}; flags interval; elements = {{ {relay} }} }}
	set exempt {{ type {type}; flags interval; elements = {{ {exempt} }} }}
	set scope {{ type {type}; flags interval; elements = {{ {scope} }} }}
	chain back {{
		{ip} saddr @relay accept
		{ip} daddr @exempt accept
		{ip} daddr @scope drop
	}}
	chain outbound {{
		{ip} daddr @relay accept
		{ip} saddr @exempt accept
		{ip} saddr @scope drop
		th sport 25 goto back
	}}
	chain forward {{
		type filter hook forward priority filter - 1; policy accept;
		meta l4proto != tcp accept
		th dport 25 goto outbound
		th sport 25 goto back
	}}
}}
"""

IPTABLES = """\
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:outbound - [0:0]
:back - [0:0]
-A FORWARD -p tcp -m multiport ! --ports 25 -j ACCEPT
-A FORWARD -p tcp -m tcp --dport 25 -g outbound
-A FORWARD -p tcp -m tcp --sport 25 -g back
-A outbound -m set --match-set relay dst -j ACCEPT
-A outbound -m set --match-set exempt src -j ACCEPT
-A outbound -m set --match-set scope src -j DROP
-A outbound -p tcp -m tcp --sport 25 -g back
-A back -m set --match-set relay src -j ACCEPT
-A back -m set --match-set exempt dst -j ACCEPT
-A back -m set --match-set scope dst -j DROP
COMMIT
"""


def op25b(policy):
    """A policy file."""
    for table, prefixes in (("relay", policy.relay), ("dynamic", policy.dynamic),
                            ("fixed", policy.exempt), *policy.gone.items()):
        for number, prefix in enumerate(prefixes):
            end = f" timeout {policy.timeout}" if policy.ends(prefix) else ""
            if policy.labels and table != "relay":
                end += f" label {number % policy.labels}"
            yield f"add {table} {text(policy.family, prefix)}{end}\n"


def gone(policy):
    """Statements that delete entries after the policy is loaded."""
    for table, prefixes in policy.gone.items():
        for prefix in prefixes:
            yield f"del {table} {text(policy.family, prefix)}\n"


def nftables(policy):
    """A ruleset."""
    ip = "ip" if policy.family == 4 else "ip6"
    elements = {
        name: ",\n".join(text(policy.family, prefix) for prefix in prefixes)
        for name, prefixes in policy.tables().items()}
    yield NFT.format(table=ip, ip=ip, type=f"ipv{policy.family}_addr",
                     **elements)


def ipset(policy):
    """The sets, for `ipset restore`."""
    family = "inet" if policy.family == 4 else "inet6"
    for name, prefixes in policy.tables().items():
        size = max(64, 1 << len(prefixes).bit_length() - 1)
        yield (f"create {name} hash:net family {family} hashsize {size} "
               f"maxelem {max(64, len(prefixes))}\n")
        for prefix in prefixes:
            yield f"add {name} {text(policy.family, prefix)}\n"


def iptables(_policy):
    """The rules that use the sets, for iptables-restore."""
    yield IPTABLES


FILES = {"policy.op25b": op25b, "policy.gone": gone}
PEERS_FILES = {"policy.nft": nftables, "policy.ipset": ipset,
               "policy.iptables": iptables}


def files(policy):
    """The files of a policy: functions that give the lines, by name."""
    return FILES if policy.alone else FILES | PEERS_FILES
