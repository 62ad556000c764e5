# SPDX-License-Identifier: GPL-2.0
"""The tool: each command as text and as JSON, exit statuses, files."""

import contextlib
import json
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import time

from genl import BEGIN, COMMIT, GET, OWNER, TRANSACTION, UPDATE, Client, attrs
from harness import (CTL, MODULE, SLOW, TOP, Router, ctl, ctl_json, equal, load, run, sh, test,
                     unload_module, verdict)
from packets import tcp_packet
from policies import (IPV6_FORMS, SETTINGS, TABLES, Directory, Others,
                      change_something, entries, entry, generation,
                      ipv4_prefixes, ipv6_prefixes, real_lists, settings,
                      state)

# The examples of docs/design.md, section "The tool"
POLICY = """\
# a comment
set mode enforce
set action reset
set return off
set reply-rate 50

add dynamic 198.51.100.0/22 label bflets
add dynamic 2001:db8:4000::/36 label "Bフレッツ 光" monitor    # another one
add fixed 198.51.100.64/29
add dialup 203.0.113.0/24
add relay 192.0.2.25
add relay 2001:db8::25
"""

LISTED = [
    entry("dynamic", "198.51.100.0/22", "bflets"),
    entry("dynamic", "2001:db8:4000::/36", "Bフレッツ 光", monitor=True),
    entry("fixed", "198.51.100.64/29"),
    entry("dialup", "203.0.113.0/24"),
    entry("relay", "192.0.2.25/32"),
    entry("relay", "2001:db8::25/128"),
]


def parse(text):
    """Parse one JSON document; no object may have a key twice."""
    def unique(pairs):
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), keys
        return dict(pairs)
    return json.loads(text, object_pairs_hook=unique)


def output(*words, status=0, **options):
    """The tool's stdout; it must exit with this status and print no error."""
    done = ctl(*words, check=False, **options)
    complaints = done.stderr.splitlines()
    if "load" in words:     # of its warnings: test_diff.py and errors/check.t
        complaints = [line for line in complaints
                      if not line.startswith("op25bctl: warning: ")]
    equal((done.returncode, complaints), (status, []), words)
    return done.stdout


def error(*words, status=2, **options):
    """The tool's stderr; it must exit with this status and print nothing else."""
    done = ctl(*words, check=False, **options)
    equal((done.returncode, done.stdout), (status, ""), words)
    return done.stderr


def silent(*words, **options):
    """The tool must succeed and print nothing."""
    equal(output(*words, **options), "", words)


# Commands that print


@test
def show():
    """show: text, and JSON with exactly the documented keys"""
    load(POLICY)
    shown = parse(output("--json", "show"))
    for key in "memory", "kept_memory":
        memory = shown.pop(key)
        assert isinstance(memory, int) and memory > 0, memory
    equal(shown, {
        "mode": "enforce", "action": "reset", "return": False,
        "reply_rate": 50, "generation": 1,
        "tables": {
            "dynamic": {"ipv4": 1, "ipv6": 1}, "fixed": {"ipv4": 1, "ipv6": 0},
            "dialup": {"ipv4": 1, "ipv6": 0}, "relay": {"ipv4": 1, "ipv6": 1},
        },
    })
    equal(list(parse(output("-j"))), ["mode", "action", "return", "reply_rate",
                                      "generation", "memory", "kept_memory", "tables"])
    text = output("show")
    equal(output(), text)
    equal(re.sub(r"[0-9]+ bytes.*", "N bytes", text), """\
mode        enforce
action      reset
return      off
reply-rate  50 a second
generation  1
memory      N bytes
kept        N bytes

TABLE           IPV4        IPV6
dynamic            1           1
fixed              1           0
dialup             1           0
relay              1           1
6 of at most 4194304 prefixes

OUTCOME        PACKETS          BYTES
passed               0              0
blocked              0              0
monitored            0              0
""")


@test
def defaults():
    """an unused namespace: default settings, no entries, generation 0"""
    shown = parse(output("-j", "show"))
    equal({key: shown[key] for key in SETTINGS}, SETTINGS)
    equal(shown["generation"], 0)
    equal(shown["tables"], {name: {"ipv4": 0, "ipv6": 0} for name in TABLES})
    equal(parse(output("-j", "list")), [])
    equal(parse(output("-j", "stats"))["labels"], {})


@test
def list_all():
    """list: text, and JSON with exactly the documented keys"""
    load(POLICY)
    equal(parse(output("--json", "list")), LISTED)
    text = """\
TABLE    PREFIX              LABEL         OPTIONS
dynamic  198.51.100.0/22     bflets
dynamic  2001:db8:4000::/36  Bフレッツ 光  monitor
fixed    198.51.100.64/29
dialup   203.0.113.0/24
relay    192.0.2.25/32
relay    2001:db8::25/128
"""
    equal(output("list"), text)
    silent("add", "dynamic", "198.51.100.0/22", "monitor", "timeout", "5000")
    (timed,) = parse(output("--json", "list", "dynamic", "ipv4"))
    left = timed.pop("timeout")
    equal(timed, entry("dynamic", "198.51.100.0/22", monitor=True))
    assert 4900 < left <= 5000, left
    line = output("list").splitlines()[1]
    assert re.fullmatch(r"dynamic  198\.51\.100\.0/22 {19}timeout \d{4} monitor",
                        line), line


@test
def list_in_order():
    """list and save: by table, then family, address and length"""
    due = ["dynamic 0.0.0.0/0", "dynamic 9.0.0.0/8", "dynamic 10.0.0.0/8",
           "dynamic 10.0.0.0/16", "dynamic 10.0.1.0/24", "dynamic 200.0.0.0/8",
           "dynamic ::/0", "dynamic 2001:db8::/32", "dynamic 2001:db8::/48",
           "dynamic fe80::/10", "fixed 1.0.0.0/8", "fixed 2.0.0.0/8",
           "dialup 1.1.1.1/32", "relay 1.1.1.1/32", "relay ::1/128"]
    load("".join(f"add {one}\n" for one in reversed(due)))
    equal([f"{one['table']} {one['prefix']}"
           for one in parse(output("-j", "list"))], due)
    equal([line for line in output("save").splitlines() if line[:3] == "add"],
          [f"add {one}" for one in due])


@test
def list_some():
    """list TABLE, list FAMILY and both"""
    load(POLICY)
    for words in (("dynamic",), ("fixed",), ("dialup",), ("relay",), ("ipv4",),
                  ("ipv6",), ("dynamic", "ipv4"), ("ipv6", "relay")):
        due = [one for one in LISTED
               if one["table"] in words or not set(TABLES) & set(words)]
        due = [one for one in due
               if "ipv4" not in words or ":" not in one["prefix"]]
        due = [one for one in due
               if "ipv6" not in words or ":" in one["prefix"]]
        equal(parse(output("-j", "list", *words)), due, words)
    equal(output("list", "dialup", "ipv6").split(),
          ["TABLE", "PREFIX", "LABEL", "OPTIONS"])


