# SPDX-License-Identifier: GPL-2.0
"""Records of measurements, and tables of text."""

import json


class Records:
    """What `guest` has written, by kind."""

    def __init__(self, path):
        with open(path) as file:
            self.all = [json.loads(line) for line in file]

    def find(self, kind, **wanted):
        """All records of a kind with these values."""
        return [one for one in self.all if one["kind"] == kind and
                all(one.get(key) == value for key, value in wanted.items())]

    def one(self, kind, **wanted):
        """The only one, or None if it could not be measured."""
        found = self.find(kind, **wanted)
        return found[-1] if found else None


def table(rows, right=()):
    """Lines of a Markdown table, which is legible as it is; its first row is the
    head, the columns in right are numbers.
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
