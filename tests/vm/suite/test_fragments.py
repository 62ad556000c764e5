# SPDX-License-Identifier: GPL-2.0
"""Packets whose ports are hard to see: fragments, header chains, short packets.

Each case is a packet from a dynamic subscriber to port 25, and the expected
decision: "ports" is judged by its ports, "hidden" is blocked as malformed, "none"
passes uncounted. The same packets are sent between other hosts too.
"""

import struct

from harness import Router, ctl, equal, test
from judged import Judged
from packets import AH as AH_NUMBER, TCP as TCP_NUMBER
from packets import (DSTOPTS, FRAGMENT, MORE, ah_header, checksum,
                     fragment_header, ip, options_header, tcp, tcp_packet)
from scapy.layers.inet import GRE, IP, TCP, UDP, IPOption_NOP
from scapy.layers.inet6 import (HBHOptUnknown, IPv6, IPv6ExtHdrDestOpt,
                                IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                                IPv6ExtHdrRouting, PadN)
from scapy.layers.ipsec import AH
from scapy.packet import Raw

IFF_VNET_HDR = 0x4000

HOSTS = {
    4: {"dynamic": "198.51.100.7", "trial": "100.64.0.1",
        "fixed": "198.51.100.65", "dialup": "203.0.113.3",
        "relay": "192.0.2.25", "other": "192.0.3.1", "server": "192.0.4.1"},
    6: {"dynamic": "2001:db8:4000::7", "trial": "2001:db8:8000::7",
        "fixed": "2001:db8:4000:1::1", "dialup": "2001:db8:2::1",
        "relay": "2001:db8:1::25", "other": "2001:db8:3::1",
        "server": "2001:db8:4::1"},
}
POLICY = """
    add dynamic 198.51.100.0/22 label bflets
    add dynamic 100.64.0.0/10 label hikari monitor
    add fixed 198.51.100.64/29
    add dialup 203.0.113.0/24
    add relay 192.0.2.25
    add dynamic 2001:db8:4000::/36 label bflets
    add dynamic 2001:db8:8000::/36 label hikari monitor
    add fixed 2001:db8:4000:1::/64
    add dialup 2001:db8:2::/48
    add relay 2001:db8:1::25
"""

SRC4, DST4 = HOSTS[4]["dynamic"], HOSTS[4]["server"]
SRC6, DST6 = HOSTS[6]["dynamic"], HOSTS[6]["server"]
SMTP = tcp(SRC4, DST4, data=b"EHLO example.net\r\n")
WEB = tcp(SRC4, DST4, dport=80, data=b"GET / HTTP/1.0\r\n\r\n")

NUMBERS = {IPv6ExtHdrHopByHop: 0, IPv6ExtHdrRouting: 43,
           IPv6ExtHdrFragment: 44, AH: 51, IPv6ExtHdrDestOpt: 60}

# Protocols that hide their payload, and others that are not TCP
OPAQUE = {"ESP": 50, "no next header": 59, "GRE": 47, "IPv4 tunnel": 4,
          "IPv6 tunnel": 41, "UDP": 17, "SCTP": 132, "mobility": 135,
          "reserved": 255}


def ip4(payload, **fields):
    """An IPv4 packet; the payload's protocol is TCP unless given."""
    fields.setdefault("proto", 6)
    return IP(src=SRC4, dst=DST4, **fields) / Raw(payload)


def ip6(*headers, nh=6, payload=SMTP):
    """An IPv6 packet with these headers; the last one names the payload."""
    kinds = [NUMBERS[type(header)] for header in headers] + [nh]
    chain = b"".join(bytes([following]) + bytes(header)[1:]
                     for header, following in zip(headers, kinds[1:]))
    return IPv6(src=SRC6, dst=DST6, nh=kinds[0]) / Raw(chain + payload)


def fragment(offset=0, more=1):
    """An IPv6 fragment header; the offset in units of 8 bytes."""
    return IPv6ExtHdrFragment(offset=offset, m=more, id=0x25)


def options(kind=IPv6ExtHdrDestOpt, size=8):
    """A header with one option, `size` bytes long, up to 256."""
    return kind(options=[HBHOptUnknown(otype=0x1e, optdata=bytes(size - 4))])


def routing():
    """A routing header of an unknown type with no segments left."""
    return IPv6ExtHdrRouting(type=253, segleft=0, addresses=[])


def ah(words=4, nh=6):
    """An authentication header; `words` is its payload length field."""
    return AH(nh=nh, payloadlen=words, spi=0x100, seq=1,
              icv=bytes(4 * words - 4))


