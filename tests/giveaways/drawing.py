"""Giveaways in a given state, entries, and a beacon whose rounds a test chooses."""

import hashlib
import json
from datetime import timedelta
from typing import Any

from showfloor.accounts.models import User
from showfloor.accounts.tokens import Claims
from showfloor.giveaways import drawing, queries, services
from showfloor.giveaways.beacon import NoAnswer
from showfloor.giveaways.commands import perform
from showfloor.giveaways.models import Giveaway
from showfloor.giveaways.rules import LATE, GiveawayDraft
from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show
from showfloor.timeline.commands import Outcome
from tests.community.interacting import command


class FakeBeacon:
    """A relay that knows the rounds it is told, and does not answer for others."""

    def __init__(self) -> None:
        self.known: dict[int, bytes] = {}
        self.asked: list[int] = []

    def signature(self, round_number: int) -> bytes:
        self.asked.append(round_number)
        if round_number not in self.known:
            raise NoAnswer("not yet")
        return self.known[round_number]


def signature_of(round_number: int) -> bytes:
    return hashlib.sha384(str(round_number).encode()).digest()


def prepared(show: Show, **more: Any) -> Giveaway:
    draft = GiveawayDraft("Ten sets", "One set of brushes", "Everybody over 18.", **more)
    return services.create(show, draft)


def opened(show: Show, by: User, **more: Any) -> Giveaway:
    return services.open_giveaway(show, prepared(show, **more).pk, 60, None, by)


def enter(show: Show, viewer: Claims, giveaway: Giveaway, **more: Any) -> Outcome:
    (outcome,) = enter_all(show, [(viewer, more)], giveaway)
    return outcome


def enter_all(
    show: Show, sent: list[tuple[Claims, dict[str, Any]]], giveaway: Giveaway
) -> list[Outcome]:
    """Send all of them in one batch."""
    body = {"giveaway_id": giveaway.pk, "accepts_terms": True}
    return perform(
        show.pk,
        [command("enter_giveaway", viewer, {**body, **more}, show) for viewer, more in sent],
    )


def fresh(giveaway: Giveaway) -> Giveaway:
    return Giveaway.objects.all_brands().select_related("show__brand").get(pk=giveaway.pk)


def drawn(giveaway: Giveaway) -> Giveaway:
    """The same giveaway after its end and its draw."""
    late = utc_now() + timedelta(hours=1)
    Giveaway.objects.all_brands().filter(pk=giveaway.pk).update(
        closes_at=utc_now() - LATE - timedelta(seconds=1)
    )
    assert drawing.close_due(utc_now()) == 1
    assert drawing.draw_due(late) == 1
    return fresh(giveaway)


def record(giveaway: Giveaway) -> Any:
    return json.loads("".join(queries.record(fresh(giveaway))))
