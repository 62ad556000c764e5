# SPDX-License-Identifier: GPL-2.0
"""Error messages: every one, word for word.

The cases are in errors/*.t:

    $ COMMAND       for the shell, in an empty directory
    @ NAME          the next lines are that file; "policy" unless given
    | LINE          a line of the file
    = STATUS        the expected exit status
    ! LINE          an expected line of stderr; there must be no others

The cases of one file run one after the other in the same network namespace.
"""

import difflib
import errno
import glob
import os
import re
import struct

from genl import (ADD, FLUSH, NESTED, TABLES, TRANSACTION, UPDATE, Client, attr,
                  attrs)
from harness import CTL, TOP, ctl, equal, load, point, run, test
from policies import Directory, Others, change_something

HERE = os.path.dirname(os.path.realpath(__file__))
ENVIRONMENT = dict(os.environ, LC_ALL="C",
                   PATH=os.path.dirname(CTL) + ":" + os.environ["PATH"])

# Messages that no test can provoke, and why
UNREACHABLE = {
    "cannot register the netfilter hooks": "memory",
    "this prefix is in table relay already: delete it there first":
        "relay shares its prefixes with no other table",
    "the hashes of too many prefixes are alike: load the policy again":
        "the seed of the hash is random",
}


def read_cases(path):
    """Parse the cases of a file."""
    cases = []
    with open(path) as file:
        for number, line in enumerate(file, 1):
            mark, text = line[0], line[2:].rstrip("\n")
            if mark == "$":
                cases.append({"line": number, "command": text, "files": {},
                              "status": None, "errors": []})
                name = "policy"
            elif mark == "@":
                name = text
            elif mark == "|":
                files = cases[-1]["files"]
                files[name] = files.get(name, "") + text + "\n"
            elif mark == "=":
                cases[-1]["status"] = int(text)
            elif mark == "!":
                cases[-1]["errors"].append(text)
            elif mark not in "#\n":
                raise AssertionError(f"{path}:{number}: {line}")
    return cases


def run_case(case):
    """Run a case; return the problem, or None."""
    with Directory() as directory:
        for name, text in case["files"].items():
            os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
            directory.write(name, text)
        done = run("sh", "-c", case["command"], check=False, errors="replace",
                   env=ENVIRONMENT)
    due = [f"exit status {case['status']}", *case["errors"]]
    seen = [f"exit status {done.returncode}", *done.stderr.splitlines()]
    return "\n".join(difflib.unified_diff(due, seen, "expected", "seen",
                                          lineterm="", n=0))


def run_file(name):
    """Run the cases of a file, each as a TAP point."""
    for case in read_cases(os.path.join(HERE, "errors", name + ".t")):
        point(f"{case['line']}: {case['command'][:60]}", run_case(case))


@test
def usage():
    """errors of the command line"""
    run_file("usage")


@test
def statements():
    """errors in lines of files"""
    run_file("statements")


@test
def files():
    """unreadable files, output that cannot be written"""
    run_file("files")


@test
def kernel():
    """refusals by the kernel"""
    run_file("kernel")


@test
def check():
    """errors and warnings of check"""
    run_file("check")


@test
def imports():
    """errors and warnings of import"""
    run_file("import")


@test
def exports():
    """errors of export"""
    run_file("export")


@test
def changing_policy():
    """save gives up when the policy keeps changing"""
    load("add dynamic 198.51.100.0/22\n")
    with Others(change_something):
        # delay between reading the settings and the entries
        done = run("strace", "-o", "/dev/null", "-e",
                   "inject=sendto:delay_exit=300000:when=2+2", CTL, "save",
                   check=False)
    equal((done.returncode, done.stdout, done.stderr),
          (2, "", "op25bctl: others kept changing the policy: try again\n"))
    assert "add dynamic 198.51.100.0/22\n" in ctl("save").stdout


@test
def in_one_piece():
    """errors are written by one write(2), so that output of others cannot mix in"""
    with Directory():
        run("strace", "-o", "trace", "-e", "trace=write", CTL, "check", "pol\nicy",
            check=False)
        with open("trace") as file:
            written = [line for line in file if line.startswith("write(2, ")]
    equal(len(written), 1, written)


# Refusals that the tool cannot provoke