def short_ipv4():
    """Packets that end before or within the ports."""
    for size in range(4):
        part = SMTP[:size]
        yield f"first fragment, {size} bytes of TCP", ip4(part, flags="MF"), "hidden"
        yield f"whole packet, {size} bytes of TCP", ip4(part), "none"
        yield f"first fragment, {size} bytes of TCP, options", ip4(
            part, flags="MF", options=[IPOption_NOP()] * 8), "hidden"
        yield f"first fragment, AH and {size} bytes of TCP", \
            IP(src=SRC4, dst=DST4, flags="MF", proto=51) / ah() / Raw(part), \
            "hidden"
        yield f"first fragment, {size} bytes of UDP", \
            ip4(part, flags="MF", proto=17), "none"
    for size in 4, 5, 8, 13, 16, 20, len(SMTP):
        yield f"first fragment, {size} bytes of TCP", \
            ip4(SMTP[:size], flags="MF"), "ports"
        yield f"first fragment, {size} bytes of TCP to port 80", \
            ip4(WEB[:size], flags="MF"), "none"
        yield f"whole packet, {size} bytes of TCP", ip4(SMTP[:size]), "ports"


def fragments_ipv4():
    """Fragments by offset, and packets that are not fragments."""
    for more in "", "MF":
        for payload in b"", b"\0", SMTP, WEB, bytes(64):
            yield f"offset 1 {more}, {len(payload)} bytes", \
                ip4(payload, frag=1, flags=more), "hidden"
        for offset in 2, 3, 5, 256, 257, 4097, 8180:
            yield f"offset {offset} {more}", \
                ip4(SMTP, frag=offset, flags=more), "none"
        for name, protocol in OPAQUE.items():
            for offset in 0, 1, 2:
                yield f"offset {offset} {more}, {name}", \
                    ip4(SMTP, frag=offset, flags=more, proto=protocol), "none"
    yield "offset 1, options", \
        ip4(SMTP, frag=1, options=[IPOption_NOP()] * 4), "hidden"
    yield "offset 1 and DF", ip4(SMTP, frag=1, flags="DF"), "hidden"
    yield "DF", ip4(SMTP, flags="DF"), "ports"
    yield "DF and MF", ip4(SMTP, flags="DF+MF"), "ports"
    yield "reserved flag", ip4(SMTP, flags="evil"), "ports"
    yield "reserved flag, first fragment of 3 bytes", \
        ip4(SMTP[:3], flags="evil+MF"), "hidden"


def chains_ipv4():
    """Options, AH and tunnels."""
    base = IP(src=SRC4, dst=DST4)
    for words in 1, 5, 10:
        for name, payload, said in (("25", SMTP, "ports"), ("80", WEB, "none")):
            yield f"{4 * words} bytes of options, to port {name}", \
                ip4(payload, options=[IPOption_NOP()] * 4 * words), said
    for number in 1, 2, 16:
        packet = IP(src=SRC4, dst=DST4, proto=51)
        for left in range(number, 0, -1):
            packet /= ah(nh=6 if left == 1 else 51)
        yield f"{number} AH, to port 25", packet / Raw(SMTP), "ports"
        yield f"{number} AH, to port 80", packet / Raw(WEB), "none"
    for words in 1, 2, 4, 7, 254:
        yield f"AH of {8 + 4 * words} bytes", \
            base.copy() / ah(words) / Raw(SMTP), "ports"
    yield "AH, UDP", base / ah(nh=17) / Raw(SMTP), "none"
    yield "AH, ESP", base / ah(nh=50) / Raw(SMTP), "none"
    yield "AH, options, to port 25", \
        IP(src=SRC4, dst=DST4, options=[IPOption_NOP()] * 4) / ah() / Raw(SMTP), \
        "ports"
    for protocol in 0, 43, 44, 60:
        yield f"IPv6 header {protocol} in IPv4", \
            ip4(bytes([6, 0]) + bytes(6) + SMTP, proto=protocol), "none"
    inner = IP(src=SRC4, dst=DST4) / TCP(dport=25)
    yield "IPIP", base / inner, "none"
    yield "GRE", base / GRE() / inner, "none"
    yield "6in4", base / IPv6(src=SRC6, dst=DST6) / TCP(dport=25), "none"
    yield "UDP to port 25", base / UDP(sport=25, dport=25), "none"


