"""Ports of the chat."""

from typing import Protocol


class CannotTranslate(Exception):
    """The service does not answer in time, or does not answer with a translation."""


class NoTranslation(CannotTranslate):
    """The service answers, and has no translation of this text."""


class Translator(Protocol):
    """A service that translates text."""

    def translate(self, text: str, language: str) -> str:
        """Return `text`, of whatever language, in `language` (two letters); raise CannotTranslate
        within seconds, NoTranslation where only this text is at fault. Any thread may call it."""
        ...
