"""What somebody sees who opens the chargers' port without being a charger."""

from typing import Final

_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>Edge</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0 auto; padding: 1.5rem; max-width: 36rem; font: 1.0625rem/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.2; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.125rem; }
li { margin: 0.75rem 0; }
code { font-size: 0.9375em; }
</style>
</head>
<body>
<main>
<h1>Edge: chargers connect here</h1>
<p>This address is for charging stations, not for a browser. Enter it in the charger as the address of its central
system, with <code>ws://</code> or <code>wss://</code> in front, and choose OCPP 1.6 JSON. The charger adds its own ID
by itself.</p>
<h2>The certificate that a charger may need to trust</h2>
<p>A charger that connects over <code>wss://</code> may first have to know this box. If its log tells of a TLS or
certificate error, load the box's root certificate into it:</p>
<ul>
<li><a href="/root.pem" download>root.pem</a>: for most chargers (text form)</li>
<li><a href="/root.der" download>root.der</a>: the same, for chargers that want the binary form</li>
</ul>
<p>Its SHA-256 fingerprint must be the one that stands in Edge's log at every start.</p>
@MANAGER@</main>
</body>
</html>
"""
_MANAGER: Final = """\
<h2>Looking after this box</h2>
<p>Which chargers are connected, what is wrong, and how each of them goes on to the central system:
<a href="@URL@">EdgeManager</a>.</p>
"""


def page(manager: str = "") -> str:
    """The page for a browser.

    Args:
        manager: EdgeManager's URL, of characters that need no quoting in HTML; empty: no link to it.

    Returns:
        HTML that needs nothing else: no script, no other resource. It tells neither version nor address of its own.
    """
    return _PAGE.replace("@MANAGER@", _MANAGER.replace("@URL@", manager) if manager else "")


def upgrade_required() -> str:
    """The answer to a program that asks for no WebSocket.

    Returns:
        One line of plain text, with a line feed at its end.
    """
    return "This port speaks OCPP over WebSocket: connect with ws:// or wss:// and the charger's ID at the end.\n"
