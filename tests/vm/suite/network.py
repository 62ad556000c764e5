# SPDX-License-Identifier: GPL-2.0
"""A subscriber and a server, each in a namespace of its own, with this
namespace as the router between them:

    subscriber eth0 --- lan [this namespace] wan --- eth0 server
"""

import socket

from harness import Netns, ip_batch, sysctl

FAMILIES = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
ADDRESSES = {
    "ipv4": {"subscriber": "198.51.100.7", "server": "203.0.113.9"},
    "ipv6": {"subscriber": "2001:db8:4000::7", "server": "2001:db8:2::9"},
}


class Network:
    """Both hosts and the router."""

    def __init__(self):
        self.subscriber, self.server = Netns(), Netns()
        ip_batch(f"""
            link add lan type veth peer name eth0 netns {self.subscriber.path}
            link add wan type veth peer name eth0 netns {self.server.path}
            address add 198.51.100.1/24 dev lan
            address add 203.0.113.1/24 dev wan
            address add 2001:db8:4000::1/64 dev lan nodad
            address add 2001:db8:2::1/64 dev wan nodad
            link set lan up
            link set wan up
        """)
        sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1)
        self._host(self.subscriber, "198.51.100", "2001:db8:4000:", 7)
        self._host(self.server, "203.0.113", "2001:db8:2:", 9)

    @staticmethod
    def _host(netns, ipv4, ipv6, number):
        with netns.inside():
            ip_batch(f"""
                address add {ipv4}.{number}/24 dev eth0
                address add {ipv6}:{number}/64 dev eth0 nodad
                link set eth0 up
                route add 0.0.0.0/0 via {ipv4}.1
                route add ::/0 via {ipv6}:1
            """)

    def listen(self, family, port=25, where="server"):
        """A listening socket in that namespace; the caller closes it."""
        listener = self.socket(family, where)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ADDRESSES[family][where], port))
        listener.listen()
        listener.settimeout(5)
        return listener

    def socket(self, family, where="subscriber"):
        """A TCP socket in that namespace."""
        with getattr(self, where).inside():
            return socket.socket(FAMILIES[family])

    def connect(self, family, port=25, timeout=5):
        """Connect to the server: 0, the error number, or "timeout"."""
        with self.socket(family) as client:
            client.settimeout(timeout)
            try:
                client.connect((ADDRESSES[family]["server"], port))
            except TimeoutError as error:
                return error.errno or "timeout"
            except OSError as error:
                return error.errno
            return 0
