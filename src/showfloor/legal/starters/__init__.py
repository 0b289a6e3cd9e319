"""Texts that a brand begins from. They are no legal advice, and say so in a gap that has to be
taken out before anything can be published."""

from pathlib import Path

_FOLDER = Path(__file__).parent
OTHERWISE = "en"


def starter(kind: str, language: str) -> str:
    """Return the template of a text in this language, else in English."""
    for code in (language, OTHERWISE):
        found = _FOLDER / code / f"{kind}.txt"
        if found.is_file():
            return found.read_text("utf-8")
    raise LookupError(kind)
