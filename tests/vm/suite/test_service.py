# SPDX-License-Identifier: GPL-2.0
"""The script of op25b.service, without systemd; tests/packages has the service itself."""

import contextlib
import os

from harness import CTL, TOP, ctl, ctl_json, equal, load, run, test
from policies import Directory, entries, state

SERVICE = os.path.join(TOP, "tools/system/op25b-service")


POLICY = "/etc/op25b/op25b.conf"
RANGES = "add dynamic 198.51.100.0/24\nadd relay 192.0.2.25\n"
CUSTOMERS = "add fixed 198.51.100.0/28\n"


def service(command, **settings):
    """Run the script with settings of its default file."""
    path = os.path.dirname(CTL) + ":" + os.environ["PATH"]
    return run(SERVICE, command, env=os.environ | {"PATH": path} | settings, check=False)


@contextlib.contextmanager
def installed(text):
    """The directories of the service, with that policy file; yields a function that
    runs the script: it has to exit with that status and to say that.
    """
    def check(command, status, said, **settings):
        done = service(command, STATE_DIRECTORY=directory.path, **settings)
        equal(done.returncode, status, done.stdout + done.stderr)
        assert said in done.stdout, done.stdout
        return done.stdout

    os.makedirs(os.path.dirname(POLICY), exist_ok=True)
    with Directory() as directory:
        directory.write(POLICY, text)
        yield check
        os.unlink(POLICY)


def write(text):
    """Write the policy file."""
    Directory.write(POLICY, text)


def reboot():
    """Nothing is in force any more."""
    load("")


@test
def guard_of_reload():
    """reload refuses to block many exempt addresses, or as many as GUARD says"""
    with installed(RANGES + CUSTOMERS) as check:
        check("start", 0, f"<5>{POLICY} is in force")
        before = state()
        write(RANGES)
        check("reload", 1, "<3>the policy before stays in force: op25bctl: nothing was"
              " applied: 100.0 per cent")
        equal(state(), before)
        check("reload", 1, "the guard of 99", GUARD="99")
        check("reload", 0, "is in force", GUARD="100")
        equal(entries("fixed"), [])


@test
def guard_at_boot():
    """at boot the policy file is compared with the last good policy, which stays"""
    with installed(RANGES + CUSTOMERS) as check:
        check("start", 0, "is in force")
        before = entries()
        write(RANGES)
        reboot()
        said = check("start", 1, "<3>the last good policy of ")
        assert "nothing was applied: 100.0 per cent" in said, said
        equal(entries(), before)
        # the policy that runs is not replaced by the last good one
        load(RANGES + CUSTOMERS + "add fixed 198.51.100.128/30\n")
        before = entries()
        check("start", 1, "<3>the policy before stays in force: ")
        equal(entries(), before)


@test
def bad_policy_at_boot():
    """a policy file with a mistake at boot: last good policy, none, or fail-open"""
    with installed("add fixed 1.2.3\n") as check:
        check("start", 1, "<3>NOTHING IS BLOCKED, for there is no last good policy: ")
        write(RANGES + CUSTOMERS)
        check("start", 0, "is in force")
        write("add fixed 1.2.3\n")
        reboot()
        check("start", 1, "<3>NOTHING IS BLOCKED (fail-open): ",
              ON_BAD_POLICY="fail-open")
        equal(entries(), [])
        check("start", 1, "<3>the last good policy of ")
        equal(len(entries()), 3)
        reboot()
        Directory.write("last-good.conf", "add fixed 1.2\n")
        said = check("start", 1, "<3>NOTHING IS BLOCKED, for the last good policy does"
                     " not load either: ")
        assert "<3>op25bctl: " in said, said


@test
def warnings_of_service():
    """warnings of the policy file go to the journal, each a line with its priority"""
    with installed("add dynamic 198.51.100.0/24\nadd dynamic 198.51.100.1\n") as check:
        said = check("start", 0, f"<5>{POLICY} is in force")
        equal([line[:len("<4>op25bctl: warning: ")] for line in said.splitlines()[:2]],
              ["<4>op25bctl: warning: "] * 2)


@test
def stop():
    """stop keeps the policy, or clears that of all owners, whosever load waits"""
    for owner in "operator", "feed:a", 'a "b" \\', "Bフレッツ {}":
        load("add dynamic 198.51.100.0/24\n")
        ctl("-o", "feed:a", "load", "-", input="add dynamic 192.0.2.0/25\n")
        ctl("-o", owner, "load", "--confirm", "600", "-",
            input="add dynamic 192.0.2.128/25\n")
        before = entries()
        equal(service("stop").returncode, 0)
        equal((entries(), "confirm" in ctl_json("show")), (before, True), "kept")
        equal(service("stop", ON_STOP="clear").returncode, 0)
        equal((entries(), "confirm" in ctl_json("show")), ([], False), f"{owner}, cleared")
