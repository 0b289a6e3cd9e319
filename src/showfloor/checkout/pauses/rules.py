"""The words of a pause, and the refusal of those who want to buy meanwhile."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from showfloor.checkout.pauses.models import WORDS_CHARS_MAX, PauseReason
from showfloor.kernel.errors import Conflict, Invalid

CODE: Final = "selling-paused"


@dataclass(frozen=True, slots=True)
class Pause:
    """The open pause of a show. `words`: the producer's own, empty for those of the reason."""

    id: str
    show_id: str
    reason: str
    words: str
    started_at: datetime


def clean_words(reason: str, words: str) -> str:
    """Return the words of a pause as they are kept; Invalid names the field."""
    if reason not in PauseReason.values:
        raise Invalid(_("This is not what is asked for here."), field="reason")
    clean = " ".join(words.split())
    if len(clean) > WORDS_CHARS_MAX or not clean.isprintable():
        said = _("At most %(count)s characters.") % {"count": WORDS_CHARS_MAX}
        raise Invalid(said, field="words")
    if reason == PauseReason.OTHER and not clean:
        raise Invalid(_("Say why the sale is paused."), field="words")
    return clean


def why(pause: Pause) -> str:
    """Return the reason in the words of the person who reads it."""
    return pause.words or str(PauseReason(pause.reason).label)


def refusal(pause: Pause, names: Collection[str] = ()) -> Conflict:
    """Return the refusal of a purchase. `names`: the goods that it is about, where a cart has
    others, too."""
    said = _("The sale is paused. %(why)s") % {"why": why(pause)}
    if names:
        said = f"{', '.join(names)}: {said}"
    more = {"reason": pause.reason, "words": pause.words}
    return Conflict(said, code=CODE, more=more)