NETLINK, CAP_ACK, EXT_ACK = 270, 10, 11
ERROR_MESSAGE = 1       # NLMSGERR_ATTR_MSG
def refusal(client, payload):
    """Send an update; return the error number and message, or 0 and None."""
    client.send(UPDATE, payload)
    answer = client.socket.recv(1 << 16)
    number, = struct.unpack_from("i", answer, 16)
    message = dict(attrs(answer[36:])).get(ERROR_MESSAGE)
    return -number, message and message.rstrip(b"\0").decode()


def ready_client():
    """A client that gets extended ACKs, without a copy of its request."""
    client = Client()
    client.socket.setsockopt(NETLINK, CAP_ACK, 1)
    client.socket.setsockopt(NETLINK, EXT_ACK, 1)
    return client


@test
def too_many_operations():
    """a message may hold 4096 operations"""
    client = ready_client()
    flush = attr(FLUSH, b"\1")
    equal(refusal(client, 4096 * flush), (0, None))
    equal(refusal(client, 4097 * flush),
          (errno.E2BIG, "too many operations in one message: 4096 are allowed"))
    equal(refusal(client, attr(TRANSACTION) + flush),
          (errno.ENOENT, "this socket has no transaction open"))


# Each message has a case


# Functions that take a message, and which C string of their arguments it is
TOOL_CALLS = re.compile(r"\b(?:fail|warn|set_problem|refuse|warn_record|refuse_record"
                        r"|note_warning|check_share)\(")
KERNEL_CALLS = re.compile(r"\b(?:op25b_refuse|NL_SET_ERR_MSG)\(|\*why = ()"
                          r"|\breturn ()(?=\"[a-z])|const char \*why = ()")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
EXPLANATION = re.compile(r'\{ E[A-Z]+, "(.*?)" \}')
# Messages that there are for each table
TABLE_MESSAGE = re.compile(r'#define \w+\(table\)\s+(?:\\\s+)?"(.*?)" table(?: "(.*?)")?')


def first_string(text):
    """The first C string from there on, within the same statement."""
    end = text.index(";")
    found = STRING.search(text)
    if not found or found.start() > end:
        return None
    string = found[1]
    # adjacent string literals are concatenated
    rest = text[found.end():]
    while more := re.match(r"\s*" + STRING.pattern, rest):
        string += more[1]
        rest = rest[more.end():]
    return string.replace('\\"', '"').replace("\\\\", "\\")


def messages(pattern, calls):
    """The messages in the sources, without formats that only hold other messages."""
    found = {}
    for path in glob.glob(os.path.join(TOP, pattern)):
        with open(path) as file:
            text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        for match in calls.finditer(text):
            string = first_string(text[match.end():])
            if string and " " in re.sub(r"%\w+", "", string):
                found[string] = os.path.basename(path)
        for string in EXPLANATION.findall(text):
            found[string] = os.path.basename(path)
        for before, after in TABLE_MESSAGE.findall(text):
            for table in TABLES[1:]:
                found[before + table + after] = os.path.basename(path)
    return found


def expected(*patterns):
    """The messages that the tests expect, one a line."""
    text = ""
    for pattern in patterns:
        for path in glob.glob(os.path.join(HERE, pattern)):
            with open(path) as file:
                text += file.read()
    # strings side by side are one
    return re.sub(r'"\s*\n\s*f?"', "", text)


def is_expected(message, text):
    """Whether a text contains a message, which is a printf() format."""
    parts = re.split(r"%(?:zu|[sud]|\.\df)", message)
    return re.search(".*".join(map(re.escape, parts)), text) is not None


@test
def every_message_of_the_tool():
    """each message of the tool has a test case"""
    found = messages("tools/op25bctl/*.c", TOOL_CALLS)
    assert len(found) > 40, found
    text = expected("errors/*.t", "test_tool.py", "test_providers.py", "test_owners.py",
                    "test_rollback.py", "test_diff.py",
                    "test_errors.py", "../../unit/test_args.c",
                    "../../unit/test_import.c")
    for message, path in found.items():
        assert is_expected(message, text), f"{path}: {message}"


@test
def every_sentence_of_the_kernel():
    """each message of the kernel has a test case, in the suite or the C client"""
    found = messages("src/*.c", KERNEL_CALLS)
    assert len(found) > 25, found
    text = expected("errors/*.t", "../netlink/*.c", "test_errors.py",
                    "test_attacks.py", "test_owners.py", "test_rollback.py")
    for message, path in found.items():
        if message not in UNREACHABLE:
            assert is_expected(message, text), f"{path}: {message}"
    equal(sorted(set(UNREACHABLE) - set(found)), [])
