"""The adapter that allauth's second factors ask."""

from io import BytesIO
from typing import override

import qrcode
from allauth.mfa.adapter import DefaultMFAAdapter
from qrcode.image.svg import SvgPathFillImage


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    @override
    def build_totp_svg(self, url: str) -> str:
        """On white paper: a code without it cannot be read on a dark page."""
        image = qrcode.make(url, image_factory=SvgPathFillImage)
        text = BytesIO()
        image.save(text)
        return text.getvalue().decode()
