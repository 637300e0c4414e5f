"""How a charger comes to trust this box: what is known of some makes, with its source; for all others one for any.

Only what others saw and wrote down stands here. Who finds out more adds it with its source.
"""

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from edge_twisted.web import shapes
from edge_twisted.words.language import mark, say


@frozen
class Guide:
    """What is known of one make.

    Args:
        family: how it is called.
        words: in small letters: one of them stands in what such a charger says of its vendor or model.
        steps: what to do, in this order.
        source: who found it out.
    """

    family: str
    words: tuple[str, ...]
    steps: tuple[str, ...]
    source: str

    @property
    def told(self) -> list[str]:
        """The steps in the reader's language."""
        return [say(step) for step in self.steps]

    def fits(self, vendor: str, model: str) -> bool:
        """Whether a charger that says this of itself is of this make."""
        said = f"{vendor} {model}".lower()
        return any(word in said for word in self.words)


GENERIC: Final = (
    mark("Load the root certificate onto a computer or USB stick, and open the charger's own settings."),
    mark(
        "Look for certificates, CA, or root of the central system, and load the file there: first .pem, and .der where "
        "the charger does not take that."
    ),
    mark(
        "Enter this box's address with wss:// in front. The charger adds its own ID. If it knows the box by its name "
        "only, or by its address only, enter the one that works: the certificate is good for both."
    ),
    mark("Set the charger's clock, or its time server. With a wrong date it takes no certificate."),
    mark("Restart the charger, and watch the live view. If it does not come, its story says what it objects to."),
)
"""For every charger."""
KEEP_PLAIN: Final = mark(
    "If it takes no other root, leave it on ws://. Edge encrypts the way to the central system all the same."
)
OWN_ROOTS: Final = mark(
    "This make knows only the roots that are in it, and refuses every other encrypted connection. Load this box's root "
    "into it before you enter wss://."
)
GUIDES: Final = (
    Guide(
        "Alfen",
        ("alfen",),
        (OWN_ROOTS, KEEP_PLAIN),
        "github.com/dingo35/SmartEVSE-3.5/issues/363",
    ),
    Guide(
        "Autel",
        ("autel",),
        (
            mark(
                "Fill the field for the certificate with this box's root (.pem). While it is empty, the charger drops "
                "the encrypted connection without a word."
            ),
            mark("With ws://, delete the :443 that the app writes behind the address."),
            KEEP_PLAIN,
        ),
        "github.com/lbbrhzn/ocpp/issues/1523, github.com/netzero-labs/netzero/issues/117",
    ),
    Guide(
        "SmartEVSE",
        ("smartevse",),
        (
            OWN_ROOTS,
            KEEP_PLAIN,
            mark("It does not notice by itself that a connection is dead: restart it if it stays away."),
        ),
        "github.com/dingo35/SmartEVSE-3.5/issues/363, github.com/dingo35/SmartEVSE-3.5/issues/202",
    ),
)
"""By family."""


def guides_for(chargers: Iterable[shapes.Charger]) -> list[Guide]:
    """The guides that some chargers need, each once.

    Args:
        chargers: as the views show them; a make is known once BootNotification told it.
    """
    boots = [one.observed.boot for one in chargers if one.observed and one.observed.boot]
    return [guide for guide in GUIDES if any(guide.fits(boot.vendor, boot.model) for boot in boots)]
