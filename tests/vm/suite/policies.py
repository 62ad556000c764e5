# SPDX-License-Identifier: GPL-2.0
"""Policies as text: files for the tool, and its expected output."""

import os
import socket
import tempfile
import threading

import genl
from harness import TOP, ctl_json

DATA = os.path.join(TOP, "tests/data")
TABLES = ("dynamic", "fixed", "dialup", "relay")
SETTINGS = {"mode": "enforce", "action": "drop", "return": True,
            "reply_rate": 1000}


class Directory:
    """A temporary directory, the current one within the context."""

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = self.temporary.name
        os.chmod(self.path, 0o755)
        self.before = os.getcwd()
        os.chdir(self.path)
        return self

    def __exit__(self, *_):
        os.chdir(self.before)
        self.temporary.cleanup()

    @staticmethod
    def write(name, text):
        """Write a file; return its name."""
        with open(name, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return name


class Others:
    """A context in which another thread calls step(0), step(1) and so on."""

    def __init__(self, step):
        self.step = step
        self.problem = None
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        number = 0
        try:
            while not self.stop.wait(0.01):
                self.step(number)
                number += 1
        except Exception as problem:
            self.problem = problem

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        if self.problem:
            raise self.problem


def change_something(number, client=None):
    """Change the reply rate, on which no test depends, by netlink; within the
    transaction of the client, if one is given.
    """
    rate = genl.attr(4, (1000 + number % 2).to_bytes(4, "little"))
    (client or genl.Client()).request(genl.UPDATE,
                                      genl.attr(genl.SET | genl.NESTED, rate))


def entry(table, prefix, label=None, monitor=False, timeout=None):
    """An entry in the format of `list --json`."""
    one = {"table": table, "prefix": prefix}
    if label:
        one["label"] = label
    if timeout:
        one["timeout"] = timeout
    if monitor:
        one["monitor"] = True
    return one


def order(one):
    """The sort key of the tool's lists."""
    address, _, length = one["prefix"].partition("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return (TABLES.index(one["table"]), family,
            socket.inet_pton(family, address), int(length))


def entries(*words):
    """The sorted output of `list --json`, timeouts rounded up to hundreds."""
    listed = sorted(ctl_json("list", *words), key=order)
    for one in listed:
        if "timeout" in one:
            one["timeout"] = -(-one["timeout"] // 100) * 100
    return listed


def settings(shown=None):
    """The settings in the format of `show --json`."""
    shown = shown or ctl_json("show")
    return {key: shown[key] for key in SETTINGS}


def generation():
    """The current generation."""
    return ctl_json("show")["generation"]


def state():
    """The state that a refused change must not alter."""
    shown = ctl_json("show")
    return shown["generation"], settings(shown), entries()


def real_lists():
    """The prefixes of tests/data."""
    found = []
    for name in ("jp-ipv4.txt", "jp-ipv6.txt"):
        with open(os.path.join(DATA, name)) as file:
            found += file.read().split()
    return found


def ipv4_prefixes(count, length):
    """That many distinct IPv4 prefixes of a length, scattered."""
    # multiplying by an odd factor permutes the numbers of `length` bits
    values = [number * 0x9E3779B1 % (1 << length) << (32 - length)
              for number in range(count)]
    return [f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}"
            f".{value & 255}/{length}" for value in values]


IPV6_FORMS = ("2a01:%x::/32", "2a02:%x:100::/40", "2a03:%x:10::/44",
              "2a04:%x:1::/48", "2a05:%x:1:1000::/52", "2a06:%x:1:100::/56",
              "2a07:%x:1:1::/64", "2a08:%x::1/128")


def ipv6_prefixes(count, form):
    """That many distinct IPv6 prefixes of a form, at most 65,535."""
    return [form % number for number in range(1, count + 1)]
