# SPDX-License-Identifier: GPL-2.0
"""Instructions of single changes of a million prefixes."""

from changes import single_changes
from contenders import Op25b, loaded
from measuring import step

CHANGES = 200000    # the layer has to grow twice for these


def measure(session):
    """As in changes.py, but where nothing else takes time."""
    with loaded(Op25b(), session.directory("million4"), 4):
        step(f"instructions: {CHANGES} adds and deletes")
        single_changes(session, "million4", CHANGES)
