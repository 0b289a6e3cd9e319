"""The language to speak to someone in, and the country that their browser tells of."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import trans_real

_SPOKEN = frozenset(code for code, _name in settings.LANGUAGES)


def spoken(wanted: str, otherwise: str) -> str:
    """`wanted` if it is one of ours, else the brand's, else the installation's."""
    for code in (wanted, otherwise):
        if code in _SPOKEN:
            return code
    return settings.LANGUAGE_CODE


def preferred(accept_language: str) -> str:
    """Return the language that Django answers a request with this header in."""
    return _first_spoken(accept_language) or settings.LANGUAGE_CODE


def asked_for(request: HttpRequest) -> str:
    """The language that the browser asks for and that we speak; empty for none, or no wish."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in _SPOKEN:
        return chosen
    return _first_spoken(request.headers.get("Accept-Language", ""))


def _first_spoken(accept_language: str) -> str:
    for code, _quality in trans_real.parse_accept_lang_header(accept_language.lower()):
        if code == "*":
            break
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return ""


@contextmanager
def override_language(default: str) -> Iterator[Callable[[str], None]]:
    """Hand out a function that sets the language of what follows. `default` (the brand's) stands in
    for a language that is empty or not spoken here.

        with override_language(brand.language) as speak:
            for command in commands:
                speak(command.language)
                ...

    A language costs something only when it differs from the one before.
    """
    current = spoken("", default)
    with translation.override(current):

        def speak(language: str) -> None:
            nonlocal current
            wanted = spoken(language, default)
            if wanted != current:
                translation.activate(wanted)
                current = wanted

        yield speak


# The header of a browser that nobody has set up: it says nothing about where someone is.
_UNSET = "en-US"
_TAG = re.compile(r"\s*([A-Za-z]{2,3}(?:-[A-Za-z]{4})?-([A-Za-z]{2}))\s*(?:;.*)?")
_HEADER_CHARS_MAX = 200


def region_of(accept_language: str) -> str:
    """The country (ISO 3166-1) of the first language that names one: `AT` of `de-AT,en;q=0.5`."""
    for part in accept_language[:_HEADER_CHARS_MAX].split(","):
        found = _TAG.fullmatch(part)
        if found is not None and found[1].lower() != _UNSET.lower():
            return found[2].upper()
    return ""
