"""Keys that are derived, not stored: HMAC-SHA256 of what they open, under a secret.

Whoever may see such a key sees it again, and a stolen database reveals none. A new version of the
message makes a new key.
"""

import base64
import hmac
from typing import Final

KEY_CHARS_MAX: Final = 128  # of what anyone may send as a key


def derive(secret: str, message: str) -> str:
    """Return the key of a message, 35 characters."""
    digest = hmac.digest(secret.encode(), message.encode(), "sha256")
    return "sf_" + base64.b32encode(digest[:20]).decode().lower()
