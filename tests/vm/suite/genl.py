# SPDX-License-Identifier: GPL-2.0
"""A client of the netlink family: faster than running the tool for each request,
and able to keep transactions open. See include/uapi/linux/op25b.h.
"""

import os
import socket
import struct

REQUEST, ACK, DUMP = 1, 4, 0x300
ERROR, DONE = 2, 3
SO_RCVBUFFORCE = 33     # asm-generic/socket.h
NESTED, TYPE_MASK = 0x8000, 0x3FFF

CTRL, GETFAMILY, FAMILY_ID, FAMILY_NAME = 16, 3, 1, 2

# enum op25b_cmd and enum op25b_attr, in their order
(GET, BEGIN, UPDATE, COMMIT, ABORT, LIST, TEST, GET_STATS, RESET_STATS, CONFIG_NTF,
 CONFIRM_LOAD, ROLLBACK) = range(1, 13)
(PAD, GENERATION, REPLACE, ADD, DEL, FLUSH, SET, SETTINGS, COUNT, MEMORY,
 MAX_PREFIXES, TABLE, FAMILY, ENTRY, SRC, DST, SPORT, DPORT, VERDICT, REASON,
 DIRECTION, STAT, SUPPRESSED, TRANSACTION, RELAY,
 OWNER, SKIP, SKIPPED, CONFIRM, PENDING, KEPT_MEMORY, EVENT) = range(1, 33)

TABLES = (None, "dynamic", "fixed", "dialup", "relay")
VERDICTS = ("pass", "block", "monitor")
OUTCOMES = ("passed", "blocked", "monitored")
REASONS = ("none", "off", "relay", "fixed", "dialup", "other", "dynamic",
           "return", "malformed")
DIRECTIONS = (None, "outbound", "return")


def attr(kind, value=b""):
    """An attribute as bytes."""
    return struct.pack("HH", 4 + len(value), kind) + value + \
        bytes(-len(value) % 4)


def attrs(data):
    """Parse attributes: a list of (kind, value)."""
    found = []
    while data:
        length, kind = struct.unpack_from("HH", data)
        found.append((kind & TYPE_MASK, data[4:length]))
        data = data[(length + 3) & ~3:]
    return found


def text(value):
    """A string without the zero at its end."""
    return value.rstrip(b"\0").decode()


def read_entry(value):
    """Prefix and names of an entry, in the format of `op25bctl --json test`."""
    entry = dict(attrs(value))
    family = socket.AF_INET if len(entry[2]) == 4 else socket.AF_INET6
    answer = {"prefix": f"{socket.inet_ntop(family, entry[2])}/{entry[3][0]}"}
    if 6 in entry:
        answer["label"] = text(entry[6])
    if 7 in entry:
        answer["provider"] = text(entry[7])
    return answer


class Client:
    """A netlink socket in the namespace where it was made. The kernel chooses its
    port id unless one is given.
    """

    def __init__(self, portid=0):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.socket.bind((portid, 0))
        self.family = CTRL
        (found,) = self.request(GETFAMILY, attr(FAMILY_NAME, b"op25b\0"),
                                version=2)
        self.family, = struct.unpack("H", dict(found)[FAMILY_ID])

    def send(self, command, payload=b"", flags=ACK, version=1):
        """Send a request and leave the answer to the caller."""
        self.socket.send(self.message(command, payload, flags, version, 1))

    def message(self, command, payload, flags, version, sequence):
        """A request as bytes."""
        body = struct.pack("BBH", command, version, 0) + payload
        return struct.pack("IHHII", 16 + len(body), self.family, REQUEST | flags,
                           sequence, 0) + body

    def request_all(self, requests):
        """Send requests, (command, payload), in one datagram; their answers, which are
        errors or acknowledgements.
        """
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 22)
        self.socket.send(b"".join(
            self.message(command, payload, ACK, 1, 1)
            for command, payload in requests))
        return [self.socket.recv(1 << 16) for _ in requests]

    def request(self, command, payload=b"", flags=ACK, version=1):
        """Send a request; return the attributes of each message of the answer."""
        self.send(command, payload, flags, version)
        answers = []
        while True:
            data = self.socket.recv(1 << 16)
            while data:
                length, kind = struct.unpack_from("IH", data)
                if kind in (ERROR, DONE):
                    error, = struct.unpack_from("i", data, 16)
                    if error:
                        raise OSError(-error, os.strerror(-error))
                    return answers
                answers.append(attrs(data[20:length]))
                data = data[(length + 3) & ~3:]

    def test(self, src, dst, sport, dport):
        """The verdict, in the format of `op25bctl --json test`."""
        (found,) = self.request(
            TEST, attr(SRC, src.packed) + attr(DST, dst.packed) +
            attr(SPORT, struct.pack("H", sport)) +
            attr(DPORT, struct.pack("H", dport)))
        found = dict(found)
        answer = {"verdict": VERDICTS[found[VERDICT][0]],
                  "reason": REASONS[found[REASON][0]],
                  "direction": DIRECTIONS[found.get(DIRECTION, b"\0")[0]]}
        if ENTRY in found:
            answer |= read_entry(found[ENTRY])
        if RELAY in found:
            answer["relay"] = read_entry(found[RELAY])
            answer["relay"].pop("label", None)
        return answer

    def stats(self):
        """Nonzero counters: {(reason or names, outcome): (packets, bytes)}, with names
        such as "label a provider b".
        """
        counters = {}
        for message in self.request(GET_STATS, flags=DUMP):
            for kind, value in message:
                if kind == SUPPRESSED:
                    counters["suppressed"], = struct.unpack("Q", value)
                if kind != STAT:
                    continue
                stat = dict(attrs(value))
                name = REASONS[stat[2][0]] if 2 in stat else \
                    " ".join(f"{word} {text(stat[key])}" for word, key in
                             (("label", 3), ("provider", 7),
                              ("owner", 8)) if key in stat)
                packets, = struct.unpack("Q", stat[5])
                size, = struct.unpack("Q", stat[6])
                if packets or size:
                    counters[name, OUTCOMES[stat[4][0]]] = packets, size
        return counters
