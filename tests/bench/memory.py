# SPDX-License-Identifier: GPL-2.0
"""Memory a prefix, seen from outside, and what the module itself says. That of the
others is taken where their packets are timed, since loading takes them so long.
"""

import json
import subprocess

from contenders import CTL, Op25b, loaded, run
from measuring import settled, step


def shown():
    """What `op25bctl show` says of memory, in bytes."""
    done = subprocess.run([CTL, "--json", "show"], capture_output=True, check=True)
    return json.loads(done.stdout)["memory"]


def measure(session):
    """A million prefixes each time. The module itself is not counted, nor is the
    empty policy that is there before, after another one that was not empty.
    """
    for name in "n1000000", "labels4", "timed", "v6short", "labels6", "v6long":
        step(f"memory: op25b, {name}")
        op25b = Op25b()
        with loaded(op25b, session.directory("n1000"), 4):
            run(CTL, "load", "/dev/null")
            before = settled()
            op25b.load(session.directory(name), session.about(name)["family"])
            session.weigh(op25b, name, before, shown())
