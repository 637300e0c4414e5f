"""A central system on loopback for tests, with certificates that are good or wrong."""

from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from twisted.trial.unittest import TestCase

from edge_twisted.sandbox.authority import Authority, ServerCertificate, make_authority
from edge_twisted.sandbox.central.system import Central, CentralSettings
from edge_twisted.sandbox.charger.charger import BackOff, Charger, ChargerSettings
from edge_twisted.sandbox.charger.dial import Access
from edge_twisted.sandbox.charger.routine import Plan
from tests.certificates import Root
from tests.sandbox.ears import Ears


def authority(case: TestCase) -> Authority:
    """A new authority in a folder of the test's."""
    folder = Path(case.mktemp())
    folder.mkdir()
    return make_authority(folder)


def start_central(case: TestCase, **settings: object) -> tuple[Central, Ears]:
    """Start a central system; it ends with the test.

    Args:
        case: the test.
        settings: of `CentralSettings`.
    """
    from twisted.internet import reactor

    ears = Ears()
    central = Central(reactor, CentralSettings(**settings), ears)  # type: ignore[arg-type]  # as the caller says
    central.start()
    case.addCleanup(central.stop)
    return central, ears


def start_charger(
    case: TestCase, access: Access, plan: Plan | None = None, back_off: BackOff | None = None
) -> tuple[Charger, Ears]:
    """Power on a charger; it ends with the test.

    Args:
        case: the test.
        access: what is entered in it.
        plan: when it charges.
        back_off: how it comes back; by default at once.
    """
    from twisted.internet import reactor

    ears = Ears()
    charger = Charger(reactor, ChargerSettings(access, back_off or BackOff(0.01, 0.0, 0), plan=plan), ears)
    case.addCleanup(charger.stop)
    charger.start()
    return charger, ears


def expired(root: Root) -> ServerCertificate:
    """A certificate for 127.0.0.1 that is not valid any more."""
    day = timedelta(days=1)
    return load_certificate(*root.issue(addresses=["127.0.0.1"], starts=-2 * day, ends=-day))


def elsewhere(root: Root) -> ServerCertificate:
    """A certificate for another name and address."""
    return load_certificate(*root.issue(names=["elsewhere.example"], addresses=["127.0.0.2"]))


def load_certificate(pem: bytes, key_pem: bytes) -> ServerCertificate:
    """A server's certificate from PEM texts of it and its key."""
    key = load_pem_private_key(key_pem, None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return ServerCertificate(x509.load_pem_x509_certificate(pem), key)