def short_ipv6():
    """First fragments and whole packets that end before or within the ports."""
    for size in range(4):
        part = SMTP[:size]
        for name, headers in (
                ("", ()), ("destination options, ", (options(),)),
                ("AH, ", (ah(),)), ("routing, AH, ", (routing(), ah()))):
            yield f"first fragment, {name}{size} bytes of TCP", \
                ip6(fragment(), *headers, payload=part), "hidden"
            yield f"{name}first fragment, {size} bytes of TCP", \
                ip6(*headers, fragment(), payload=part), "hidden"
            yield f"atomic fragment, {name}{size} bytes of TCP", \
                ip6(fragment(more=0), *headers, payload=part), "hidden"
            yield f"whole packet, {name}{size} bytes of TCP", \
                ip6(*headers, payload=part), "none"
        for name, protocol in OPAQUE.items():
            yield f"first fragment, {size} bytes of {name}", \
                ip6(fragment(), nh=protocol, payload=part), "none"
    for size in 4, 5, 8, 13, 16, 20, len(SMTP):
        for name, payload, said in (("25", SMTP, "ports"), ("80", WEB, "none")):
            yield f"first fragment, {size} bytes of TCP to port {name}", \
                ip6(fragment(), payload=payload[:size]), said
            yield f"atomic fragment, {size} bytes of TCP to port {name}", \
                ip6(fragment(more=0), payload=payload[:size]), said
            yield f"whole packet, {size} bytes of TCP to port {name}", \
                ip6(payload=payload[:size]), said


def fragments_ipv6():
    """Fragments by offset, and first fragments without the whole chain."""
    for more in 0, 1:
        for offset in 1, 2, 3, 185, 4096, 8191:
            for payload in b"", SMTP:
                yield f"offset {offset}, more {more}, {len(payload)} bytes", \
                    ip6(fragment(offset, more), payload=payload), "none"
            yield f"offset {offset}, more {more}, options", \
                ip6(fragment(offset, more), nh=60, payload=SMTP), "none"
        for kind in 0, 43, 44, 60, 51:
            for payload in b"", b"\6", bytes([6, 4]) + bytes(5):
                yield f"more {more}, ends in header {kind} after " \
                    f"{len(payload)} bytes", \
                    ip6(fragment(0, more), nh=kind, payload=payload), "hidden"
        yield f"more {more}, then options up to the end", \
            ip6(fragment(0, more), options(), payload=b""), "hidden"
        yield f"more {more}, then two fragment headers", \
            ip6(fragment(0, more), fragment(0, more)), "ports"
        yield f"more {more}, then a fragment that is not the first", \
            ip6(fragment(0, more), fragment(5, more)), "none"
        yield f"more {more}, options, UDP", \
            ip6(fragment(0, more), options(), nh=17), "none"


def chains_ipv6():
    """Header chains: whole, long, too long, broken, opaque."""
    hop = options(IPv6ExtHdrHopByHop)
    chains = {
        "hop-by-hop": (IPv6ExtHdrHopByHop(options=[PadN(optdata=bytes(4))]),),
        "routing": (routing(),),
        "destination options": (options(),),
        "AH": (ah(),),
        "AH of 12 bytes": (ah(1),),
        "AH of 1028 bytes": (ah(255),),
        "options of 2048 bytes": (options(size=256), options(size=256)),
        "hop-by-hop, options, routing, fragment, AH, options":
            (hop, options(), routing(), fragment(0, 0), ah(), options()),
        "hop-by-hop in the middle": (options(), hop, routing(), hop),
        "segments left":
            (IPv6ExtHdrRouting(type=253, segleft=3, addresses=[DST6] * 3),),
    }
    for number in 2, 8, 15, 16:
        chains[f"{number} headers"] = (options(),) * number
    chains["16 headers, one a fragment"] = \
        (options(),) * 7 + (fragment(0, 1),) + (options(),) * 8
    for name, headers in chains.items():
        yield f"{name}, to port 25", ip6(*headers), "ports"
        yield f"{name}, to port 80", ip6(*headers, payload=WEB), "none"
        for what, protocol in OPAQUE.items():
            yield f"{name}, {what}", ip6(*headers, nh=protocol), "none"
    for number in 17, 18, 40:
        for what, payload, protocol in (("port 25", SMTP, 6), ("port 80", WEB, 6),
                                        ("UDP", SMTP, 17), ("ESP", SMTP, 50)):
            yield f"{number} headers, {what}", \
                ip6(*(options(),) * number, nh=protocol, payload=payload), \
                "hidden"
    yield "17 headers, the last a fragment", \
        ip6(*(options(),) * 16, fragment(0, 1)), "hidden"
    yield "17 headers, the last a later fragment", \
        ip6(*(options(),) * 16, fragment(9, 1)), "hidden"


