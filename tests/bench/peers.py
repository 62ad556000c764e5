# SPDX-License-Identifier: GPL-2.0
"""Instructions a packet: nftables and ipset."""

from contenders import Ipset, Nftables
from instructions import CASES, RUNS
from measuring import step


def measure(session):
    """Measure the small policies."""
    for contender in Nftables(), Ipset():
        step(f"instructions: {contender.name}")
        for name in "small4", "small6":
            session.measure(contender, name, CASES, RUNS)
