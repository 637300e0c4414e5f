"""The demo's six chargers: who they are, what is entered in them, and what the charger dashboard says of them."""

import secrets
import string
from typing import Final

from attrs import frozen

from edge_twisted.sandbox.charger.families import FAMILIES
from edge_twisted.sandbox.charger.quirks import NONE, Quirks
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Model, Plan
from edge_twisted.sandbox.demo.control import Event
from edge_twisted.sandbox.security import Account, Credentials, Security
from edge_twisted.sandbox.tls import NOBODY, Trust

ALPHABET: Final = string.ascii_uppercase + string.digits
CUT: Final = "…"
"""Ends an identity that Edge shows in part."""


@frozen
class Member:
    """One charger of the demo.

    Args:
        number: from 1.
        identity: made up; the first characters differ from those of the others.
        account: what the dashboard says of it.
        secure: whether it connects over wss.
        credentials: what it shows.
        trusts: whether it was given Edge's root certificate.
        vendor: whom it says that it is made by.
        quirks: how it deviates from the standards.
    """

    number: int
    identity: str
    account: Account
    secure: bool
    credentials: Credentials | None = None
    trusts: bool = True
    vendor: str = Model().vendor
    quirks: Quirks = NONE

    @property
    def source(self) -> str:
        """The address that it comes from, one of its own, so that Edge's words about an address tell who it was."""
        return f"127.0.0.{10 + self.number}"

    def settings(self, ws: int, wss: int, root: str) -> ChargerSettings:
        """What the charger is.

        Args:
            ws, wss: Edge's ports.
            root: Edge's root certificate as PEM.
        """
        endpoint = f"wss://127.0.0.1:{wss}" if self.secure else f"ws://127.0.0.1:{ws}"
        trust = Trust(roots=(root,)) if self.secure and self.trusts else NOBODY
        access = Access(endpoint, self.identity, trust, self.credentials, source=self.source)
        plan = Plan(first=4.0 + 5 * self.number, register=1_000_000.0 + 123_456 * self.number)
        model = Model(vendor=self.vendor)
        return ChargerSettings(access, BackOff(least=5.0, doublings=0), model, plan, quirks=self.quirks)

    def is_meant(self, event: Event) -> bool:
        """Whether an event of Edge's is about this charger, by its address or by the part of its ID that is shown."""
        fields = event.get("fields", {})
        address, shown = fields.get("address"), str(fields.get("label", ""))
        return address == self.source or (
            len(shown.rstrip(CUT)) >= 4 and self.identity.startswith(shown.rstrip(CUT)) and address in (None, "")
        )


def make_cast() -> tuple[Member, ...]:
    """Make the six, with identities and passwords of their own each time.

    Returns:
        ws without a password; wss without; wss with; one that does not trust Edge's certificate; an old one whose
        handshake deviates and whose uplink stays unencrypted; ws with a password. The dashboard demands wss of the
        first although it comes over ws, so that Edge has something to find out.
    """
    names = [f"CP{number}-" + "".join(secrets.choice(ALPHABET) for _ in range(14)) for number in range(1, 7)]
    basic, other = (Credentials(names[number].encode("ascii"), secrets.token_bytes(20)) for number in (2, 5))
    old = FAMILIES["autel"]
    return (
        Member(1, names[0], Account(Security.NONE_OVER_WSS), secure=False),
        Member(2, names[1], Account(Security.NONE_OVER_WSS), secure=True),
        Member(3, names[2], Account(Security.BASIC_OVER_WSS, basic), secure=True, credentials=basic),
        Member(4, names[3], Account(Security.NONE_OVER_WSS), secure=True, trusts=False),
        Member(5, names[4], Account(), secure=False, vendor=old.vendor, quirks=old.quirks),
        Member(6, names[5], Account(Security.BASIC_OVER_WSS, other), secure=False, credentials=other),
    )
