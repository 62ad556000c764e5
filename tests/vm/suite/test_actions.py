# SPDX-License-Identifier: GPL-2.0
"""Replies to the sender of a blocked packet by action, and their rate limit."""

import errno
import socket
import time

from harness import LATE, SLOW, ctl, ctl_json, equal, load, test
from judged import Judged
from network import ADDRESSES, Network
from packets import (ACK, DSTOPTS, FIN, MORE, PSH, RST, SYN, TCP, checksum,
                     fragment_header, ip, options_header, tcp,
                     tcp_packet)

HOSTS = (("198.51.100.7", "203.0.113.9"), ("2001:db8:4000::7", "2001:db8:2::9"))
POLICY = "add dynamic 198.51.100.0/22\nadd dynamic 2001:db8:4000::/36\n"
UNREACHABLE = {4: (3, 13), 6: (1, 1)}


def transport(packet):
    """Source, destination, protocol and payload of a packet without options."""
    if packet[0] >> 4 == 4:
        equal(packet[0], 0x45, "IPv4 header")
        equal(checksum(packet[:20]), 0, "IPv4 checksum")
        equal(int.from_bytes(packet[2:4], "big"), len(packet), "IPv4 length")
        return (socket.inet_ntop(socket.AF_INET, packet[12:16]),
                socket.inet_ntop(socket.AF_INET, packet[16:20]), packet[9],
                packet[20:])
    equal(int.from_bytes(packet[4:6], "big"), len(packet) - 40, "IPv6 length")
    return (socket.inet_ntop(socket.AF_INET6, packet[8:24]),
            socket.inet_ntop(socket.AF_INET6, packet[24:40]), packet[6],
            packet[40:])


def check_reset(what, seen, src, dst, sport, dport, seq, ack):
    """The router has sent exactly one packet, a reset of the connection. With `ack`
    None it must lack the ACK flag.
    """
    equal(len(seen), 1, f"{what}: packets from the router")
    source, destination, protocol, segment = transport(seen[0])
    equal((source, destination, protocol), (src, dst, TCP), f"{what}: ends")
    expected = tcp(src, dst, sport, dport, seq=seq, ack=ack or 0,
                   flags=RST | (0 if ack is None else ACK))
    # except for the window, in bytes 14 and 15, and the checksum
    equal(segment[:14], expected[:14], f"{what}: segment")
    equal(len(segment), 20, f"{what}: length")
    pseudo = socket.inet_pton(*((socket.AF_INET6, src) if ":" in src else
                                (socket.AF_INET, src))) + \
        socket.inet_pton(*((socket.AF_INET6, dst) if ":" in dst else
                           (socket.AF_INET, dst))) + bytes([0, 0, 0, 20]) + \
        bytes([0, 0, 0, TCP])
    equal(checksum(pseudo + segment), 0, f"{what}: checksum")


@test
def reset():
    """action reset: the RST has the connection's ports and sequence numbers"""
    judged = Judged("set action reset\n" + POLICY)
    for client, server in HOSTS:
        for what, more, seq, ack in (
                ("SYN", dict(flags=SYN, seq=4294967295), 0, 0),
                ("SYN with data", dict(flags=SYN, seq=7, data=b"quit"), 0, 12),
                ("FIN without ACK", dict(flags=FIN, seq=7), 0, 8),
                ("nothing", dict(flags=0, seq=7, data=b"quit"), 0, 11),
                ("ACK", dict(flags=ACK, seq=7, ack=99), 99, None),
                ("data", dict(flags=ACK | PSH, seq=7, ack=3 << 30, data=b"x"),
                 3 << 30, None),
                ("SYN ACK", dict(flags=SYN | ACK, seq=7, ack=5), 5, None)):
            seen = judged.router.send(
                tcp_packet(client, server, 1025, 25, **more))
            check_reset(f"{what} from {client}", seen, server, client, 25, 1025,
                        seq, ack)
            seen = judged.router.send(
                tcp_packet(server, client, 25, 1025, **more))
            check_reset(f"{what} to {client}", seen, client, server, 1025, 25,
                        seq, ack)


