"""Which passwords people may choose, and the set-up code that stands on the box's label."""

import base64
import unicodedata
from typing import Final

LEAST: Final = 12
"""Characters of a password at least."""
MOST: Final = 1024
CODE_BYTES: Final = 10
"""Random bytes of a set-up code: 80 bits."""
GROUP: Final = 4

COMMON: Final = frozenset(
    (
        "123123123123|111111111111|000000000000|121212121212|112233445566|123456123456|123456654321|123456789000|"
        "1234567890123|123456789123|12345678901234|987654321098|0987654321|1q2w3e4r5t6y|1qaz2wsx3edc|1qazxsw23edc|"
        "qwertyuiop12|qwertyuiop|qwertyuiopasdf|qwerty123456|qwertyqwerty|qwerty12345|asdfghjkl123|asdfghjklzxc|"
        "zxcvbnm123456|zaq12wsxcde3|abcdefghijkl|abcdefg12345|abc123abc123|abcd1234abcd|password|password12|"
        "passwordpassword|password1234|mypassword|mypassword12|changeme|changemenow|changemeplease|administrator|"
        "adminadmin|adminadminadmin|adminpassword|welcome|welcomewelcome|welcome12345|letmein|letmeinplease|"
        "iloveyou|iloveyou1234|iloveyouforever|superman|princess|princess1234|football|football1234|baseball1234|"
        "sunshine|sunshine1234|monkeymonkey|dragondragon|mastermaster|trustno1trustno1|computer|computer1234|"
        "internet|internet1234|whatever|whatever1234|secretsecret|topsecret|default|defaultdefault|evcnet|"
        "evcnetevcnet|edgeproxy|edgemanager|edgemanageredge|charger|chargercharger|chargingstation|chargepoint|"
        "correcthorse|correcthorsebatterystaple|raspberry|raspberrypi|raspberrypi1|installer|installateur|"
        "maintainer|maintainer12|maintenance|wachtwoord|wachtwoord12|passwort|passwort1234|motdepasse|"
        "motdepasse12|contrasena"
    ).split("|")
)
"""What is tried first, in lower case; also with digits and marks around it."""

_EDGES: Final = "0123456789!?.,;:*#$%&@+-_= "
_DIGITS: Final = "01234567890123456789"
_LIKE: Final = str.maketrans({"0": "O", "1": "I", "8": "B"})


def normal(password: str) -> str:
    """A password as it is hashed: the same letter, however a keyboard puts it together, is the same (NFC)."""
    return unicodedata.normalize("NFC", password)


def weakness(password: str, name: str) -> str:
    """What is wrong with a password that somebody chose.

    Args:
        password: the password.
        name: of the account it is for.

    Returns:
        `short`, `long`, `name` or `common`; nothing where it may be used.
    """
    text = normal(password)
    if len(text) < LEAST:
        return "short"
    if len(text) > MOST:
        return "long"
    folded, own = text.casefold(), name.casefold()
    core = folded.strip(_EDGES)
    bare = own.partition("@")[0].strip(_EDGES)
    if own and ((core and core in (own, bare)) or own in folded and not folded.replace(own, "").strip(_EDGES)):
        return "name"
    if folded in COMMON or core in COMMON or _is_row(folded):
        return "common"
    return ""


def _is_row(text: str) -> bool:
    """Whether it is one short thing again and again, or digits in a row."""
    if text in _DIGITS or text in _DIGITS[::-1]:
        return True
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, 4))


def show_code(secret: bytes) -> str:
    """A set-up code as it is printed: groups of four letters and digits.

    Args:
        secret: `CODE_BYTES` random bytes.

    Returns:
        Such as `ABCD-EFGH-JKLM-2345`.
    """
    text = base64.b32encode(secret).decode("ascii")
    return "-".join(text[place : place + GROUP] for place in range(0, len(text), GROUP))


def read_code(text: str) -> bytes:
    """A set-up code as a person types it.

    Args:
        text: in any case, with or without what stands between the groups; 0, 1 and 8 are taken for O, I and B.

    Returns:
        Its bytes; none where it cannot be a code.
    """
    letters = "".join(filter(str.isalnum, text[:100])).upper().translate(_LIKE)
    try:
        secret = base64.b32decode(letters)
    except ValueError:
        return b""
    return secret if len(secret) == CODE_BYTES else b""