def broken_ipv6():
    """Header chains that extend beyond the packet."""
    for kind in 43, 60, 51:
        for before in (), (options(),), (ah(), routing()):
            for name, payload in (
                    ("nothing", b""), ("1 byte", b"\6"), ("2 bytes", b"\6\1"),
                    ("8 of 16 bytes", bytes([6, 4 if kind == 51 else 1]) +
                     bytes(6)),
                    ("15 of 16 bytes", bytes([6, 2 if kind == 51 else 1]) +
                     bytes(13)),
                    ("255 words", b"\6\xff" + SMTP)):
                yield f"{len(before)} headers, {name} of header {kind}", \
                    ip6(*before, nh=kind, payload=payload), "hidden"
    for size in range(8):
        yield f"{size} bytes of a fragment header", \
            ip6(nh=44, payload=bytes(fragment())[:size]), "hidden"
    for name, protocol in OPAQUE.items():
        yield name, ip6(nh=protocol), "none"
        yield f"{name} and nothing", ip6(nh=protocol, payload=b""), "none"
    base = IPv6(src=SRC6, dst=DST6)
    inner = base / TCP(dport=25)
    yield "6in6", base / inner, "none"
    yield "4in6", base / IP(src=SRC4, dst=DST4) / TCP(dport=25), "none"
    yield "GRE", base / GRE() / inner, "none"
    yield "UDP to port 25", base / UDP(sport=25, dport=25), "none"


def readdressed(packet, src, dst):
    """The packet with other addresses; the transport checksum is not updated."""
    version = packet[0] >> 4
    src, dst = HOSTS[version][src], HOSTS[version][dst]
    if version == 6:
        return packet[:8] + bytes(IPv6(src=src, dst=dst))[8:40] + packet[40:]
    size = 4 * (packet[0] & 15)
    header = packet[:10] + bytes(2) + bytes(IP(src=src, dst=dst))[12:20] + \
        packet[20:size]
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + \
        packet[size:]


# Source and destination: the verdict by the ports, and that if they are hidden
ENDS = {
    ("dynamic", "server"): ("block dynamic bflets", "block malformed bflets"),
    ("trial", "server"): ("monitor dynamic hikari", "monitor malformed hikari"),
    ("fixed", "server"): ("pass fixed", "pass none"),
    ("dialup", "server"): ("pass dialup", "pass none"),
    ("other", "server"): ("pass other", "pass none"),
    ("other", "dynamic"): ("pass other", "pass none"),
    ("dynamic", "relay"): ("pass relay", "pass none"),
    ("dynamic", "dynamic"): ("block dynamic bflets", "block malformed bflets"),
}


def check_cases(*groups):
    """Send all packets of these groups between all pairs of hosts."""
    judged = Judged(POLICY)
    for cases in groups:
        for name, packet, said in cases():
            packet = bytes(packet)
            # "none" does not depend on addresses: two pairs are enough
            for ends in list(ENDS)[:2 if said == "none" else None]:
                by_ports, hidden = ENDS[ends]
                expected = {"ports": by_ports, "hidden": hidden,
                            "none": "pass none"}[said].split()
                judged.check(f"{cases.__name__}: {name}, {' to '.join(ends)}",
                             readdressed(packet, *ends), *expected)


@test
def ipv4():
    """IPv4 fragments, options, AH, tunnels and short packets"""
    check_cases(short_ipv4, fragments_ipv4, chains_ipv4)


@test
def ipv6_fragments():
    """IPv6 fragments and short packets"""
    check_cases(short_ipv6, fragments_ipv6)


@test
def ipv6_chains():
    """IPv6 header chains, whole, long, too long, broken and opaque"""
    check_cases(chains_ipv6, broken_ipv6)


@test
def monitored():
    """packets with hidden ports pass in mode monitor, and are counted"""
    judged = Judged("set mode monitor\n" + POLICY)
    for packet in (ip4(b"\0\x19", flags="MF"), ip4(SMTP, frag=1),
                   ip6(fragment(), payload=b""), ip6(nh=60, payload=b"\6"),
                   ip6(*[options()] * 17)):
        judged.check(packet.summary(), packet, "monitor", "malformed", "bflets")
    ctl("set", "mode", "off")
    judged.check("mode off", ip4(SMTP, frag=1), "pass", "off")


