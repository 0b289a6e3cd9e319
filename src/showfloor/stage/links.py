"""The address of an invitation, and its picture for a phone's camera."""

import qrcode
from django.conf import settings
from django.urls import reverse


def url_of(key: str) -> str:
    """Return the address that the guest opens."""
    return str(settings.SHOWFLOOR.site_url + reverse("stage-guest", args=[key]))


def qr_path(url: str) -> dict[str, object]:
    """Return the address as a QR code: the path of its dark squares in a square of `size` units,
    the quiet zone of four units included (ISO/IEC 18004, 9.1)."""
    code = qrcode.QRCode(border=4)
    code.add_data(url)
    matrix = code.get_matrix()
    dark = [
        f"M{x} {y}h1v1h-1z"
        for y, line in enumerate(matrix)
        for x, is_dark in enumerate(line)
        if is_dark
    ]
    return {"size": len(matrix), "path": "".join(dark)}
