# SPDX-License-Identifier: GPL-2.0
"""Time and memory of the builds of op25b, without the other contenders."""

import changes
import memory
import packets
from contenders import Nothing
from measuring import step
from turns import together


def measure(session):
    """Measure what compare.py compares."""
    for family in 4, 6:
        packets.tables(session, family, [Nothing(), *session.builds()])
    step("packets: 1000000 prefixes")
    together(session, list(packets.repeated_loads(session)))
    packets.worst(session)
    memory.measure(session)
    changes.each_kind(session)
