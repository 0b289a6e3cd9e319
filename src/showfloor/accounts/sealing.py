"""Sealing of secrets that stand in the database, such as a brand's keys at its payment provider.

The key is made from the installation's secret key (`SHOWFLOOR_SECRET_KEY`), which is not in the
database: a copy of the database alone opens nothing. What an earlier secret key has sealed can be
opened while that one is `SHOWFLOOR_SECRET_KEY_PREVIOUS`.
"""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class CannotOpen(ValueError):
    """Sealed with another secret key than this installation's, or changed since."""


def seal(text: str, purpose: str) -> str:
    """Return the text in a form that only this installation can read, and change, for this
    purpose."""
    return _box(purpose).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str, purpose: str) -> str:
    """Return the text; CannotOpen."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen("it was sealed with another SHOWFLOOR_SECRET_KEY") from None


def is_current(sealed: str, purpose: str) -> bool:
    """Return whether the present secret key alone opens it."""
    try:
        Fernet(_key(settings.SECRET_KEY, purpose)).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def _box(purpose: str) -> MultiFernet:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_key(secret, purpose)) for secret in secrets])


@cache
def _key(secret: str, purpose: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=f"showfloor:{purpose}".encode())
    return base64.urlsafe_b64encode(derived.derive(secret.encode()))
