# SPDX-License-Identifier: GPL-2.0
"""diff, and the guard and the warnings of load."""

import collections
import ipaddress
import random
import re

from harness import ctl, ctl_json, equal, load, test
from policies import Directory, entries, settings, state

OLD = """\
set action reset
add dynamic 198.51.100.0/22 label bflets
add dynamic 2001:db8:4000::/36
add fixed 198.51.100.64/26
add fixed 198.51.100.80/28 label b
add fixed 2001:db8:4000::/48
add dialup 198.51.101.0/24 timeout 1000
add relay 192.0.2.25
add relay 2001:db8::25
"""

# /26 of customers block, of which /28 stays; the others change options only
NEW = """\
set mode monitor
add dynamic 198.51.100.0/22 label adsl
add dynamic 2001:db8:4000::/36
add fixed 198.51.100.80/28 label b
add fixed 2001:db8:4000::/64
add fixed 2001:db8:4fff::1
add dialup 198.51.101.0/24 timeout 50
add relay 192.0.2.26
add relay 2001:db8::25
"""

DIFFERENCE = """\
~ add dynamic 198.51.100.0/22 label adsl
- add fixed 198.51.100.64/26
- add fixed 2001:db8:4000::/48
+ add fixed 2001:db8:4000::/64
+ add fixed 2001:db8:4fff::1/128
- add relay 192.0.2.25/32
+ add relay 192.0.2.26/32
~ set mode monitor
~ set action drop
none → relay: 1 IPv4 address
dynamic → fixed: 1 IPv6 network of /64
fixed → dynamic: 48 IPv4 addresses, 65,535 IPv6 networks of /64
relay → none: 1 IPv4 address
"""


def diff(*words, **options):
    """Exit status and output of diff."""
    done = ctl("diff", *words, check=False, **options)
    equal(done.stderr, "", words)
    return done.returncode, done.stdout


@test
def running_and_file():
    """diff prints what load would change: entries, settings, address space"""
    load(OLD)
    before = state()
    equal(diff("-", input=NEW), (1, DIFFERENCE))
    equal(diff("-", input=OLD), (0, ""))
    equal(state(), before)
    load(NEW)
    equal(diff("-", input=NEW), (0, ""))


@test
def two_files():
    """diff FILE FILE needs no kernel"""
    with Directory() as directory:
        directory.write("old", OLD)
        directory.write("new", NEW)
        equal(diff("old", "new"), (1, DIFFERENCE))
        equal(diff("old", "old"), (0, ""))
        equal(diff("old", "-", input=NEW), (1, DIFFERENCE))


@test
def as_json():
    """diff prints JSON"""
    load(OLD)
    done = ctl_json("diff", "-", input=NEW, status=1)
    equal(done["added"], [{"table": "fixed", "prefix": "2001:db8:4000::/64"},
                          {"table": "fixed", "prefix": "2001:db8:4fff::1/128"},
                          {"table": "relay", "prefix": "192.0.2.26/32"}])
    equal(done["removed"], [{"table": "fixed", "prefix": "198.51.100.64/26"},
                            {"table": "fixed", "prefix": "2001:db8:4000::/48"},
                            {"table": "relay", "prefix": "192.0.2.25/32"}])
    equal(done["changed"],
          [{"table": "dynamic", "prefix": "198.51.100.0/22", "label": "adsl"}])
    equal(done["settings"], {"mode": {"from": "enforce", "to": "monitor"},
                             "action": {"from": "reset", "to": "drop"}})
    equal(done["classes"],
          [{"from": "none", "to": "relay", "ipv4": 1, "ipv6": 0},
           {"from": "dynamic", "to": "fixed", "ipv4": 0, "ipv6": 1},
           {"from": "fixed", "to": "dynamic", "ipv4": 48, "ipv6": 65535},
           {"from": "relay", "to": "none", "ipv4": 1, "ipv6": 0}])
    equal(ctl_json("diff", "-", input=OLD),
          {"removed": [], "added": [], "changed": [], "settings": {}, "classes": []})


