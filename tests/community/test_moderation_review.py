"""Review items: held, flagged and reported messages, and their decisions. (Questions:
`test_questions_review.py`.)"""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.services import staff_name
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import services as chat
from showfloor.community.chat.models import Message
from showfloor.community.moderation import decisions, queries, services
from showfloor.community.moderation.models import Report
from showfloor.community.moderation.services import NewRestriction
from showfloor.community.safety import auto_mod, review
from showfloor.community.safety.models import RestrictionKind, ReviewItem
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from tests.community.moderating import (
    heard,
    held,
    lines,
    member,
    problem,
    report,
    told,
    waiting,
    word,
)
from tests.conftest import make_staff
from tests.support.chat import post_message
from tests.support.shows import guest, make_show


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


@pytest.fixture
def other(brand: Brand) -> User:
    user = make_staff(brand, Role.MODERATOR, "other@example.test")
    user.first_name = "Otto"
    user.save()
    return user


def reporters(brand: Brand, count: int) -> list[Claims]:
    return [member(brand, f"Member {number}") for number in range(count)]


def test_held_message_waits_and_its_author_knows(show: Show, brand: Brand, ana: Claims) -> None:
    message = held(show, ana)
    assert (message.seq, message.state, message.held_text) == (None, "held", "It is fake")
    assert timeline.head(show.timeline_id).seq == 0
    item = waiting(show)
    assert told(show.backstage_id) == [
        (
            "review.added",
            {
                "item_id": item.pk, "of": "message", "target_id": message.pk,
                "author": {"id": ana.sub, "name": "Ana", "role": "guest"}, "text": "It is fake",
                "reason": "word", "detail": "fake", "reports": 0,
            },
        )
    ]  # fmt: skip
    assert heard(ana) == [("message.held", {"client_id": "h1", "message_id": message.pk})]
    assert post_message(show, ana, "h1", "It is fake").pk == message.pk  # sent again
    assert ReviewItem.objects.for_brand(brand).count() == 1


