"""What somebody sees who opens the chargers' port without asking for a WebSocket: page, root certificate, or 426."""

import re
from collections.abc import Callable
from typing import Final

from attrs import frozen

from edge_twisted.core.request import Plain, response
from edge_twisted.words.page import page, upgrade_required

_HOST: Final = re.compile(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def _no_manager() -> int:
    return 0


@frozen
class Front:
    """Answers plain HTTP requests.

    Args:
        root_pem, root_der: the box's root certificate, public.
        manager: gives EdgeManager's port; 0: there is none.
    """

    root_pem: bytes
    root_der: bytes
    manager: Callable[[], int] = _no_manager

    def answer(self, asked: Plain) -> bytes:
        """Answer one request.

        Args:
            asked: what was asked.

        Returns:
            The whole answer; the connection is closed behind it.
        """
        if asked.method in ("GET", "HEAD"):
            found = self._file(asked.path.rsplit("/", 1)[-1])
            if found:
                kind, name, body = found
                headers = [("Content-Disposition", f'attachment; filename="{name}"')]
                return response(200, headers, b"" if asked.method == "HEAD" else body, kind)
            if asked.is_browser:
                body = b"" if asked.method == "HEAD" else page(self._manager(asked.host)).encode()
                return response(200, [], body, "text/html; charset=utf-8")
        return response(426, [("Upgrade", "websocket")], upgrade_required().encode())

    def _manager(self, host: str) -> str:
        """EdgeManager's URL, by the name that the browser knows this box by; nothing where there is none."""
        port, named = self.manager(), _HOST.fullmatch(host)
        return f"https://{named[1]}:{port}/" if port and named else ""

    def _file(self, name: str) -> tuple[str, str, bytes] | None:
        if name in ("root.pem", "root.crt"):
            return "application/x-pem-file", "edge-root.pem", self.root_pem
        if name in ("root.der", "root.cer"):
            return "application/pkix-cert", "edge-root.cer", self.root_der
        return None
