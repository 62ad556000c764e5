# SPDX-License-Identifier: GPL-2.0
"""The targets, one row each, and whether they are met."""

import dataclasses

from contenders import median
from counted import CHANGE_WORST_MS, CHANGES, change_us, inactive
from table import figure, table

UNMEASURED = "NOT MEASURED"
COMPARISON = "for comparison"
FAMILIES = (("IPv4", "4"), ("IPv6", "6"))
MILLION = "n1000000"

# By family, as in changes.py
MILLIONS = {"4": MILLION, "6": "v6short"}

# Limits for the cost of a packet, as a multiple of that of others
OTHER_PORTS = (("floor", 1.2), ("nftables", 1 / 5), ("ipset", 1 / 3))
TO_PORT = {"4": (("nftables", 1 / 35), ("ipset", 1 / 7), ("floor+probe", 3)),
           "6": (("nftables", 1 / 20), ("ipset", 1 / 6), ("floor+probe", 4))}
WORLD = 2.5
WORST_PACKET_US = 5

LOAD = 1 / 20
CHANGE_MEAN_US = 10

# Memory a prefix: name, policy, limit in bytes
MEMORY = (("IPv4", MILLION, 22), ("IPv4 with 1,000 labels", "labels4", 22),
          ("IPv4 with timeouts", "timed", 44),
          ("IPv6 up to /64", "v6short", 26),
          ("IPv6 up to /64 with 1,000 labels", "labels6", 26),
          ("IPv6 beyond /64", "v6long", 36))

# Rare, and slower than others because of its prefix length: not part of the mean
RARE_CHANGES = ("wide",)


@dataclasses.dataclass
class Row:
    """A target: the quantity, the value, the limit or other contender, the result.

    met is None if it could not be measured, and COMPARISON if there is no limit.
    """

    what: str
    op25b: str
    other: str
    result: str
    target: str
    met: bool | str | None

    def cells(self):
        """The cells of the table."""
        met = {None: UNMEASURED, True: "met", False: "NOT met", COMPARISON: ""}
        return [self.what, self.op25b, self.other, self.result, self.target,
                met[self.met]]

    def line(self):
        """The row as a line, without its last cell."""
        other = f" ({self.other})" if self.other else ""
        result = f", {self.result}" if self.result else ""
        return f"{self.what}: {self.op25b}{other}{result}; {self.target}"


def times(value, other):
    """A ratio: as a fraction if it is small."""
    if 0 < value <= other / 2:
        return f"1/{other / value:.1f}"
    return f"{value / other:.2f} x"