TESTED = [
    ("198.51.100.1 203.0.113.9", "block", "dynamic", "outbound",
     "198.51.100.0/22", "bflets",
     "block: 198.51.100.1 matches dynamic 198.51.100.0/22 (bflets);"
     " outbound port 25 is blocked"),
    ("2001:db8:4000::1 2001:db8:f::1", "monitor", "dynamic", "outbound",
     "2001:db8:4000::/36", "Bフレッツ 光",
     "monitor: 2001:db8:4000::1 matches dynamic 2001:db8:4000::/36"
     " (Bフレッツ 光); outbound port 25 is monitored, not blocked"),
    ("198.51.100.65 192.0.2.99", "pass", "fixed", "outbound",
     "198.51.100.64/29", None,
     "pass: 198.51.100.65 matches fixed 198.51.100.64/29;"
     " it may connect to port 25 of any host"),
    ("203.0.113.1 192.0.2.99", "pass", "dialup", "outbound",
     "203.0.113.0/24", None,
     "pass: 203.0.113.1 matches dialup 203.0.113.0/24;"
     " it may connect to port 25 of any host"),
    ("198.51.100.1 192.0.2.25", "pass", "relay", "outbound",
     "192.0.2.25/32", None,
     "pass: 192.0.2.25 matches relay 192.0.2.25/32;"
     " every host may connect to its port 25"),
    ("192.0.2.1 203.0.113.9", "pass", "other", "outbound", None, None,
     "pass: 192.0.2.1 is in no table of subscribers"),
    ("198.51.100.1 203.0.113.9 dport 587", "pass", "none", None, None, None,
     "pass: neither port is 25"),
    ("203.0.113.9 198.51.100.1 sport 25 dport 1025", "block", "return",
     "return", "198.51.100.0/22", "bflets",
     "block: 198.51.100.1 matches dynamic 198.51.100.0/22 (bflets);"
     " replies from port 25 are blocked, except from relays that serve it"),
    ("2001:db8:f::1 2001:db8:4000::1 dport 1025 sport 25", "monitor", "return",
     "return", "2001:db8:4000::/36", "Bフレッツ 光",
     "monitor: 2001:db8:4000::1 matches dynamic 2001:db8:4000::/36"
     " (Bフレッツ 光); replies from port 25 are monitored, not blocked"),
    ("192.0.2.25 198.51.100.1 sport 25 dport 1025", "pass", "none", "return",
     None, None, "pass: no entry blocks this reply from port 25"),
]


@test
def test_verdicts():
    """test: text, JSON and exit status for each reason"""
    load(POLICY + "set return on\n")
    for words, what, reason, direction, prefix, label, text in TESTED:
        due = {"verdict": what, "reason": reason, "direction": direction}
        if prefix:
            due["prefix"] = prefix
        if label:
            due["label"] = label
        status = 1 if what == "block" else 0
        words = words.split()
        equal(parse(output("--json", "test", *words, status=status)), due, words)
        equal(output("test", *words, status=status), text + "\n", words)
    silent("set", "mode", "off")
    equal(parse(output("-j", "test", "198.51.100.1", "203.0.113.9")),
          {"verdict": "pass", "reason": "off", "direction": None})
    equal(output("test", "198.51.100.1", "203.0.113.9"), "pass: mode is off\n")


ZERO = {"packets": 0, "bytes": 0}
STOPPED = {"blocked": ZERO, "monitored": ZERO}
NO_STATS = {
    "reasons": {
        "relay": {"passed": ZERO}, "fixed": {"passed": ZERO},
        "dialup": {"passed": ZERO}, "other": {"passed": ZERO},
        "dynamic": STOPPED, "return": STOPPED, "malformed": STOPPED,
    },
    "labels": {"bflets": STOPPED, "Bフレッツ 光": STOPPED},
    "providers": {},
    "owners": {},
    "replies_suppressed": 0,
}


@test
def stats():
    """stats: text, and JSON with exactly the documented keys; stats reset"""
    load(POLICY)
    equal(parse(output("--json", "stats")), NO_STATS)
    router = Router()
    packet = tcp_packet("198.51.100.1", "203.0.113.9")
    for _ in range(3):
        assert not router.passes(packet)
    assert router.passes(tcp_packet("198.51.100.1", "192.0.2.25"))
    due = json.loads(json.dumps(NO_STATS))
    counted = {"packets": 3, "bytes": 3 * len(bytes(packet))}
    due["reasons"]["dynamic"]["blocked"] = counted
    due["labels"]["bflets"]["blocked"] = counted
    due["reasons"]["relay"]["passed"] = {"packets": 1,
                                         "bytes": len(bytes(packet))}
    equal(parse(output("--json", "stats")), due)
    equal(output("stats"), """\
REASON      OUTCOME         PACKETS            BYTES
relay       passed                1               40
fixed       passed                0                0
dialup      passed                0                0
other       passed                0                0
dynamic     blocked               3              120
dynamic     monitored             0                0
return      blocked               0                0
return      monitored             0                0
malformed   blocked               0                0
malformed   monitored             0                0

LABEL            BLOCKED            BYTES     MONITORED            BYTES
bflets                 3              120             0                0

labels that have counted nothing: 1, see stats --all

replies suppressed: 0
""")
    equal(output("stats", "--all").split("\n\n")[1:], ["""\
LABEL              BLOCKED            BYTES     MONITORED            BYTES
Bフレッツ 光             0                0             0                0
bflets                   3              120             0                0""",
          "replies suppressed: 0\n"])
    shown = output("show")
    assert re.search(r"^blocked +3 +120$", shown, re.M), shown
    assert re.search(r"^passed +1 +40$", shown, re.M), shown
    before = state()
    silent("stats", "reset")
    equal(parse(output("--json", "stats")), NO_STATS)
    equal(state(), before)


@test
def json_of_changes():
    """--json prints nothing for commands without output"""
    silent("--json", "add", "dynamic", "198.51.100.0/24")
    silent("--json", "load", "-", input=POLICY)
    silent("--json", "batch", "-", input="flush relay\n")
    silent("--json", "stats", "reset")


# Options


COMMANDS = ("show", "set", "add", "del", "flush", "include", "load", "batch", "confirm",
            "rollback", "diff", "check", "import", "export", "save", "list", "test",
            "stats")


# Expected help on statements and their values
HELP = {
    "set": ("mode off|monitor|enforce",
            "    how much of the policy is in force (default enforce)",
            "action drop|reset|unreachable", "return off|on", "reply-rate N",
            "    most resets and unreachables sent, 0 to 1000000 a second"
            " (default 1000)"),
    "add": ("TABLE is dynamic, fixed, dialup or relay.", "from FILE",
            "label LABEL",
            "    count packets by this label, UTF-8 text, 1 to 63 bytes",
            "timeout N", "    remove the entry after this time,"
            " 1 to 2147483 seconds", "monitor"),
    "del": ("from FILE",),
    "import": ("TABLE is dynamic, fixed, dialup or relay.", "ipset", "nft", "cidr"),
    "list": ("FAMILY is ipv4 or ipv6.",),
    "test": ("sport N", "    source port, 0 to 65535 (default 49152)",
             "dport N", "    destination port, 0 to 65535 (default 25)"),
    "stats": ("reset", "--all"),
}


