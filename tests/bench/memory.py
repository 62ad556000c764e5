# SPDX-License-Identifier: GPL-2.0
"""Memory a prefix, by the system's available memory and by the module's report. That
of other contenders is measured by packets.py, since they load for minutes.
"""

from contenders import loaded
from measuring import settled, step

POLICIES = "n1000000", "labels4", "timed", "v6short", "labels6", "v6long"


def measure(session):
    """Measure policies of a million prefixes. An empty policy runs before, so that
    the module itself does not count.
    """
    for op25b in session.builds():
        with loaded(op25b, session.directory("n1000"), 4):
            for name in POLICIES:
                step(f"memory: {op25b.name}, {name}")
                op25b.ctl("load", "/dev/null")
                before = settled()
                op25b.load(session.directory(name), session.about(name)["family"])
                session.record_memory(op25b, name, before, op25b.show()["memory"])
