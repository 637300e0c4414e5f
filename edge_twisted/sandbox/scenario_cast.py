"""From a charger's table in a scenario file to what the charger is."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from attrs import Factory, evolve, frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from edge_twisted.sandbox.charger.believing import context_for
from edge_twisted.sandbox.charger.families import FAMILIES, Family
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Model, Ping, Plan, Transactions
from edge_twisted.sandbox.scenario_tables import ChargerTable, EdgeTable
from edge_twisted.sandbox.scenario_values import Wrong, read_credentials, read_roots
from edge_twisted.sandbox.tls import NOBODY, SYSTEM, Tls, Trust

YEAR = timedelta(days=365)


@frozen
class Places:
    """Where chargers can go, and whom they can believe.

    Args:
        edge: as the file says.
        central: the endpoints of the sandbox's own central system, under `ws` and `wss`.
        root: its root certificate as PEM.
        base: what relative paths are relative to.
        read: whom words mean that were looked up before, so that each file is read once.
    """

    edge: EdgeTable
    central: dict[str, str]
    root: str
    base: Path
    read: dict[str, Trust] = Factory(dict)

    def endpoint(self, word: str) -> str:
        """The URL that a word of a scenario means."""
        if "://" in word or not word:
            return word
        kind = word.removeprefix("central-")
        found: str = self.central.get(kind, "") if word != kind else getattr(self.edge, kind)
        if not found:
            raise Wrong(f'endpoint = "{word}": nobody listens there')
        return found

    def trust(self, word: str) -> Trust:
        """Whom a word of a scenario means."""
        if word in ("none", "system"):
            return SYSTEM if word == "system" else NOBODY
        if word == "wrong":
            return Trust(roots=(wrong_root(),))
        if word == "central":
            return Trust(roots=(self.root,)) if self.root else NOBODY
        path = self.edge.root if word == "edge" else self.base / word
        if word not in self.read:
            try:
                self.read[word] = Trust(roots=(read_roots(path),)) if path is not None else NOBODY
            except Wrong as wrong:
                raise Wrong(f'trust = "{word}": {wrong}') from None
        return self.read[word]


def settings_of(table: ChargerTable, places: Places) -> ChargerSettings:
    """Say what a charger is.

    Args:
        table: what the scenario says of it.
        places: where it can go.

    Raises:
        Wrong: an endpoint is not there, a root can't be read, or its TLS is none.
    """
    family = FAMILIES[table.family]
    endpoint, tls = places.endpoint(table.endpoint), Tls(**table.tls)
    trust = (
        places.trust(table.trust or family.trust or _usual_trust(table)) if _may_use_tls(table, endpoint) else NOBODY
    )
    try:
        context_for(NOBODY, tls, None)
    except ValueError as error:
        raise Wrong(f"tls: {error}; versions are 1.0 to 1.3, suites as OpenSSL writes them") from None
    access = Access(
        endpoint,
        table.identity,
        trust,
        read_credentials(table.credentials) if table.credentials is not None else None,
        table.protocols,
        table.source,
        tls,
        places.endpoint(table.secure_endpoint or _usual_secure_endpoint(table, places)),
    )
    return ChargerSettings(
        access=access,
        back_off=BackOff(**table.back_off),
        model=_model(table, family),
        plan=None if table.session is False else Plan(**table.session),
        connectors=table.connectors,
        ping=Ping(**table.ping),
        transactions=Transactions(**table.transactions),
        security_profile=table.security_profile,
        clock_error=table.clock_error,
        white_paper=table.white_paper,
        keys={name: str(one).lower() if isinstance(one, bool) else str(one) for name, one in table.keys.items()},
        quirks=evolve(family.quirks, **table.quirks),
    )


@cache
def wrong_root() -> str:
    """Make the root certificate of somebody whom no charger should believe.

    Returns:
        PEM; the same as long as the process runs.
    """
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Somebody else's root")])
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - YEAR, now + 10 * YEAR
    )
    authority = x509.BasicConstraints(ca=True, path_length=None)
    certificate = builder.add_extension(authority, critical=True).sign(key, SHA256())
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def _model(table: ChargerTable, family: Family) -> Model:
    usual = Model()
    return Model(
        family.vendor if table.vendor is None else table.vendor,
        usual.name if table.model is None else table.model,
        usual.firmware if table.firmware is None else table.firmware,
        table.serial,
    )


def _usual_trust(table: ChargerTable) -> str:
    return "central" if table.endpoint.startswith("central-") else "edge"


def _usual_secure_endpoint(table: ChargerTable, places: Places) -> str:
    """A charger on ws goes to the wss of the same place when its security profile is raised."""
    if table.endpoint == "ws" and places.edge.wss:
        return "wss"
    return "central-wss" if table.endpoint == "central-ws" and places.central.get("wss") else ""


def _may_use_tls(table: ChargerTable, endpoint: str) -> bool:
    """Whether it matters whom it believes: a ws charger without a root given is asked for none."""
    return endpoint.startswith("wss:") or bool(table.trust)
