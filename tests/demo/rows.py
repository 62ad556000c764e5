# SPDX-License-Identifier: GPL-2.0
"""The rows of the demonstration: the notice's nine sentences, each with the mails
that test it.
"""

import dataclasses

from mail import HANAKO, TARO

OPEN, CLOSED, CLOSED_THERE = "passes", "blocked", "blocked there"


@dataclasses.dataclass(frozen=True)
class Row:
    """One mail: its sender, the server it is sent to, and the expected result.

    `store` is the server in whose mailbox the mail is expected, or None.
    """

    who: str
    host: str
    family: int
    server: str
    port: int = 25
    login: str = None
    account: str = TARO
    to: str = HANAKO
    expected: str = OPEN
    store: str = "company"


RELAY, COMPANY = "mail.provider.example", "mail.company.example"
KUMO_RELAY = "mail.kumo.example"

FLETS = {
    "bflets": "B FLET'S",
    "hikari": "FLET'S Hikari Premium",
    "adsl": "FLET'S ADSL",
    "isdn": "FLET'S ISDN",
}


def flets(host, family, server, **more):
    """A row of a customer on one of the four services."""
    return Row(FLETS[host], host, family, server, **more)


CONTROL = ("before the policy is loaded, port 25 is open", [
    flets("bflets", 4, COMPANY),
    flets("bflets", 6, COMPANY),
])

NOTICE = [
    ("B FLET'S, FLET'S Hikari Premium, FLET'S ADSL and FLET'S ISDN customers using\n"
     "another provider's mail server are affected", [
         flets(host, family, COMPANY, expected=CLOSED, store=None)
         for host in FLETS for family in (4, 6)]),
    ("customers using the provider's own mail server are not affected", [
        flets("bflets", 4, RELAY, to=TARO, store="relay"),
        flets("hikari", 6, RELAY, to=TARO, store="relay"),
        flets("adsl", 4, RELAY),
        flets("isdn", 6, RELAY)]),
    ("fixed-IP customers are not affected", [
        Row("fixed IP in B FLET'S", "fixed", family, COMPANY) for family in (4, 6)]),
    ("dial-up customers are not affected", [
        Row("dial-up", "dialup", family, COMPANY) for family in (4, 6)]),
    ("customers of another provider are that provider's business", [
        Row("another's, in transit", "transit", 4, COMPANY),
        Row("another's, in transit", "transit", 6, COMPANY),
        Row("ours, online elsewhere", "away", 4, RELAY,
            expected=CLOSED_THERE, store=None)]),
    ("use port 587 with SMTP authentication instead", [
        flets("bflets", 4, COMPANY, port=587, login="PLAIN", account=HANAKO),
        flets("hikari", 6, COMPANY, port=587, login="LOGIN", account=HANAKO),
        flets("adsl", 4, RELAY, port=587, login="LOGIN"),
        flets("isdn", 6, RELAY, port=587, login="PLAIN"),
        Row("ours, online elsewhere", "away", 4, RELAY, port=587, login="PLAIN"),
        Row("ours, online elsewhere", "away", 6, RELAY, port=587, login="LOGIN")]),
    ("web mail is not affected", [
        flets(host, family, COMPANY, port=port)
        for host, family, port in (("bflets", 4, 80), ("hikari", 6, 80),
                                   ("adsl", 4, 443), ("isdn", 6, 443))]),
    ("a mail server at home can no longer send directly", [
        Row("mail server at home", "home", None, COMPANY, expected=CLOSED, store=None),
        Row("mail server at home", "home", None, RELAY, to=TARO, store="relay")]),
]

# With two providers on one access network, docs/examples/carrier.op25b
TOGETHER = ("carried out together with the network company, for each provider on its access\n"
            "network: a relay serves its own provider's customers", [
    Row("KUMO customer", "kumo", family, server, expected=expected,
        store="company" if expected == OPEN else None)
    for server, expected in ((KUMO_RELAY, OPEN), (RELAY, CLOSED), (COMPANY, CLOSED))
    for family in (4, 6)] + [
    flets("bflets", family, server, expected=expected,
          store="company" if expected == OPEN else None)
    for server, expected in ((RELAY, OPEN), (KUMO_RELAY, CLOSED))
    for family in (4, 6)])