@test
def help_texts():
    """--help of the tool and of each command, before or after its name"""
    text = output("--help")
    equal(output("-h"), text)
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\S", text, re.M), text
        own = output("--help", command)
        assert own.startswith(f"Usage: op25bctl {command}"), own
        equal(output(command, "-h"), own)
        assert all(len(line) < 80 for line in own.splitlines()), own
        for line in HELP.get(command, ()):
            assert f"\n{line}\n" in own, own
    for option in ("-j, --json", "--color WHEN", "-n, --netns NAME",
                   "-h, --help", "-V, --version"):
        assert option in text, text
    assert all(len(line) < 80 for line in text.splitlines()), text


@test
def version():
    """-V and --version print the versions of tool and module, which are equal"""
    with open("/sys/module/op25b/version") as file:
        number = file.read()
    text = f"op25bctl {number}op25b module {number}"
    equal(output("-V"), text)
    equal(output("--version"), text)
    equal(output("list", "--version"), text)
    unload_module()
    equal(output("--version"), f"op25bctl {number}")


@test
def other_major_version():
    """a module of another major version is refused, and its version told"""
    unload_module()
    with open(MODULE, "rb") as file:
        module = file.read()
    # struct genl_family: name and version
    family = b"op25b".ljust(16, b"\0")
    one, two = (family + struct.pack("I", number) for number in (1, 2))
    equal(module.count(one), 1, "the family's version in the module")
    with Directory() as directory:
        directory.write("op25b.ko", module.replace(one, two))
        run("insmod", "op25b.ko")
        for words in ((), ("list",), ("load", "-")):
            equal(error(*words, input=""),
                  "op25bctl: the loaded module has major version 2, op25bctl 1:"
                  " use the op25bctl of the module's version\n", words)


@test
def older_module():
    """a module without owners is told only what it knows"""
    unload_module()
    with open(MODULE, "rb") as file:
        module = file.read()
    # struct genl_family: name, version, two flags, the number of commands
    family = re.search(rb"op25b\x00{11}\x01\x00{7,11}\x03(\x0b)", module)
    assert family, "the family in the module"
    with Directory() as directory:
        directory.write("op25b.ko", module[:family.start(1)] + b"\x09" +
                        module[family.end(1):])
        run("insmod", "op25b.ko")
        load(POLICY)
        before = state()
        for words in (("-o", "feed:a", "add", "relay", "::1"), ("rollback",), ("confirm",),
                      ("load", "--confirm", "9", "-"), ("load", "--provider", "kumo", "-")):
            equal(error(*words, input=""), "op25bctl: the loaded module is too old for this:"
                  " run op25b-reload\n", words)
        equal(state(), before)
        ctl("add", "relay", "::9")
        sent = messages_sent("del", "relay", "::9")
        assert all(OWNER not in dict(found) for _, found in sent), sent


@test
def other_namespace():
    """-n NAME works in a namespace of ip netns, or one given by its path"""
    run("ip", "netns", "add", "red")
    try:
        silent("-n", "red", "load", "-", input=POLICY)
        equal(entries(), [])
        equal(len(parse(output("-j", "--netns=/run/netns/red", "list"))), 6)
        equal(error("-n", "./red", "show"), "op25bctl: network namespace './red':"
              " No such file or directory: see ip netns list\n")
        equal(error("-n", "/dev/null", "show"),
              "op25bctl: network namespace '/dev/null': Invalid argument\n")
        done = run(*NOBODY, CTL, "-n", "red", "show", check=False)
        equal((done.returncode, done.stderr), (2, "op25bctl: network namespace"
              " 'red': Operation not permitted: run as root\n"))
        # needs no kernel, and so no namespace
        output("-n", "blue", "check", "-", input=POLICY)
    finally:
        run("ip", "netns", "delete", "red")


def on_terminal(*words, **environment):
    """What the tool prints on a terminal, standard output and errors."""
    reader, writer = os.openpty()
    subprocess.run([CTL, *words], stdout=writer, stderr=writer, timeout=60,
                   env={"TERM": "xterm", **environment})
    os.close(writer)
    with open(reader, "rb", closefd=True) as file:
        text = b""
        with contextlib.suppress(OSError):
            while part := file.read1():
                text += part
    return text.decode().replace("\r\n", "\n")


@test
def colors():
    """verdicts and errors have colors, on terminals unless told otherwise"""
    load(POLICY)
    silent("add", "dynamic", "100.64.0.0/24", "monitor")
    red, yellow, green = (f"\x1b[{number}m" for number in (31, 33, 32))
    question = "test", "198.51.100.1", "8.8.8.8"
    plain = ctl(*question, check=False).stdout
    for src, dst, color in (("198.51.100.1", "8.8.8.8", red),
                            ("100.64.0.1", "8.8.8.8", yellow),
                            ("198.51.100.1", "192.0.2.25", green)):
        shown = on_terminal("test", src, dst)
        assert re.match(re.escape(color) + r"[a-z]+\x1b\[m: \d", shown), shown
    equal(on_terminal(*question), f"{red}block\x1b[m{plain[5:]}")
    message = error("frobnicate")
    equal(on_terminal("frobnicate"), message.replace("op25bctl:", f"{red}op25bctl:\x1b[m"))
    for words, environment in ((("--color=never",), {}), ((), {"NO_COLOR": "1"}),
                               ((), {"TERM": "dumb"}), (("-j",), {})):
        shown = on_terminal(*words, *question, **environment)
        assert "\x1b" not in shown, shown
    assert "\x1b" not in plain
    for environment in {}, {"NO_COLOR": "1"}, {"TERM": "dumb"}:
        equal(on_terminal("--color", "always", *question, **environment),
              f"{red}block\x1b[m{plain[5:]}")
    equal(ctl("--color=always", *question, check=False).stdout,
          f"{red}block\x1b[m{plain[5:]}")
    equal(error("--color", "sometimes"), "op25bctl: unknown value 'sometimes' of"
          " --color: expected auto, always or never\n")


@test
def options_anywhere():
    """options stand anywhere, and -- ends them"""
    load(POLICY)
    for words in (("-j", "list", "relay"), ("list", "-j", "relay"),
                  ("list", "relay", "--json")):
        equal(len(parse(output(*words))), 2)
    silent("add", "fixed", "192.0.2.0/24", "label", "--", "-j")
    equal(entries("fixed")[0], entry("fixed", "192.0.2.0/24", "-j"))
    assert "unknown table or family '-j'" in error("list", "--", "-j")
    assert "unexpected word '-j'" in error("show", "--", "-j")
    with Directory() as directory:
        directory.write("-file", "add dialup 203.0.113.0/24\n")
        silent("batch", "./-file")
        silent("batch", "--", "-file")
        assert "unknown option" in error("batch", "-file")


