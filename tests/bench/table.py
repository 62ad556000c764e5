# SPDX-License-Identifier: GPL-2.0
"""Records of measurements, and how tables present them."""

import json
import os


class Records:
    """The records in a file written by guest; none if there is no file."""

    def __init__(self, path):
        self.all = []
        if os.path.exists(path):
            with open(path) as file:
                self.all = [json.loads(line) for line in file]

    def find(self, kind, **wanted):
        """All records of a kind with these values."""
        return [one for one in self.all if one["kind"] == kind and
                all(one.get(key) == value for key, value in wanted.items())]

    def one(self, kind, **wanted):
        """The last such record, or None if it could not be measured."""
        found = self.find(kind, **wanted)
        return found[-1] if found else None

    def beside(self):
        """The name of the other build of op25b, or None."""
        names = {one["contender"] for one in self.find("packet")}
        return next((name for name in names if name.startswith("op25b at ")), None)


def number(value, form=".0f"):
    """A number, or a dash for None."""
    return "-" if value is None else format(value, form)


def figure(value, unit, digits=3):
    """A number with so many significant digits, and its unit."""
    if value is None:
        return "-"
    if abs(value) >= 10 ** digits:
        return f"{value:,.0f} {unit}"
    return f"{value:#.{digits}g} {unit}".replace(". ", " ")


def ratio(value, reference):
    """The ratio of two values."""
    return "-" if value is None or not reference else f"{value / reference:.2f}"


def table(rows, right=()):
    """Lines of a Markdown table, aligned so that it can be read as it is. The first
    row is the head, columns in right are numbers.
    """
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["| " + " | ".join(
        cell.rjust(width) if place in right else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths))) + " |"
        for row in rows]
    rule = "| " + " | ".join(
        "-" * (width - 1) + ":" if place in right else "-" * width
        for place, width in enumerate(widths)) + " |"
    return [lines[0], rule, *lines[1:]]
