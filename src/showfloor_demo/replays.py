"""The replays of the demo: shows of some days ago, written by the verbs of every show.

The clock of the rooms is set back meanwhile, so entries, orders and answers have the times of the
show. Goods that were sold are gone from the stock.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Any, Final

from django.conf import settings as django_settings
from django.utils import translation

from showfloor.accounts.models import Brand, Member, User
from showfloor.accounts.tokens import Claims
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import commands as checkouts
from showfloor.checkout import provider
from showfloor.checkout import rules as checkout_rules
from showfloor.checkout.buyer import buyer_of
from showfloor.checkout.services import cart, filling_in, webhook
from showfloor.kernel import clock
from showfloor.kernel.ids import new_id
from showfloor.kernel.settings import Settings
from showfloor.outbox import services as outbox
from showfloor.roles.payments import BOOKS
from showfloor.shows.models import Show
from showfloor.shows.services import broadcasts, lifecycle, planning
from showfloor.site import commands
from showfloor.timeline.commands import Command
from showfloor.timeline.services import write
from showfloor_demo import direction, members, recording
from showfloor_demo.chat.replays import REPLAYS, ReplayScript
from showfloor_demo.desk import Desk
from showfloor_demo.direction import Order, ShowProduct
from showfloor_demo.film import Film
from showfloor_demo.films import FILMS
from showfloor_demo.house import DemoShow

PREVIEW_S: Final = 6.0  # from the encoder's first picture to *Start*
AFTER_S: Final = 2.0

type Beat = tuple[float, Callable[[], object]]


@dataclass(slots=True)
class Recorder:
    """Makes the replays of a set-up; `film` returns where a film is, once it is made."""

    settings: Settings
    film: Callable[[str], Path]
    say: Callable[[str], None]
    record: Callable[[Path, Path, datetime], None] = recording.record

    def __call__(self, show: Show, about: DemoShow, director: User) -> None:
        """Record a show that was planned, and end it."""
        self.say(f"replay “{about.title}”")
        script, film = REPLAYS[about.slug], FILMS[about.film]
        began = _evening(about)
        folder = self.settings.media_dir / show.channel_id
        shutil.rmtree(folder, ignore_errors=True)  # of a set-up that was killed
        self.record(self.film(film.name), folder, began)
        testpay = TestPay(self.settings.data_dir / BOOKS, django_settings.SECRET_KEY)
        provider.use(testpay)
        past = _Past(began)
        with clock.telling(past):
            with write():  # the whole evening, or a draft that the next set-up plays
                _play(_Stage(show, director, past, script, testpay), script, film)
            outbox.send_due(past())  # confirmations go out in the evening of their orders


def _evening(about: DemoShow) -> datetime:
    """Return the day of the show, at six in the evening (UTC)."""
    day = clock.utc_now() + timedelta(minutes=about.starts_in_min)
    return day.replace(hour=18, minute=0, second=0, microsecond=0)


@dataclass(slots=True)
class _Past:
    """The clock that the verbs are told: moved from one beat to the next."""

    began: datetime
    at_s: float = 0.0

    def __call__(self) -> datetime:
        return self.began + timedelta(seconds=self.at_s)


def _play(stage: "_Stage", script: ReplayScript, film: Film) -> None:
    show, past = stage.show, stage.past
    past.at_s = -3600.0
    starts_at = past.began + timedelta(seconds=PREVIEW_S)
    planning.update_show(show, planning.ShowChanges({"starts_at": starts_at}))
    past.at_s = 0.0
    broadcasts.broadcast_opened(show.pk, "OBS 31")
    for at_s, act in sorted(_beats(stage, script, film), key=lambda beat: beat[0]):
        past.at_s = at_s
        act()
    past.at_s = film.long_s + AFTER_S
    lifecycle.end(show, stage.director)
    broadcasts.broadcast_lost(show.pk)
    lifecycle.record_peak(show.timeline_id, script.peak_viewers)


class _Stage:
    """Everybody in one show of the past, and what they do."""

    def __init__(
        self, show: Show, director: User, past: _Past, script: ReplayScript, testpay: TestPay
    ) -> None:
        self.show = show
        self.past = past
        self.desk = Desk(show, director, _answers(script), {})
        self.director = director
        self._testpay = testpay
        self._brand: Brand = show.brand
        self._people: dict[str, Claims] = {}

    def start(self) -> None:
        lifecycle.start(self.show, self.director)

    def produce(self, deed: Callable[[datetime], object]) -> Callable[[], object]:
        """Return what the producer does with the picture of its moment."""
        return lambda: deed(self.past())

    def say(self, who: str, text: str) -> None:
        self._send(who, "message", {"text": text})

    def ask(self, who: str, text: str) -> None:
        self._send(who, "question", {"text": text})

    def react(self, who: str, hearts: int) -> None:
        self._send(who, "reactions", {"session": new_id(), "totals": {"heart": hearts}})

    def vote(self, who: str, option: int) -> None:
        self._send(who, "vote", {"poll_id": self.desk.poll_id, "options": [option]})

    def buy(self, who: str, sku: str) -> None:
        """Buy one, from the cart to the order, in the brand's language."""
        with translation.override(self._brand.language):
            self._buy(who, sku)

    def _buy(self, who: str, sku: str) -> None:
        claims = self._claims(who)
        buyer, key = buyer_of(claims), new_id()
        seen = cart.Attribution(self.show.slug, self.past.at_s - PREVIEW_S)
        cart.add(buyer, sku, 1, seen)
        begun = checkouts.begin(buyer, key).body
        details = checkout_rules.Details(
            email=f"{members.mailbox(who)}@mail.example", name=who, line1="Rue des Lilas 8",
            line2="", postal_code="1050", city="Brussels", country="BE",
        )  # fmt: skip
        filling_in.update(buyer, begun["id"], details, begun["shipping_options"][0]["id"])
        card = {"number": "4242424242424242", "exp": "12/34", "cvc": "123"}
        token = self._testpay.create_token(card)
        checkouts.pay(buyer, f"{key}-pay", begun["id"], {"payment_method": token})
        self._take_webhooks()

    def _take_webhooks(self) -> None:
        """Take the provider's events in the evening of the show: at set-up no server answers, and
        the orders would be confirmed days later."""
        for event in self._testpay.due_events():
            body = event["body"].encode()
            came_to = webhook.Address(TestPay.name)
            webhook.receive(came_to, self._testpay.signed(body), body, self.past())
            self._testpay.mark_delivered(event, taken=True)

    def _send(self, who: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        command = Command(new_id(), name, body, self._claims(who), self.show.pk)
        (outcome,) = commands.perform(name, [command])
        if outcome.problem is not None:
            raise RuntimeError(f"{who} in {self.show.slug}: {outcome.problem}")
        return dict(outcome.result)

    def _claims(self, who: str) -> Claims:
        if who not in self._people:
            found = Member.objects.for_brand(self._brand).filter(display_name=who).first()
            sub = f"m:{found.pk}" if found is not None else f"g:{new_id()}"
            self._people[who] = Claims(sub, self._brand.pk, who)
        return self._people[who]


def _answers(script: ReplayScript) -> dict[str, str]:
    return {told.question: told.answer for told in script.questions if told.answer}


def _beats(stage: _Stage, script: ReplayScript, film: Film) -> Iterator[Beat]:
    """Yield everything that happens, with the media time at which it does."""
    yield PREVIEW_S, stage.start
    for at, order in direction.product_orders(film):
        if at > PREVIEW_S:
            yield at, _at_the_desk(stage, order)
    dice = Random(film.name)  # noqa: S311 - a play, not a secret
    for at, long_s, reference in _spans(film):
        here = max(at, PREVIEW_S + 0.3)
        lines = script.lines.get(reference) or (script.farewell if at else script.welcome)
        yield from _talk(stage, lines, script.pinned, (here, at + long_s - here - 0.5), dice)
        for place, (who, sku) in enumerate(script.sales.get(reference, ())):
            yield here + 2.7 + 2.3 * place, partial(stage.buy, who, sku)
        yield from _questions(stage, script, reference, here)
    yield from _poll(stage, script, film.long_s / 2)


def _spans(film: Film) -> Iterator[tuple[float, float, str]]:
    """Yield beginning, length and product of the parts of a film: shots of one thing are one."""
    at = 0.0
    for reference, shots in groupby(film.shots, key=attrgetter("reference")):
        long_s = sum(shot.long_s for shot in shots)
        yield at, long_s, reference
        at += long_s


def _at_the_desk(stage: _Stage, order: Order) -> Callable[[], object]:
    if isinstance(order, ShowProduct):
        return stage.produce(partial(stage.desk.show_product, order.reference))
    return stage.produce(stage.desk.take_down)


def _talk(
    stage: _Stage, lines: Sequence[tuple[str, str]], pinned: str, span: tuple[float, float],
    dice: Random,
) -> Iterator[Beat]:  # fmt: skip
    """Yield lines, spread over a shot."""
    for place, (who, text) in enumerate(lines):
        at = span[0] + span[1] * (place + dice.uniform(0.2, 0.8)) / len(lines)
        yield at, partial(stage.say, who, text)
        yield at + 0.4, partial(stage.react, who, dice.randint(1, 6))
        if text == pinned:
            yield at + 1.2, stage.produce(stage.desk.pin_comment)


def _questions(stage: _Stage, script: ReplayScript, reference: str, here: float) -> Iterator[Beat]:
    for told in script.questions:
        if told.reference == reference:
            yield here + 1.6, partial(stage.ask, told.who, told.question)
            yield here + 3.4, stage.produce(stage.desk.pick_question)
            yield here + 6.2, stage.produce(stage.desk.answer_question)


def _poll(stage: _Stage, script: ReplayScript, at_s: float) -> Iterator[Beat]:
    poll = script.poll
    opening = partial(stage.desk.open_poll, poll.question, poll.options, poll.seconds)
    yield at_s, stage.produce(opening)
    for place, (who, option) in enumerate(script.votes):
        yield at_s + 1.5 + 1.3 * place, partial(stage.vote, who, option)
    yield at_s + poll.seconds, stage.produce(stage.desk.close_poll)