OPTIONS = ("-h", "--help", "-j", "--json", "-V", "--version")


@test
def options_as_values():
    """an option directly after a word that takes a value is that value"""
    for option in OPTIONS:
        silent("add", "dynamic", "192.0.2.0/24", "label", option)
        equal(entries(), [entry("dynamic", "192.0.2.0/24", option)])
        with Directory() as directory:
            directory.write(option, "192.0.2.0/24\n")
            silent("del", "dynamic", "from", option)
            equal(entries(), [])
    before = state()
    for option in OPTIONS:
        for words in ("add dynamic ::/0 timeout", "add dynamic ::/0 label a timeout",
                      "add dynamic from", "del dynamic from", "set mode",
                      "set action", "set return", "set reply-rate",
                      "test ::1 ::1 sport", "test ::1 ::1 sport 1 dport"):
            assert option in error(*words.split(), option)
        # the value is given already, or the word takes none
        for words in ("add dynamic ::/0 label label", "add dynamic ::/0",
                      "add dynamic ::/0 timeout 5", "set mode mode", "set",
                      "test ::1 ::1", "test ::1 ::1 sport 1", "load label",
                      "del dynamic label", "flush timeout", "list sport"):
            done = ctl(*words.split(), option, "-h", check=False)
            equal((done.returncode, done.stderr), (0, ""), words)
    equal(state(), before)


# Escaping of text from outside


# A line end, CSI as C0 and as C1, DEL, a byte that is not UTF-8
HOSTILE = b"a\nb\x1b[2J\xc2\x9b2J\x7f\xff"
SHOWN = r"a\x0ab\x1b[2J\xc2\x9b2J\x7f\xff"


def printed(*words, **options):
    """What the tool prints, both streams; no control character among it."""
    done = subprocess.run([CTL, *words], capture_output=True, timeout=60, **options)
    texts = [stream.decode() for stream in (done.stdout, done.stderr)]
    for text in texts:
        assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f]", text), (words, text)
    return texts


@test
def escaped():
    """control characters in any word of the input are escaped, in text and JSON"""
    load(POLICY)
    before = state()
    for line in ("show", "set", "set mode", "set action", "set return",
                 "set reply-rate", "add", "add dynamic", "add dynamic from",
                 "add dynamic ::/0", "add dynamic ::/0 label",
                 "add dynamic ::/0 timeout", "add dynamic ::/0 monitor", "del",
                 "del dynamic", "del dynamic from", "del dynamic ::/0", "flush",
                 "flush dynamic", "load", "load a", "batch", "check", "save",
                 "list", "list dynamic", "test", "test ::1", "test ::1 ::1",
                 "test ::1 ::1 sport", "stats", "stats reset", ""):
        for json_too in ((), ("-j",)):
            words = [*json_too, *line.split()]
            out, err = printed(*words, HOSTILE)
            equal((out, err.count("\n")), ("", 1), words)
            assert SHOWN in err or line in ("add dynamic ::/0 label", "test"), err
            out, err = printed(*words, b"-" + HOSTILE)
            equal((out, err.count("\n")), ("", 1), words)
    equal(state(), before)


@test
def escaped_file_names():
    """control characters in file names are escaped, in errors, summaries and JSON"""
    with Directory() as directory:
        directory.write("good", POLICY)
        directory.write("bad", "add dynamic from " + "x" * 300 + "\nflush a\n")
        os.rename(b"good", b"good" + HOSTILE)
        os.rename(b"bad", b"bad" + HOSTILE)
        out, err = printed("check", b"good" + HOSTILE)
        equal((out, err), (f"good{SHOWN}: 2 dynamic, 1 fixed, 1 dialup, 2 relay"
                           " prefixes; no errors\n", ""))
        out, err = printed("check", b"bad" + HOSTILE)
        equal(out, "")
        for line in err.splitlines():
            assert line.startswith(f"op25bctl: bad{SHOWN}:"), line
        out, err = printed("-j", "check", b"bad" + HOSTILE)
        equal({one["file"] for one in parse(out)["errors"]}, {f"bad{SHOWN}"})
        # JSON holds UTF-8, with JSON's escapes
        name = "bad\n\x1b\x7f\x80\x9b\xa0é"
        os.rename(b"bad" + HOSTILE, name.encode())
        out, err = printed("-j", "check", name.encode())
        equal({one["file"] for one in parse(out)["errors"]}, {name})
        assert r'"bad\n\u001B\u007F\u0080\u009B' + '\xa0é"' in out, out


@test
def control_characters_in_labels():
    """labels with control characters are refused; all others are printed verbatim"""
    codes = [*range(1, 0x20), *range(0x7f, 0xa0)]
    with Directory() as directory:
        directory.write("policy", "".join(
            f'add dynamic 10.0.{code}.0/24 label "a{chr(code)}"\n'
            for code in codes if chr(code) != "\n"))
        complaints = error("check", "policy", status=1).splitlines()
        equal(complaints, [f"op25bctl: policy:{line}:{column}: label contains a"
                           " control character: remove it"
                           for line, column in enumerate(
                               (len(f"add dynamic 10.0.{code}.0/24 label ") + 1
                                for code in codes if chr(code) != "\n"), 1)])
    for label in ("a\n", "\x1b[2J", "\x7f", "\x80", "\x9b2J", "é\x9f"):
        equal(error("add", "dynamic", "192.0.2.0/24", "label", label),
              "op25bctl: label contains a control character: remove it\n")
    equal(entries(), [])


# Statements


@test
def statements():
    """each statement as a command, and the options that it replaces"""
    silent("add", "dynamic", "198.51.100.0/22", "label", "bflets")
    silent("add", "dynamic", "2001:db8:4000::/36", "monitor", "label", "a b")
    silent("add", "dynamic", "192.0.2.1", "timeout", "2147483")
    silent("add", "relay", "::1")
    equal(entries(), [
        entry("dynamic", "192.0.2.1/32", timeout=2147500),
        entry("dynamic", "198.51.100.0/22", "bflets"),
        entry("dynamic", "2001:db8:4000::/36", "a b", monitor=True),
        entry("relay", "::1/128"),
    ])
    equal(generation(), 4)
    silent("add", "dynamic", "198.51.100.0/22", "monitor")
    silent("add", "dynamic", "192.0.2.1")
    silent("del", "dynamic", "2001:db8:4000::/36")
    equal(entries(), [
        entry("dynamic", "192.0.2.1/32"),
        entry("dynamic", "198.51.100.0/22", monitor=True),
        entry("relay", "::1/128"),
    ])
    silent("flush", "dynamic")
    equal(entries(), [entry("relay", "::1/128")])
    for name, value, shown in (
            ("mode", "off", "off"), ("mode", "monitor", "monitor"),
            ("mode", "enforce", "enforce"), ("action", "drop", "drop"),
            ("action", "reset", "reset"),
            ("action", "unreachable", "unreachable"), ("return", "off", False),
            ("return", "on", True), ("reply-rate", "0", 0),
            ("reply-rate", "1000000", 1000000)):
        silent("set", name, value)
        equal(settings()[name.replace("-", "_")], shown)


