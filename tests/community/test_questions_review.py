"""Held questions, shadowed questions, and the actions that can be undone."""

from datetime import timedelta

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.community.moderation import decisions
from showfloor.community.questions import queries, services
from showfloor.community.safety import audit, auto_mod
from showfloor.community.safety.models import (
    AuditEntry,
    ChatSettings,
    Restriction,
    RestrictionKind,
    ReviewItem,
    WordAction,
    WordRule,
)
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from showfloor.shows.models import Show
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from tests.community.interacting import ask, asked, fresh, problem, said, wanted_by, wish
from tests.support.shows import guest


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


@pytest.fixture
def holding(show: Show, brand: Brand) -> Show:
    """A show whose brand wants to look at everything with `rash` in it."""
    WordRule(brand=brand, pattern="rash", action=WordAction.HOLD).save()
    auto_mod.forget(show.pk)
    return show


def test_held_question_waits_and_its_author_knows(holding: Show, ana: Claims, brand: Brand) -> None:
    outcome = ask(holding, ana, "Do I get a rash?", id="q1")
    assert (outcome.seq, outcome.result["state"]) == (None, "held")
    assert timeline.head(holding.timeline_id).seq == 0
    (added,) = said(holding.backstage_id)
    assert (added.kind, added.body["of"], added.body["text"], added.body["reason"]) == (
        "review.added", "question", "Do I get a rash?", "word",
    )  # fmt: skip
    assert ask(holding, ana, "Do I get a rash?", id="q1") == outcome
    assert ReviewItem.objects.for_brand(brand).count() == 1
    assert queries.mine(holding, ana.sub)["questions"][0]["state"] == "held"
    question = ReviewItem.objects.for_brand(brand).get().question
    assert question is not None
    assert problem(wish(holding, guest(brand, "Ben"), question))[0] == 404


@pytest.mark.parametrize(
    ("decision", "state", "kinds"),
    [("approve", "open", ["question.asked"]), ("decline", "dismissed", [])],
)
def test_moderator_decides(
    holding: Show, ana: Claims, moderator: User, decision: str, state: str, kinds: list[str]
) -> None:
    question = asked(holding, ana, "Do I get a rash?")
    item = ReviewItem.objects.for_brand(holding.brand_id).get()
    decisions.decide(holding, item.pk, decision, "", moderator)
    assert fresh(question).state == state
    assert [entry.kind for entry in said(holding.timeline_id)] == kinds
    told = [(one.kind, one.body["state"]) for one in personal_stream.read(ana.brand, ana.sub)]
    reasons = [("statement.made", "removed")] if decision == "decline" else []
    assert told[-1 - len(reasons) :] == [("question.news", state), *reasons]


def test_held_question_has_its_review_and_nothing_else(
    holding: Show, ana: Claims, moderator: User
) -> None:
    question = asked(holding, ana, "Do I get a rash?")
    for verb in (services.reopen, services.dismiss, services.remove):
        with pytest.raises(Conflict) as refused:
            verb(holding, question.pk, moderator)
        assert refused.value.code == "question-held"
    assert (fresh(question).state, fresh(question).seq) == ("held", None)


def test_question_with_a_link_is_held_where_links_are(show: Show, ana: Claims) -> None:
    ChatSettings(show=show, holds_links=True).save()
    auto_mod.forget(show.pk)
    assert ask(show, ana, "Is it on www.example.com?").result["state"] == "held"


def test_shadowed_question_is_for_its_author_alone(
    show: Show, ana: Claims, brand: Brand, moderator: User
) -> None:
    asked(show, guest(brand, "Ben"), "How long does it last?")
    Restriction(
        brand=brand, subject=ana.sub, name="Ana", kind=RestrictionKind.SHADOW,
        until=utc_now() + timedelta(hours=1),
    ).save()  # fmt: skip
    auto_mod.forget(show.pk)
    outcome = ask(show, ana, "Is it a scam?")
    assert (outcome.seq, outcome.result["state"]) == (1, "open")  # looks like any other
    assert timeline.head(show.timeline_id).seq == 1
    assert "scam" not in repr(queries.question_views(show))
    assert queries.mine(show, ana.sub)["questions"][0]["state"] == "open"
    row = next(one for one in queries.staff_questions(show) if one["state"] == "shadowed")
    services.reopen(show, row["question_id"], moderator)
    assert said(show.timeline_id)[1].body["text"] == "Is it a scam?"


def test_dismissal_can_be_undone(show: Show, ana: Claims, moderator: User) -> None:
    question = asked(show, ana, "Is it vegan?")
    services.dismiss(show, question.pk, moderator)
    line = AuditEntry.objects.for_brand(show.brand_id).get()
    assert line.subject == ana.sub
    audit.undo(show, line.pk, moderator)
    assert fresh(question).state == "open"
    lines = AuditEntry.objects.for_brand(show.brand_id).order_by("pk")
    assert list(lines.values_list("action", flat=True)) == ["question.dismissed", "undo"]


def test_merge_can_be_undone_until_something_else_happened(
    show: Show, ana: Claims, brand: Brand, moderator: User
) -> None:
    question = asked(show, ana, "Is it vegan?")
    twin = asked(show, guest(brand, "Ben"), "Are they vegan?")
    for _twice in range(2):
        services.merge(show, twin.pk, question.pk, moderator)
        audit.undo(show, standing_merge(brand).pk, moderator)
        assert (fresh(question).votes, wanted_by(question), fresh(twin).votes) == (1, 1, 1)
    services.merge(show, twin.pk, question.pk, moderator)
    services.remove(show, twin.pk, moderator)
    with pytest.raises(Conflict) as refused:
        audit.undo(show, standing_merge(brand).pk, moderator)
    assert (refused.value.code, fresh(twin).state) == ("question-removed", "removed")


def standing_merge(brand: Brand) -> AuditEntry:
    """The line of the merge that was not undone."""
    lines = AuditEntry.objects.for_brand(brand)
    return lines.get(action="question.merged", undone_by__isnull=True)


def test_first_question_of_a_newcomer_waits_too(show: Show, ana: Claims, brand: Brand) -> None:
    ChatSettings(show=show, holds_first=True).save()
    auto_mod.forget(show.pk)
    first = ask(show, ana, "Is it vegan?")
    assert (first.seq, first.result["state"]) == (None, "held")
    item = ReviewItem.objects.for_brand(brand).get()
    assert item.reason == "first"
    moderator = User.objects.create_user("mo@example.test")
    decisions.decide(show, item.pk, "approve", "", moderator)
    assert ask(show, ana, "And the box?").result["state"] == "open"
