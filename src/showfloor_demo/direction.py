"""The direction of a demo's live show: the producer's orders by the film's clock. Pure.

The film is a loop. Products follow the picture in each loop; polls, a pinned comment, an
announcement and new stock take turns, so that three loops in a row are not alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from showfloor_demo.film import Film

CARD_AFTER_S: Final = 0.7  # the cross-fade into a shot is over
TURNS: Final = 3
TAKEN_FOR_S: Final = 120.0  # without a word of a person the producer takes up her work again
BACK_MAX_S: Final = 12.0  # a cue that is older is left out


@dataclass(frozen=True, slots=True)
class ShowProduct:
    reference: str


@dataclass(frozen=True, slots=True)
class TakeDown:
    pass


@dataclass(frozen=True, slots=True)
class OpenPoll:
    question: str
    options: tuple[str, ...]
    seconds: int


@dataclass(frozen=True, slots=True)
class PickQuestion:
    pass


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    pass


@dataclass(frozen=True, slots=True)
class PinComment:
    pass


@dataclass(frozen=True, slots=True)
class Unpin:
    pass


@dataclass(frozen=True, slots=True)
class Announce:
    text: str


@dataclass(frozen=True, slots=True)
class EndAnnouncement:
    pass


@dataclass(frozen=True, slots=True)
class Restock:
    pass


type Order = (
    ShowProduct
    | TakeDown
    | OpenPoll
    | PickQuestion
    | AnswerQuestion
    | PinComment
    | Unpin
    | Announce
    | EndAnnouncement
    | Restock
)


@dataclass(frozen=True, slots=True)
class Cue:
    """`at_s`: media time from the beginning of the broadcast."""

    at_s: float
    order: Order


@dataclass(frozen=True, slots=True)
class Plan:
    """The polls and announcements of a show, which take turns."""

    polls: tuple[OpenPoll, ...]
    announcements: tuple[str, ...]


def cues(film: Film, plan: Plan, loop: int) -> Sequence[Cue]:
    """Return the cues of one round of the film, in order."""
    began = loop * film.long_s
    found = [Cue(began + at, order) for at, order in product_orders(film)]
    found += [Cue(began + share * film.long_s, order) for share, order in _talk(plan, loop)]
    return sorted(found, key=lambda cue: cue.at_s)


def due(film: Film, plan: Plan, before_s: float, now_s: float) -> Sequence[Cue]:
    """Return the cues after `before_s` up to `now_s`, both media times."""
    before_s = max(before_s, now_s - BACK_MAX_S)
    loops = range(max(0, int(before_s // film.long_s)), int(now_s // film.long_s) + 1)
    found = [cue for loop in loops for cue in cues(film, plan, loop)]
    return [cue for cue in found if before_s < cue.at_s <= now_s]


def product_orders(film: Film) -> Sequence[tuple[float, Order]]:
    """Return the cards of a film and their ends, by the time in the film."""
    at, before = 0.0, "?"
    found: list[tuple[float, Order]] = []
    for shot in film.shots:
        if shot.reference != before:
            found.append(
                (at + CARD_AFTER_S, ShowProduct(shot.reference))
                if shot.reference
                else (at, TakeDown())
            )
        before = shot.reference
        at += shot.long_s
    return found


def _talk(plan: Plan, loop: int) -> Sequence[tuple[float, Order]]:
    """Return orders by share of the loop."""
    found: list[tuple[float, Order]] = [
        (0.34, PickQuestion()), (0.46, AnswerQuestion()),
        (0.72, PickQuestion()), (0.84, AnswerQuestion()),
    ]  # fmt: skip
    turn, round_of_turns = loop % TURNS, loop // TURNS
    if turn == 0 and plan.polls:
        found.append((0.16, plan.polls[round_of_turns % len(plan.polls)]))
    elif turn == 1:
        found += [(0.30, PinComment()), (0.80, Unpin())]
    elif turn == 2:
        found.append((0.20, Restock()))
        if plan.announcements:
            text = plan.announcements[round_of_turns % len(plan.announcements)]
            found += [(0.22, Announce(text)), (0.62, EndAnnouncement())]
    return found


@dataclass(slots=True)
class Handover:
    """A show is in the hands of the producer who works by herself, or of a person in the console.

    Any deed of a person takes the show over. It is given back on purpose, or by itself after two
    minutes in which no person did anything.
    """

    taken_at: datetime | None = None
    held: bool = False  # taken on purpose: only given back on purpose

    def take(self, now: datetime, *, hold: bool = False) -> None:
        self.taken_at, self.held = now, self.held or hold

    def give_back(self) -> None:
        self.taken_at, self.held = None, False

    def is_taken(self, now: datetime) -> bool:
        if self.taken_at is None:
            return False
        return self.held or now - self.taken_at < timedelta(seconds=TAKEN_FOR_S)
