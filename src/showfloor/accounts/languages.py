"""Which language to speak to someone in."""

from django.conf import settings

_SPOKEN = frozenset(code for code, _name in settings.LANGUAGES)


def spoken(wanted: str, otherwise: str) -> str:
    """`wanted` if it is one of ours, else the brand's, else the installation's."""
    for code in (wanted, otherwise):
        if code in _SPOKEN:
            return code
    return settings.LANGUAGE_CODE
