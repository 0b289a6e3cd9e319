"""Drafting, opening, closing and withdrawing polls: the verbs, the operations, the table."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from showfloor.accounts.models import Brand, Role, User
from showfloor.community.polls import jobs, queries, services
from showfloor.community.polls.models import Poll, PollOption, PollState
from showfloor.community.polls.rules import POLLS_MAX, OptionDraft, PollDraft
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from tests.community.interacting import said, vote
from tests.conftest import make_staff
from tests.support.shows import Caller, guest, make_show, started_before

YES_NO = (OptionDraft("Yes"), OptionDraft("No"))
QUIZ = PollDraft(
    "How many shades?", (OptionDraft("8"), OptionDraft("12", is_right=True)), is_quiz=True
)


def prepared(show: Show, question: str = "Matte?") -> Poll:
    return services.create(show, PollDraft(question, YES_NO))


def state(poll: Poll) -> str:
    return Poll.objects.all_brands().get(pk=poll.pk).state


def test_prepared_poll_is_only_for_staff(show: Show) -> None:
    poll = services.create(show, PollDraft("  Which   shade? ", (OptionDraft(" a "), *YES_NO)))
    assert queries.staff_polls(show) == [
        {
            "poll_id": poll.pk,
            "question": "Which shade?",
            "options": [
                {"position": 0, "text": "a"},
                {"position": 1, "text": "Yes"},
                {"position": 2, "text": "No"},
            ],
            "choices_max": 1,
            "is_quiz": False,
            "hides_tally": False,
            "state": "draft",
            "opened_at": None,
            "closed_at": None,
            "closes_at": None,
            "votes": [0, 0, 0],
            "voters": 0,
            "right": [],
        }
    ]
    assert queries.poll_views(show) == []
    assert timeline.head(show.timeline_id).seq == 0


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (PollDraft(" ", YES_NO), "question"),
        (PollDraft("x" * 201, YES_NO), "question"),
        (PollDraft("q", YES_NO[:1]), "options"),
        (PollDraft("q", [OptionDraft(str(n)) for n in range(9)]), "options"),
        (PollDraft("q", (*YES_NO, OptionDraft(" "))), "options"),
        (PollDraft("q", (*YES_NO, OptionDraft("x" * 81))), "options"),
        (PollDraft("q", (*YES_NO, OptionDraft(" YES "))), "options"),
        (PollDraft("q", YES_NO, choices_max=0), "choices_max"),
        (PollDraft("q", YES_NO, choices_max=3), "choices_max"),
        (PollDraft("q", YES_NO, is_quiz=True), "options"),
        (PollDraft("q", QUIZ.options), "is_quiz"),
        (
            PollDraft(
                "q", [OptionDraft(n, is_right=True) for n in "abc"], choices_max=2, is_quiz=True
            ),
            "choices_max",
        ),
    ],
)
def test_poll_says_what_is_wrong_with_it(show: Show, draft: PollDraft, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.create(show, draft)
    assert refused.value.field == field
    assert not Poll.objects.for_brand(show.brand_id).exists()


def test_eight_options_and_fifty_polls_are_the_most(show: Show) -> None:
    services.create(show, PollDraft("q", [OptionDraft(str(n)) for n in range(8)]))
    Poll.objects.all_brands().bulk_create(
        Poll(show=show, question=str(n)) for n in range(POLLS_MAX - 1)
    )
    with pytest.raises(Conflict) as refused:
        prepared(show)
    assert refused.value.code == "polls-full"
    Poll.objects.all_brands().filter(question="0").update(state=PollState.WITHDRAWN)
    prepared(show)


def test_only_what_nobody_has_seen_can_be_changed(show: Show, producer: User) -> None:
    poll = prepared(show)
    changed = services.change(show, poll.pk, {"question": "Satin?", "hides_tally": True})
    assert (changed.question, changed.hides_tally, changed.position) == ("Satin?", True, 0)
    with pytest.raises(Invalid):
        services.change(show, poll.pk, {"options": YES_NO[:1]})
    assert [one.text for one in queries.options_of(changed)] == ["Yes", "No"]
    services.open_poll(show, poll.pk, None, None, producer)
    for refused_verb in (
        lambda: services.change(show, poll.pk, {"question": "No!"}),
        lambda: services.delete(show, poll.pk),
    ):
        with pytest.raises(Conflict) as refused:
            refused_verb()
        assert refused.value.code == "poll-open"
    assert queries.find(show, poll.pk).question == "Satin?"
    unused = prepared(show)
    services.delete(show, unused.pk)
    with pytest.raises(NotFound):
        queries.find(show, unused.pk)
    assert PollOption.objects.for_brand(show.brand_id).count() == 2


def test_opening_is_told_with_all_there_is_to_draw(show: Show, producer: User) -> None:
    poll = services.create(show, QUIZ)
    opened = services.open_poll(show, poll.pk, None, 60, producer)
    (entry,) = said(show.timeline_id)
    assert opened.opened_at is not None
    assert opened.closes_at is not None
    assert dict(entry.body) == {
        "poll_id": poll.pk,
        "question": "How many shades?",
        "options": [{"position": 0, "text": "8"}, {"position": 1, "text": "12"}],
        "choices_max": 1,
        "is_quiz": True,
        "hides_tally": False,
        "closes_at": iso_ms(opened.closes_at),
    }
    assert entry.wire()["picture_at"] == iso_ms(opened.opened_at)
    assert opened.closes_at - opened.opened_at == timedelta(seconds=60)
    services.open_poll(show, poll.pk, None, 5, producer)  # open already: nothing changes
    assert timeline.head(show.timeline_id).seq == 1


@pytest.mark.parametrize("seconds", [0, 4, 3601, -60])
def test_seconds_of_a_poll_are_bounded(show: Show, producer: User, seconds: int) -> None:
    poll = prepared(show)
    with pytest.raises(Invalid) as refused:
        services.open_poll(show, poll.pk, None, seconds, producer)
    assert refused.value.field == "seconds"
    assert (state(poll), timeline.head(show.timeline_id).seq) == ("draft", 0)


def test_quiz_tells_its_answer_at_the_end(show: Show, producer: User, brand: Brand) -> None:
    poll = services.create(show, QUIZ)
    services.open_poll(show, poll.pk, None, None, producer)
    vote(show, guest(brand), poll, 1)
    assert "right" not in repr(said(show.timeline_id))
    assert queries.poll_views(show)[0]["right"] == []
    services.close(show, poll.pk, None, producer)
    closed = said(show.timeline_id)[-1]
    assert (closed.kind, dict(closed.body)) == (
        "poll.closed", {"poll_id": poll.pk, "votes": [0, 1], "voters": 1, "right": [1]},
    )  # fmt: skip
    assert queries.poll_views(show)[0]["right"] == [1]
    services.close(show, poll.pk, None, producer)
    with pytest.raises(Conflict) as refused:
        services.open_poll(show, poll.pk, None, None, producer)
    assert refused.value.code == "poll-closed"
    assert said(show.timeline_id)[-1] == closed


def test_one_poll_is_open_at_a_time(show: Show, producer: User) -> None:
    shows.start(show, producer)
    first, second = prepared(show, "First?"), prepared(show, "Second?")
    services.open_poll(show, first.pk, None, None, producer)
    services.open_poll(show, second.pk, None, None, producer)
    entries = said(show.timeline_id, 2)
    assert [(entry.kind, entry.body["poll_id"]) for entry in entries] == [
        ("poll.opened", first.pk), ("poll.closed", first.pk), ("poll.opened", second.pk),
    ]  # fmt: skip
    assert entries[1].picture_at == entries[2].picture_at
    assert (state(first), state(second)) == ("closed", "open")


def test_it_opens_and_closes_at_the_producers_picture(show: Show, producer: User) -> None:
    shows.start(show, producer)
    started_before(show, 60)
    first, second = prepared(show), prepared(show)
    seen = utc_now() - timedelta(seconds=8)
    opened = services.open_poll(show, first.pk, seen, None, producer)
    assert opened.opened_at == seen
    closed = services.close(show, first.pk, seen + timedelta(seconds=2), producer)
    assert closed.closed_at == seen + timedelta(seconds=2)
    after = services.open_poll(show, second.pk, seen, None, producer)
    assert after.opened_at == closed.closed_at  # never before the last one's end
    assert services.close(show, second.pk, seen, producer).closed_at == after.opened_at


def test_poll_needs_a_show_that_is_on(show: Show, brand: Brand, producer: User) -> None:
    draft_show = shows.create_show(brand, shows.ShowDraft(title="Draft"))
    shows.start(show, producer)
    shows.end(show, producer)
    for where in (draft_show, show):
        with pytest.raises(Conflict) as refused:
            services.open_poll(where, prepared(where).pk, None, None, producer)
        assert refused.value.code == "show-closed"
    assert said(show.timeline_id, 3) == []


def test_poll_taken_back_is_gone(show: Show, producer: User, brand: Brand) -> None:
    poll = prepared(show)
    with pytest.raises(Conflict) as refused:
        services.withdraw(show, poll.pk, producer)
    assert refused.value.code == "poll-draft"
    services.open_poll(show, poll.pk, None, None, producer)
    vote(show, guest(brand), poll, 0)
    for _twice in range(2):
        services.withdraw(show, poll.pk, producer)
    entries = said(show.timeline_id, 2)
    assert [(entry.kind, dict(entry.body)) for entry in entries] == [
        ("poll.withdrawn", {"poll_id": poll.pk})
    ]
    assert (queries.poll_views(show), queries.staff_polls(show)) == ([], [])


def test_polls_close_by_themselves(show: Show, brand: Brand, producer: User) -> None:
    poll = services.open_poll(show, prepared(show).pk, None, 5, producer)
    assert poll.closes_at is not None
    vote(show, guest(brand), poll, 0)
    assert services.close_due(poll.closes_at - timedelta(milliseconds=1)) == 0
    assert services.close_due(poll.closes_at + timedelta(seconds=9)) == 1
    entry = said(show.timeline_id)[-1]
    assert (entry.kind, entry.body["votes"], entry.actor) == ("poll.closed", [1, 0], "")
    assert entry.wire()["picture_at"] == iso_ms(poll.closes_at)
    assert services.close_due(poll.closes_at + timedelta(seconds=9)) == 0
    open_ended = services.open_poll(show, prepared(show).pk, None, None, producer)
    assert (jobs.close_due(), state(open_ended)) == (0, "open")


def test_poll_closes_with_its_show(show: Show, producer: User) -> None:
    shows.start(show, producer)
    poll = services.open_poll(show, prepared(show).pk, None, None, producer)
    ended = shows.end(show, producer)
    assert (jobs.close_due(), state(poll)) == (1, "closed")
    closed = queries.find(show, poll.pk)
    assert closed.closed_at == ended.ended_at
    assert said(show.timeline_id)[-1].kind == "poll.closed"


def test_actions_of_staff_are_in_the_audit_log(show: Show, producer: User) -> None:
    poll = prepared(show)
    services.open_poll(show, poll.pk, None, None, producer)
    services.close(show, poll.pk, None, producer)
    services.withdraw(show, poll.pk, producer)
    lines = AuditEntry.objects.for_brand(show.brand_id).order_by("pk")
    assert list(lines.values_list("action", "target", "target_name", "actor")) == [
        (f"poll.{what}", poll.pk, "Matte?", f"u:{producer.pk}")
        for what in ("opened", "closed", "withdrawn")
    ]


def operations(show: Show, poll_id: str) -> list[tuple[str, str, Any]]:
    at = f"/shows/{show.slug}/polls"
    options = [{"text": "a"}, {"text": "b"}]
    return [
        ("GET", at, None),
        ("POST", at, {"question": "q", "options": options}),
        ("PATCH", f"{at}/{poll_id}", {"question": "q2"}),
        ("POST", f"{at}/{poll_id}/open", {}),
        ("POST", f"{at}/{poll_id}/close", {}),
        ("POST", f"{at}/{poll_id}/withdraw", None),
        ("DELETE", f"{at}/{poll_id}", None),
    ]


@pytest.mark.parametrize("role", list(Role))
def test_moderators_and_producers_run_polls(show: Show, brand: Brand, role: Role) -> None:
    caller = Caller(user=make_staff(brand, role, f"the-{role}@example.test"))
    answers = [caller.call(*one)[0] for one in operations(show, prepared(show).pk)]
    allowed = [200, 201, 200, 200, 200, 200, 409]
    assert answers == ([403] * 7 if role in {Role.HOST, Role.CLERK} else allowed)


def test_other_brands_staff_and_viewers_find_no_polls(
    show: Show, stranger: User, other_brand: Brand, brand: Brand
) -> None:
    poll = prepared(show)
    theirs = make_show(other_brand, "Theirs")
    for one in operations(show, poll.pk):
        assert Caller(user=stranger).call(*one)[0] == 404
        assert Caller(viewer=guest(brand)).call(*one)[0] == 401
    for one in operations(theirs, poll.pk)[2:]:
        assert Caller(user=stranger).call(*one)[0] == 404
    path = f"/api/v1/shows/{show.slug}/polls/{poll.pk}/results.csv"
    assert Caller(user=stranger).text(path)[0] == 404
    assert Caller(viewer=guest(brand)).text(path)[0] == 401
    assert (state(poll), timeline.head(show.timeline_id).seq) == ("draft", 0)


def test_message_is_posted_over_http(show: Show, producer: User, brand: Brand) -> None:
    caller, at = Caller(user=producer), f"/shows/{show.slug}/polls"
    options = [{"text": "8"}, {"text": "12", "is_right": True}]
    status, made = caller.call(
        "POST", at, {"question": "How many?", "options": options, "is_quiz": True}
    )
    assert (status, made["state"], made["right"]) == (201, "draft", [1])
    here = f"{at}/{made['poll_id']}"
    status, changed = caller.call("PATCH", here, {"options": [*options, {"text": "20"}]})
    assert (status, [one["text"] for one in changed["options"]]) == (200, ["8", "12", "20"])
    assert caller.call("PATCH", here, {"question": None})[1]["field"] == "question"
    assert caller.call("PATCH", here, {"options": options[:1]})[1]["field"] == "options"
    status, problem = caller.call("POST", f"{here}/open", {"seconds": 2})
    assert (status, problem["field"]) == (422, "seconds")
    status, opened = caller.call("POST", f"{here}/open", {"seconds": 60})
    assert (status, opened["state"], opened["closes_at"] > opened["opened_at"]) == (
        200, "open", True,
    )  # fmt: skip
    vote(show, guest(brand), Poll.objects.for_brand(brand).get(), 1)
    status, closed = caller.call("POST", f"{here}/close", {})
    assert (status, closed["state"], closed["votes"], closed["voters"]) == (
        200, "closed", [0, 1, 0], 1,
    )  # fmt: skip
    assert caller.call("GET", at) == (200, [closed])
    assert caller.call("DELETE", here)[1]["code"] == "poll-closed"
    assert caller.call("POST", f"{here}/withdraw")[1]["state"] == "withdrawn"


def test_result_as_a_table_that_calculates_nothing(
    show: Show, producer: User, brand: Brand
) -> None:
    hostile = [
        '=HYPERLINK("http://evil.example","click")', "+1", "-1", "@SUM(A1)", " =1", "＝1", 'a,"b"'
    ]  # fmt: skip
    poll = services.create(show, PollDraft("=cmd()", [OptionDraft(one) for one in hostile]))
    services.open_poll(show, poll.pk, None, None, producer)
    vote(show, guest(brand), poll, 6)
    vote(show, guest(brand), poll, 6)
    vote(show, guest(brand), poll, 0)
    status, text = Caller(user=producer).text(
        f"/api/v1/shows/{show.slug}/polls/{poll.pk}/results.csv"
    )
    assert (status, text[0]) == (200, "\ufeff")
    rows = list(csv.DictReader(io.StringIO(text[1:])))
    assert {row["question"] for row in rows} == {"'=cmd()"}
    assert [row["option"] for row in rows] == [
        '\'=HYPERLINK("http://evil.example","click")', "'+1", "'-1", "'@SUM(A1)", "'=1", "'＝1",
        'a,"b"',
    ]  # fmt: skip
    assert (rows[6]["votes"], rows[6]["percent"], rows[6]["voters"]) == ("2", "66.7", "3")