@test
def statements_from_lists():
    """from FILE: beside the file that names it, absolute, on the command line"""
    with Directory() as directory:
        os.makedirs("sub/deep")
        directory.write("sub/adsl.list", "\n# a comment\n198.51.100.0/24\r\n"
                        '  2001:db8::/32   # another\n"192.0.2.0/24"')
        directory.write("sub/deep/with blank.list", "203.0.113.0/24\n")
        directory.write("absolute.list", "203.0.113.9")
        directory.write("empty.list", "")
        directory.write("sub/policy", f"""\
add dynamic from adsl.list label adsl monitor
add fixed from "deep/with blank.list" timeout 1000
add relay from {directory.path}/absolute.list
add dialup from ../empty.list
del dynamic from adsl.list
add dynamic from adsl.list label adsl
""")
        silent("load", "sub/policy")
        due = [entry("dynamic", "192.0.2.0/24", "adsl"),
               entry("dynamic", "198.51.100.0/24", "adsl"),
               entry("dynamic", "2001:db8::/32", "adsl"),
               entry("fixed", "203.0.113.0/24", timeout=1000),
               entry("relay", "203.0.113.9/32")]
        equal(entries(), due)
        equal(generation(), 1)
        silent("del", "dynamic", "from", "sub/adsl.list")
        equal(entries("dynamic"), [])
        silent("add", "dynamic", "from", "sub/adsl.list", "label", "adsl")
        equal(entries(), due)
        silent("load", "-", input="add dynamic from sub/adsl.list label adsl\n")
        equal(entries(), due[:3])
        silent("add", "dialup", "from", "-", input="203.0.113.0/24\n")
        equal(entries("dialup"), [entry("dialup", "203.0.113.0/24")])


@test
def files_as_editors_write_them():
    """CRLF, tabs, byte order mark, comments, quotes, no line feed at the end"""
    load('\ufeffset mode monitor\r\n\r\n'
         '\tadd\tdynamic  198.51.100.0/22 label bflets#1\t# comment\r\n'
         '   # only a comment\r\n'
         'add "fixed" 192.0.2.0/24 label "a \\"quoted\\" \\\\ # label" #\r\n'
         'add dialup 203.0.113.0/24 label "日本語 の ラベル"\n'
         'add relay 192.0.2.25')
    equal(settings()["mode"], "monitor")
    equal(entries(), [
        entry("dynamic", "198.51.100.0/22", "bflets#1"),
        entry("fixed", "192.0.2.0/24", 'a "quoted" \\ # label'),
        entry("dialup", "203.0.113.0/24", "日本語 の ラベル"),
        entry("relay", "192.0.2.25/32"),
    ])


# Whole policies


STRANGE_LABELS = [
    "a b", " a", "a ", " ", '"', '\\', '\\"', "#", "#a", "a#", "a #b", "'", "$(x)",
    "label", "monitor", "--json", "-", "日本語", "é" * 31, "x" * 63, "😀",
    "\u00a0", "\u3000 ", "\u202e", "\u2028",
]


@test
def save_and_load():
    """load restores the output of save exactly, and a second load changes nothing"""
    with Directory() as directory:
        text = POLICY + "".join(
            f'add dynamic 10.{number}.0.0/16 label "{quoted}"\n'
            for number, quoted in enumerate(
                label.replace("\\", "\\\\").replace('"', '\\"')
                for label in STRANGE_LABELS)) + \
            "add dynamic ::/0\nadd fixed 0.0.0.0/0\nadd relay ::ffff:1.2.3.4\n" \
            "add dialup 1.2.3.4 timeout 86400\n"
        load(text)
        labels = [one["label"] for one in entries("dynamic")
                  if one["prefix"].startswith("10.")]
        equal(labels, STRANGE_LABELS)
        before = state()
        saved = output("save")
        directory.write("saved", saved)
        load("set mode off\n")
        silent("load", "saved")
        equal((settings(), entries()), before[1:])

        # without timeouts, which each load starts again, a load changes nothing
        directory.write("saved", re.sub(r" timeout \d+", "", output("save")))
        silent("load", "saved")
        now = generation()
        silent("load", "saved")
        equal(generation(), now)
        equal(output("save").splitlines()[1:],
              open("saved").read().splitlines()[1:])


@test
def save_default():
    """save of an empty policy prints all settings"""
    saved = output("save")
    equal([line for line in saved.splitlines() if line[0] != "#"],
          ["set mode enforce", "set action drop", "set return on",
           "set reply-rate 1000"])
    silent("load", "-", input=saved)
    equal(generation(), 0)


@test
def load_replaces():
    """load replaces entries and settings; batch changes only those that it names"""
    load(POLICY)
    load("add dialup 192.0.2.0/24\n")
    equal(state(), (2, SETTINGS, [entry("dialup", "192.0.2.0/24")]))
    silent("batch", "-", input="set mode monitor\ndel dialup 192.0.2.0/24\n"
                               "add fixed 192.0.2.0/24\n")
    equal(state(), (3, dict(SETTINGS, mode="monitor"),
                    [entry("fixed", "192.0.2.0/24")]))
    load("")
    equal(state(), (4, SETTINGS, []))


@test
def batch_all_or_nothing():
    """a batch with a statement that the tool or the kernel refuses changes nothing"""
    load(POLICY)
    before = state()
    equal(error("batch", "-", input="flush dynamic\nset mode off\nadd fixed 1.2.3\n"),
          "op25bctl: <stdin>:3:11: bad prefix '1.2.3': expected ADDRESS or"
          " ADDRESS/LENGTH, IPv4 or IPv6\n")
    equal(state(), before)
    equal(error("batch", "-", input="flush dialup\ndel fixed 1.2.3.4\n"),
          "op25bctl: <stdin>:2:11: this prefix is not in table fixed\n")
    equal(state(), before)


# Transactions


def messages_sent(*words):
    """The tool's requests to the netlink family: [(command, attributes)]"""
    with Directory() as directory:
        run("strace", "-o", "trace", "-e", "trace=sendto", "-e", "write=all", CTL,
            *words)
        with open("trace") as file:
            lines = file.read().splitlines()
    sent = []
    for line in lines:
        if line.startswith("sendto("):
            sent.append(b"")
        elif dumped := re.match(r" \| [0-9a-f]+  ([0-9a-f ]{48})", line):
            sent[-1] += bytes.fromhex(dumped[1])
    found = [(data[16], attrs(data[20:])) for data in sent]
    return found[1:]        # the first one resolves the family


