"""The headers of every answer: what a browser may do with a page."""

from typing import Any, Final

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Nothing from elsewhere, and nothing that stands in the page itself: text that gets into it can't run."""

HEADERS: Final = {
    b"content-security-policy": POLICY.encode("ascii"),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}
"""With `no-referrer` a browser would say `Origin: null` of a page's own forms, and the guard could not tell them from
another site's; `same-origin` says as little to others. Static files alone replace `cache-control`."""

OVER_TLS: Final = {b"cross-origin-opener-policy": b"same-origin"}
"""Without TLS a browser ignores these, and complains."""


def put_headers(request: Any) -> None:
    """Give an answer its headers; none of them tells what software answers.

    Args:
        request: what is answered.
    """
    request.responseHeaders.removeHeader(b"server")
    for name, value in (HEADERS | OVER_TLS if request.isSecure() else HEADERS).items():
        request.responseHeaders.setRawHeaders(name, [value])
