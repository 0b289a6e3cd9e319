"""The token signer and network hasher of this installation, made from Django's settings."""

from functools import cache

from django.conf import settings

from showfloor.accounts.network import AddressSigner, NetworkHasher
from showfloor.accounts.tokens import TokenSigner


def token_signer() -> TokenSigner:
    """Signs with the current secret key; verifies with the one before it, too."""
    return _signer(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def network_hasher() -> NetworkHasher:
    return _hasher(settings.SECRET_KEY)


def address_signer() -> AddressSigner:
    """Signs with the current secret key; reads what the one before it signed, too."""
    return AddressSigner(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@cache
def _signer(*secrets: str) -> TokenSigner:
    return TokenSigner(*secrets)


@cache
def _hasher(secret: str) -> NetworkHasher:
    return NetworkHasher(secret)
