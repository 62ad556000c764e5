# SPDX-License-Identifier: GPL-2.0
"""Packets reinjected from NFQUEUE: the hook then runs in the context of the process
that gives the verdict, preemptible.
"""

import socket
import struct

from genl import attr, attrs
from harness import equal, run, same_packet, test
from judged import Judged
from packets import tcp_packet

NETLINK_NETFILTER = 12
REQUEST = 1
# linux/netfilter/nfnetlink_queue.h
QUEUE = 3 << 8
PACKET, VERDICT, CONFIG = QUEUE, QUEUE | 1, QUEUE | 2
CFG_CMD, CFG_PARAMS, PACKET_HDR, VERDICT_HDR = 1, 2, 1, 2
BIND, COPY_META, ACCEPT = 1, 1, 1
NUMBER = 25             # number of the queue

RULES = f"""
table inet op25b_test {{
    chain forward {{
        type filter hook forward priority mangle;
        queue num {NUMBER}
    }}
}}
"""
POLICY = """
    set action reset
    add dynamic 198.51.100.0/22 label bflets
    add dynamic 2001:db8:4000::/36 label hikari monitor
    add fixed 198.51.100.64/29
"""
# Packets, and their verdicts
PACKETS = (
    (("198.51.100.7", "203.0.113.9"), "block", "dynamic", "bflets"),
    (("2001:db8:4000::7", "2001:db8:2::9"), "monitor", "dynamic", "hikari"),
    (("198.51.100.65", "203.0.113.9"), "pass", "fixed", None),
    (("203.0.113.77", "203.0.113.9"), "pass", "other", None),
)
ROUNDS = 100


class Queue:
    """An NFQUEUE queue; this process gives the verdicts."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                    NETLINK_NETFILTER)
        self.socket.bind((0, 0))
        self.socket.settimeout(30)
        self._send(CONFIG, attr(CFG_CMD, struct.pack("!BBH", BIND, 0, 0)))
        self._send(CONFIG, attr(CFG_PARAMS, struct.pack("!IB", 0, COPY_META)))

    def _send(self, kind, payload):
        body = struct.pack("!BBH", 0, 0, NUMBER) + payload
        self.socket.send(struct.pack("IHHII", 16 + len(body), kind, REQUEST, 0, 0) +
                         body)

    def accept(self):
        """Receive the next packet and accept it."""
        data = self.socket.recv(1 << 16)
        length, kind = struct.unpack_from("IH", data)
        equal(kind, PACKET, "a queued packet")
        header = dict(attrs(data[20:length]))[PACKET_HDR]
        self._send(VERDICT, attr(VERDICT_HDR, struct.pack("!I", ACCEPT) + header[:4]))


@test
def queued_packets():
    """queued packets are judged, counted and answered like others"""
    run("nft", "-f", "-", input=RULES)
    queue = Queue()
    judged = Judged(POLICY)
    for _ in range(ROUNDS):
        for ends, verdict, reason, label in PACKETS:
            packet = bytes(tcp_packet(*ends))
            judged.router.read()
            judged.router.write(packet)
            equal(judged.router.read(), [], "packets before the verdict")
            queue.accept()
            seen = judged.router.read()
            # a blocked one is answered by a reset
            equal(len(seen), 1, f"{ends}: packets from the router")
            equal(same_packet(packet, seen[0]), verdict != "block",
                  f"{ends}: whether it passes")
            judged.expect(verdict, reason, label and f"label {label}", len(packet))
    equal(judged.client.stats(), judged.expected, "counters")