@test
def updates_of_transactions():
    """each update of load, batch and "from FILE" has the flag TRANSACTION"""
    with Directory() as directory:
        path = os.path.join(directory.path, "policy")
        short = os.path.join(directory.path, "short")
        prefixes = os.path.join(directory.path, "list")
        directory.write("list", "\n".join(ipv4_prefixes(9000, 32)))
        directory.write("policy", "set mode monitor\nadd relay 192.0.2.25\n"
                                  f"add dynamic from {prefixes}\n")
        # short operations: their number limits a message, not their size
        directory.write("short", "flush relay\n" * 5000)
        for words, count, messages in ((("load", path), 9002, 4),
                                       (("batch", path), 9002, 4),
                                       (("del", "dynamic", "from", prefixes), 9000, 4),
                                       (("batch", short), 5000, 2)):
            sent = messages_sent(*words)
            equal([command for command, _ in sent],
                  [BEGIN, *[UPDATE] * messages, COMMIT], words)
            updates = [found for command, found in sent if command == UPDATE]
            for found in updates:
                equal([value for kind, value in found if kind == TRANSACTION],
                      [b""], words)
                assert len(found) - 1 <= 4096, len(found)
            equal(sum(len(found) - 1 for found in updates), count)
        for words in ("set mode enforce", "add relay ::1", "flush relay"):
            ((command, found),) = messages_sent(*words.split())
            equal((command, len(found)), (UPDATE, 2))
            assert TRANSACTION not in dict(found), found


@test
def transaction_lost():
    """a batch whose transaction is missing changes nothing"""
    load(POLICY)
    before = state()
    # BEGIN becomes GET, which also succeeds
    family = struct.pack("=IHHIIBBH", 20, Client().family, 5, 2, 0, GET, 1, 0)
    with Directory() as directory:
        directory.write("policy", "flush dynamic\n")
        done = run("strace", "-o", "trace", "-e", "trace=sendto", "-e",
                   f"inject=sendto:poke_enter=@arg2={family.hex()}:when=2",
                   CTL, "batch", "policy", check=False)
    equal((done.returncode, done.stdout), (2, ""))
    assert "transaction" in done.stderr, done.stderr
    equal(state(), before)


# Concurrent changes


@test
def batch_begins_again():
    """batch begins again after a concurrent commit, and loses no change"""
    def opened():
        try:
            with open("trace") as file:
                return file.read().count('"policy"')
        except FileNotFoundError:
            return 0

    def meddle(number):
        # until batch has opened the file three times: for a check and two attempts
        if opened() < 3:
            change_something(number)

    with Directory() as directory:
        load("add dialup 203.0.113.0/24\n")
        directory.write("policy", "add dynamic 198.51.100.0/22\n")
        with Others(meddle):
            run("strace", "-o", "trace", "-e", "trace=openat,sendto",
                "-e", "inject=sendto:delay_enter=200000", CTL, "batch", "policy")
        assert opened() >= 3, opened()
        equal(entries(), [entry("dynamic", "198.51.100.0/22"),
                          entry("dialup", "203.0.113.0/24")])
        assert settings()["reply_rate"] in (1000, 1001)
        assert generation() > 4, generation()


def policy_of(label, count):
    """A policy of `count` entries, each with this label."""
    return "".join(f"add dynamic {prefix} label {label}\n"
                   for prefix in ipv4_prefixes(count, 24 + len(label)))


@test
def list_while_loading():
    """list prints one whole policy during concurrent loads"""
    with Directory() as directory:
        texts = {}
        for name, count in (("red", 800), ("blue", 1200)):
            directory.write(name, policy_of(name, count))
            silent("load", name)
            texts[name] = output("list")
        seen = dict.fromkeys(texts, 0)
        with Others(lambda number: ctl("load", ("red", "blue")[number % 2])):
            # at least one list of each policy, however slow the loads are
            while sum(seen.values()) < 15 or not all(seen.values()):
                listed = output("list")
                name = next((name for name, text in texts.items()
                             if text == listed), None)
                assert name, "a list that mixes policies"
                seen[name] += 1
                assert sum(seen.values()) < 1000, seen


@test
def two_loads_at_once():
    """after two concurrent loads one of the two policies runs"""
    with Directory() as directory:
        texts = {}
        for name in ("red", "blue"):
            directory.write(name, policy_of(name, 2000))
            silent("load", name)
            texts[name] = output("list")
        for _ in range(3):
            before = generation()
            both = [subprocess.Popen([CTL, "load", name]) for name in texts]
            equal([one.wait() for one in both], [0, 0])
            assert output("list") in texts.values(), "a mixture"
            assert generation() - before in (1, 2), generation() - before


# Large policies


@test
def real_prefixes():
    """the prefixes of a whole country are all listed after load"""
    prefixes = real_lists()
    data = os.path.join(os.path.dirname(__file__), "../../data")
    with Directory() as directory:
        directory.write("policy", f"add dynamic from {data}/jp-ipv4.txt label jp\n"
                                  f"add dynamic from {data}/jp-ipv6.txt label jp\n")
        silent("load", "policy")
        listed = parse(output("-j", "list"))
        equal(len(listed), len(prefixes))
        equal({one["prefix"] for one in listed}, set(prefixes))
        equal({one["label"] for one in listed}, {"jp"})


@test
def many_prefixes():
    """240,000 prefixes of 25 lengths are all listed after load"""
    with Directory() as directory:
        prefixes = []
        for length in range(16, 33):
            prefixes += ipv4_prefixes(10000, length)
        for form in IPV6_FORMS:
            prefixes += ipv6_prefixes(8750, form)
        equal(len(set(prefixes)), 240000)
        directory.write("list", "\n".join(prefixes))
        directory.write("policy", "add dynamic from list\n")
        silent("load", "policy")
        lines = output("list").splitlines()[1:]
        equal(sorted(line.split()[1] for line in lines), sorted(prefixes))
        counts = parse(output("-j"))["tables"]["dynamic"]
        equal(counts, {"ipv4": 170000, "ipv6": 70000})


@test
def load_that_fails_at_its_end():
    """with an error in the last of 100,000 lines load changes nothing and names it"""
    good = "".join(f"add dynamic {prefix}\n"
                   for prefix in ipv4_prefixes(99999, 30))
    first = good.split()[2]
    router = Router()
    with Directory() as directory:
        load(POLICY)
        before = state()
        packet = tcp_packet("198.51.100.1", "203.0.113.9")
        for bad, column, text in (
                ("add dynamic 198.51.100.1/22", 13,
                 "198.51.100.1/22 has bits set beyond the prefix length:"
                 " did you mean 198.51.100.0/22?"),
                (f"add  fixed {first}", 12,
                 "this prefix is in table dynamic already: delete it there first")):
            directory.write("policy", good + bad + "\n")
            equal(error("load", "policy"),
                  f"op25bctl: policy:100000:{column}: {text}\n")
            equal(state(), before)
            assert not router.passes(packet)
            equal(verdict("198.51.100.1", "203.0.113.9")["label"], "bflets")
        directory.write("policy", good)
        silent("load", "policy")
        equal(parse(output("-j"))["tables"]["dynamic"]["ipv4"], 99999)
        assert router.passes(packet)


