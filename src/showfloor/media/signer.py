"""The signer of viewing passes of this installation, made from Django's settings."""

from functools import cache

from django.conf import settings

from showfloor.media.passes import PassSigner


def pass_signer() -> PassSigner:
    """Signs with the current secret key; reads passes of the one before it, too."""
    return _signer(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@cache
def _signer(*secrets: str) -> PassSigner:
    return PassSigner(*secrets)
