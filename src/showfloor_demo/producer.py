"""The producer of a demo show who works by herself: follows the film's clock, cue by cue."""

import asyncio
import json
import logging
import time
from datetime import datetime
from pathlib import Path
from typing import Final

from showfloor.accounts.database_threads import Database
from showfloor.accounts.models import User
from showfloor.adapters.filesystem.recording import INDEX_NAME
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.shows.models import Show, ShowState
from showfloor_demo import direction
from showfloor_demo.chat import casts
from showfloor_demo.desk import Desk
from showfloor_demo.direction import (
    Announce,
    AnswerQuestion,
    Cue,
    EndAnnouncement,
    Handover,
    OpenPoll,
    PickQuestion,
    PinComment,
    Restock,
    ShowProduct,
    TakeDown,
    Unpin,
)
from showfloor_demo.film_clock import FilmClock, IndexTail
from showfloor_demo.seed import LiveFacts

log = logging.getLogger(__name__)

STEP_S: Final = 0.25
LOOK_EVERY_S: Final = 1.0  # for segments that came in and for people in the console
WORKS_MAX_S: Final = 12 * 3600.0

HANDOVERS: dict[str, Handover] = {}  # by the show's slug; the demo's page reads them


class Producer:
    """Works until the show ends, at most twelve hours."""

    def __init__(self, facts: LiveFacts, media: Path, database: Database) -> None:
        self._facts = facts
        self._plan = casts.PLANS[facts.about.slug]
        self._database = database
        self._tail = IndexTail(media / facts.channel_id / INDEX_NAME)
        self._clock = FilmClock()
        self._handover = HANDOVERS.setdefault(facts.slug, Handover())
        self._was_taken = True  # the product of this moment comes up when she begins

    def film_restarts(self) -> None:
        """The encoder sends the film from its beginning, from now on."""
        self._clock.restart(utc_now())

    async def run(self) -> None:
        desk = await self._database.run(self._desk)
        began = looked = time.monotonic() - LOOK_EVERY_S
        done_s: float | None = None
        while time.monotonic() - began < WORKS_MAX_S:
            await asyncio.sleep(STEP_S)
            if time.monotonic() - looked >= LOOK_EVERY_S:
                looked = time.monotonic()
                if not await self._look(desk):
                    return
            now_s = self._clock.media_s(utc_now())
            if now_s is None:
                continue
            if done_s is None or done_s > now_s:  # the first picture of a new broadcast
                done_s, self._was_taken = now_s, True
            await self._work(desk, done_s, now_s)
            done_s = now_s

    async def _look(self, desk: Desk) -> bool:
        """Take in what happened; False when the show is over."""
        lines = await asyncio.to_thread(self._tail.read)
        self._clock.feed(json.loads(line) for line in lines)
        if await self._database.run(desk.was_used_by_others):
            self._handover.take(utc_now())
        return await self._database.run(self._is_live)

    async def _work(self, desk: Desk, done_s: float, now_s: float) -> None:
        if self._handover.is_taken(utc_now()):
            self._was_taken = True
            return
        film = self._facts.film
        if self._was_taken:
            self._was_taken = False
            shown = film.shown_at(now_s)
            await self._do(desk, Cue(now_s, ShowProduct(shown) if shown else TakeDown()))
        for cue in direction.due(film, self._plan, done_s, now_s):
            await self._do(desk, cue)

    async def _do(self, desk: Desk, cue: Cue) -> None:
        picture = self._clock.moment(cue.at_s)
        assert picture is not None
        try:
            await self._database.run(_perform, desk, cue, picture)
        except ShowfloorError as error:  # somebody was faster, or took the product out
            log.info("producer_refused order=%s reason=%s", cue.order, error.message)

    def _desk(self) -> Desk:
        facts = self._facts
        show = Show.objects.all_brands().select_related("brand").get(pk=facts.show_id)
        levels = {v.sku: v.stock for product in facts.house.products for v in product.variants}
        by = User.objects.get(pk=facts.director_id)
        return Desk(show, by, casts.answers_of(facts.about.slug), levels)

    def _is_live(self) -> bool:
        found = Show.objects.all_brands().filter(pk=self._facts.show_id, state=ShowState.LIVE)
        return found.exists()


def _perform(desk: Desk, cue: Cue, picture: datetime) -> None:
    match cue.order:
        case ShowProduct(reference):
            desk.show_product(reference, picture)
        case TakeDown():
            desk.take_down(picture)
        case OpenPoll(question, options, seconds):
            desk.open_poll(question, options, seconds, picture)
        case Announce(text):
            desk.announce(text, picture)
        case EndAnnouncement():
            desk.end_announcement(picture)
        case Restock():
            desk.restock()
        case _:
            _answer_people(desk, cue, picture)


def _answer_people(desk: Desk, cue: Cue, picture: datetime) -> None:
    match cue.order:
        case PickQuestion():
            desk.pick_question(picture)
        case AnswerQuestion():
            desk.answer_question(picture)
        case PinComment():
            desk.pin_comment(picture)
        case Unpin():
            desk.unpin(picture)