@test
def pipe_cut_short():
    """a pipe that cannot be copied whole is refused, even if the copy is valid"""
    lines = [f"{f'add dynamic 203.0.113.{number}/32':31}\n" for number in range(256)]
    cut = len("".join(lines)) // 2 // 512
    silent("load", "-", input=lines[0])
    done = run("sh", "-c", f"trap '' XFSZ; ulimit -f {cut}; exec {CTL} load -",
               check=False, input="".join(lines))
    equal((done.returncode, done.stdout, done.stderr),
          (2, "", "op25bctl: <stdin>: File too large\n"))
    equal(ctl_json("show")["tables"]["dynamic"]["ipv4"], 1)


def most_memory(text):
    """The most resident memory of a load of the text, in bytes."""
    with subprocess.Popen([CTL, "load", "-"], stdin=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as tool:
        tool.stdin.write(text.encode())
        tool.stdin.close()
        _, status, usage = os.wait4(tool.pid, 0)
        tool.returncode = os.waitstatus_to_exitcode(status)
    equal(tool.returncode, 0)
    return usage.ru_maxrss * 1024


@test
def memory_of_the_tool():
    """load needs at most 80 bytes of memory for each further line"""
    lines = [f"add dynamic {prefix} label bflets\n"
             for prefix in ipv4_prefixes(200000, 32)]
    used = [most_memory("".join(lines[:count])) for count in (10000, 200000)]
    assert used[1] - used[0] < 80 * 190000, used


# check


GOOD = ["", POLICY, "add dynamic 0.0.0.0/0\nadd fixed 0.0.0.0/1\n",
        "add dynamic 1.2.3.4\ndel dynamic 1.2.3.4\nadd fixed 1.2.3.4\n",
        "add dialup ::/0\nflush dialup\nadd fixed ::/0\n",
        "add relay 1.2.3.4\nadd dynamic 1.2.3.4\nadd relay 1.2.3.4\n"]

BAD = [
    "add fixed 1.2.3.4\nadd dynamic 1.2.3.4\n",
    "add dialup 2001:db8::/32\nadd fixed 2001:db8::/32 label a\n",
    "add dynamic 2001:db8::/32\n  add   dialup 2001:db8::/32\n",
    "add dynamic 1.2.3.4\ndel fixed 1.2.3.4\n",
    "add dynamic 1.2.3.4\nflush dynamic\ndel dynamic 1.2.3.4\n",
    "del dialup ::/0\n", "del relay 1.2.3.4\n",
    "add dynamic 1.2.3.4/33\n", "add dynamic 1.2.3.4/24\n",
    "add fixed 1.2.3.4 monitor\n", "add\n", "set mode\n", "bogus\n",
    "add dynamic from missing.list\n",
    "add dynamic from bad.list\n",
    "add dynamic 192.0.2.1\nadd fixed from good.list\n",
    'add dynamic 1.2.3.4 label "a\n',
]


@test
def check_agrees_with_load():
    """check and load report the same errors, refusals by the kernel included"""
    with Directory() as directory:
        directory.write("good.list", "192.0.2.0\n192.0.2.1\n")
        directory.write("bad.list", "192.0.2.0\n 192.0.2.256\n")
        for text in GOOD:
            directory.write("policy", text)
            equal(ctl("check", "policy").returncode, 0, text)
            silent("load", "policy")
        before = state()
        for text in BAD:
            directory.write("policy", text)
            complaint = error("load", "policy")
            equal(error("check", "policy", status=1), complaint, text)
            assert re.match(r"op25bctl: [a-z.]+:\d+:\d+: ", complaint), complaint
        equal(state(), before)


@test
def check_finds_all():
    """check prints every error, each on a line, as text and as JSON"""
    with Directory() as directory:
        directory.write("policy", "add dynamic 1.2.3\nadd fixed 1.2.3.4\n"
                                  "set mode on\nadd dialup 1.2.3.4\nflush\n")
        due = [(1, 13, "bad prefix '1.2.3': expected ADDRESS or ADDRESS/LENGTH,"
                       " IPv4 or IPv6"),
               (3, 10, "unknown mode 'on': expected off, monitor or enforce"),
               (4, 12, "this prefix is in table fixed already: delete it there first"),
               (5, 6, "missing table: expected dynamic, fixed, dialup or relay")]
        equal(error("check", "policy", status=1),
              "".join(f"op25bctl: policy:{line}:{column}: {text}\n"
                      for line, column, text in due))
        seen = parse(output("-j", "check", "policy", status=1))
        equal(seen["errors"], [{"file": "policy", "line": line,
                                "column": column, "message": text}
                               for line, column, text in due])


@test
def check_summary():
    """check of a valid file prints a summary, as text and as JSON"""
    with Directory() as directory:
        directory.write("policy", POLICY)
        equal(output("check", "policy"),
              "policy: 2 dynamic, 1 fixed, 1 dialup, 2 relay prefixes;"
              " no errors\n")
        equal(parse(output("-j", "check", "policy")),
              {"errors": [], "warnings": [], "tables": {
                  "dynamic": {"ipv4": 1, "ipv6": 1},
                  "fixed": {"ipv4": 1, "ipv6": 0},
                  "dialup": {"ipv4": 1, "ipv6": 0},
                  "relay": {"ipv4": 1, "ipv6": 1}}})
        equal(generation(), 0)


NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
          "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs")


@test
def check_needs_nothing():
    """check needs no module, no privileges and no socket"""
    unload_module()
    with Directory() as directory:
        directory.write("policy", POLICY)
        directory.write("bad", "add fixed 1.2.3.4\nadd dialup 1.2.3.4\n")
        before = output("check", "policy")
        done = run(*NOBODY, CTL, "check", "policy")
        equal((done.stdout, done.stderr), (before, ""))
        done = run(*NOBODY, CTL, "check", "bad", check=False)
        equal((done.returncode, done.stderr),
              (1, "op25bctl: bad:2:12: this prefix is in table fixed already:"
                  " delete it there first\n"))
        done = run("strace", "-f", "-o", "trace", "-e", "trace=socket", CTL,
                   "check", "policy")
        equal("socket(" in open("trace").read(), False)


# Missing privilege, module or reader


@test
def without_privilege():
    """without CAP_NET_ADMIN each command reports that it needs it"""
    load(POLICY)
    before = state()
    for words in ((), ("list",), ("stats",), ("stats", "reset"), ("save",),
                  ("test", "1.2.3.4", "1.2.3.4"), ("load", "-"), ("batch", "-"),
                  ("add", "dynamic", "1.2.3.4"), ("flush", "dynamic"),
                  ("set", "mode", "off")):
        done = run(*NOBODY, CTL, *words, check=False, input="set mode off\n")
        equal((done.returncode, done.stdout, done.stderr),
              (2, "", "op25bctl: permission denied: run as root,"
                      " or with CAP_NET_ADMIN\n"), words)
    equal(state(), before)


