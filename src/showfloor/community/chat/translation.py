"""Messages in the reader's language. Translation is off until a translator is given (`use`).

A translation is kept for some minutes, so that a thousand readers of one message cost one call. The
message is looked up each time, so that a deleted one is not translated.
"""

import threading
import time
from collections import OrderedDict

from django.conf import settings
from django.utils.translation import gettext as _

from showfloor.accounts.tokens import Claims
from showfloor.community.chat.models import Message, MessageState
from showfloor.community.chat.ports import CannotTranslate, Translator
from showfloor.kernel.errors import Conflict, Invalid, NotFound, RateLimited, Unavailable
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline

AT_ONCE = 2  # calls under way; each holds a thread of the site meanwhile
KEPT_S = 600.0
KEPT_MAX = 5_000
EACH_MAX, WINDOW_S = 30, 60.0  # translations of one person in this time
PEOPLE_MAX = 20_000

LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


class Translations:
    """The translator of one process, with its latest translations. Any thread may use it."""

    def __init__(self, translator: Translator) -> None:
        self.translator = translator
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self._kept: OrderedDict[tuple[str, str, str], tuple[float, str]] = OrderedDict()
        self._asked: OrderedDict[str, tuple[float, int]] = OrderedDict()  # since when, how often

    def translate(self, message_id: str, text: str, language: str, person: str) -> str:
        """Return the translation; RateLimited, or Unavailable when the translator is busy or does
        not answer."""
        self._count(person)
        key = message_id, language, text  # the text changes when a person it names is erased
        with self._lock:
            until, kept = self._kept.get(key, (0.0, ""))
        if time.monotonic() < until:
            return kept
        if not self._free.acquire(blocking=False):
            raise Unavailable(_("Too many ask for a translation. Try again in a moment."))
        try:
            translated = self.translator.translate(text, language)
        except CannotTranslate:
            raise Unavailable(_("The translation is not to be had. Try again later.")) from None
        finally:
            self._free.release()
        with self._lock:
            self._kept[key] = (time.monotonic() + KEPT_S, translated)
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return translated

    def _count(self, person: str) -> None:
        now = time.monotonic()
        with self._lock:
            since, times = self._asked.get(person, (now, 0))
            if now >= since + WINDOW_S:
                since, times = now, 0
            if times >= EACH_MAX:
                raise RateLimited(_("Not so fast."), retry_after_s=since + WINDOW_S - now)
            self._asked[person] = (since, times + 1)
            if len(self._asked) > PEOPLE_MAX:
                self._asked.popitem(last=False)


_translations: Translations | None = None


def use(translator: Translator | None) -> None:
    """Use this translator from now on; None turns translation off. The composition calls it at
    start."""
    global _translations
    _translations = Translations(translator) if translator is not None else None


def translator() -> Translator | None:
    """Return the translator of this installation, for what has bounds of its own."""
    return _translations.translator if _translations is not None else None


def is_on() -> bool:
    """Return whether translation is on."""
    return _translations is not None


def translate(show: Show, message_id: str, language: str, viewer: Claims) -> str:
    """Return a message's text in another language. NotFound (no such message, or translation is
    off), Conflict (it is gone), Invalid (language), RateLimited, Unavailable."""
    if _translations is None:
        raise NotFound(_("Nothing is translated here."), code="no-translation")
    if language not in LANGUAGES:
        raise Invalid(_("This language is not spoken here."), field="language")
    rows = Message.objects.for_brand(show.brand_id).filter(show=show, pk=message_id)
    message = rows.filter(state=MessageState.SHOWN).first()
    if message is None or message.seq is None:
        raise NotFound(_("There is no such message."))
    entries = timeline.pick(show.timeline_id, [message.seq])
    text = entries[0].body.get("text") if entries else None
    if text is None:
        raise Conflict(_("That message is gone."), code="message-gone")
    return _translations.translate(message.pk, text, language, f"{viewer.brand}/{viewer.sub}")
