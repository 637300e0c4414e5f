"""Whom a charger lets charge without asking: its local list, and the cards that the central system accepted before."""

from collections import OrderedDict
from typing import Final

from attrs import Factory, define

from edge_twisted.sandbox.charger.keys import Keys
from edge_twisted.sandbox.charger.watch import seconds_of
from edge_twisted.sandbox.framing import Payload

CACHED: Final = 200
ACCEPTED: Final = "Accepted"


@define(eq=False)
class Cards:
    """What a charger knows of cards (`idTag`).

    Args:
        keys: the charger's configuration.
        version: of the local list; 0: there is none.
        listed: the local list: what is known of each card.
        cached: the last cards that the central system judged.
    """

    keys: Keys
    version: int = 0
    listed: dict[str, Payload] = Factory(dict)
    cached: "OrderedDict[str, Payload]" = Factory(OrderedDict)

    def learn(self, card: str, info: object) -> bool:
        """Take the central system's word.

        Args:
            card: whose.
            info: the answer's `idTagInfo`.

        Returns:
            Whether the card is accepted; without a word it is.
        """
        if not isinstance(info, dict):
            return True
        self.cached.pop(card, None)
        self.cached[card] = info
        while len(self.cached) > CACHED:
            self.cached.popitem(last=False)
        return info.get("status") == ACCEPTED

    def lets(self, card: str, now: float) -> bool:
        """Whether a card may charge although the central system can't be asked.

        Args:
            card: which.
            now: what the charger's clock shows, in seconds since the epoch.
        """
        if not self.keys.on("LocalAuthorizeOffline"):
            return False
        listed = self.listed.get(card) if self.keys.on("LocalAuthListEnabled") else None
        cached = self.cached.get(card) if self.keys.on("AuthorizationCacheEnabled") else None
        known = listed or cached
        if known is None:
            return self.keys.on("AllowOfflineTxForUnknownId")
        expires = seconds_of(known.get("expiryDate"))
        return known.get("status") == ACCEPTED and (expires is None or expires > now)

    def update(self, version: int, entries: list[Payload], full: bool) -> str:
        """Answer SendLocalList.

        Args:
            version: of the list afterwards.
            entries: each with an `idTag`, and an `idTagInfo` unless it is to be taken out.
            full: whether they replace the list.

        Returns:
            The answer's status.
        """
        if not self.keys.on("LocalAuthListEnabled"):
            return "NotSupported"
        if not full and version <= self.version:
            return "VersionMismatch"
        listed = {} if full else dict(self.listed)
        for entry in entries:
            if isinstance(entry.get("idTagInfo"), dict):
                listed[str(entry.get("idTag"))] = entry["idTagInfo"]
            else:
                listed.pop(str(entry.get("idTag")), None)
        too_many = len(entries) > self.keys.number("SendLocalListMaxLength")
        if too_many or len(listed) > self.keys.number("LocalAuthListMaxLength"):
            return "Failed"
        self.listed, self.version = listed, version
        return ACCEPTED
