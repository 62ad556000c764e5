# SPDX-License-Identifier: GPL-2.0
"""Instructions of single changes of a million prefixes."""

from changes import single_changes
from contenders import Op25b
from measuring import step

CHANGES = 200000    # the layer has to grow twice for these


def measure(session):
    """As in changes.py, but where nothing else takes time."""
    for name in "million4", "million6":
        with session.loaded(Op25b(), name):
            step(f"instructions: {CHANGES} adds to {name}, and deletes")
            single_changes(session, name, CHANGES)
