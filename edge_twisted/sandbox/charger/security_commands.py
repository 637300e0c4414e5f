"""The white paper's commands about certificates (S-32 to S-34)."""

from collections.abc import Callable

from edge_twisted.sandbox.charger.commands import Answer, Command, status
from edge_twisted.sandbox.charger.own_certificate import OwnCertificate
from edge_twisted.sandbox.charger.posture import Posture
from edge_twisted.sandbox.charger.works import Works
from edge_twisted.sandbox.framing import Payload


class SecurityCommands:
    """What a charger does with certificates.

    Args:
        works: its inside.
        posture: how it connects.
        used: gives the certificates that the present connection rests on, in DER.

    Attributes:
        own: its own certificate.
    """

    def __init__(self, works: Works, posture: Posture, used: Callable[[], tuple[bytes, ...]]) -> None:
        self.own = OwnCertificate()
        self._works = works
        self._posture = posture
        self._used = used

    def known(self) -> dict[str, Command]:
        """What is done for each action."""
        if not self._works.settings.white_paper:
            return {}
        return {
            "CertificateSigned": self.certificate_signed,
            "DeleteCertificate": self.delete_certificate,
            "GetInstalledCertificateIds": self.get_installed_certificate_ids,
            "InstallCertificate": self.install_certificate,
        }

    def sign(self) -> None:
        """Ask for the charger's own certificate to be signed."""
        works = self._works
        serial = works.settings.model.serial or works.identity
        works.say("SignCertificate", {"csr": self.own.request(works.keys["CpoName"], serial)})

    def certificate_signed(self, payload: Payload) -> Answer:
        """Take the charger's own certificate."""
        chain = payload["certificateChain"]
        fits = len(chain) <= self._works.keys.number("CertificateSignedMaxChainSize")
        if fits and self.own.take(chain, self._works.watch.now()):
            return status("Accepted")
        self._works.events.note("InvalidChargePointCertificate")
        return status("Rejected")

    def install_certificate(self, payload: Payload) -> Answer:
        """Take a root."""
        keys, quirks = self._works.keys, self._works.settings.quirks
        if quirks.fixed_roots:
            return status("Rejected")
        word = self._posture.roots.install(
            payload["certificateType"],
            payload["certificate"],
            check=keys.on("AdditionalRootCertificateCheck"),
            capacity=keys.number("CertificateStoreMaxLength"),
            now=self._works.watch.now(),
            any_certificate=quirks.installs_any_certificate,
        )
        return status(word)

    def get_installed_certificate_ids(self, payload: Payload) -> Answer:
        """Tell the roots of a kind."""
        found = self._posture.roots.told(payload["certificateType"])
        return Answer({"status": "Accepted", "certificateHashData": found}) if found else status("NotFound")

    def delete_certificate(self, payload: Payload) -> Answer:
        """Take a root out."""
        return status(self._posture.roots.delete(payload["certificateHashData"], self._used()))
