# SPDX-License-Identifier: GPL-2.0
"""Builds packets as bytes. scapy is slow and cannot build some of them."""

import ipaddress
import struct

TCP, UDP, AH, ESP = 6, 17, 51, 50
HOPOPTS, ROUTING, FRAGMENT, NONE, DSTOPTS = 0, 43, 44, 59, 60
MORE = 0x2000

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def checksum(data):
    """The internet checksum, RFC 1071."""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def ip(src, dst, protocol, payload, place=0, options=b"", trailer=b""):
    """A packet; `place` is IPv4's flags and offset, `trailer` follows the packet."""
    src, dst = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if src.version == 6:
        return struct.pack("!IHBB16s16s", 6 << 28, len(payload), protocol, 64,
                           src.packed, dst.packed) + payload + trailer
    words = 5 + len(options) // 4
    header = struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0,
                         4 * words + len(payload), 0x1234, place, 64, protocol,
                         0, src.packed, dst.packed) + options
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + \
        payload + trailer


def tcp(src, dst, sport=1025, dport=25, flags=SYN, seq=1000, ack=0, data=b""):
    """A TCP segment with a valid checksum."""
    segment = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, flags,
                          8192, 0, 0) + data
    pseudo = ipaddress.ip_address(src).packed + \
        ipaddress.ip_address(dst).packed + struct.pack("!II", len(segment), TCP)
    return segment[:16] + struct.pack("!H", checksum(pseudo + segment)) + \
        segment[18:]


def tcp_packet(src, dst, sport=1025, dport=25, **more):
    """A packet with a TCP segment."""
    return ip(src, dst, TCP, tcp(src, dst, sport, dport, **more))


def options_header(following, size=8):
    """A hop-by-hop or destination options header, of padding only."""
    padding = b""
    room = size - 2
    while room:
        part = min(room, 250)
        padding += b"\1" + bytes([part - 2]) + bytes(part - 2) \
            if part > 1 else b"\0"
        room -= part
    return bytes([following, size // 8 - 1]) + padding


def routing_header(following):
    """A routing header with no segments left."""
    return bytes([following, 0, 253, 0, 0, 0, 0, 0])


def fragment_header(following, offset=0, more=False):
    """An IPv6 fragment header; the offset is in bytes."""
    return struct.pack("!BBHI", following, 0, offset | more, 0x12345678)


def ah_header(following, size=24):
    """An authentication header, RFC 4302; the size is a multiple of 4."""
    return bytes([following, size // 4 - 2]) + bytes(2) + \
        struct.pack("!II", 0x100, 1) + bytes(size - 12)
