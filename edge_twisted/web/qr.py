"""QR codes as pictures."""

import segno


def svg(text: str) -> str:
    """A QR code as an SVG picture that may stand within a page.

    Args:
        text: what it holds.

    Returns:
        The `<svg>` element, with a white ground and a quiet zone.
    """
    return str(segno.make_qr(text, error="m").svg_inline(scale=4, light="#fff"))
