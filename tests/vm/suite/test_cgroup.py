# SPDX-License-Identifier: GPL-2.0
"""A policy's memory is charged to the memory cgroup of the process that loads it."""

import os

from cgroup import Cgroup
from harness import (CTL, LATE, ctl_json, equal, expect_warnings, run, test,
                     wait_for)
from policies import ipv4_prefixes

PREFIXES = 40000
SECONDS = 6             # until half of the entries expire


def load_in(cgroup, text, check=True):
    """Load a policy, with op25bctl in a control group."""
    return run(CTL, "load", "-", input=text, check=check,
               preexec_fn=cgroup.enter)


def fixed(prefixes, options=""):
    """Statements that add the prefixes to table fixed."""
    return "".join(f"add fixed {prefix} {options}\n" for prefix in prefixes)


@test
def expiry_is_charged():
    """pages copied on expiry are charged to the cgroup that loaded the policy"""
    cgroup = Cgroup("memory")
    try:
        prefixes = ipv4_prefixes(PREFIXES, 32)
        load_in(cgroup, fixed(prefixes[::2]) +
                fixed(prefixes[1::2], f"timeout {SECONDS}"))
        kept = len(prefixes[::2])

        def charged():
            show = ctl_json("show")
            return show["tables"]["fixed"]["ipv4"] == kept and \
                int(cgroup.stat("kernel")) > show["memory"] * 0.8

        # replaced pages are freed some time later
        wait_for("entries expire", lambda: ctl_json("show")["tables"]["fixed"]
                 ["ipv4"] == kept, SECONDS + LATE)
        generation = None
        while generation != ctl_json("show")["generation"]:
            generation = ctl_json("show")["generation"]
            run("sleep", "1")
        equal(charged(), True, f"{cgroup.stat('kernel')} bytes charged for "
              f"{ctl_json('show')['memory']}")
        run(CTL, "flush", "fixed")
        wait_for("the memory is uncharged", lambda:
                 int(cgroup.stat("kernel")) < ctl_json("show")["memory"] + (256 << 10))
    finally:
        cgroup.close()


@test
def load_is_bounded():
    """a load beyond memory.max fails, and changes nothing"""
    expect_warnings("invoked oom-killer", "Memory cgroup out of memory")
    cgroup = Cgroup("bounded", memory_max=8 << 20)
    try:
        load_in(cgroup, fixed(["192.0.2.25"]))
        done = load_in(cgroup, fixed(ipv4_prefixes(400000, 32)), check=False)
        assert done.returncode, "the load has succeeded"
        show = ctl_json("show")
        equal((show["generation"], show["tables"]["fixed"]["ipv4"]), (1, 1),
              "generation and entries")
        load_in(cgroup, fixed(["192.0.2.26"]))
        equal(os.path.exists(cgroup.path), True, "the control group")
    finally:
        cgroup.close()
