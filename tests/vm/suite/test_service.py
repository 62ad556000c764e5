# SPDX-License-Identifier: GPL-2.0
"""The script of op25b.service, without systemd; tests/packages has the service itself."""

import os

from harness import CTL, TOP, ctl, ctl_json, equal, load, run, test
from policies import entries

SERVICE = os.path.join(TOP, "tools/system/op25b-service")


def service(command, **settings):
    """Run the script with settings of its default file."""
    path = os.path.dirname(CTL) + ":" + os.environ["PATH"]
    return run(SERVICE, command, env=os.environ | settings | {"PATH": path})


@test
def stop():
    """stop keeps the policy, or clears that of all owners, whosever load waits"""
    for owner in "operator", "feed:a", 'a "b" \\', "Bフレッツ {}":
        load("add dynamic 198.51.100.0/24\n")
        ctl("-o", "feed:a", "load", "-", input="add dynamic 192.0.2.0/25\n")
        ctl("-o", owner, "load", "--confirm", "600", "-",
            input="add dynamic 192.0.2.128/25\n")
        before = entries()
        service("stop")
        equal((entries(), "confirm" in ctl_json("show")), (before, True), "kept")
        service("stop", ON_STOP="clear")
        equal((entries(), "confirm" in ctl_json("show")), ([], False), f"{owner}, cleared")