@test
def trailers():
    """bytes behind the packet, such as Ethernet padding, are ignored"""
    judged = Judged(POLICY)
    for size in 0, 1, 3:
        first4, first6 = (bytes(packet) for packet in (
            ip4(SMTP[:size], flags="MF"), ip6(fragment(), payload=SMTP[:size])))
        for name, packet in ("IPv4", first4), ("IPv6", first6):
            judged.check(f"{name} first fragment of {size} bytes, padded",
                         packet + SMTP[size:], "block", "malformed", "bflets",
                         size=len(packet))
        short4, short6 = bytes(ip4(SMTP[:size])), bytes(ip6(payload=SMTP[:size]))
        for name, packet in ("IPv4", short4), ("IPv6", short6):
            judged.check(f"{name} packet of {size} bytes, padded",
                         packet + SMTP[size:], "pass", "none", size=len(packet))
    packet = bytes(ip6(nh=60, payload=bytes([6, 1]) + bytes(6)))
    judged.check("IPv6 options that end in the padding", packet + bytes(8) + SMTP,
                 "block", "malformed", "bflets", size=len(packet))


class PagedRouter(Router):
    """A router whose packets, if longer than about a page, are nonlinear: only
    their first `linear` bytes are in the linear part of the skb.
    """

    lan_flags = IFF_VNET_HDR
    linear = 20

    def write(self, packet):
        """Send one packet to `lan`."""
        super().write(struct.pack("BBHHHH", 0, 0, self.linear, 0, 0, 0) + packet)


def ah_chain(number, following):
    """This many AHs of 1028 bytes each."""
    return b"".join(ah_header(AH_NUMBER if left else following, 1028)
                    for left in reversed(range(number)))


def option_chain(number, following):
    """This many destination options headers of 256 bytes each."""
    return b"".join(options_header(DSTOPTS if left else following, 256)
                    for left in reversed(range(number)))


def paged_cases():
    """Long packets whose header chain ends far behind the linear part."""
    tail = bytes(5000)
    for place, payload, said in (
            (0, SMTP, "ports"), (0, WEB, "none"), (MORE, SMTP, "ports"),
            (1, SMTP, "hidden"), (2, SMTP, "none")):
        yield f"IPv4, place {place:x}, {payload[3]}", \
            ip(SRC4, DST4, TCP_NUMBER, payload + tail, place), said
    yield "IPv4, long AH", \
        ip(SRC4, DST4, AH_NUMBER, ah_chain(5, TCP_NUMBER) + SMTP), "ports"
    yield "IPv6", ip(SRC6, DST6, TCP_NUMBER, SMTP + tail), "ports"
    yield "IPv6 to port 80", ip(SRC6, DST6, TCP_NUMBER, WEB + tail), "none"
    for size in range(5):
        said = "ports" if size == 4 else "hidden"
        yield f"IPv4 first fragment, long AH, {size} bytes of TCP", \
            ip(SRC4, DST4, AH_NUMBER, ah_chain(5, TCP_NUMBER) + SMTP[:size],
               MORE), said
        yield f"IPv6 first fragment, long AH, {size} bytes of TCP", \
            ip(SRC6, DST6, FRAGMENT, fragment_header(AH_NUMBER, 0, True) +
               ah_chain(5, TCP_NUMBER) + SMTP[:size]), said
    # for some of these the ports straddle two pages
    for size in range(208, 320, 4):
        yield f"IPv6, long options and AH of {size} bytes", \
            ip(SRC6, DST6, DSTOPTS, option_chain(15, AH_NUMBER) +
               ah_header(TCP_NUMBER, size) + SMTP + tail[:1000]), "ports"
    yield "IPv6, long options cut short", \
        ip(SRC6, DST6, DSTOPTS, option_chain(15, DSTOPTS) + SMTP[:1] +
           b"\377" + tail[:2000]), "hidden"


@test
def paged():
    """nonlinear packets"""
    judged = Judged(POLICY, PagedRouter)
    for name, packet, said in paged_cases():
        expected = {"ports": ("block", "dynamic", "bflets"),
                    "hidden": ("block", "malformed", "bflets"),
                    "none": ("pass", "none")}[said]
        for linear in 0, 20, 40, 41, 42, 43, 61, 100:
            judged.router.linear = linear
            judged.check(f"{name}, {linear} bytes linear", packet,
                         *expected)


@test
def paged_reset():
    """a reset answers a nonlinear packet"""
    judged = Judged("set action reset\n" + POLICY, PagedRouter)
    for src, dst in (SRC4, DST4), (SRC6, DST6):
        seen = judged.router.send(tcp_packet(src, dst, data=bytes(5000)))
        equal(len(seen), 1, f"answers from {dst}")
        equal(seen[0][-20 + 13] & 4, 4, f"reset from {dst}")
