# SPDX-License-Identifier: GPL-2.0
"""A transaction belongs to its socket, not to the port id of the socket."""

import contextlib
import errno
import os
import socket
import threading

from genl import ADD, BEGIN, COMMIT, NESTED, TRANSACTION, UPDATE, Client, attr
from harness import TOP, ctl_json, equal, run, test, wait_for

MODULE = os.path.join(TOP, "tests/vm/module/op25b_hold.ko")
PARAMETERS = "/sys/module/op25b_hold/parameters"
FIXED = 2               # OP25B_TABLE_FIXED


def add(address):
    """The operation that adds a host."""
    return attr(ADD | NESTED, attr(1, bytes([FIXED])) +
                attr(2, socket.inet_aton(address)) + attr(3, bytes([32])))


def refused(number, function, *arguments):
    """Raise unless the function fails with this error number."""
    try:
        function(*arguments)
        seen = 0
    except OSError as error:
        seen = error.errno
    equal(seen, number, f"error of {arguments}")


@contextlib.contextmanager
def closing(client):
    """Close a client's socket. Within this context its port id is free, but the
    module has not been notified.
    """
    portid, _ = client.socket.getsockname()
    run("insmod", MODULE, f"portid={portid}")
    thread = threading.Thread(target=client.socket.close)
    thread.start()
    try:
        def held():
            with open(f"{PARAMETERS}/held") as file:
                return file.read() == "1\n"

        wait_for("the release is held", held)
        yield portid
    finally:
        with open(f"{PARAMETERS}/portid", "w") as file:
            file.write("0\n")
        thread.join()
        run("rmmod", "op25b_hold")


@test
def port_id_of_a_closing_socket():
    """a new socket with the port id of a closing one does not get its transaction"""
    old = Client()
    old.request(BEGIN)
    old.request(UPDATE, add("192.0.2.1"))
    with closing(old) as portid:
        new = Client(portid)
        refused(errno.ENOENT, new.request, COMMIT)
        refused(errno.ENOENT, new.request, UPDATE,
                add("192.0.2.2") + attr(TRANSACTION))
        equal(ctl_json("show")["generation"], 0, "generation")
        new.request(BEGIN)
        new.request(UPDATE, add("192.0.2.3") + attr(TRANSACTION))
    new.request(UPDATE, add("192.0.2.4") + attr(TRANSACTION))
    new.request(COMMIT)
    equal(sorted(entry["prefix"] for entry in ctl_json("list")),
          ["192.0.2.3/32", "192.0.2.4/32"], "entries")
