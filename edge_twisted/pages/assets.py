"""Static files: read once, named by their content, and so kept by a browser for as long as it likes."""

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Final

from attrs import frozen

FOLDER: Final = Path(__file__).parent / "static"
"""The files that every app has: `style.css`, `live.js`, `icon.svg`."""
KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
FOR_GOOD: Final = "public, max-age=31536000, immutable"


@frozen
class Asset:
    """One file.

    Args:
        kind: its media type.
        data: what is in it.
    """

    kind: str
    data: bytes


class Assets:
    """The static files of an app.

    Args:
        folders: where they lie, beside `FOLDER`; a later folder's file replaces an earlier one's of the same name.
        prefix: the path under which they are served, with a slash at both ends.
    """

    def __init__(self, folders: Iterable[Path] = (), prefix: str = "/static/") -> None:
        self.prefix = prefix
        self.files: dict[str, Asset] = {}
        self._names: dict[str, str] = {}
        found = {path.name: path for folder in (FOLDER, *folders) for path in sorted(folder.iterdir())}
        for name, path in found.items():
            if path.suffix in KINDS:
                data = path.read_bytes()
                named = f"{path.stem}.{_digest(data)}{path.suffix}"
                self._names[name] = named
                self.files[named] = Asset(KINDS[path.suffix], data)
        self.version = _digest(" ".join(sorted(self.files)).encode())

    def url(self, name: str) -> str:
        """Where a file is.

        Args:
            name: as it is called in its folder.

        Raises:
            KeyError: there is none.
        """
        return self.prefix + self._names[name]

    def named(self, name: str) -> str:
        """What a file is called by its content; raises as `url` does."""
        return self._names[name]


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=6).hexdigest()
