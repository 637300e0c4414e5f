"""The second factor: codes that change with time (RFC 6238), each taken once."""

from hmac import compare_digest
from typing import Final

from pyotp import TOTP, random_base32

STEP_SECONDS: Final = 30
AROUND: Final = (0, -1, 1)
"""Steps beside the present one: telephones and boxes are seldom right to the second."""
DIGITS: Final = 6
ISSUER: Final = "EdgeManager"


def new_secret() -> str:
    """A new secret: 160 random bits in base 32."""
    return random_base32(32)


def uri(secret: str, name: str, box: str) -> str:
    """What an authenticator app reads.

    Args:
        secret: of `new_secret`.
        name: of the account.
        box: of this box, so that who looks after several can tell them apart.

    Returns:
        An `otpauth:` URI.
    """
    return str(TOTP(secret).provisioning_uri(name=name, issuer_name=f"{ISSUER} {box}"))


def step_of(secret: str, code: str, now: float, after: int) -> int:
    """Find out to which step of time a code belongs.

    Args:
        secret: of `new_secret`; an empty one, such as of a seal that can't be opened, has no right code.
        code: as it was typed.
        now: seconds since the epoch.
        after: the last step of which a code was taken: neither that one nor an earlier one is taken again.

    Returns:
        The step; 0 where the code is wrong.
    """
    digits = "".join(code[:20].split())
    if not (secret and len(digits) == DIGITS and digits.isascii() and digits.isdigit()):
        return 0
    present, found = int(now) // STEP_SECONDS, 0
    generator = TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    for around in AROUND:
        step = present + around
        if step > max(after, 0) and compare_digest(str(generator.generate_otp(step)), digits):
            found = found or step
    return found