@test
def whole_space():
    """the whole address space is counted, and a /64 in part as one"""
    equal(diff("-", input="add dynamic 0.0.0.0/0\nadd dynamic ::/0\n"),
          (1, "+ add dynamic 0.0.0.0/0\n+ add dynamic ::/0\n"
              "other → dynamic: 4,294,967,296 IPv4 addresses,"
              " 18,446,744,073,709,551,615 IPv6 networks of /64\n"))
    equal(diff("-", input="add dynamic ::/127\nadd dynamic 255.255.255.255\n"
                          "add dynamic ffff::ffff\n")[1].splitlines()[-1],
          "other → dynamic: 1 IPv4 address, 1 IPv6 network of /64")


@test
def of_owners():
    """diff is of the entries of one owner; addresses have a class by those of all"""
    load("add dynamic 198.51.100.0/24\n")
    ctl("-o", "feed:a", "load", "-", input="add fixed 198.51.100.0/25\n")
    ctl("load", "--provider", "akari", "-", input="add fixed 198.51.100.192/26\n")
    equal(diff("-", input=""), (1, "- add dynamic 198.51.100.0/24\n"
                                   "dynamic → other: 64 IPv4 addresses\n"))
    equal(diff("-o", "feed:a", "-", input=""),
          (1, "- add fixed 198.51.100.0/25\nfixed → dynamic: 128 IPv4 addresses\n"))
    equal(diff("--provider", "akari", "-", input="add fixed 198.51.100.192/27\n"),
          (1, "- add fixed 198.51.100.192/26 provider akari\n"
              "+ add fixed 198.51.100.192/27 provider akari\n"
              "fixed → dynamic: 32 IPv4 addresses\n"))
    saved = ctl("save", "--all").stdout
    equal(diff("--all", "-", input=saved), (0, ""))
    equal(diff("--all", "-", input=saved.replace(" owner feed:a", "")),
          (1, "~ add fixed 198.51.100.0/25\n"))
    # settings are operator's
    equal(diff("-o", "feed:a", "-", input="add fixed 198.51.100.0/25\n"), (0, ""))


@test
def what_load_takes_over():
    """addresses have the class that they have after a load takes over entries"""
    ctl("-o", "feed:a", "load", "-", input="add fixed 198.51.100.0/25\n")
    equal(diff("-", input="add dynamic 198.51.100.0/25\n"),
          (1, "+ add dynamic 198.51.100.0/25\nfixed → dynamic: 128 IPv4 addresses\n"))


# Random policies within a small network, judged address by address: of IPv4, of IPv6 /64
# by /64, and of IPv6 within a /64

NETWORKS = [(ipaddress.ip_network("198.51.100.0/26"), 32),
            (ipaddress.ip_network("2001:db8:0:40::/58"), 64),
            (ipaddress.ip_network("2001:db8::40/122"), 128)]


def random_lines(draw, network, longest):
    """Statements of a random policy, by space and prefix."""
    lines = {}
    for _ in range(draw.randrange(12)):
        table = draw.choice(("dynamic", "fixed", "dialup", "relay"))
        length = draw.randrange(longest - 6, longest + 1)
        prefix = draw.choice(list(network.subnets(new_prefix=length)))
        options = draw.choice(("", "", " label a", " provider b", " timeout 900"))
        if table == "dynamic":
            options += draw.choice(("", "", " monitor"))
        lines[table == "relay", prefix] = f"add {table} {prefix}{options}"
    return lines


def random_cases(seed):
    """Networks with their units, and what draws random policies from them."""
    draw = random.Random(seed)
    for _ in range(25):
        for network, longest in NETWORKS:
            units = list(network.subnets(new_prefix=longest))
            yield units, lambda: random_lines(draw, network, longest)


def deciding(lines, relay, unit):
    """The line that decides on a unit as a relay or a subscriber, or None."""
    return max(((prefix.prefixlen, line) for (space, prefix), line in lines.items()
                if space == relay and unit.subnet_of(prefix)), default=(0, None))[1]


