# SPDX-License-Identifier: GPL-2.0
"""Confirmed loads and going back."""

import errno
import os
import pty
import signal
import socket
import subprocess
import tempfile
import time

from genl import (ADD, BEGIN, COMMIT, CONFIG_NTF, CONFIRM, DEL, EVENT, GENERATION, NESTED,
                  OWNER, REPLACE, SKIP, UPDATE, Client, attr, attrs)
from harness import (CTL, SLOW, Netns, Router, ctl, ctl_json, equal, libc, load, run, test,
                     unload_module, wait_for)
from judged import Calls
from packets import tcp_packet
from policies import entries, settings, state

FIRST = "set action reset\nadd dynamic 198.51.100.0/24\nadd fixed 198.51.100.8/29\n"
SECOND = "add dynamic 203.0.113.0/24\nadd fixed 203.0.113.8/29\n"
# Seconds to confirm in: one passes before the test can look whether the load waits
TIME = 4 * SLOW
LOAD, CHANGE, EXPIRY, ROLLBACK, CONFIRMED = range(5)


def contents():
    """Entries and settings, without the generation."""
    return state()[1:]


def pending():
    """What `show` says of a load that waits for confirmation, or None."""
    return ctl_json("show").get("confirm")


def gone_back():
    """Wait until nothing waits for confirmation."""
    wait_for("it has gone back", lambda: pending() is None)


def refused(*words, **options):
    """The message of a command that is refused."""
    done = ctl(*words, check=False, **options)
    equal(done.returncode, 2, f"exit status of {words}")
    *warnings, line = done.stderr.splitlines()
    assert all(one.startswith("op25bctl: warning: ") for one in warnings), done.stderr
    return line.removeprefix("op25bctl: ")


@test
def not_confirmed():
    """a load that is not confirmed is undone, settings too, and no sooner"""
    load(FIRST)
    before = contents()
    start = time.monotonic()
    ctl("load", "--confirm", str(TIME), "-", input=SECOND)
    assert time.monotonic() - start < TIME, "load did not return at once"
    after = contents()
    assert after != before
    assert 1 <= pending()["seconds"] <= TIME
    equal(pending()["owner"], "operator")
    gone_back()
    assert time.monotonic() - start >= TIME, "too soon"
    equal(contents(), before)


@test
def whoever_dies():
    """nothing in user space is needed to go back"""
    load(FIRST)
    before = contents()
    shell = subprocess.Popen(["sh", "-c", f"{CTL} load --confirm {TIME} - && sleep 60"],
                             stdin=subprocess.PIPE, start_new_session=True, text=True)
    shell.stdin.write(SECOND)
    shell.stdin.close()
    wait_for("the load waits", pending)
    os.killpg(shell.pid, signal.SIGKILL)
    shell.wait()
    assert contents() != before
    gone_back()
    equal(contents(), before)


@test
def session_hung_up():
    """nor the terminal of who has loaded: he gets SIGHUP, and what he has started dies"""
    load(FIRST)
    before = contents()
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(SECOND)
        file.flush()
        pid, terminal = pty.fork()
        if not pid:
            # the shell may read the end of the file before the signal comes
            script = f"{CTL} load --confirm {TIME} {file.name} &&" \
                f" {{ read line || sleep 60; }} && {CTL} confirm"
            os.execvp("sh", ["sh", "-c", script])
        wait_for("the load waits", pending)
        assert contents() != before
        # the last one who has the terminal open: the kernel sends SIGHUP
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    equal(os.WTERMSIG(status), signal.SIGHUP)
    assert pending(), "it has gone back too soon"
    gone_back()
    equal(contents(), before)


@test
def confirmed():
    """a load that is confirmed stays"""
    load(FIRST)
    ctl("load", "--confirm", str(TIME), "-", input=SECOND)
    after = state()
    ctl("confirm")
    equal(pending(), None)
    time.sleep(TIME + 1)
    equal(state(), after)
    equal(refused("confirm"), "no load waits for confirmation")


