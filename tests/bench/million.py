# SPDX-License-Identifier: GPL-2.0
"""Instructions of single changes among a million prefixes."""

from changes import single_changes
from measuring import step

POLICIES = "million4", "million6"
ADDS = 200000


def measure(session):
    """Measure each build with each policy."""
    for name in POLICIES:
        for op25b in session.builds():
            step(f"instructions: {op25b.name}, {ADDS} adds to {name}")
            with session.loaded(op25b, name):
                single_changes(session, op25b, name, ADDS)
