"""The box's root certificate, for whoever wants to trust it: public, in each form that chargers and devices take."""

import io
import zipfile
from collections.abc import Callable
from typing import Any, Final

from attrs import define

from edge_twisted.pages.answers import Asked, Data, Page, Problem, Route
from edge_twisted.web.site.guides import GENERIC, GUIDES
from edge_twisted.web.site.place import Door, Place, page
from edge_twisted.words.language import mark, say

HERE: Final = "/trust"
NAME: Final = "edge-root"
PEM: Final = "application/x-pem-file"
DER: Final = "application/pkix-cert"
DATED: Final = (2026, 1, 1, 0, 0, 0)
"""Of the files in the archive, so that the same root always makes the same one."""
NO_SUCH: Final = mark("The root certificate is not there in this form. Go back and choose one of those on the page.")


@define
class TrustPages:
    """The page and its files.

    Args:
        place: has the certificate.
    """

    place: Place

    def routes(self) -> tuple[Door, ...]:
        """Its pages."""
        return (
            Door(Route("GET", HERE, self.show), None),
            Door(Route("GET", f"{HERE}/{NAME}.<string:form>", self.load), None),
        )

    def show(self, asked: Asked) -> Page:
        """How to trust this box, and how to tell whether it is the right one."""

        def values() -> dict[str, Any]:
            return {
                "certificate": self.place.box.certificate(),
                "name": NAME,
                "generic": [say(step) for step in GENERIC],
                "guides": GUIDES,
            }

        return page(asked, "trust.html", mark("Trust this box"), values)

    def load(self, asked: Asked) -> Data:
        """The certificate as a file."""
        form = asked.path["form"]
        kinds: dict[str, tuple[str, Callable[[], bytes]]] = {
            "pem": (PEM, lambda: self.place.box.root_pem),
            "cer": (DER, lambda: self.place.box.root_der),
            "der": (DER, lambda: self.place.box.root_der),
            "zip": ("application/zip", self._all),
        }
        if form not in kinds:
            raise Problem(404, NO_SUCH)
        kind, give = kinds[form]
        return attachment(give(), kind, f"{NAME}.{form}")

    def _all(self) -> bytes:
        box, packed = self.place.box, io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for form, data in (("pem", box.root_pem), ("cer", box.root_der), ("der", box.root_der)):
                archive.writestr(zipfile.ZipInfo(f"{NAME}.{form}", DATED), data)
        return packed.getvalue()


def attachment(data: bytes, kind: str, name: str) -> Data:
    """A file to be saved.

    Args:
        data: what is in it.
        kind: its media type.
        name: under which it is saved; ASCII.
    """
    return Data(data, kind, {"content-disposition": f'attachment; filename="{name}"'})