@test
def others_go_on():
    """what others changed meanwhile, and what has expired, stays as it is"""
    load(FIRST + "add fixed 198.51.100.16/29 timeout 3\n"
         "add fixed 198.51.100.24/29 timeout 600\n")
    ctl("-o", "feed:a", "add", "fixed", "192.0.2.0/29")
    ctl("-o", "feed:a", "add", "fixed", "192.0.2.8/29")
    ctl("-o", "feed:a", "add", "fixed", "192.0.2.16/29")
    before = entries("owner", "operator")
    # takes one over
    ctl("load", "--confirm", str(2 * TIME), "-", input=SECOND + "add dialup 192.0.2.16/29\n")
    ctl("-o", "feed:a", "add", "fixed", "192.0.2.24/29")
    ctl("-o", "feed:a", "del", "fixed", "192.0.2.8/29")
    ctl("-o", "feed:a", "add", "fixed", "198.51.100.8/29")
    ctl("-o", "feed:b", "load", "-", input="add fixed 192.0.2.32/29\n")
    gone_back()
    equal([one["prefix"] for one in entries("owner", "feed:a")],
          ["192.0.2.0/29", "192.0.2.16/29", "192.0.2.24/29", "198.51.100.8/29"])
    equal(len(entries("owner", "feed:b")), 1)
    equal(entries("owner", "operator"),
          [one for one in before
           if one["prefix"] not in ("198.51.100.8/29", "198.51.100.16/29")])


@test
def another_owners_load():
    """another owner's load goes back without the settings"""
    load(FIRST)
    ctl("-o", "feed:a", "load", "-", input="add fixed 192.0.2.0/29\n")
    before = entries("owner", "feed:a")
    ctl("-o", "feed:a", "load", "--confirm", str(2 * TIME), "-",
        input="add fixed 192.0.2.8/29\n")
    ctl("set", "action", "unreachable")
    load(SECOND)
    equal(refused("load", "--confirm", "9", "-", input=FIRST),
          "a load waits for confirmation: confirm it, or roll it back")
    after = entries("owner", "operator"), settings()
    gone_back()
    equal(entries("owner", "feed:a"), before)
    equal((entries("owner", "operator"), settings()), after)


@test
def again():
    """a second confirmed load restarts the time and keeps what it goes back to"""
    load(FIRST)
    before = contents()
    ctl("load", "--confirm", str(TIME), "-", input=SECOND)
    time.sleep(TIME * 2 / 3)
    ctl("load", "--confirm", str(TIME), "-", input="add relay 192.0.2.25\n")
    time.sleep(TIME * 2 / 3)
    assert pending(), "the first time has counted"
    ctl("load", "--confirm", str(TIME), "-", input="add relay 192.0.2.25\n")
    time.sleep(TIME * 2 / 3)
    assert pending(), "the second time has counted"
    now = state()
    equal(refused("load", "-", input=SECOND),
          "a load waits for confirmation: confirm it, or roll it back")
    equal(refused("load", "--all", "-", input=SECOND),
          "a load waits for confirmation: confirm it, or roll it back")
    equal(state(), now)
    gone_back()
    equal(contents(), before)


@test
def nothing_changed():
    """a load that changes nothing waits for nothing"""
    load(FIRST)
    before = state()
    done = ctl("load", "--confirm", "2", "-", input=FIRST)
    equal(done.stderr.splitlines()[-1],
          "op25bctl: warning: nothing has changed: there is nothing to confirm")
    equal(pending(), None)
    equal(state(), before)


