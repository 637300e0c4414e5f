"""The folder of a run: the compiled generator, certificates of a day, logs and raw results."""

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.load import Files, build
from edge_twisted.sandbox.authority import make_authority


def prepare(folder: Path) -> Files:
    """Make what both ends and all proxies share.

    Args:
        folder: where; made if it is not there.

    Returns:
        The files.

    Raises:
        BenchError: the generator can't be compiled.
    """
    folder.mkdir(parents=True, exist_ok=True)
    authority = make_authority(folder)
    issued = authority.issue(["localhost"], ["127.0.0.1"])
    certificate, key = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(issued.certificate.public_bytes(Encoding.PEM))
    key.touch(0o600)
    key.write_bytes(issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return Files(build(folder), certificate, key, authority.path)