def classes(units, old, new):
    """The space by class before and after, where they differ."""
    count = collections.Counter()
    for relay in (False, True):
        for unit in units:
            pair = tuple(line.split()[1] if line else "none" if relay else "other"
                         for line in (deciding(old, relay, unit),
                                      deciding(new, relay, unit)))
            if pair[0] != pair[1]:
                count[pair] += 1
    # 64 addresses are a part of a /64
    return {pair: 1 if units[0].prefixlen == 128 else number
            for pair, number in count.items()}


@test
def agrees_with_model():
    """of random policies, the differences are those found address by address"""
    with Directory() as directory:
        for units, policy in random_cases(25):
            old, new = policy(), policy()
            directory.write("old", "".join(line + "\n" for line in old.values()))
            directory.write("new", "".join(line + "\n" for line in new.values()))
            found = ctl_json("diff", "old", "new", status=0 if old == new else 1)
            equal({(one["from"], one["to"]): one["ipv4"] + one["ipv6"]
                   for one in found["classes"]}, classes(units, old, new), (old, new))
            seen = {key: sorted((one["table"] == "relay", one["prefix"])
                                for one in found[key])
                    for key in ("removed", "added", "changed")}
            due = {"removed": old.keys() - new.keys(), "added": new.keys() - old.keys(),
                   "changed": {key for key in old.keys() & new.keys()
                               if old[key] != new[key]}}
            equal(seen, {key: sorted((space, str(prefix)) for space, prefix in prefixes)
                         for key, prefixes in due.items()}, (old, new))


@test
def entries_without_effect():
    """of random policies, entries without effect are those that change no address"""
    def words(line):
        """All but the prefix."""
        return line and line.split()[1:2] + line.split()[3:]

    for units, policy in random_cases(26):
        # while it lasts, one with a timeout would have none either
        lines = {key: re.sub(" timeout.*", "", line) for key, line in policy().items()}
        due = []
        for number, (relay, prefix) in enumerate(lines, 1):
            others = {key: line for key, line in lines.items() if key != (relay, prefix)}
            if all(words(deciding(lines, relay, unit)) == words(deciding(others, relay, unit))
                   for unit in units):
                due.append(number)
        found = ctl_json("check", "-", input="".join(line + "\n" for line in lines.values()))
        equal([one["line"] for one in found["warnings"] if "no effect" in one["message"]],
              due, lines)


@test
def relays_in_ranges():
    """of random policies, relays of which an address would be blocked are found"""
    for units, policy in random_cases(27):
        lines = policy()
        due = [number for number, (relay, prefix) in enumerate(lines, 1)
               if relay and any(deciding(lines, True, unit) == lines[relay, prefix] and
                                re.match("add dynamic (?!.*monitor)",
                                         deciding(lines, False, unit) or "")
                                for unit in units)]
        found = ctl_json("check", "-", input="".join(line + "\n" for line in lines.values()))
        equal([one["line"] for one in found["warnings"]
               if "its own deliveries" in one["message"]], due, lines)


def random_statements(draw, most):
    """At most so many add, del and flush of a few prefixes."""
    prefixes = [str(prefix) for network, _ in NETWORKS
                for prefix in network.subnets(new_prefix=network.prefixlen + 1)]
    for _ in range(draw.randrange(most)):
        table, prefix = draw.choice(("dynamic", "fixed")), draw.choice(prefixes)
        verb = draw.choices(("add", "del", "flush"), (6, 3, 1))[0]
        yield verb, table, prefix


def line_of(verb, table, prefix):
    """A statement as a line of a file."""
    return f"{verb} {table}\n" if verb == "flush" else f"{verb} {table} {prefix}\n"


@test
def statements_in_their_order():
    """statements about the same prefixes are applied in the order of the file"""
    draw = random.Random(28)
    for _ in range(60):
        held, text, wrong = {}, "", []
        for number, (verb, table, prefix) in enumerate(random_statements(draw, 40), 1):
            text += line_of(verb, table, prefix)
            if verb == "flush":
                held = {key: one for key, one in held.items() if one != table}
            elif held.get(prefix, table if verb == "add" else None) != table:
                wrong.append(number)
            elif verb == "add":
                held[prefix] = table
            else:
                del held[prefix]
        found = ctl_json("check", "-", input=text, status=1 if wrong else 0)
        equal([one["line"] for one in found["errors"]], wrong, text)
        equal(sum(found["tables"][table][family] for table in ("dynamic", "fixed")
                  for family in ("ipv4", "ipv6")), len(held), text)