@test
def at_once():
    """rollback goes back at once; without anything pending, to before operator's last load"""
    load(FIRST)
    before = contents()
    ctl("load", "--confirm", "60", "-", input=SECOND)
    ctl("rollback")
    equal((contents(), pending()), (before, None))
    equal(refused("rollback"), "there is no load to go back from")
    load(SECOND)
    ctl("add", "relay", "192.0.2.99")
    ctl("-o", "feed:a", "load", "-", input="add fixed 192.0.2.0/29\n")
    assert ctl_json("show")["kept_memory"] > 0
    ctl("rollback")
    equal(entries("owner", "operator"), before[1])
    equal(settings(), before[0])
    equal(len(entries("owner", "feed:a")), 1)
    equal("kept_memory" in ctl_json("show"), False)
    equal(refused("rollback"), "there is no load to go back from")
    ctl("load", "--confirm", "60", "-", input=SECOND)
    ctl("confirm")
    ctl("rollback")
    equal(entries("owner", "operator"), before[1])


@test
def everybodys():
    """load --all cannot be confirmed, and there is no going back from it"""
    load(FIRST)
    ctl("-o", "feed:a", "load", "-", input="add fixed 192.0.2.0/29\n")
    before = contents()
    equal(refused("load", "--all", "--confirm", "2", "-", input=SECOND),
          "--all and --confirm exclude each other: load each owner's entries")
    equal(contents(), before)
    ctl("load", "--all", "-", input=SECOND + "add relay 192.0.2.25 owner feed:b\n")
    equal("kept_memory" in ctl_json("show"), False)
    equal(refused("rollback"), "there is no load to go back from")


@test
def taken_over():
    """what operator has taken over returns, unless its owner has given it up"""
    load(FIRST)
    ctl("-o", "feed:a", "batch", "-", input="add fixed 192.0.2.0/29\n"
        "add fixed 192.0.2.8/29\nadd fixed 192.0.2.16/29 timeout 2\n"
        "add fixed 192.0.2.24/29\nadd fixed 192.0.2.32/29\n")
    ctl("-o", "feed:b", "batch", "-", input="add fixed 192.0.2.40/29\n"
        "add fixed 192.0.2.48/29\n")
    ctl("-o", "feed:a", "del", "fixed", "192.0.2.32/29")
    ctl("load", "--confirm", "60", "-", input="add dynamic 192.0.2.0/29\n"
        "add dynamic 192.0.2.16/29\nadd dynamic 192.0.2.32/29\n"
        "add dynamic 192.0.2.40/29\nadd dynamic 192.0.2.48/29\n")
    # a second load, one entry, and one that goes by itself
    ctl("load", "--confirm", "60", "-", input="add dynamic 192.0.2.0/29\n"
        "add dynamic 192.0.2.40/29\nadd dynamic 192.0.2.48/29 timeout 1\n")
    ctl("add", "dynamic", "192.0.2.8/29")
    ctl("del", "dynamic", "192.0.2.8/29")
    client = Client()
    skip = attr(OWNER, b"feed:a\0") + attr(SKIP)
    # feed:b wants one of two; feed:a gives one up that it does not have any more
    client.request(BEGIN, attr(OWNER, b"feed:b\0") + attr(REPLACE) + attr(SKIP))
    client.request(UPDATE, prefix(ADD, "192.0.2.48"))
    client.request(COMMIT)
    client.request(UPDATE, skip + prefix(DEL, "192.0.2.0"))
    time.sleep(2)
    ctl("rollback")
    equal(entries("owner", "operator"), [
        {"table": "dynamic", "prefix": "198.51.100.0/24"},
        {"table": "fixed", "prefix": "198.51.100.8/29"}])
    equal([one["prefix"] for one in entries("owner", "feed:a")],
          ["192.0.2.8/29", "192.0.2.24/29"])
    equal([one["prefix"] for one in entries("owner", "feed:b")], ["192.0.2.48/29"])


