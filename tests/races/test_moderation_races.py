"""Moderators at the same moment. Each `prevented` has a sibling without the guard, in which the
same race does its damage."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from showfloor.accounts.models import Brand, Role, User
from showfloor.community.moderation import chat_rules, decisions, word_rules
from showfloor.community.moderation.models import Report
from showfloor.community.moderation.word_rules import RuleDraft
from showfloor.community.safety import audit, auto_mod, review
from showfloor.community.safety.models import AuditEntry, ReviewItem, ReviewState, WordRule
from showfloor.kernel.errors import Conflict
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from showfloor.timeline import services as writing
from tests.community.moderating import held, last_line, member, report, waiting
from tests.conftest import make_staff
from tests.races import guards
from tests.races.together import Meeting, at_once
from tests.support.chat import post_message
from tests.support.shows import guest, make_show

pytestmark = pytest.mark.django_db(transaction=True)

UNDONE_WITHOUT_EFFECT = "race.test"


@audit.undoable(UNDONE_WITHOUT_EFFECT)
def _undo_nothing(show: Show, line: AuditEntry, by: User) -> None:
    """Leave the database alone: the race is about the line of the undo."""


@pytest.fixture
def brand() -> Brand:
    return Brand.objects.create(slug="maison-test", name="Maison Test", currency="EUR")


@pytest.fixture
def show(brand: Brand) -> Show:
    auto_mod.forget()
    return make_show(brand)


@pytest.fixture
def moderators(brand: Brand) -> list[User]:
    return [make_staff(brand, Role.MODERATOR, f"{name}@example.test") for name in ("ann", "bob")]


def outcomes(results: list[Any]) -> list[str]:
    """Codes of the conflicts; `done` for the others."""
    unexpected = [one for one in results if isinstance(one, Exception)]
    assert all(isinstance(one, Conflict) for one in unexpected), unexpected
    return sorted(one.code if isinstance(one, Conflict) else "done" for one in results)


# --- two open the same item


@pytest.fixture
def item(show: Show) -> ReviewItem:
    held(show, guest(show.brand))
    return waiting(show)


def race_to_take(show: Show, item: ReviewItem, moderators: list[User]) -> list[Any]:
    return at_once([partial(review.take, show, item.pk, by) for by in moderators])


def test_both_having_one_item_open_prevented(
    show: Show, item: ReviewItem, moderators: list[User]
) -> None:
    results = race_to_take(show, item, moderators)
    assert outcomes(results) == ["done", "review-taken"]
    loser = next(n for n, one in enumerate(results) if isinstance(one, Conflict))
    assert waiting(show).taken_by == moderators[1 - loser]


def test_both_having_one_item_open_happens_without_guard(
    show: Show, item: ReviewItem, moderators: list[User]
) -> None:
    both_have_read = Meeting(2)

    def read_then_write(
        locked: Show, item_id: str, by: User, now: datetime, until: datetime
    ) -> bool:
        free = review.items_of(locked).filter(review.free_for(by, now), pk=item_id).exists()
        both_have_read.wait()
        review.items_of(locked).filter(pk=item_id).update(taken_by=by, taken_until=until)
        return free

    with (
        guards.REVIEW_CLAIM.off(read_then_write),
        guards.REVIEW_LOCK.off(),
        guards.REVIEW_NEWS.off(),
        guards.TIMELINE_TRANSACTION.off(),
    ):
        assert outcomes(race_to_take(show, item, moderators)) == ["done", "done"]


# --- one lets it in, the other does not


def race_to_decide(show: Show, item: ReviewItem, moderators: list[User]) -> list[Any]:
    ann, bob = moderators
    return at_once([
        partial(decisions.decide, show, item.pk, "approve", "", ann),
        partial(decisions.decide, show, item.pk, "decline", "", bob),
    ])  # fmt: skip


def test_two_decisions_prevented(show: Show, item: ReviewItem, moderators: list[User]) -> None:
    assert outcomes(race_to_decide(show, item, moderators)) == ["done", "review-decided"]
    item.refresh_from_db()
    shown = timeline.head(show.timeline_id).seq
    assert shown == (1 if item.state == ReviewState.APPROVED else 0)
    actions = AuditEntry.objects.for_brand(show.brand_id).values_list("action", flat=True)
    assert list(actions) == [f"review.{item.state}"]


def test_two_decisions_happen_without_guard(
    show: Show, item: ReviewItem, moderators: list[User]
) -> None:
    both_have_read = Meeting(2)

    def read_then_write(locked: Show, item: ReviewItem, state: ReviewState, by: User) -> bool:
        is_open = review.items_of(locked).filter(pk=item.pk, state=ReviewState.OPEN).exists()
        both_have_read.wait()
        review.items_of(locked).filter(pk=item.pk).update(state=state)
        return is_open

    settled: list[ReviewState] = []

    def settle(_show: Show, _item: ReviewItem, state: ReviewState, *_more: object) -> list[Any]:
        settled.append(state)
        return []

    with (
        guards.DECISION_TRANSITION.off(read_then_write),
        guards.DECISION_LOCK.off(),
        guards.DECISION_EFFECT.replaced(settle),
        guards.DECISION_REASONS.replaced(lambda *_refused: None),
        guards.AUDIT_LOG.off(),
        guards.TIMELINE_APPEND.off(lambda *_told: []),
        guards.TIMELINE_TRANSACTION.off(),
    ):
        assert outcomes(race_to_decide(show, item, moderators)) == ["done", "done"]
    assert sorted(settled) == [ReviewState.APPROVED, ReviewState.DECLINED]


# --- both undo the same line


def race_to_undo(moderators: list[User], *places: Show) -> list[Any]:
    line = last_line(places[0].brand)
    return at_once([
        partial(audit.undo, show, line.pk, by) for show, by in zip(places, moderators, strict=True)
    ])  # fmt: skip


def undone(brand: Brand) -> int:
    return AuditEntry.objects.for_brand(brand).filter(action=audit.UNDO).count()


@pytest.fixture
def both_look() -> Iterator[None]:
    """Both see that it was not undone before either undoes it."""
    with guards.UNDO_LOOKUP.followed_by(Meeting(2).wait):
        yield


def test_undoing_twice_prevented(show: Show, brand: Brand, moderators: list[User]) -> None:
    chat_rules.set_shield(show, on=True, by=moderators[0])
    results = race_to_undo(moderators, show, show)
    assert outcomes(results) == ["done", "undone-already"]
    assert not chat_rules.settings_of(show).shield
    assert undone(brand) == 1


def test_undoing_twice_from_two_shows_prevented(
    show: Show, brand: Brand, moderators: list[User], both_look: None
) -> None:
    """A line of the brand as a whole: no lock stands between them, but the database takes one."""
    word_rules.add(brand, RuleDraft("word", "block"), moderators[0])
    results = race_to_undo(moderators, show, make_show(brand, "Other"))
    # A second undo that waited for the rule's lock finds the rule gone.
    assert set(outcomes(results)) in ({"done", "undone-already"}, {"done", "changed-since"})
    assert undone(brand) == 1
    assert not WordRule.objects.for_brand(brand).exists()


def test_undoing_twice_happens_without_guard(
    show: Show, brand: Brand, moderators: list[User], both_look: None
) -> None:
    """Neither lock nor constraint: the line does not say what it undoes."""
    with writing.write():
        audit.log(show, moderators[0], UNDONE_WITHOUT_EFFECT)
    make, told = audit._entry, timeline.read(show.backstage_id, 0)

    def forgetful(*line: Any) -> AuditEntry:
        entry = make(*line)
        entry.undoes = None
        return entry

    with (
        guards.UNDO_CONSTRAINT.off(forgetful),
        guards.UNDO_LOCK.off(),
        guards.TIMELINE_APPEND.off(lambda *_told: told),
        guards.TIMELINE_TRANSACTION.off(),
    ):
        assert outcomes(race_to_undo(moderators, show, show)) == ["done", "done"]
    assert undone(brand) == 2


# --- the third reporter


def test_reports_at_once_are_one_item(show: Show, brand: Brand) -> None:
    message = post_message(show, guest(brand), "c1", "buy pills")
    viewers = [member(brand, f"Member {n}") for n in range(4)]
    results = at_once([partial(report, show, viewer, message) for viewer in (*viewers, viewers[0])])
    assert [one.problem for one in results] == [None] * 5
    assert Report.objects.for_brand(brand).count() == 4
    assert waiting(show).reports == 4