def test_approved_message_is_posted_now(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    ben = post_message(show, guest(brand, "Ben"), "b1", "Is it real?")
    held_one = Message.objects.for_brand(brand)
    word(brand, "fake", "hold")
    said = chat.say(show, ana, "h1", "@Ben fake!", ben.pk)
    assert (said.state, said.seq) == ("held", None)
    post_message(show, guest(brand, "Cleo"), "c1", "meanwhile")
    decided = decisions.decide(show, waiting(show).pk, "approve", "", moderator)
    assert decided.state == "approved"
    message = held_one.get(client_id="h1")
    assert (message.seq, message.state, message.held_text) == (3, "shown", "")
    (entry,) = timeline.read(show.timeline_id, after=2)
    assert (entry.kind, entry.actor) == ("message.posted", ana.sub)
    assert entry.body == {
        "message_id": message.pk,
        "author": {"id": ana.sub, "name": "Ana", "role": "guest"},
        "text": "@Ben fake!",
        "client_id": "h1",
        "reply_to": {"message_id": ben.pk, "name": "Ben", "text": "Is it real?"},
        "mentions": [{"id": ben.author, "name": "Ben"}],
    }
    assert heard(ana)[1] == (
        "message.reviewed",
        {"client_id": "h1", "message_id": message.pk, "state": "approved"},
    )
    name = staff_name(moderator, brand)
    assert told(show.backstage_id, "review.decided") == [
        ("review.decided", {"item_id": decided.pk, "state": "approved", "by": name})
    ]
    assert lines(brand) == [("review.approved", "Ana", "")]


def test_declined_message_leaves_no_words(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    message = held(show, ana)
    decisions.decide(show, waiting(show).pk, "decline", " Not  true. ", moderator)
    message.refresh_from_db()
    assert (message.seq, message.state, message.held_text) == (None, "declined", "")
    assert timeline.head(show.timeline_id).seq == 0
    assert "It is fake" not in repr(timeline.read(show.backstage_id, after=0))
    body = {"client_id": "h1", "message_id": message.pk, "state": "declined", "note": "Not true."}
    assert heard(ana)[2] == ("message.reviewed", body)
    assert lines(brand) == [("review.declined", "Ana", "Not true.")]


def test_flagged_message_is_shown_and_waits_all_the_same(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    word(brand, "scam", "flag")
    message = post_message(show, ana, "c1", "a scam?")
    assert (message.seq, message.state) == (1, "shown")
    assert heard(ana) == []
    (view,) = queries.open_items(show, moderator)
    assert (view["reason"], view["is_held"], view["text"]) == ("flag", False, "a scam?")
    decisions.decide(show, view["item_id"], "approve", "", moderator)
    message.refresh_from_db()
    assert message.deleted_at is None
    assert heard(ana) == []
    assert queries.open_items(show, moderator) == []


def test_three_people_bring_a_message_before_a_moderator(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    message = post_message(show, ana, "c1", "buy pills")
    mia, max_, kim, *more = reporters(brand, 6)
    for viewer in (mia, mia, max_):
        assert report(show, viewer, message).problem is None
    assert not ReviewItem.objects.for_brand(brand).exists()
    report(show, kim, message, "abuse")
    item = waiting(show)
    assert (item.reason, item.detail, item.reports) == ("report", "abuse", 3)
    for viewer in more:
        report(show, viewer, message)
    item.refresh_from_db()
    assert item.reports == 6
    added = told(show.backstage_id, "review.added")
    # Moderators are told again at five reports; only the latest entry has the words.
    assert [(body["reports"], body.get("text")) for _kind, body in added] == [
        (5, None), (5, "buy pills"),
    ]  # fmt: skip
    decisions.decide(show, item.pk, "decline", "Spam", moderator)
    message.refresh_from_db()
    assert message.deleted_by == moderator
    for timeline_id in (show.timeline_id, show.backstage_id):
        assert "buy pills" not in repr(timeline.read(timeline_id, after=0))
    assert [kind for kind, _body in told(show.timeline_id)] == ["message.posted", "message.deleted"]
    reasons, reviewed = heard(ana)
    assert (reasons[0], reasons[1]["was_held"]) == ("statement.made", False)
    assert reviewed == (
        "message.reviewed",
        {"client_id": "c1", "message_id": message.pk, "state": "declined", "note": "Spam"},
    )


def test_decision_about_reports_stays(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    message = post_message(show, ana, "c1", "I don't like it")
    viewers = reporters(brand, 5)
    for viewer in viewers[:3]:
        report(show, viewer, message)
    decisions.decide(show, waiting(show).pk, "approve", "", moderator)
    for viewer in viewers[3:]:
        report(show, viewer, message)
    assert queries.open_items(show, moderator) == []
    assert Report.objects.for_brand(brand).count() == 5


def test_guests_of_one_network_report_as_one(show: Show, brand: Brand, ana: Claims) -> None:
    message = post_message(show, ana, "c1", "hello")
    for number in range(5):
        report(show, guest(brand, f"Guest {number}", network="office"), message)
    assert not ReviewItem.objects.for_brand(brand).exists()
    report(show, guest(brand, "Ben", network="home"), message)
    report(show, member(brand), message)
    assert waiting(show).reports == 3


def test_reports_that_are_refused(show: Show, brand: Brand, ana: Claims, moderator: User) -> None:
    message = post_message(show, ana, "c1", "hello")
    elsewhere = post_message(make_show(brand, "Other"), ana, "c1", "hello")
    gone = post_message(show, ana, "c2", "gone")
    chat.delete_message(show, gone.pk, moderator)
    mia = member(brand)
    assert problem(report(show, ana, message)) == (422, "invalid", "message_id")
    assert problem(report(show, mia, elsewhere)) == (404, "not-found", "message_id")
    assert problem(report(show, mia, gone)) == (409, "message-gone", "message_id")
    assert problem(report(show, mia, message, "because")) == (422, "invalid", "reason")
    assert problem(report(show, mia, held(show, ana))) == (404, "not-found", "message_id")
    assert not Report.objects.for_brand(brand).exists()


def test_nobody_reports_everything(show: Show, brand: Brand) -> None:
    mia = member(brand)
    messages = [
        post_message(show, guest(brand, f"Guest {n}", network=f"n{n}"), "c1", f"hello {n}")
        for n in range(11)
    ]
    answers = [report(show, mia, message) for message in messages]
    assert [one.problem is None for one in answers] == [True] * 10 + [False]
    last = answers[10].problem
    assert last is not None
    assert (last["status"], last["code"]) == (429, "rate-limited")
    assert 500 < last["retry_after_s"] <= 600


# --- who has it open


def test_open_item_is_locked_for_others(
    show: Show, brand: Brand, ana: Claims, moderator: User, other: User
) -> None:
    held(show, ana)
    item = review.take(show, waiting(show).pk, moderator)
    assert item.taken_until is not None
    assert 110 < (item.taken_until - utc_now()).total_seconds() <= 120
    name = staff_name(moderator, brand)
    for attempt in (
        partial(review.take, show, item.pk, other),
        partial(decisions.decide, show, item.pk, "approve", "", other),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "review-taken"
        assert refused.value.more == {"by": name, "until": iso_ms(item.taken_until)}
    assert timeline.head(show.timeline_id).seq == 0
    review.release(show, item.pk, other)  # not theirs to let go of
    assert queries.open_items(show, moderator)[0]["is_mine"] is True
    assert queries.open_items(show, other)[0]["taken_by"] == name
    review.take(show, item.pk, moderator)  # two more minutes
    review.release(show, item.pk, moderator)
    review.take(show, item.pk, other)
    assert [body for _kind, body in told(show.backstage_id, "review.taken")] == [
        {"item_id": item.pk, "by": name}, {"item_id": item.pk, "by": name},
        {"item_id": item.pk, "by": None}, {"item_id": item.pk, "by": "Otto"},
    ]  # fmt: skip


def test_lock_of_an_item_ends_after_two_minutes(
    show: Show, ana: Claims, moderator: User, other: User
) -> None:
    held(show, ana)
    item = review.take(show, waiting(show).pk, moderator)
    rows = ReviewItem.objects.for_brand(show.brand_id).filter(pk=item.pk)
    rows.update(taken_until=utc_now() - timedelta(seconds=1))
    assert queries.open_items(show, other)[0]["taken_by"] is None
    assert decisions.decide(show, item.pk, "approve", "", other).state == "approved"
    for attempt in (
        partial(decisions.decide, show, item.pk, "decline", "", moderator),
        partial(review.take, show, item.pk, moderator),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "review-decided"
    assert timeline.head(show.timeline_id).seq == 1


def test_unknown_decision_is_refused(
    show: Show, other_brand: Brand, ana: Claims, moderator: User, producer: User
) -> None:
    held(show, ana)
    item = waiting(show)
    with pytest.raises(Invalid) as refused:
        decisions.decide(show, item.pk, "perhaps", "", moderator)
    assert refused.value.field == "decision"
    for elsewhere in (make_show(other_brand), make_show(show.brand, "Other")):
        for attempt in (review.take, review.release):
            with pytest.raises(NotFound):
                attempt(elsewhere, item.pk, moderator)
    shows.start(show, producer)
    shows.end(show, producer)
    head = timeline.head(show.timeline_id).seq
    with pytest.raises(Conflict) as closed:
        decisions.decide(show, item.pk, "approve", "", moderator)
    assert closed.value.code == "chat-closed"
    assert timeline.head(show.timeline_id).seq == head
    assert waiting(show).pk == item.pk


def test_undecided_message_expires_and_its_author_is_told(
    show: Show, brand: Brand, ana: Claims
) -> None:
    message = held(show, ana)
    word(brand, "scam", "flag")
    flagged = post_message(show, member(brand), "c1", "scam")
    now = utc_now()
    assert decisions.expire(now + timedelta(minutes=9)) == 0
    assert decisions.expire(now + timedelta(minutes=11)) == 1
    assert decisions.expire(now + timedelta(minutes=11)) == 0
    message.refresh_from_db()
    assert (message.seq, message.state, message.held_text) == (None, "declined", "")
    assert heard(ana)[2] == (
        "message.reviewed",
        {"client_id": "h1", "message_id": message.pk, "state": "expired"},
    )
    assert "It is fake" not in repr(timeline.read(show.backstage_id, after=0))
    ((_kind, decided),) = told(show.backstage_id, "review.decided")
    assert (decided["state"], decided["by"]) == ("expired", None)
    assert waiting(show).message == flagged
    assert decisions.expire(now + timedelta(days=1, seconds=1)) == 1
    flagged.refresh_from_db()
    assert flagged.deleted_at is None
    assert lines(brand) == []


def test_item_open_with_a_moderator_does_not_expire(
    show: Show, ana: Claims, moderator: User
) -> None:
    """Not for ever: taking it again and again keeps nobody waiting for more than 20 minutes."""
    held(show, ana)
    item = waiting(show)
    made = utc_now()
    for minutes, expired in ((11, 0), (21, 1)):
        rows = ReviewItem.objects.for_brand(show.brand_id)
        rows.update(taken_by=moderator, taken_until=made + timedelta(minutes=minutes + 1))
        assert decisions.expire(made + timedelta(minutes=minutes)) == expired
    item.refresh_from_db()
    assert item.state == "expired"


def test_item_of_a_deleted_account_is_free(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    message = held(show, ana)
    gone = make_staff(brand, Role.MODERATOR, "gone@example.test")
    item = review.take(show, waiting(show).pk, gone)
    gone.delete()
    assert review.take(show, item.pk, moderator).taken_by == moderator
    assert decisions.decide(show, item.pk, "approve", "", moderator).state == "approved"
    message.refresh_from_db()
    assert message.state == "shown"


def test_deleting_a_message_ends_its_waiting(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    word(brand, "scam", "flag")
    message = post_message(show, ana, "c1", "scam")
    chat.delete_message(show, message.pk, moderator)
    assert queries.open_items(show, moderator) == []
    assert "'text'" not in repr(timeline.read(show.backstage_id, after=0))
    assert lines(brand) == [("message.deleted", "Ana", "")]


def test_record_counts_an_authors_history(
    show: Show, brand: Brand, ana: Claims, moderator: User, django_assert_max_num_queries: Any
) -> None:
    first = post_message(show, ana, "c1", "one")
    post_message(show, ana, "c2", "two")
    chat.delete_message(show, first.pk, moderator)
    warning = services.restrict(show, NewRestriction(RestrictionKind.WARNING, first.pk), moderator)
    services.lift(show, warning.pk, moderator)
    auto_mod.forget()
    held(show, ana)
    for number in range(5):
        held(show, member(brand, f"Member {number}"), f"fake {number}")
    with django_assert_max_num_queries(6):
        view, *others = queries.open_items(show, moderator)
    assert view["record"] == {
        "messages": 2, "deleted": 1, "warnings": 1, "time_outs": 0, "shadows": 0, "bans": 0,
    }  # fmt: skip
    assert view["author"] == {"id": ana.sub, "name": "Ana", "role": "guest"}
    assert [one["author"]["role"] for one in others] == ["member"] * 5
