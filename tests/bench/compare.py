# SPDX-License-Identifier: GPL-2.0
"""Two builds of op25b from the same run: the working tree's and another revision's."""

from counted import CHANGES, rows_of
from table import figure, ratio, table
from targets import FAMILIES, MEMORY, MILLION, Targets

CACHES = (("ns", "warm"), ("ns_cold", "cold caches"))
PACKETS = (("a", "other", "neither port is 25"),
           ("a", "mixed", "to port 25, 2,000 dynamic, 500,000 exempt"),
           ("a", "relay", "to port 25, to a relay"),
           ("a", "return", "from port 25"),
           ("b", "mixed", "to port 25, the world dynamic, 1,000,000 exempt"))
WORST = (("match", "blocked"), ("miss", "both"), ("expired", "both"))


class Comparison:
    """Rows of a table: name, both values, and their ratio."""

    def __init__(self, records, instructions):
        self.find = Targets(records, instructions)
        self.other = records.beside() or instructions.beside()
        self.rows = []

    def add(self, what, unit, function, *args):
        """Add a row with function(contender, ...) of both, unless it is unknown."""
        values = [function(name, *args) for name in ("op25b", self.other)]
        if None not in values:
            self.rows.append([what, *(figure(value, unit) for value in values),
                              ratio(*values)])

    def packets(self):
        """Nanoseconds that the hook adds to a packet."""
        for title, family in FAMILIES:
            for policy, case, what in PACKETS:
                for which, how in CACHES:
                    self.add(f"{title} packet, {what}; {how}", "ns", self.find.packet,
                             f"{policy}{family}", case, which)
        for which, how in CACHES:
            self.add(f"IPv4 packet, to port 25, 1,000,000 prefixes; {how}", "ns",
                     self.find.packet, MILLION, "mixed", which)
        for title, family in FAMILIES:
            for name, case in WORST:
                self.add(f"{title} packet, worst-{name}", "ns", self.find.packet,
                         f"worst-{name}{family}", case)

    def loads(self):
        """Seconds to load a policy, and memory a prefix."""
        for policy in "a4", "a6", "b4", "b6", MILLION:
            self.add(f"load of {policy}", "s", self.find.load, policy)
        for what, policy, _ in MEMORY:
            self.add(f"memory a prefix, {what}", "bytes", self.find.memory, policy)

    def changes(self):
        """Single changes: the mean in time, the worst case in instructions."""
        for title, family in FAMILIES:
            for what in CHANGES:
                name = f"`{what}` among 1,000,000, {title}"
                self.add(f"{name}, mean", "us", self.find.change, family, what)
                self.add(f"{name}, worst 16", "million instructions",
                         self.find.change_worst, family, what)

    def counted(self):
        """Instructions that the hook adds to a packet, and that a change takes."""
        found = {name: rows_of(self.find.instructions, name)
                 for name in ("op25b", self.other)}
        for row in found["op25b"]:
            self.add(row, "instructions", lambda name, key: found[name].get(key), row)

    def table(self):
        """The lines of the table."""
        head = ["what", "op25b", self.other, "ratio"]
        return table([head, *self.rows], right=(1, 2, 3))


def compare(records, instructions):
    """Lines that compare the builds of op25b, or none if there is only one."""
    comparison = Comparison(records, instructions)
    if comparison.other:
        for part in (comparison.packets, comparison.loads, comparison.changes,
                     comparison.counted):
            part()
        yield from comparison.table()
