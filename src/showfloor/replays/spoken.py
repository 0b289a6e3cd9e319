"""The port to what was said in a show, for captions in the picture. The room of captions, above,
sets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, override

from showfloor.shows.models import Show


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words from one picture to another."""

    starts_at: datetime
    ends_at: datetime
    text: str


class SpokenWords(Protocol):
    def languages(self, show: Show) -> Sequence[str]:
        """Return the languages (BCP 47) in which a show has captions."""

    def between(
        self, show: Show, language: str, start: datetime, end: datetime
    ) -> Sequence[Spoken]:
        """Return the captions of a range in one language, in the order of their pictures."""


class _Silence(SpokenWords):
    @override
    def languages(self, show: Show) -> Sequence[str]:
        return ()

    @override
    def between(
        self, show: Show, language: str, start: datetime, end: datetime
    ) -> Sequence[Spoken]:
        return ()


_words: SpokenWords = _Silence()


def use(words: SpokenWords) -> None:
    global _words
    _words = words


def words() -> SpokenWords:
    return _words
