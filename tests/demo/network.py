# SPDX-License-Identifier: GPL-2.0
"""The provider's network: a namespace for each host, at a port of the router.

    bflets hikari adsl home isdn fixed dialup        our subscribers
         \\    |     |    |    |    |    /
          +---------- router ----------+ -- relay    our mail relay; op25b is here
            |           |            | \\
            |           |            |  kumo, kumorelay    a second provider's
         transit     company       isp2 -- away      other people's networks

`kumo` is a subscriber of a second provider on the same access network, and
`kumorelay` that provider's relay. `transit` is a customer of another provider whose packets cross our router, and
`away` a customer of ours who is online through another provider, `isp2`, which
blocks port 25 too. Each host has a /32 or /128 without a subnet, like the
subscribers of an access router.
"""

import contextlib
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000

ROUTER = ("192.0.2.1", "fe80::1")
ISP2 = ("203.0.113.193", "fe80::2")

# The addresses of each host at the router
HOSTS = {
    "bflets": ("198.51.100.10", "2001:db8:1000::10"),
    "hikari": ("198.51.100.140", "2001:db8:2000::10"),
    "adsl": ("198.51.100.200", "2001:db8:3000::10"),
    "home": ("198.51.100.201", "2001:db8:3000::25"),
    "isdn": ("198.51.100.230", "2001:db8:4000::10"),
    "fixed": ("198.51.100.66", "2001:db8:1fed::66"),
    "dialup": ("192.0.2.130", "2001:db8:5000::10"),
    "relay": ("192.0.2.25", "2001:db8:25::25"),
    "kumo": ("198.51.101.10", "2001:db8:6000::10"),
    "kumorelay": ("192.0.2.26", "2001:db8:26::25"),
    "company": ("203.0.113.25", "2001:db8:8025::25"),
    "transit": ("203.0.113.80", "2001:db8:8080::80"),
}
AWAY = ("203.0.113.200", "2001:db8:9000::200")

NAMES = {
    "mail.provider.example": HOSTS["relay"],
    "mail.company.example": HOSTS["company"],
    "mail.kumo.example": HOSTS["kumorelay"],
}

ISP2_RULES = """
table inet isp2 {
    chain forward {
        type filter hook forward priority filter;
        tcp dport 25 reject with tcp reset
    }
}
"""


def address_of(host, family):
    """The address of a host or of a server by name; family is 4 or 6."""
    return (HOSTS | NAMES | {"away": AWAY})[host][family == 6]


@contextlib.contextmanager
def inside(namespace):
    """A context in which this thread, and processes it starts, are in a namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
        yield
    finally:
        libc.setns(before, CLONE_NEWNET)
        os.close(there)
        os.close(before)


def ip_batch(lines, *options):
    """Run many commands of ip(8) in one process."""
    subprocess.run(["ip", *options, "-batch", "-"], input="\n".join(lines),
                   text=True, check=True)


def gateway_lines(port, address):
    """The ip(8) commands of a host: its addresses and default routes."""
    router = ISP2 if port == "away" else ROUTER
    return [
        "link set lo up",
        "link set eth0 up",
        f"address add {address[0]}/32 dev eth0",
        f"address add {address[1]}/128 dev eth0 nodad",
        f"route add default via {router[0]} dev eth0 onlink",
        f"route add ::/0 via {router[1]} dev eth0",
    ]


def port_lines(port, address, router):
    """The ip(8) commands of a router for the port of one host."""
    return [
        f"link set {port} up",
        f"address add {router[1]}/64 dev {port} nodad",
        f"route add {address[0]}/32 dev {port}",
        f"route add {address[1]}/128 dev {port}",
    ]


def router_lines():
    """The ip(8) commands of the router, with the port to the other provider."""
    lines = ["link set lo up", f"address add {ROUTER[0]}/32 dev lo"]
    for host, address in HOSTS.items():
        lines += port_lines(host, address, ROUTER)
    return lines + port_lines("isp2", (ISP2[0], AWAY[1]), ROUTER)[:3] + [
        f"route add {AWAY[0]}/32 via {ISP2[0]} dev isp2 onlink",
        f"route add {AWAY[1]}/128 via {ISP2[1]} dev isp2",
    ]


def isp2_lines():
    """The ip(8) commands of the other provider's router."""
    return [
        "link set lo up",
        "link set eth0 up",
        f"address add {ISP2[0]}/32 dev eth0",
        f"address add {ISP2[1]}/64 dev eth0 nodad",
        f"route add default via {ROUTER[0]} dev eth0 onlink",
        f"route add ::/0 via {ROUTER[1]} dev eth0",
    ] + port_lines("away", AWAY, ISP2)


def forward(namespace):
    """Enable forwarding in a namespace."""
    with inside(namespace):
        for name in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            with open(f"/proc/sys/net/{name}", "w", encoding="ascii") as file:
                file.write("1")


def set_up():
    """Make the network, except for the other provider's rules."""
    hosts = [*HOSTS, "isp2"]
    ip_batch([f"netns add {name}" for name in ["router", *hosts, "away"]])
    ip_batch([f"link add eth0 netns {name} type veth peer name {name} netns router"
              for name in hosts]
             + ["link add eth0 netns away type veth peer name away netns isp2"])
    forward("router")
    forward("isp2")
    for host, address in (HOSTS | {"away": AWAY}).items():
        ip_batch(gateway_lines(host, address), "-n", host)
    ip_batch(router_lines(), "-n", "router")
    ip_batch(isp2_lines(), "-n", "isp2")
    with open("/etc/hosts", "a", encoding="ascii") as file:
        for name, addresses in NAMES.items():
            file.writelines(f"{address} {name}\n" for address in addresses)


def close_port_25_at_isp2():
    """Load the other provider's rules."""
    with inside("isp2"):
        subprocess.run(["nft", "-f", "-"], input=ISP2_RULES, text=True, check=True)
