"""Content that moderators take down by themselves, with the reason that they choose. The slice that
states the reasons to its author hears of it here, in the open transaction."""

from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Takedown:
    """What was taken down of one author. `words`: as they stood; `target`: its id, of several
    messages the first one's; `count`: how many they are."""

    show: Show
    kind: str  # message, question
    target: str
    words: str
    author: str  # a token's `sub`
    author_name: str
    count: int = 1


type Listener = Callable[[Takedown, TakedownReason, User], None]
_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Call this, in the transaction that takes something down: once, when the slice is loaded."""
    _listeners.append(listener)


def tell(taken: Takedown, reason: TakedownReason, by: User) -> None:
    for listener in _listeners:
        listener(taken, reason, by)
