# SPDX-License-Identifier: GPL-2.0
"""Instructions of the worst cases, where the clock counts instructions, and of single
changes.
"""

from changes import single_changes
from contenders import Op25b
from counted import LARGE
from instructions import FEW_LOADS, RUNS
from measuring import step

# Policies of prefixes that overlap, all of whose lengths have to be searched
WORST = (("worst33v4", "blocked"), ("worst64v4", "blocked"), ("worst252v4", "both"),
         ("worst129v6", "blocked"), ("worst256v6", "blocked"),
         ("worst1020v6", "both"))
# The same where half of the searches find what has just expired
EXPIRED = (("expired64v4", "blocked"), ("expired252v4", "both"),
           ("expired256v6", "blocked"), ("expired1020v6", "both"))
CHANGES = 20000     # the layer has to grow twice for these


def measure(session):
    """Both."""
    step("instructions: op25b, the worst cases")
    for name, case in WORST + EXPIRED:
        session.measure(Op25b(), name, (case,), RUNS, FEW_LOADS)
    step("instructions: op25b, single changes")
    for name in LARGE:
        with session.loaded(Op25b(), name):
            single_changes(session, name, CHANGES)