@test
def given_up():
    """what its owner has deleted himself, or added again, does not return"""
    load(FIRST)
    ctl("-o", "feed:a", "batch", "-", input="add fixed 192.0.2.0/29\n"
        "add fixed 192.0.2.8/29\nadd relay 192.0.2.16/29\nadd fixed 192.0.2.24/29\n")
    ctl("-o", "feed:b", "add", "relay", "2001:db8::25")
    load(SECOND)
    ctl("batch", "-", input="add fixed 192.0.2.0/29\nadd fixed 192.0.2.8/29\n"
        "add relay 192.0.2.16/29\nadd dialup 192.0.2.24/29\nadd relay 2001:db8::25\n")
    ctl("batch", "-", input="del fixed 192.0.2.0/29\ndel fixed 192.0.2.8/29\n")
    # deleted; with a timeout now; the table emptied, in which operator has the prefix
    ctl("-o", "feed:a", "batch", "-", input="add fixed 192.0.2.0/29\n"
        "add dialup 192.0.2.8/29 timeout 1\n")
    ctl("-o", "feed:a", "batch", "-", input="del fixed 192.0.2.0/29\nflush relay\n")
    ctl("-o", "feed:b", "flush", "fixed")
    time.sleep(2)
    ctl("rollback")
    equal([one["prefix"] for one in entries("owner", "feed:a")], ["192.0.2.24/29"])
    equal([one["prefix"] for one in entries("owner", "feed:b")], ["2001:db8::25/128"])


@test
def taken_over_by_loads():
    """what each load takes over returns, and that of the load before does not"""
    load(FIRST)
    load(SECOND)
    for number in range(2):
        load(FIRST)
        ctl("-o", "feed:a", "add", "fixed", f"192.0.2.{8 * number}/29")
        load(FIRST + f"add fixed 192.0.2.{8 * number}/29\n")
    ctl("rollback")
    equal([one["prefix"] for one in entries("owner", "feed:a")], ["192.0.2.8/29"])


@test
def strangers():
    """what a third owner asks for in vain does not matter to whom a prefix returns"""
    load(FIRST)
    ctl("-o", "feed:a", "batch", "-", input="add fixed 192.0.2.0/29\n"
        "add fixed 192.0.2.8/29\nadd fixed 192.0.2.16/29\n")
    ctl("load", "--confirm", "60", "-", input="add dynamic 192.0.2.0/29\n"
        "add dynamic 192.0.2.8/29\nadd dynamic 192.0.2.16/29\n")
    client = Client()
    skip = attr(OWNER, b"feed:b\0") + attr(SKIP)
    client.request(UPDATE, skip + prefix(DEL, "192.0.2.0"))
    client.request(UPDATE, skip + prefix(ADD, "192.0.2.8"))
    client.request(BEGIN, skip + attr(REPLACE))
    client.request(UPDATE, prefix(ADD, "192.0.2.16"))
    client.request(COMMIT)
    ctl("rollback")
    equal([one["prefix"] for one in entries("owner", "feed:a")],
          ["192.0.2.0/29", "192.0.2.8/29", "192.0.2.16/29"])
    equal(entries("owner", "feed:b"), [])


@test
def undone_twice():
    """what operator took over during another owner's load that was undone or confirmed"""
    for end, due in ("rollback", "192.0.2.0/29"), ("confirm", "192.0.2.8/29"):
        load(FIRST)
        ctl("-o", "feed:a", "load", "-", input="add fixed 192.0.2.0/29\n")
        load(FIRST + "add relay 192.0.2.25\n")
        ctl("add", "dynamic", "192.0.2.0/29")
        ctl("-o", "feed:a", "load", "--confirm", "60", "-", input="add fixed 192.0.2.8/29\n")
        ctl("add", "dynamic", "192.0.2.8/29")
        ctl("-o", "feed:a", end)
        ctl("rollback")
        found = [one["prefix"] for one in entries("owner", "feed:a")]
        assert due in found, (end, found)
        assert end == "confirm" or found == [due], found


def prefix(operation, address):
    """An operation on a /29 of table fixed."""
    return attr(operation | NESTED, attr(1, b"\2") + attr(2, socket.inet_aton(address)) +
                attr(3, bytes([29])))


