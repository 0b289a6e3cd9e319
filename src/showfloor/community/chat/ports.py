"""What the chat needs from outside."""

from typing import Protocol


class CannotTranslate(Exception):
    """The service does not answer, not in time, or not with a translation."""


class Translator(Protocol):
    """Translates what people write."""

    def translate(self, text: str, language: str) -> str:
        """`text`, of whatever language, in `language` (two letters); CannotTranslate, within
        seconds. Any thread."""
        ...
