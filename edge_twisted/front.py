"""What somebody sees who opens the chargers' port without asking for a WebSocket: page, root certificate, or 426."""

from attrs import frozen

from edge_twisted.core.request import Plain, response
from edge_twisted.words.page import page, upgrade_required


@frozen
class Front:
    """Answers plain HTTP requests.

    Args:
        root_pem, root_der: the box's root certificate, public.
    """

    root_pem: bytes
    root_der: bytes

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
                body = b"" if asked.method == "HEAD" else page().encode()
                return response(200, [], body, "text/html; charset=utf-8")
        return response(426, [("Upgrade", "websocket")], upgrade_required().encode())

    def _file(self, name: str) -> tuple[str, str, bytes] | None:
        if name in ("root.pem", "root.crt"):
            return "application/x-pem-file", "edge-root.pem", self.root_pem
        if name in ("root.der", "root.cer"):
            return "application/pkix-cert", "edge-root.cer", self.root_der
        return None