@test
def whose_load():
    """confirm and rollback are about the owner's load"""
    load(FIRST)
    ctl("-o", "feed:a", "load", "--confirm", "60", "-", input="add fixed 192.0.2.0/29\n")
    before = state()
    for command in "confirm", "rollback":
        equal(refused(command), "the load that waits for confirmation is of another owner")
    equal(refused("-o", "feed:b", "rollback"),
          "the load that waits for confirmation is of another owner")
    equal((state(), pending()["owner"]), (before, "feed:a"))
    ctl("-o", "feed:a", "confirm")
    equal(refused("-o", "feed:a", "rollback"), "there is no load to go back from")
    ctl("-o", "feed:a", "load", "--confirm", "60", "-", input="")
    ctl("-o", "feed:a", "rollback")
    equal(entries("owner", "feed:a"),
          [{"table": "fixed", "prefix": "192.0.2.0/29", "owner": "feed:a"}])


@test
def hooks_stay():
    """the hooks stay while a load that blocks nothing waits, and go when it is confirmed"""
    router = Router()
    load(FIRST)
    packet = tcp_packet("198.51.100.1", "203.0.113.9")
    with Calls() as calls:
        ctl("load", "--confirm", str(2 * TIME), "-", input="set mode off\n")
        assert router.passes(packet)
        waiting = calls.count()
        gone_back()
        assert not router.passes(packet)
        ctl("load", "--confirm", "60", "-", input="set mode off\n")
        ctl("confirm")
        before = calls.count()
        assert router.passes(packet)
        equal(calls.count(), before, "calls of the hooks after confirm")
        equal(waiting > 0, calls.available, "calls of the hooks before")


@test
def told():
    """listeners hear of loads, changes, confirmations and going back, and whose it was"""
    client = Client()
    listener = Client()
    listener.socket.setsockopt(270, 1, group())
    listener.socket.settimeout(30)
    load(FIRST)
    ctl("-o", "feed:a", "load", "--confirm", "60", "-", input="add fixed 192.0.2.0/29\n")
    ctl("-o", "feed:a", "confirm")
    ctl("add", "relay", "192.0.2.25")
    load(SECOND)
    ctl("rollback")
    client.request(UPDATE, prefix(ADD, "192.0.2.64"))
    ctl("load", "--all", "-", input=FIRST)
    heard = []
    for _ in range(8):
        data = listener.socket.recv(1 << 16)
        equal(data[16], CONFIG_NTF)
        found = dict(attrs(data[20:]))
        owner = found.get(OWNER, b"").rstrip(b"\0").decode()
        heard.append((found[EVENT][0], owner, int.from_bytes(found[GENERATION], "little")))
    equal(heard, [(LOAD, "operator", 1), (LOAD, "feed:a", 2), (CONFIRMED, "feed:a", 2),
                  (CHANGE, "operator", 3), (LOAD, "operator", 4),
                  (ROLLBACK, "operator", 5), (CHANGE, "", 6), (LOAD, "", 7)])


def group():
    """The number of the multicast group."""
    ctrl = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
    ctrl.bind((0, 0))
    client = Client()
    client.socket, client.family = ctrl, 16
    (found,) = client.request(3, b"\x0a\x00\x02\x00op25b\0\0\0", version=2)
    (one,) = attrs(dict(found)[7])
    return int.from_bytes(dict(attrs(one[1]))[2], "little")


@test
def limits():
    """confirmation takes 1 to 86,400 seconds, and only loads can be confirmed"""
    for seconds in "0", "86401", "x", "":
        equal(refused("load", "--confirm", seconds, "-", input=FIRST),
              f"bad --confirm '{seconds}': expected 1 to 86400 seconds")
    client = Client()
    client.request(2)
    try:
        client.request(4, b"\x08\x00" + bytes([CONFIRM, 0]) + b"\x05\0\0\0")
    except OSError as error:
        equal(error.errno, errno.EINVAL)
    else:
        raise AssertionError("committed")


@test
def goes_with_its_namespace():
    """a namespace or the module may go while a load waits"""
    netns = Netns()
    with netns.inside():
        load(FIRST)
        ctl("load", "--confirm", "1", "-", input=SECOND)
    netns.close()
    load(FIRST)
    ctl("load", "--confirm", "1", "-", input=SECOND)
    unload_module()