class Targets:
    """All rows, from the records of time and of instructions."""

    def __init__(self, records, instructions):
        self.records = records
        self.instructions = instructions

    def base(self, family, which="ns"):
        """Nanoseconds of a packet without any hook, or None."""
        one = self.records.one("packet", contender="nothing", policy=f"a{family}",
                               case="other")
        return one and one[which]

    def packet(self, contender, policy, case, which="ns"):
        """Nanoseconds that a contender adds to a packet, or None; with cold caches if
        @which is "ns_cold".
        """
        one = self.records.one("packet", contender=contender, policy=policy,
                               case=case)
        base = one and self.base(one["family"], which)
        return one[which] - base if base else None

    def load(self, contender, policy):
        """Seconds that a contender took to load a policy, or None."""
        one = self.records.one("load", contender=contender, policy=policy)
        return one and one["seconds"]

    def memory(self, contender, policy):
        """Bytes a prefix, or None."""
        one = self.records.one("memory", contender=contender, policy=policy)
        return one and one["bytes"] / one["prefixes"]

    def change(self, contender, family, what):
        """Mean microseconds of a change, the median of all runs, or None."""
        return median(change_us(one, what) for one in self.records.find(
            "changes", contender=contender, policy=MILLIONS[family]))

    def change_worst(self, contender, family, what):
        """Million instructions of the slowest 16 changes, in the client's process, or
        None.
        """
        one = self.instructions.one("changes", contender=contender,
                                    policy=f"million{family}")
        return one and one[what]["cpu_max_us"] / 1000

    @staticmethod
    def at_most(what, value, unit, limit):
        """A target with a fixed limit."""
        return Row(what, figure(value, unit), "", "", f"at most {limit:g} {unit}",
                   None if value is None else value <= limit)

    @staticmethod
    def compared(what, value, other, name, factor, unit):
        """A target with a limit that depends on another contender."""
        if None in (value, other):
            return Row(what, figure(value, unit), f"{name}: {figure(other, unit)}",
                       "", "", None)
        limit = f"1/{1 / factor:.0f}" if factor < 1 else f"{factor:g} x"
        return Row(what, figure(value, unit), f"{name}: {figure(other, unit)}",
                   times(value, other), f"at most {limit} of {name}",
                   value <= other * factor)

    @staticmethod
    def for_comparison(what, value, other, name, unit):
        """A row without a limit."""
        known = None not in (value, other)
        return Row(what, figure(value, unit), f"{name}: {figure(other, unit)}",
                   times(value, other) if known and other else "",
                   COMPARISON, COMPARISON if known else None)

    # The rows, in the order of the table

    def packets(self):
        """The cost of a packet."""
        for title, family in FAMILIES:
            for name, factor in OTHER_PORTS:
                yield self.compared(
                    f"{title} packet, neither port is 25",
                    self.packet("op25b", f"a{family}", "other"),
                    self.packet(name, f"a{family}", "other"), name, factor, "ns")
        for title, family in FAMILIES:
            yield from self.to_port(title, family)
        yield self.worst_packet()

    def to_port(self, title, family):
        """The cost of a packet to port 25, with warm and with cold caches."""
        def mixed(contender, policy="a", which="ns"):
            return self.packet(contender, f"{policy}{family}", "mixed", which)

        name = f"{title} packet to port 25"
        cold = "... with cold caches"
        for other, factor in TO_PORT[family]:
            yield self.compared(f"{name}, 2,000 dynamic, 500,000 exempt",
                                mixed("op25b"), mixed(other), other, factor, "ns")
            yield self.for_comparison(cold, mixed("op25b", which="ns_cold"),
                                      mixed(other, which="ns_cold"), other, "ns")
        smaller = "the smaller policy"
        yield self.compared(f"{name}, the world dynamic, 1,000,000 exempt",
                            mixed("op25b", "b"), mixed("op25b"), smaller, WORLD, "ns")
        yield self.for_comparison(cold, mixed("op25b", "b", "ns_cold"),
                                  mixed("op25b", which="ns_cold"), smaller, "ns")

    def worst_packet(self):
        """The most expensive packet of the policies made for that."""
        costs = [self.packet("op25b", one["policy"], one["case"])
                 for one in self.records.find("packet", contender="op25b")
                 if one["policy"].startswith("worst")]
        known = costs and None not in costs
        return self.at_most("packet to port 25, worst case",
                            max(costs) / 1000 if known else None, "us",
                            WORST_PACKET_US)

    def no_policy(self):
        """Without a policy there is no hook, so that no instructions are added."""
        for what, more in inactive(self.instructions).items():
            yield Row(what, figure(more, "instructions", 1), "", "",
                      "0 instructions", None if more is None else more == 0)

    def loads(self):
        """The time to load a million prefixes from a file."""
        for name in "nftables", "ipset":
            yield self.compared("load of 1,000,000 IPv4 prefixes",
                                self.load("op25b", MILLION), self.load(name, MILLION),
                                name, LOAD, "s")

    def single_changes(self):
        """Changes one by one: the mean in time, the worst case in instructions."""
        for title, family in FAMILIES:
            means = {what: self.change("op25b", family, what) for what in CHANGES
                     if what not in RARE_CHANGES}
            yield self.slowest(f"change among 1,000,000, {title}, mean", means, "us",
                               CHANGE_MEAN_US)
            worst = {what: self.change_worst("op25b", family, what)
                     for what in CHANGES}
            yield self.slowest(f"16 changes, {title}, worst, at 1 ns an instruction",
                               worst, "ms", CHANGE_WORST_MS)

    def slowest(self, what, found, unit, limit):
        """A target for the slowest kind of change."""
        if None in found.values():
            return self.at_most(what, None, unit, limit)
        kind = max(found, key=found.get)
        return self.at_most(f"{what} of `{kind}`", found[kind], unit, limit)

    def churn(self):
        """Many changes a second."""
        churn = self.records.one("churn")
        if churn is None:
            yield Row("many changes a second", "", "", "", "", None)
            return
        base = self.base(4) or 0
        busy, control, quiet = (churn[what]["ns"] - base
                                for what in ("busy", "control", "quiet"))
        rate = f"{churn['rate']:,}"
        yield self.compared(f"packet to port 25 during {rate} changes a second", busy,
                            control, "requests that change nothing", 1.1, "ns")
        yield self.for_comparison("packet to port 25 during such requests", control,
                                  quiet, "idle", "ns")
        client = churn["client"]
        done = client["adds"]["requests"] + client["deletes"]["requests"]
        rate = done / client["seconds"]
        yield Row("changes made", f"{rate:,.0f} /s", "", "",
                  f"{churn['rate']:,} /s", rate >= churn["rate"] * 0.98)
        left = (churn["before"] - churn["after"]) / 2 ** 20
        yield self.at_most("memory lost by them", max(left, 0.0), "MiB", 1)
        peak = (churn["before"] - churn["changes"]["available"]) / 2 ** 20
        yield self.at_most("memory in use by them, peak", max(peak, 0.0), "MiB", 64)

    def memory_rows(self):
        """Memory a prefix, and whether `op25bctl show` reports it."""
        for what, policy, limit in MEMORY:
            one = self.records.one("memory", contender="op25b", policy=policy)
            yield self.at_most(f"memory a prefix of 1,000,000, {what}",
                               self.memory("op25b", policy), "bytes", limit)
            shown = one and one["shown"] / one["bytes"]
            yield Row("... of which `show` reports",
                      "-" if one is None else f"{shown:.1%}", "", "", "95% to 105%",
                      one and 0.95 <= shown <= 1.05)
        for name in "nftables", "ipset":
            yield self.for_comparison("memory a prefix of 1,000,000, IPv4",
                                      self.memory("op25b", MILLION),
                                      self.memory(name, MILLION), name, "bytes")

    def dumps(self):
        """Listing a million prefixes."""
        small = self.records.one("dump", policy="n1000")
        for title, family in FAMILIES:
            large = self.records.one("dump", policy=MILLIONS[family])
            yield self.at_most(f"`save` of 1,000,000, {title}",
                               large and large["seconds"], "s", 2)
            more = large and small and \
                max(large["max_bytes"] - small["max_bytes"], 0) / 2 ** 20
            yield self.at_most("... memory of the tool, more than for 1,000", more,
                               "MiB", 1)

    def rows(self):
        """All rows."""
        for part in (self.packets, self.no_policy, self.loads, self.single_changes,
                     self.churn, self.memory_rows, self.dumps):
            yield from part()


def targets(records, instructions):
    """The table, and lines of the targets that are met, missed and not measured."""
    rows = list(Targets(records, instructions).rows())
    found = {met: [row.line() for row in rows if row.met is met]
             for met in (True, False, None)}
    head = ["what", "op25b", "compared with", "result", "target", ""]
    return table([head, *(row.cells() for row in rows)], right=(1, 3)), found