@test
def reset_silence():
    """action reset: no reply to resets, hidden ports, or wrong checksums"""
    judged = Judged("set action reset\n" + POLICY)
    (src4, dst4), (src6, dst6) = HOSTS
    whole4, whole6 = tcp(src4, dst4), tcp(src6, dst6)
    for src, dst in HOSTS:
        for flags in RST, RST | ACK, RST | SYN, RST | FIN | PSH:
            judged.check(f"flags {flags} from {src}",
                         tcp_packet(src, dst, flags=flags), "block", "dynamic")
            judged.check(f"flags {flags} to {src}",
                         tcp_packet(dst, src, 25, 1025, flags=flags), "block",
                         "return")
    for size in 4, 8, 12, 13, 14, 19:
        for src, dst, part in (src4, dst4, whole4), (src6, dst6, whole6):
            judged.check(f"{size} bytes of TCP from {src}",
                         ip(src, dst, TCP, part[:size]), "block", "dynamic")
    for src, dst, whole in (src4, dst4, whole4), (src6, dst6, whole6):
        wrong = whole[:16] + bytes([whole[16] ^ 1]) + whole[17:]
        judged.check(f"wrong checksum from {src}", ip(src, dst, TCP, wrong),
                     "block", "dynamic")
    for what, packet in (
            ("first fragment", ip(src4, dst4, TCP, whole4[:3], MORE)),
            ("offset 1", ip(src4, dst4, TCP, whole4, 1)),
            ("IPv6 first fragment",
             ip(src6, dst6, 44, fragment_header(TCP, 0, True) + whole6[:3])),
            ("17 headers",
             ip(src6, dst6, DSTOPTS, options_header(DSTOPTS) * 16 +
                options_header(TCP) + whole6)),
            ("broken chain", ip(src6, dst6, DSTOPTS, b"\6\7" + whole6))):
        judged.check(what, packet, "block", "malformed")
    equal(ctl_json("stats")["replies_suppressed"], 0, "replies_suppressed")


@test
def reset_chain():
    """action reset: packets with options and extension headers are answered"""
    judged = Judged("set action reset\n" + POLICY)
    (src4, dst4), (src6, dst6) = HOSTS
    for what, packet, src, dst in (
            ("IPv4 options", ip(src4, dst4, TCP, tcp(src4, dst4, seq=7),
                                options=b"\1" * 8), src4, dst4),
            ("IPv6 options", ip(src6, dst6, DSTOPTS, options_header(TCP) +
                                tcp(src6, dst6, seq=7)), src6, dst6)):
        check_reset(what, judged.router.send(packet), dst, src, 25, 1025, 0, 8)


@test
def unreachable():
    """action unreachable: ICMP type 3 code 13, ICMPv6 type 1 code 1"""
    judged = Judged("set action unreachable\n" + POLICY)
    for client, server in HOSTS:
        for what, sender, packet in (
                ("SYN", client, tcp_packet(client, server)),
                ("data", client, tcp_packet(client, server, flags=ACK, ack=1,
                                            data=b"x" * 99)),
                ("RST", client, tcp_packet(client, server, flags=RST)),
                ("return", server, tcp_packet(server, client, 25, 1025))):
            version = packet[0] >> 4
            seen = judged.router.send(packet)
            equal(len(seen), 1, f"{what}: packets from the router")
            _, destination, protocol, message = transport(seen[0])
            equal(destination, sender, f"{what}: destination")
            equal(protocol, 1 if version == 4 else 58, f"{what}: protocol")
            equal((message[0], message[1]), UNREACHABLE[version], what)
            quoted = message[8:]
            # forwarding decrements the hop limit before FORWARD
            hop = 8 if version == 4 else 7
            header = 20 if version == 4 else 40
            equal(quoted[hop], packet[hop] - 1, f"{what}: quoted hop limit")
            equal(quoted[header:], packet[header:], f"{what}: quoted segment")
            judged.expect("block", "return" if what == "return" else "dynamic",
                          None, len(packet))
    equal(judged.client.stats(), judged.expected, "counters")