@test
def as_the_kernel():
    """check refuses what the kernel refuses, and diff sees what it has loaded"""
    draw = random.Random(29)
    for _ in range(60):
        load("")
        text = "".join(line_of(*one) for one in random_statements(draw, 8))
        found = ctl("check", "-", input=text, check=False)
        done = load(text, check=False)
        errors = [[line for line in one.stderr.splitlines() if "warning" not in line]
                  for one in (found, done)]
        # the kernel stops at the first one
        equal(errors[0][:1], errors[1], text)
        if not errors[1]:
            equal(diff("-", input=text), (0, ""), text)


@test
def errors_in_files():
    """diff prints all errors of its files, and compares nothing"""
    with Directory() as directory:
        directory.write("old", "add fixed 1.2.3.4\nadd dialup 1.2.3.4\n")
        directory.write("new", "add fixed 1.2.3\nadd fixed 1.2.3.4 owner feed:a\n")
        done = ctl("diff", "old", "new", check=False)
        equal((done.returncode, done.stdout, done.stderr.splitlines()), (2, "", [
            "op25bctl: new:1:11: bad prefix '1.2.3': expected ADDRESS or ADDRESS/LENGTH,"
            " IPv4 or IPv6",
            "op25bctl: new:2:19: option owner is for load --all only: remove it",
            "op25bctl: old:2:12: this prefix is in table fixed already: delete it there"
            " first"]))


# The guard


def guarded(percent, text, *words):
    """What load with a guard prints when it refuses the text, None if it does not."""
    before = state()
    done = ctl(*words, "load", "--guard", str(percent), "-", input=text, check=False)
    if done.returncode == 0:
        return None
    equal((done.returncode, done.stdout), (1, ""))
    equal(state(), before)
    return [line for line in done.stderr.splitlines() if "warning" not in line]


CUSTOMERS = """\
add dynamic 198.51.100.0/22
add dynamic 2001:db8:4000::/36
add fixed 198.51.100.0/24
add dialup 198.51.101.0/24
add fixed 2001:db8:4000::/48
add relay 192.0.2.24/30
add relay 2001:db8::25
"""


@test
def guard_of_customers():
    """a load that blocks too many exempt addresses of a family is refused"""
    load(CUSTOMERS)
    half = CUSTOMERS.replace("add fixed 198.51.100.0/24", "add fixed 198.51.100.0/25")
    equal(guarded(24, half),
          ["op25bctl: nothing was applied: 25.0 per cent of the IPv4 addresses in fixed"
           " or dialup would become dynamic, more than the guard of 24"])
    equal(guarded(0, CUSTOMERS.replace("4000::/48", "4000::/49")),
          ["op25bctl: nothing was applied: 50.0 per cent of the IPv6 networks of /64 in"
           " fixed or dialup would become dynamic, more than the guard of 0"])
    # from one exempt class to the other, or to addresses that nothing blocks
    equal(guarded(0, CUSTOMERS.replace("dialup", "fixed")), None)
    load(CUSTOMERS)
    equal(guarded(0, ""), ["op25bctl: nothing was applied: 100.0 per cent of the IPv4"
                           " addresses of relays would be lost, more than the guard of 0",
                           "op25bctl: nothing was applied: 100.0 per cent of the IPv6"
                           " networks of /64 of relays would be lost, more than the guard"
                           " of 0"])
    equal(guarded(25, half), None)
    equal(guarded(100, "add dynamic 198.51.100.0/22\n"), None)


