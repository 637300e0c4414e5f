"""Changes a charger's password, or raises its security profile, over OCPP (S-30, S-31)."""

import secrets
from collections.abc import Callable
from typing import Final, Literal

from attrs import evolve
from twisted.internet.defer import Deferred

from edge_twisted.sandbox.framing import Payload
from edge_twisted.sandbox.security import PASSWORD_LENGTH, Account, Credentials, printable_password

Form = Literal["hex", "text", "verbatim"]
FORMS: Final[tuple[Form, ...]] = ("hex", "text", "verbatim")
PROFILES: Final = (1, 2, 3)
STORED: Final = ("Accepted", "RebootRequired")

Ask = Callable[[str, Payload], Deferred[Payload]]


def new_password(form: str) -> tuple[bytes, str]:
    """Make a new password.

    Args:
        form: `hex`: 20 random bytes, sent as 40 hexadecimal digits, as OCPP 1.6 has it (J-63, S-06). `text`: 20 letters
            and digits, sent in the same way: a conforming charger sees no difference, and a person can copy it.
            `verbatim`: 20 letters and digits, sent as they are; not OCPP 1.6, but done (S-07).

    Returns:
        The password as it stands in the `Authorization` header, and the value of `AuthorizationKey`.

    Raises:
        ValueError: there is no such form.
    """
    if form not in FORMS:
        raise ValueError(f"form must be one of: {', '.join(FORMS)}.")
    if form == "hex":
        password = secrets.token_bytes(PASSWORD_LENGTH)
        return password, password.hex()
    text = printable_password()
    return text.encode("ascii"), text if form == "verbatim" else text.encode("ascii").hex()


async def rotate(
    ask: Ask, identity: str, account: Callable[[], Account], save: Callable[[Account], None], form: str
) -> str:
    """Change the password of a charger.

    Args:
        ask: asks the charger.
        identity: the charger's; the user name where none is known yet.
        account: what holds for it at the moment.
        save: sets what holds.
        form: as for `new_password`.

    Returns:
        The status of its answer. Accepted: only the new password is right from now on. RebootRequired: both are, until
        the charger shows the new one (J-64). Any other: only the old one.

    Raises:
        NotAnswered: the charger did not answer; the old one stays.
    """
    password, value = new_password(form)
    status = _status(await ask("ChangeConfiguration", {"key": "AuthorizationKey", "value": value}))
    now = account()
    user = now.credentials.user if now.credentials is not None else identity.encode("utf-8", "surrogateescape")
    new = Credentials(user, password)
    if status == "Accepted":
        save(evolve(now, credentials=new, later=None))
    elif status == "RebootRequired":
        save(evolve(now, later=new))
    return status


async def raise_profile(ask: Ask, account: Callable[[], Account], save: Callable[[Account], None], profile: int) -> str:
    """Raise the security profile of a charger.

    Args:
        ask, account, save: as for `rotate`.
        profile: 1, 2 or 3.

    Returns:
        The status of its answer. If it is Accepted or RebootRequired, the lower profile is refused as soon as the
        charger has connected on the higher one; until then it may fall back (A05.FR.08, FR.09).

    Raises:
        NotAnswered: the charger did not answer.
    """
    status = _status(await ask("ChangeConfiguration", {"key": "SecurityProfile", "value": str(profile)}))
    if status in STORED:
        save(evolve(account(), raising=profile))
    return status


def _status(payload: Payload) -> str:
    status = payload.get("status")
    return status if isinstance(status, str) else ""
