"""Quotas that the guests of one network share: enough for a hall full of people, and no more for a
crowd of fresh cookies."""

from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.community.moderation import chat_rules
from showfloor.community.moderation.chat_rules import Rules
from showfloor.community.polls import services as polls
from showfloor.community.polls.rules import OptionDraft, PollDraft
from showfloor.community.reactions import queries as reactions
from showfloor.community.reactions.models import ReactionShare
from showfloor.kernel.errors import RateLimited
from showfloor.shows.models import Show
from showfloor.timeline.commands import Outcome
from tests.community.interacting import (
    ask,
    asked,
    ballots,
    counters,
    fresh,
    many,
    problem,
    reacts,
    votes,
    wishes,
)
from tests.support.chat import post_message
from tests.support.shows import guest, make_show

HALL = "net-of-a-hall"


def in_hall(brand: Brand, count: int, network: str = HALL) -> list[Claims]:
    return [replace(one, network=network) for one in many(brand, count)]


def few(settings: LazySettings, count: int) -> None:
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, guests_per_network=count)


def refused(outcomes: list[Outcome]) -> int:
    """Return how many commands were refused for now."""
    problems = [problem(one) for one in outcomes if one.problem is not None]
    assert set(problems) <= {(429, "rate-limited", None)}
    return len(problems)


def test_hall_votes_and_a_flood_does_not(show: Show, producer: User, brand: Brand) -> None:
    draft = PollDraft("Which?", (OptionDraft("Rosé"), OptionDraft("Nude")))
    poll = polls.open_poll(show, polls.create(show, draft).pk, None, None, producer)
    hall = in_hall(brand, 700)
    assert refused(votes(show, poll, [(one, [0]) for one in hall[:300]])) == 0
    assert 190 <= refused(votes(show, poll, [(one, [0]) for one in hall[300:]])) <= 200
    assert counters(poll)[1] == len(ballots(poll)) == pytest.approx(505, abs=5)
    others = [guest(brand, network="elsewhere"), Claims(f"m:{'1' * 26}", brand.pk, network=HALL)]
    assert refused(votes(show, poll, [(one, [1]) for one in others])) == 0


def test_hall_votes_for_questions_and_a_flood_does_not(
    show: Show, brand: Brand, settings: LazySettings
) -> None:
    few(settings, 7)
    one, other = (asked(show, guest(brand, network="desk"), text) for text in ("Vegan?", "Size?"))
    hall = in_hall(brand, 10)
    assert refused(wishes(show, [(who, one.pk, True) for who in hall])) == 3
    assert refused(wishes(show, [(who, other.pk, True) for who in hall[:7]])) == 0
    assert (fresh(one).votes, fresh(other).votes) == (8, 8)


def test_hall_reacts_and_a_flood_adds_what_a_hall_does(show: Show, brand: Brand) -> None:
    first = reacts(show, [(one, "tab", {"heart": 1}) for one in in_hall(brand, 300)])
    assert sum(one.result["counted"] for one in first) == 300
    flood = [guest(brand, network="flood") for _ in range(40)]
    for part in (flood[:20], flood[20:]):
        reacts(show, [(one, "tab", {"fire": 30}) for one in part])
    assert 500 <= reactions.totals(show)["fire"] <= 520, "and not 1200"
    elsewhere = reacts(show, [(guest(brand, network="elsewhere"), "tab", {"clap": 30})])
    assert elsewhere[0].result == {"counted": 30}
    member = Claims(f"m:{'1' * 26}", brand.pk, network="flood")
    assert reacts(show, [(member, "tab", {"wow": 30})])[0].result == {"counted": 30}


def test_without_a_limit_a_network_is_not_counted(
    show: Show, brand: Brand, settings: LazySettings
) -> None:
    few(settings, 0)
    reacts(show, [(one, "tab", {"heart": 30}) for one in in_hall(brand, 40)])
    assert reactions.totals(show)["heart"] == 1200
    assert not ReactionShare.objects.for_brand(brand).filter(person__startswith="n:").exists()


def test_networks_cost_no_query(show: Show, brand: Brand) -> None:
    def queries(show: Show, network: str) -> int:
        people = in_hall(brand, 100, network)
        reacts(show, [(one, "tab", {"heart": 1}) for one in people])
        with CaptureQueriesContext(connection) as asked_for:
            reacts(show, [(one, "tab", {"heart": 2}) for one in people])
        return len(asked_for)

    assert queries(show, HALL) == queries(make_show(brand, "Other"), "")


def test_slow_mode_outlasts_a_cookie(
    show: Show, brand: Brand, producer: User, django_capture_on_commit_callbacks: Any
) -> None:
    neighbour = guest(brand, "Ben")
    with django_capture_on_commit_callbacks(execute=True):
        chat_rules.set_chat_rules(show, Rules(slow_s=60), producer)
    post_message(show, guest(brand), "c1", "hello")
    for number in range(2):
        with pytest.raises(RateLimited) as slow:
            post_message(show, guest(brand), "c1", f"hello again, {number}")
        assert slow.value.code == "slow-mode"
        assert 50 < slow.value.retry_after_s <= 60
    post_message(show, neighbour, "c1", "was here before")
    post_message(show, guest(brand, network="elsewhere"), "c1", "from elsewhere")
    asked(show, guest(brand, network="asks"), "Is it vegan?")
    too_soon = ask(show, guest(brand, network="asks"), "Is it heavy?")
    assert problem(too_soon) == (429, "slow-mode", None)
