"""Content that moderators take down by themselves, and people whom they ban, with the reason that
they choose. The slice that states the reasons to the person hears of it here, in the open
transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import models
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.models import User
from showfloor.shows.models import Show


class TakedownReason(models.TextChoices):
    """The rule that something breaks. What is illegal goes the way of a notice, which names the
    law."""

    RULES = "rules", _("It breaks the rules of the chat")
    SPAM = "spam", _("Advertising or spam")
    INSULT = "insult", _("Insult or hate")
    PRIVACY = "privacy", _("Personal data of somebody")
    OFF_TOPIC = "off-topic", _("It disturbs the show")


TakedownChoice = Literal["rules", "spam", "insult", "privacy", "off-topic"]  # of an API


class AutomatedMeans(models.TextChoices):
    """The part of machines in a decision (Regulation (EU) 2022/2065, Art. 17(3)(c))."""

    NONE = "none", _("None: a person has judged and decided it.")
    HELD = "held", _("A filter held it before it was shown; a person has judged and decided it.")
    EXPIRED = "expired", _("A filter held it before it was shown, and nobody decided in time.")


@dataclass(frozen=True, slots=True)
class Takedown:
    """What was taken down, or never shown, of one author. `words`: as they stood; `target`: its id,
    of several the first one's; `count`: how many they are."""

    show: Show
    kind: str  # message, question
    target: str
    words: str
    author: str  # a token's `sub`
    author_name: str
    count: int = 1
    automated: AutomatedMeans = AutomatedMeans.NONE


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A person who was banned from the brand's shows. `ban`: its id; `author`: a token's `sub`;
    `note`: the moderator's own words; `until`: None for a ban that stands until it is lifted."""

    show: Show
    ban: str
    author: str
    author_name: str
    note: str = ""
    until: datetime | None = None


type Listener = Callable[[Takedown | Exclusion, TakedownReason, User | None], None]
_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Call this, in the transaction that takes something down: once, when the slice is loaded."""
    _listeners.append(listener)


def tell(taken: Takedown | Exclusion, reason: TakedownReason, by: User | None) -> None:
    """Tell of what was taken down, or of who was banned. `by`: None where nobody decided."""
    for listener in _listeners:
        listener(taken, reason, by)
