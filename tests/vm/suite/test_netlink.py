# SPDX-License-Identifier: GPL-2.0
"""The netlink family, tested by a C client that shares no code with the tool.

The client is ../netlink, built for the guest beforehand. Each test is a TAP point.
"""

import os
import re

from harness import TOP, point, run, test

CLIENT = os.path.join(TOP, "build/netlink/client")


def run_group(group):
    """Run a group of the client's tests and report them."""
    done = run(CLIENT, group, check=False,
               env=dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP"))
    plan = 0
    points = []
    for line in done.stdout.splitlines():
        if match := re.match(r"1\.\.(\d+)$", line):
            plan = int(match[1])
        elif match := re.match(r"(not )?ok \d+ - (.*)", line):
            points.append((match[2], [line] if match[1] else []))
        elif points and points[-1][1]:
            points[-1][1].append(line)
    for name, lines in points:
        name = name if " " in name else name.replace("_", " ")
        point(name, "\n".join(lines))
    assert plan and plan == len(points), done.stdout + done.stderr
    assert done.returncode == sum(bool(lines) for _, lines in points), done.stderr


@test
def strict():
    """strict validation: a bad attribute is refused and named by the extended ACK"""
    run_group("strict")


@test
def transaction():
    """transactions, conflicts and generations"""
    run_group("transaction")


@test
def dump():
    """a dump is one snapshot"""
    run_group("dump")


@test
def notify():
    """one notification for each change"""
    run_group("notify")


@test
def access():
    """privileges and namespaces"""
    run_group("access")
