"""The dashboard's accounts as a mapping; what is set in it is saved."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping

from edge_twisted.sandbox.central.known import Known
from edge_twisted.sandbox.security import Account


class Accounts(MutableMapping[str, Account]):
    """What the dashboard says of each charger that it knows.

    Args:
        chargers: all that are known, strangers included.
        save, remove: change an account.
    """

    def __init__(
        self, chargers: Mapping[str, Known], save: Callable[[str, Account], None], remove: Callable[[str], None]
    ) -> None:
        self._chargers = chargers
        self._save = save
        self._remove = remove

    def __getitem__(self, identity: str) -> Account:
        account = self._chargers[identity].account
        if account is None:
            raise KeyError(identity)
        return account

    def __setitem__(self, identity: str, account: Account) -> None:
        self._save(identity, account)

    def __delitem__(self, identity: str) -> None:
        self[identity]
        self._remove(identity)

    def __iter__(self) -> Iterator[str]:
        return (identity for identity, known in tuple(self._chargers.items()) if known.account is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __ior__(self, accounts: Mapping[str, Account]) -> "Accounts":
        self.update(accounts)
        return self