# Completion


COMPLETION = os.path.join(TOP, "tools/completion/op25bctl")

BASH = f"""
    PATH={os.path.dirname(CTL)}:$PATH
    source {COMPLETION}.bash
    COMP_WORDS=(op25bctl "$@")
    COMP_CWORD=$#
    _op25bctl
    printf '%s\\n' "${{COMPREPLY[@]}}"
"""

# What zsh itself would do with the candidates: choose among them, and quote them
ZSH = f"""
    PATH={os.path.dirname(CTL)}:$PATH
    compadd() {{ print -rl -- ${{(q)candidates}} }}
    _files() {{ print -l -- *(N) }}
    words=(op25bctl "$@")
    CURRENT=$#words
    function {{ source {COMPLETION}.zsh }}
"""


def completed(*words):
    """What the shells offer for the last of these words of a command line of op25bctl."""
    bash, zsh = ([one for one in run(shell, "-c", script, shell, *words).stdout.split("\n")
                  if one.startswith(words[-1]) and one]
                 for shell, script in (("bash", BASH), ("zsh", ZSH)))
    equal(zsh, bash, "zsh and bash")
    return bash


@test
def completion():
    """bash and zsh complete commands, tables, settings, values, labels and files"""
    load(POLICY)
    equal(sorted(completed("")), sorted(COMMANDS))
    equal(completed("st"), ["stats"])
    tables = ["dynamic", "fixed", "dialup", "relay"]
    for command in ("add", "del", "flush"):
        equal(completed(command, ""), tables, command)
    equal(completed("list", "ipv"), ["ipv4", "ipv6"])
    equal(completed("set", ""), ["mode", "action", "return", "reply-rate"])
    equal(completed("set", "action", ""), ["drop", "reset", "unreachable"])
    equal(completed("add", "fixed", "192.0.2.1", ""), ["label", "provider", "owner", "timeout", "monitor"])
    equal(completed("-j", "--color", "n"), ["never"])
    equal(sorted(completed("add", "fixed", "192.0.2.1", "label", "")),
          [r"Bフレッツ\ 光", "bflets"])
    silent("add", "relay", "192.0.2.99", "provider", "akari")
    equal(completed("stats", "provider", ""), ["akari"])
    silent("--owner", "feed:a", "add", "relay", "192.0.2.98")
    equal(completed("list", "owner", ""), ["feed:a"])
    equal(completed("--owner", ""), ["feed:a"])
    equal(sorted(completed("load", "--co")), ["--color", "--confirm"])
    equal(completed("include", ""), ["provider"])
    equal(completed("include", "provider", ""), ["akari"])
    equal(completed("include", "provider", "akari", ""), ["from"])
    equal(completed("import", ""), ["ipset", "nft", "cidr"])
    equal(completed("import", "nft", ""), tables)
    equal(completed("export", ""), ["nft", "rbldnsd", "bird", "cidr"])
    equal(completed("export", "cidr", ""), tables)
    with Directory() as directory:
        directory.write("one.conf", "")
        directory.write("other", "")
        equal(completed("import", "nft", "fixed", "on"), ["one.conf"])
        for words in (("load",), ("diff",), ("diff", "other"), ("check", "--strict"),
                      ("export", "nft"), ("export", "cidr", "fixed")):
            equal(completed(*words, "one"), ["one.conf"])
        equal(completed("add", "fixed", "from", "ot"), ["other"])
        shutil.copy(COMPLETION + ".zsh", "_op25bctl")
        equal("set SETTING VALUE" in typed_to_zsh("op25bctl --help se\t\n"), True,
              "the tab key in zsh")


def typed_to_zsh(line):
    """What an interactive zsh prints, with the completions of the current directory."""
    set_up = (f"PATH={os.path.dirname(CTL)}:$PATH; fpath=($PWD $fpath);"
              " autoload -Uz compinit; compinit -u -D\n")
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp("zsh", ["zsh", "-f", "-i"])
    seen = ""
    for text in set_up, line, "exit\n":
        time.sleep(SLOW)
        os.write(fd, text.encode())
    with contextlib.suppress(OSError):      # the shell has closed the terminal
        while part := os.read(fd, 65536):
            seen += part.decode(errors="replace")
    os.close(fd)
    os.waitpid(pid, 0)
    return seen


@test
def without_module():
    """without the module each command tells how to load it"""
    unload_module()
    for words in (("show",), ("list",), ("stats",), ("save",), ("load", "-"),
                  ("test", "1.2.3.4", "1.2.3.4"), ("add", "relay", "1.2.3.4")):
        equal(error(*words, input=""),
              f"op25bctl: the module is not installed for Linux {os.uname().release}:"
              " install it, then run modprobe op25b\n", words)


def without_module_where(files):
    """The tool's message if some files of /proc and /sys have another content, and
    nothing loads the module.
    """
    with Directory() as directory:
        script = "mount --make-rprivate /\n"
        for number, (path, text) in enumerate(files.items()):
            directory.write(str(number), text)
            script += f"mount --bind {number} {path}\n"
        done = sh(f"exec unshare --mount sh -ec {shlex.quote(script + shlex.quote(CTL))}",
                  check=False)
        equal((done.returncode, done.stdout), (2, ""), done.stderr)
        return done.stderr


@test
def why_without_module():
    """without the module the tool says why the kernel could not load it"""
    unload_module()
    installed = {f"/lib/modules/{os.uname().release}/modules.dep":
                 "kernel/net/x.ko:\nupdates/dkms/op25b.ko.xz: kernel/net/x.ko\n"}
    disabled = "/proc/sys/kernel/modules_disabled"
    enforced = "/sys/module/module/parameters/sig_enforce"
    equal(without_module_where(installed), "op25bctl: the module is not loaded: run"
          " modprobe op25b to see why\n")
    equal(without_module_where(installed | {disabled: "1\n"}), "op25bctl: the module is"
          " not loaded, and kernel.modules_disabled forbids it: reboot, then run"
          " modprobe op25b\n")
    with Directory() as directory:
        done = sh(f"exec unshare --mount sh -c 'mount --bind {directory.path} /lib/modules"
                  f" && exec {shlex.quote(CTL)}'", check=False)
    equal(done.stderr, "op25bctl: the module is not loaded: run modprobe op25b on the"
          " host\n")
    if os.path.exists(enforced):
        equal(without_module_where(installed | {enforced: "Y\n"}), "op25bctl: the kernel"
              " refuses modules without a known signature: see modprobe op25b, and"
              " op25b(4) for how to enroll its key with mokutil\n")


@test
def broken_pipe():
    """if the reader closes the pipe after the first line, no error is printed"""
    load(policy_of("red", 3000))
    for words in ("list", "-j list", "save", "show"):
        done = sh(f"{shlex.quote(CTL)} {words} | head -n 1")
        equal((len(done.stdout.splitlines()), done.stderr), (1, ""), words)