@test
def guard_of_relays():
    """a load that loses too many addresses of relays is refused"""
    load(CUSTOMERS)
    fewer = CUSTOMERS.replace("192.0.2.24/30", "192.0.2.24/31")
    equal(guarded(49, fewer),
          ["op25bctl: nothing was applied: 50.0 per cent of the IPv4 addresses of relays"
           " would be lost, more than the guard of 49"])
    equal(guarded(50, fewer), None)


@test
def empty_download():
    """an empty list of exempt customers blocks nobody, with a guard"""
    with Directory() as directory:
        directory.write("policy", "add dynamic 198.51.100.0/22\nadd fixed from customers\n"
                                  "add relay 192.0.2.25\n")
        directory.write("customers", "198.51.100.8/29\n198.51.101.0/25\n")
        ctl("load", "--guard", "20", "policy")
        before = entries()
        directory.write("customers", "")
        done = ctl("load", "--guard", "20", "policy", check=False)
        equal((done.returncode, done.stderr.splitlines()), (1, [
            "op25bctl: warning: policy:2:16: customers is empty",
            "op25bctl: nothing was applied: 100.0 per cent of the IPv4 addresses in fixed"
            " or dialup would become dynamic, more than the guard of 20"]))
        equal(entries(), before)


@test
def guard_of_others():
    """the guard counts the entries of all owners"""
    load("add dynamic 198.51.100.0/22\nadd relay 192.0.2.25\n")
    ctl("-o", "feed:a", "load", "-", input="add fixed 198.51.100.0/24\n")
    ctl("load", "--provider", "akari", "-", input="add fixed 198.51.101.0/24\n")
    equal(guarded(49, "", "-o", "feed:a"),
          ["op25bctl: nothing was applied: 50.0 per cent of the IPv4 addresses in fixed"
           " or dialup would become dynamic, more than the guard of 49"])
    equal(guarded(50, "", "-o", "feed:a"), None)
    # what feed:a has stays exempt within a new range
    equal(guarded(0, "add dynamic 198.51.0.0/16\nadd relay 192.0.2.25\n"), None)


# Warnings


@test
def strict():
    """with --strict a load with warnings applies nothing"""
    before = state()
    done = ctl("load", "--strict", "-", input="add dynamic 198.51.100.0/22\n", check=False)
    equal((done.returncode, done.stdout, done.stderr.splitlines()), (1, "", [
        "op25bctl: warning: <stdin>:1:13: there is no IPv4 relay: these subscribers reach"
        " no server on port 25",
        "op25bctl: nothing was applied: with --strict warnings are errors"]))
    equal(state(), before)
    done = ctl("load", "--strict", "-",
               input="add dynamic 198.51.100.0/22\nadd relay 192.0.2.25\n")
    equal((done.returncode, done.stderr), (0, ""))


@test
def relays_of_others():
    """there is a relay for subscribers if another owner has one, even for operator"""
    ctl("-o", "feed:a", "load", "--strict", "-", input="add relay 192.0.2.25\n")
    ctl("load", "--strict", "-", input="add dynamic 198.51.100.0/22\n")
    ctl("-o", "feed:b", "load", "--strict", "-", input="add dynamic 2001:db8::/32\n")
    equal(ctl("load", "--strict", "-", input="add dynamic 2001:db8:1::/48\n",
              check=False).returncode, 1)


@test
def warnings_in_json():
    """check prints all warnings as JSON"""
    text = "add relay 192.0.2.25\nadd dynamic 198.51.100.0/24\n" + "".join(
        f"add dynamic 198.51.100.{number}\n" for number in range(30))
    found = ctl_json("check", "-", input=text)
    equal(found["errors"], [])
    equal(found["warnings"],
          [{"file": "<stdin>", "line": line, "column": 13,
            "message": "this entry has no effect: the one of <stdin>:2 holds it and has"
                       " the same options"} for line in range(3, 33)])
    ctl_json("check", "--strict", "-", input=text, status=1)


@test
def after_settings():
    """a refused load leaves the settings as they are"""
    load("set action reset\n" + CUSTOMERS)
    equal(guarded(20, "set action drop\nadd dynamic 198.51.100.0/22\n") is None, False)
    equal(settings()["action"], "reset")
