# SPDX-License-Identifier: GPL-2.0
"""Memory a prefix, seen from outside, and what the module itself says."""

import json
import subprocess
import time

from contenders import CTL, Ipset, Nftables, Op25b, loaded
from measuring import available, step

# What was freed is available again once all processors have been idle
SETTLE = 2


def shown():
    """What `op25bctl show` says of memory, in bytes."""
    done = subprocess.run([CTL, "--json", "show"], capture_output=True, check=True)
    return json.loads(done.stdout)["memory"]


def measure_one(session, contender, name):
    """What is available with a policy and without."""
    about = session.about(name)
    time.sleep(SETTLE)
    before = available()
    with loaded(contender, session.directory(name), about["family"]):
        time.sleep(SETTLE)
        used = before - available()
        own = shown() if contender.name == "op25b" else None
    number = sum(about["prefixes"].values())
    session.record("memory", contender=contender.name, policy=name, bytes=used,
                   prefixes=number, shown=own)


def measure(session):
    """A million prefixes each time."""
    for name in "n1000000", "timed", "v6short", "v6long":
        step(f"memory: op25b, {name}")
        # once before: what the module and the tool need is there then
        measure_one(session, Op25b(), "n1000")
        measure_one(session, Op25b(), name)
    for contender in Nftables(), Ipset():
        step(f"memory: {contender.name}")
        measure_one(session, contender, "n1000000")
