# SPDX-License-Identifier: GPL-2.0
"""Instructions of the worst case, and of single changes."""

from changes import single_changes
from counted import LARGE
from instructions import FEW_LOADS, RUNS
from measuring import step
from packets import WORST

ADDS = 20000


def measure(session):
    """Measure each build with each policy."""
    for op25b in session.builds():
        step(f"instructions: {op25b.name}, worst case")
        for name, case in WORST:
            for family in 4, 6:
                session.measure(op25b, f"{name}{family}", (case,), RUNS, FEW_LOADS)
        step(f"instructions: {op25b.name}, single changes")
        for name in LARGE:
            with session.loaded(op25b, name):
                single_changes(session, op25b, name, ADDS)
