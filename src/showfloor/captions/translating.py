"""Captions in more languages: a producer orders them, and a job has them translated.

A translation is a caption of its own at the same pictures, so it is live, in the replay, in files
and in the search like any other, and a thousand readers of it cost one call.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from showfloor.captions import rules, services
from showfloor.captions.models import Caption, CaptionTranslation, RemovedCaption
from showfloor.community.chat import translation
from showfloor.community.chat.ports import CannotTranslate, NoTranslation, Translator
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.shows.models import Show
from showfloor.shows.services.locking import lock
from showfloor.timeline import services as timeline

log = logging.getLogger(__name__)

EVERY_S: Final = 0.5
ORDERS_MAX: Final = 6  # of one show
_RUN_S: Final = 10.0  # then the others' turn comes
_REST_S: Final = 10.0  # of an order after the translator did not answer; doubled while it does not
_REST_MAX_S: Final = 60.0
_ORDERS_AT_ONCE: Final = 20
_CAPTIONS_AT_ONCE: Final = 10  # of one order: the newest, which people wait for


@timeline.verb
def order(show: Show, source: str, language: str) -> CaptionTranslation:
    """Have all captions of one language said in another one, from now on and those before."""
    spoken, wanted = rules.clean_language(source), rules.clean_language(language)
    if translation.translator() is None:
        raise NotFound(_("Nothing is translated here."), code="no-translation")
    if rules.primary(spoken) == rules.primary(wanted):
        raise Invalid(_("Choose another language than the spoken one."), field="language")
    with timeline.write():
        locked = lock(show)
        rows = CaptionTranslation.objects.for_brand(locked.brand_id).filter(show=locked)
        if Caption.objects.for_brand(locked.brand_id).filter(
            show=locked, language=wanted, original__isnull=True
        ):  # fmt: skip
            raise Conflict(_("There are captions in this language already."), code="has-captions")
        if rows.filter(language=spoken).exists():
            raise Invalid(_("This language is a translation itself."), field="source")
        if rows.filter(source=wanted).exists():
            raise Invalid(_("This language is being translated itself."), field="language")
        services.check_languages(locked, wanted)
        made = rows.filter(language=wanted).first() or CaptionTranslation(show=locked)
        if made.language != wanted and rows.count() >= ORDERS_MAX:
            raise Conflict(_("This show has as many translations as it can hold."))
        made.source, made.language, made.is_behind = spoken, wanted, True
        made.save()
    return made


@timeline.verb
def take_back(show: Show, language: str) -> None:
    """Translate no more into this language; what was said in it stays."""
    with timeline.write():
        locked = lock(show)
        rows = CaptionTranslation.objects.for_brand(locked.brand_id).filter(show=locked)
        rows.filter(language=language).delete()


def orders_of(show: Show) -> Sequence[CaptionTranslation]:
    rows = CaptionTranslation.objects.for_brand(show.brand_id).filter(show=show)
    return list(rows.order_by("language"))


@dataclass(frozen=True, slots=True)
class _Rest:
    """The pause of an order after the translator did not translate `caption_id`."""

    until: float
    pause_s: float
    caption_id: str


class CaptionTranslator:
    """The job that translates. An order rests for a while when the translator does not answer, the
    longer the more often; the others go on, since it may only lack that language."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rests: dict[str, _Rest] = {}  # by order

    def run(self) -> int:
        """Translate captions that wait for it; return how many were."""
        translator = translation.translator()
        if translator is None:
            return 0
        now = self._clock()
        self._rests = {pk: one for pk, one in self._rests.items() if now < one.until + _REST_MAX_S}
        resting = [pk for pk, one in self._rests.items() if now < one.until]
        waiting = CaptionTranslation.objects.all_brands().filter(is_behind=True)
        turn = waiting.exclude(pk__in=resting).select_related("show").order_by("?")
        count = 0
        for one in turn[:_ORDERS_AT_ONCE]:
            if self._clock() > now + _RUN_S:
                break
            count += self._catch_up(one, translator)
        return count

    def _catch_up(self, one: CaptionTranslation, translator: Translator) -> int:
        _clear_mark(one)  # before the look: a caption that is said during it sets the mark again
        found = self._in_turn(one)
        done = 0
        try:
            for caption in found[:_CAPTIONS_AT_ONCE]:
                try:
                    _translate(one, caption, translator)
                except CannotTranslate as error:
                    self._rest(one, caption, error, is_away=done == 0)
                    break
                done += 1
            else:
                self._rests.pop(one.pk, None)
        except Conflict as error:  # there is no room for more, so that nothing can come of it
            log.warning("caption_order_ended language=%s reason=%s", one.language, error)
            take_back(one.show, one.language)
        finally:
            if done < len(found):
                services.note_behind(one.show, one.source)
        return done

    def _in_turn(self, one: CaptionTranslation) -> Sequence[Caption]:
        """Return captions that wait, the newest first, but last the one that failed last."""
        rest = self._rests.get(one.pk)
        failed = rest.caption_id if rest is not None else None
        return sorted(_without_translation(one), key=lambda caption: caption.pk == failed)

    def _rest(
        self, one: CaptionTranslation, caption: Caption, error: CannotTranslate, *, is_away: bool
    ) -> None:
        log.warning("captions_not_translated language=%s reason=%s", one.language, error)
        before = self._rests.get(one.pk) if is_away else None
        pause_s = _REST_S if before is None else min(2 * before.pause_s, _REST_MAX_S)
        self._rests[one.pk] = _Rest(self._clock() + pause_s, pause_s, caption.pk)


def _clear_mark(one: CaptionTranslation) -> None:
    rows = CaptionTranslation.objects.for_brand(one.show.brand_id)
    rows.filter(pk=one.pk).update(is_behind=False)


def _without_translation(one: CaptionTranslation) -> Sequence[Caption]:
    """Return captions without their translation, or with one of other words; the newest first."""
    rows = Caption.objects.for_brand(one.show.brand_id).filter(show=one.show)
    theirs = rows.filter(
        original=OuterRef("pk"), original_text=OuterRef("text"), language=one.language
    )
    removed = RemovedCaption.objects.for_brand(one.show.brand_id).filter(
        show=one.show, language=one.language,
        cue_id=Concat(Value(rules.TRANSLATED), OuterRef("pk")),
    )  # fmt: skip
    missing = rows.filter(~Exists(theirs), ~Exists(removed), language=one.source)
    return list(missing.order_by("-starts_at")[: _CAPTIONS_AT_ONCE + 1])


def _translate(one: CaptionTranslation, caption: Caption, translator: Translator) -> None:
    """Say the caption in the language of the order: its own words where there is nothing in it to
    translate, like music."""
    try:
        words = translator.translate(caption.text, rules.primary(one.language))
        words = rules.clean_text(words[: rules.TEXT_MAX])
    except (NoTranslation, Invalid):
        words = caption.text
    services.say_translation(one, caption, words)