@test
def drop():
    """action drop, the default, also after other actions: no reply at all"""
    judged = Judged(POLICY)
    for action in None, "reset", "unreachable":
        if action:
            ctl("set", "action", action)
            ctl("set", "action", "drop")
        for client, server in HOSTS:
            judged.check(f"SYN from {client}", tcp_packet(client, server),
                         "block", "dynamic")
            judged.check(f"SYN to {client}", tcp_packet(server, client, 25, 99),
                         "block", "return")


@test
def monitor_is_silent():
    """no action replies to packets that are monitored or pass"""
    judged = Judged()
    for action in "reset", "unreachable":
        load(f"set mode monitor\nset action {action}\n" + POLICY)
        for client, server in HOSTS:
            packet = tcp_packet(client, server)
            equal(len(judged.router.send(packet)), 1, f"{action}: {client}")
            judged.expect("monitor", "dynamic", None, len(packet))
            judged.check(f"web of {client}", tcp_packet(client, server, 99, 80),
                         "pass", "none")


def count_replies(judged, packets):
    """Send packets at once: the number of replies, and the seconds it took."""
    start = time.monotonic()
    answered = sum(len(judged.router.send(packet)) for packet in packets)
    return answered, time.monotonic() - start


def check_rate(judged, rate, packets):
    """Check that replies do not exceed a full bucket plus its refill meanwhile."""
    before = ctl_json("stats")
    answered, seconds = count_replies(judged, packets)
    after = ctl_json("stats")
    suppressed = after["replies_suppressed"] - before["replies_suppressed"]
    blocked = [stats["reasons"]["dynamic"]["blocked"]["packets"]
               for stats in (before, after)]
    equal(answered + suppressed, len(packets), "answered and suppressed")
    equal(blocked[1] - blocked[0], len(packets), "blocked")
    most = rate * (1 + seconds) + 1
    if not min(rate, len(packets)) <= answered <= most:
        raise AssertionError(f"rate {rate}: {answered} replies to "
                             f"{len(packets)} packets in {seconds:.3f} s")


@test
def reply_rate():
    """replies are limited, suppressed ones counted; the bucket refills"""
    judged = Judged("set action reset\nset reply-rate 10\n" + POLICY)
    packets = [tcp_packet(*ends) for ends in HOSTS] * 50
    check_rate(judged, 10, packets)
    # the bucket is almost empty now; it is full after one second, never fuller
    answered, seconds = count_replies(judged, packets)
    equal(answered <= 10 * seconds + 11, True, f"{answered} soon after")
    time.sleep(2.2)
    check_rate(judged, 10, packets)
    time.sleep(1.2)
    ctl("set", "action", "unreachable")
    check_rate(judged, 10, packets[::2])


@test
def reply_rate_zero():
    """with reply-rate 0 all replies are suppressed and counted"""
    judged = Judged("set reply-rate 0\n" + POLICY)
    for action in "reset", "unreachable":
        ctl("set", "action", action)
        for ends in HOSTS:
            judged.expected["suppressed"] += 1
            judged.check(action, tcp_packet(*ends), "block", "dynamic")
            if action == "reset":
                judged.check("RST", tcp_packet(*ends, flags=RST), "block",
                             "dynamic")
        if action == "reset":
            judged.check("hidden ports", ip(*HOSTS[0], TCP, b"", MORE), "block",
                         "malformed")
    ctl("set", "action", "drop")
    judged.check("drop", tcp_packet(*HOSTS[0]), "block", "dynamic")


@test
def reply_rate_unanswered():
    """packets that a reset cannot answer use up no tokens"""
    judged = Judged("set action reset\nset reply-rate 10\n" + POLICY)
    source, destination = HOSTS[0]
    syn = tcp_packet(source, destination)
    segment = syn[20:]
    for packet in (ip(source, destination, TCP, segment, MORE),
                   ip(source, destination, TCP, segment[:16]),
                   tcp_packet(source, destination, flags=RST)):
        equal(count_replies(judged, [packet] * 50)[0], 0, "replies")
    equal(judged.client.stats()["suppressed"], 0, "suppressed")
    equal(count_replies(judged, [syn] * 5)[0], 5, "replies to SYNs")


