# SPDX-License-Identifier: GPL-2.0
"""The targets, one row each, and whether they are met."""

import dataclasses

from counted import CHANGE_WORST_MS, change_us, without_policy
from table import table

UNMEASURED = "NOT MEASURED"
COMPARISON = "for comparison"
FAMILIES = (("IPv4", "4"), ("IPv6", "6"))
MILLION = "n1000000"
# Of each family, as in changes.py
MILLIONS = {"4": MILLION, "6": "v6short"}


@dataclasses.dataclass
class Row:
    """One target: what was measured, what it is compared with, how that came out.

    met is None if it could not be measured, and COMPARISON if there is no target.
    """

    what: str
    op25b: str
    other: str
    result: str
    target: str
    met: bool | str | None

    def cells(self):
        """As the table has them."""
        said = {None: UNMEASURED, True: "met", False: "NOT met", COMPARISON: ""}
        return [self.what, self.op25b, self.other, self.result, self.target,
                said[self.met]]

    def line(self):
        """In a line, without what stands in the last column."""
        other = f" ({self.other})" if self.other else ""
        result = f", {self.result}" if self.result else ""
        return f"{self.what}: {self.op25b}{other}{result}; {self.target}"


def median(values):
    """The value in the middle; None of none."""
    values = sorted(values)
    return values[len(values) // 2] if values else None


def figure(value, unit, digits=3):
    """A number with so many digits that count, and its unit."""
    if value is None:
        return "-"
    if value >= 10 ** digits:
        return f"{value:,.0f} {unit}"
    return f"{value:#.{digits}g} {unit}".replace(". ", " ")


def ratio(value, other):
    """How the one compares with the other, which is not 0: as a share if it is much
    less.
    """
    if 0 < value <= other / 2:
        return f"1/{other / value:.1f}"
    return f"{value / other:.2f} x"


class Targets:
    """All rows, from the records of one run: of time, and of instructions."""

    def __init__(self, records, instructions):
        self.records = records
        self.instructions = instructions

    def base(self, family, which="ns"):
        """Nanoseconds that a packet takes with no hook at all, or None."""
        one = self.records.one("packet", contender="nothing", policy=f"a{family}",
                               case="other")
        return one and one[which]

    def packet(self, contender, policy, case, which="ns"):
        """Nanoseconds that a contender adds to a packet, or None. `which` is also
        "ns_first", when others have had the caches.
        """
        one = self.records.one("packet", contender=contender, policy=policy,
                               case=case)
        base = one and self.base(one["family"], which)
        return one[which] - base if base else None

    def load(self, contender, policy):
        """Seconds that a contender took to load a policy, or None."""
        one = self.records.one("load", contender=contender, policy=policy)
        return one and one["seconds"]

    @staticmethod
    def at_most(what, value, unit, limit):
        """A target that is a number."""
        return Row(what, figure(value, unit), "", "", f"at most {limit:g} {unit}",
                   None if value is None else value <= limit)

    @staticmethod
    def compared(what, value, other, name, factor, unit):
        """A target that is a share or a multiple of what another takes."""
        if None in (value, other):
            return Row(what, figure(value, unit), f"{name}: {figure(other, unit)}",
                       "", "", None)
        limit = f"1/{1 / factor:.0f}" if factor < 1 else f"{factor:g} x"
        return Row(what, figure(value, unit), f"{name}: {figure(other, unit)}",
                   ratio(value, other), f"at most {limit} of {name}",
                   value <= other * factor)

    @staticmethod
    def for_comparison(what, value, other, name, unit):
        """What there is no target for, and what it is compared with."""
        known = None not in (value, other)
        return Row(what, figure(value, unit), f"{name}: {figure(other, unit)}",
                   ratio(value, other) if known and other else "",
                   COMPARISON, COMPARISON if known else None)

    # The rows, in the order of the table

    def packets(self):
        """A packet, to port 25 and to another."""
        for title, family in FAMILIES:
            for name, factor in (("floor", 1.2), ("nftables", 1 / 5),
                                 ("ipset", 1 / 3)):
                yield self.compared(
                    f"{title} packet to neither port 25",
                    self.packet("op25b", f"a{family}", "other"),
                    self.packet(name, f"a{family}", "other"), name, factor, "ns")
        for title, family in FAMILIES:
            yield from self.to_port(title, family)

    def to_port(self, title, family):
        """A packet to port 25, of a provider and of the world, and when others have
        had the caches.
        """
        def mixed(contender, policy="a", which="ns"):
            return self.packet(contender, f"{policy}{family}", "mixed", which)

        name = f"{title} packet to port 25"
        cold = "... others have had the caches"
        for other, factor in ("nftables", 1 / 25), ("ipset", 1 / 10), \
                ("floor+probe", 3):
            yield self.compared(f"{name}, 2,000 dynamic, 500,000 exempt",
                                mixed("op25b"), mixed(other), other, factor, "ns")
            yield self.for_comparison(cold, mixed("op25b", which="ns_first"),
                                      mixed(other, which="ns_first"), other, "ns")
        yield self.compared(f"{name}, the world dynamic, 1,000,000 exempt",
                            mixed("op25b", "b"), mixed("op25b"),
                            "the smaller policy", 1.5, "ns")
        yield self.for_comparison(cold, mixed("op25b", "b", "ns_first"),
                                  mixed("op25b", which="ns_first"),
                                  "the smaller policy", "ns")

    def no_policy(self):
        """Without a policy there is no hook, and not an instruction more."""
        for what, more in without_policy(self.instructions).items():
            yield Row(what, figure(more, "instructions", 1), "", "",
                      "0 instructions", None if more is None else more == 0)

    def loads(self):
        """A million prefixes from file to verdict."""
        for name in "nftables", "ipset":
            yield self.compared("load of 1,000,000 IPv4 prefixes",
                                self.load("op25b", MILLION), self.load(name, MILLION),
                                name, 1 / 20, "s")

    def single_changes(self):
        """Adds and deletes, one by one: the mean in time, the worst case in
        instructions of a nanosecond each, and in time for comparison.
        """
        for title, family in FAMILIES:
            yield from self.single_changes_of(title, family)

    def single_changes_of(self, title, family):
        """The same of one address family."""
        runs = self.records.find("adds", policy=MILLIONS[family])
        exact = self.instructions.one("adds", policy=f"million{family}")
        for name, what in ("add to", "adds"), ("change in", "replaces"), \
                ("add again to", "repeats"), ("delete from", "deletes"), \
                ("add a range to", "ranges"):
            name = f"{name} 1,000,000, {title}"
            yield self.at_most(f"{name}, mean",
                               median(change_us(one, what) for one in runs), "us", 20)
            own, all_there_is = (exact and exact[what][key] / 1000
                                 for key in ("cpu_max_us", "max_us"))
            yield self.at_most(f"{name}, worst, 1 ns an instruction", own, "ms",
                               CHANGE_WORST_MS)
            yield self.for_comparison("... until the answer", all_there_is, own,
                                      "its own", "ms")
            both = ([one[what] for one in runs],
                    [one[what]["nothing"] for one in runs])
            yield self.for_comparison(
                f"{name}, worst seen in time",
                *(max(times["max_us"] for times in kind) / 1000 if runs else None
                  for kind in both), "no change", "ms")
            yield self.for_comparison(
                "... share of them over 5 ms",
                *(100 * sum(times["late"] for times in kind) /
                  sum(times["datagrams"] for times in kind) if runs else None
                  for kind in both), "no change", "%")

    def changes(self):
        """Many changes a second."""
        churn = self.records.one("churn")
        if churn is None:
            yield Row("adds and deletes", "", "", "", "", None)
            return
        base = self.base(4) or 0
        busy, control, quiet = (churn[what]["ns"] - base
                                for what in ("busy", "control", "quiet"))
        rate = f"{churn['rate']:,}"
        yield self.compared(f"lookup during {rate} changes a second", busy, control,
                            "as many requests without changes", 1.1, "ns")
        yield self.for_comparison("... beside an idle machine", busy, quiet, "idle",
                                  "ns")
        yield self.for_comparison("lookup during requests without changes", control,
                                  quiet, "idle", "ns")
        client = churn["client"]
        done = client["adds"]["requests"] + client["deletes"]["requests"]
        rate = done / client["seconds"]
        yield Row("changes that were done", f"{rate:,.0f} /s", "", "",
                  f"{churn['rate']:,} /s", rate >= churn["rate"] * 0.98)
        left = (churn["before"] - churn["after"]) / 2 ** 20
        yield self.at_most("memory left behind by them", max(left, 0.0), "MiB", 1)
        peak = (churn["before"] - churn["minute"]["available"]) / 2 ** 20
        yield self.at_most("memory taken by them at most", max(peak, 0.0), "MiB", 64)

    def memory(self):
        """Bytes a prefix, and how true `show` is."""
        for what, policy, limit in (
                ("IPv4", MILLION, 12), ("IPv4 with 1,000 labels", "labels4", 12),
                ("IPv4 with timeouts", "timed", 20),
                ("IPv6 up to /64", "v6short", 24),
                ("IPv6 up to /64 with 1,000 labels", "labels6", 24),
                ("IPv6 beyond /64", "v6long", 36)):
            one = self.records.one("memory", contender="op25b", policy=policy)
            each = one and one["bytes"] / one["prefixes"]
            yield self.at_most(f"memory a prefix of 1,000,000, {what}", each, "bytes",
                               limit)
            shown = one and one["shown"] / one["bytes"]
            yield Row("... of which `show` reports",
                      "-" if one is None else f"{shown:.1%}", "", "", "95% to 105%",
                      one and 0.95 <= shown <= 1.05)
        for name in "nftables", "ipset":
            one = self.records.one("memory", contender=name, policy=MILLION)
            each = one and one["bytes"] / one["prefixes"]
            yield Row("memory a prefix of 1,000,000, IPv4", "",
                      f"{name}: {figure(each, 'bytes')}", "", COMPARISON,
                      each and COMPARISON)

    def dumps(self):
        """Reading a million prefixes back."""
        small = self.records.one("dump", policy="n1000")
        for title, family in FAMILIES:
            large = self.records.one("dump", policy=MILLIONS[family])
            yield self.at_most(f"dump of 1,000,000, {title}",
                               large and large["seconds"], "s", 2)
            more = large and small and \
                max(large["max_bytes"] - small["max_bytes"], 0) / 2 ** 20
            yield self.at_most("memory of the tool for it, over that for 1,000", more,
                               "MiB", 1)

    def rows(self):
        """All of them."""
        for part in (self.packets, self.no_policy, self.loads, self.single_changes,
                     self.changes, self.memory, self.dumps):
            yield from part()


def targets(records, instructions):
    """The table, and those that are met, missed and not measured, a line each."""
    rows = list(Targets(records, instructions).rows())
    found = {met: [row.line() for row in rows if row.met is met]
             for met in (True, False, None)}
    head = ["what", "op25b", "compared with", "result", "target", ""]
    return table([head, *(row.cells() for row in rows)], right=(1, 3)), found