@test
def reply_rate_default():
    """the default is 1,000 replies a second"""
    judged = Judged("set action reset\n" + POLICY)
    equal(ctl_json("show")["reply_rate"], 1000, "reply_rate")
    check_rate(judged, 1000, [tcp_packet(*HOSTS[0])] * 3000)


@test
def reply_rate_many():
    """no reply is suppressed below the reply rate"""
    judged = Judged("set action reset\nset reply-rate 1000000\n" + POLICY)
    answered, _ = count_replies(judged, [tcp_packet(*HOSTS[0])] * 1000)
    equal(answered, 1000, "replies")
    equal(judged.client.stats()["suppressed"], 0, "suppressed")


def seconds_refused(network, family):
    """Seconds until a connection is refused."""
    start = time.monotonic()
    equal(network.connect(family, timeout=5), errno.ECONNREFUSED,
          f"connect over {family}")
    return time.monotonic() - start


@test
def client_refused():
    """with action reset a client's connect() fails with ECONNREFUSED at once"""
    network = Network()
    load("set action reset\n" + POLICY)
    for family in ADDRESSES:
        with network.listen(family):
            # the best of three: a busy machine may delay some of them
            seconds = min(seconds_refused(network, family) for _ in range(3))
            equal(seconds < 1, True, f"{seconds:.2f} s until refused")


@test
def client_unreachable():
    """with action unreachable a client's connect() gets the ICMP error"""
    network = Network()
    load("set action unreachable\n" + POLICY)
    for family, expected in (("ipv4", errno.EHOSTUNREACH),
                             ("ipv6", errno.EACCES)):
        with network.listen(family):
            start = time.monotonic()
            equal(network.connect(family, timeout=LATE), expected,
                  f"connect over {family}")
            seconds = time.monotonic() - start
            # the reply to the first SYN may come before connect() can receive it
            equal(seconds < 3 * SLOW, True, f"{seconds:.2f} s until unreachable")


@test
def client_dropped():
    """with action drop a client's connect() gets no reply"""
    network = Network()
    load(POLICY)
    for family in ADDRESSES:
        with network.listen(family):
            equal(network.connect(family, timeout=0.7), "timeout",
                  f"connect over {family}")
        with network.listen(family, port=587):
            equal(network.connect(family, port=587), 0, f"587 over {family}")


def receives(conversation, data, timeout):
    """Whether these bytes arrive within the timeout."""
    conversation.settimeout(timeout)
    try:
        return conversation.recv(100) == data
    except TimeoutError:
        return False


def check_open_connection(network, family):
    """Send data over a connection while the policy changes."""
    load("set mode monitor\n" + POLICY)
    with network.listen(family) as listener, \
            network.socket(family) as client:
        client.settimeout(5)
        client.connect((ADDRESSES[family]["server"], 25))
        server, _ = listener.accept()
        with server:
            what = f"conversation over {family}"
            server.send(b"220")
            equal(receives(client, b"220", 5), True, f"{what}: monitor")
            client.send(b"EHLO")
            equal(receives(server, b"EHLO", 5), True, f"{what}: monitor")
            ctl("set", "mode", "enforce")
            client.send(b"MAIL")
            server.send(b"250")
            equal(receives(server, b"MAIL", 0.7), False, f"{what}: enforce")
            equal(receives(client, b"250", 0.3), False, f"{what}: enforce")
            ctl("set", "mode", "off")
            equal(receives(server, b"MAIL", 10), True, f"{what}: off")
            equal(receives(client, b"250", 10), True, f"{what}: off")


@test
def open_connection():
    """an open connection stalls when a new policy blocks it, and resumes after"""
    network = Network()
    for family in ADDRESSES:
        check_open_connection(network, family)


@test
def open_connection_reset():
    """with action reset an open connection is reset"""
    network = Network()
    for family in ADDRESSES:
        load("set mode monitor\nset action reset\n" + POLICY)
        with network.listen(family) as listener, \
                network.socket(family) as client:
            client.settimeout(5)
            client.connect((ADDRESSES[family]["server"], 25))
            with listener.accept()[0]:
                ctl("set", "mode", "enforce")
                client.send(b"EHLO")
                try:
                    client.recv(100)
                except ConnectionResetError:
                    continue
                raise AssertionError(f"no reset over {family}")
