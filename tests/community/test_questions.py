"""Questions, and votes for them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from showfloor.accounts import bans
from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.community.questions import erasure, queries
from showfloor.community.questions.commands import (
    COMMANDS,
    perform_question_votes,
    perform_questions,
)
from showfloor.community.questions.models import Question, QuestionState, QuestionVote
from showfloor.community.safety import auto_mod
from showfloor.community.safety.models import ChatMode, ChatSettings
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from showfloor.timeline.commands import Lane, Outcome
from tests.community.interacting import (
    ask,
    asked,
    command,
    fresh,
    many,
    problem,
    said,
    wanted_by,
    wish,
    wishes,
)
from tests.community.moderating import word
from tests.support.shows import guest, make_show, product_ids


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


@pytest.fixture
def question(show: Show, ana: Claims) -> Question:
    return asked(show, ana, "Is it vegan?")


def a_minute_passes(show: Show) -> None:
    rows = Question.objects.for_brand(show.brand_id).filter(show=show)
    rows.update(asked_at=F("asked_at") - timedelta(seconds=61))


def test_questions_are_prompt_and_votes_wait_for_a_tick() -> None:
    assert {kind.name: kind.lane for kind in COMMANDS} == {
        "question": Lane.PROMPT, "question_vote": Lane.TICKED,
    }  # fmt: skip


# --- asking


def test_question_stands_on_the_timeline(show: Show, ana: Claims, brand: Brand) -> None:
    outcome = ask(show, ana, "  Is it\nvegan? ", id="q1")
    (entry,) = said(show.timeline_id)
    row = Question.objects.for_brand(brand).get()
    assert outcome == Outcome(seq=1, result={"question_id": row.pk, "state": "open"})
    assert (entry.seq, entry.kind, entry.actor) == (1, "question.asked", ana.sub)
    assert dict(entry.body) == {
        "question_id": row.pk,
        "author": {"id": ana.sub, "name": "Ana", "role": "guest"},
        "text": "Is it vegan?",
        "product_id": None,
        "client_id": "q1",
    }
    assert (row.text, row.votes, wanted_by(row), row.network) == ("Is it vegan?", 1, 1, ana.network)


def test_asking_twice_with_one_id_is_one_question(show: Show, ana: Claims, brand: Brand) -> None:
    first = ask(show, ana, "Is it vegan?", id="q1")
    assert ask(show, ana, "Is it vegan?", id="q1") == first
    body = {"text": "How long does it last?"}
    twice = perform_questions(show.pk, [command("question", ana, body, show, id="q2")] * 2)
    assert twice[0] == twice[1]
    ask(show, guest(brand, "Ben"), "Is it matte?", id="q1")
    assert Question.objects.for_brand(brand).count() == 3
    assert [entry.kind for entry in said(show.timeline_id)] == ["question.asked"] * 3


def test_question_is_about_the_product_on_screen(show: Show, ana: Claims, producer: User) -> None:
    first, second = product_ids(show)
    shows.start(show, producer)
    assert asked(show, ana, "What is next?").product_id is None
    shows.highlight(show, [second, first], None, producer)
    assert asked(show, ana, "Is this one vegan?").product_id == second
    assert asked(show, ana, "And the other one?", product_id=first).product_id == first
    assert asked(show, ana, "Where are you?", product_id=None).product_id is None
    bodies = [entry.body["product_id"] for entry in said(show.timeline_id, 0, "question.asked")]
    assert bodies == [None, second, first, None]


def test_product_outside_the_rundown_is_refused(show: Show, ana: Claims, brand: Brand) -> None:
    for product_id in (new_id(), product_ids(make_show(brand, "Other"))[0]):
        outcome = ask(show, ana, "Is it vegan?", product_id=product_id)
        assert problem(outcome) == (422, "invalid", "product_id")
    assert not Question.objects.for_brand(brand).exists()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"text": " \u202e "}, (422, "question-empty", "text")),
        ({"text": "x" * 281}, (422, "question-too-long", "text")),
        ({"text": 7}, (422, "invalid", "text")),
        ({}, (422, "missing", "text")),
        ({"text": "ok?", "product_id": 7}, (422, "invalid", "product_id")),
        ({"text": "ok?", "votes": 99}, (422, "invalid", "votes")),
        ({"text": "Is it on www.evil.example?"}, (422, "message-link", "text")),
    ],
)
def test_invalid_question_is_refused(
    show: Show, ana: Claims, body: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    (outcome,) = perform_questions(show.pk, [command("question", ana, body, show)])
    assert problem(outcome) == expected
    assert not Question.objects.for_brand(show.brand_id).exists()
    assert timeline.head(show.timeline_id).seq == 0


def test_long_question_is_left_whole(show: Show, ana: Claims) -> None:
    words = " ".join(f"shade{number}" for number in range(34))
    text = f"Which is best: {words}?"
    assert 270 < len(text) <= 280
    assert asked(show, ana, text).text == text


def test_banned_or_nameless_person_may_not_ask(
    show: Show, ana: Claims, brand: Brand, other_brand: Brand
) -> None:
    bans.ban(brand.pk, ana.sub, name="Ana", by=None)
    assert problem(ask(show, ana, "Is it vegan?")) == (403, "banned", None)
    assert problem(ask(show, guest(other_brand), "Is it vegan?"))[1] == "other-brand"
    assert problem(ask(show, guest(brand, name=""), "Is it vegan?")) == (
        422, "name-needed", "name",
    )  # fmt: skip
    assert problem(ask(show, Claims("g:", brand.pk, "No"), "Is it vegan?"))[1] == "no-token"
    assert not QuestionVote.objects.for_brand(brand).exists()


def test_rules_of_the_chat_hold_for_questions(show: Show, ana: Claims) -> None:
    ChatSettings(show=show, mode=ChatMode.SIGNED_IN).save()
    auto_mod.forget(show.pk)
    assert problem(ask(show, ana, "Is it vegan?")) == (403, "signed-in-only", None)
    member = Claims(f"m:{new_id()}", show.brand_id, "Mia")
    assert ask(show, member, "Is it vegan?").problem is None


@pytest.mark.parametrize("action", ["replace", "hold", "flag"])
def test_same_is_asked_once_a_minute_whatever_becomes_of_its_words(
    show: Show, ana: Claims, brand: Brand, action: str
) -> None:
    word(brand, "darn", action)
    body = {"text": "Is it darn good for dry skin?"}
    first, again = perform_questions(
        show.pk, [command("question", ana, body, show) for _ in range(2)]
    )
    assert (first.problem, problem(again)[1]) == (None, "message-duplicate")
    later = ask(show, ana, "is it DARN good - for dry skin")
    assert problem(later) == (422, "message-duplicate", "text")
    assert ask(show, guest(brand, "Ben"), body["text"]).problem is None
    a_minute_passes(show)
    assert ask(show, ana, body["text"]).problem is None


def test_hash_of_an_erased_question_is_gone(
    show: Show, question: Question, ana: Claims, brand: Brand
) -> None:
    assert len(fresh(question).text_hash) == 16
    erasure.forget_person(brand.pk, ana.sub)
    assert (fresh(question).text, fresh(question).text_hash) == ("", "")


def test_name_that_is_refused_asks_nothing(show: Show, brand: Brand) -> None:
    word(brand, "darn", "block")
    outcome = ask(show, guest(brand, "Darn Fool"), "Is it vegan?")
    assert problem(outcome) == (422, "name-refused", "name")
    assert not Question.objects.for_brand(brand).exists()


def test_no_question_after_the_show(show: Show, ana: Claims, producer: User) -> None:
    shows.start(show, producer)
    shows.end(show, producer)
    assert problem(ask(show, ana, "Is it vegan?")) == (409, "show-closed", None)


def test_person_asks_five_questions_a_minute(show: Show, ana: Claims, brand: Brand) -> None:
    questions = [f"What about number {word}?" for word in ("one", "two", "three", "four", "five")]
    for text in questions:
        assert ask(show, ana, text).problem is None
    refused = ask(show, ana, "And one more, please?")
    assert problem(refused) == (429, "rate-limited", None)
    assert refused.problem is not None
    assert 0 < refused.problem["retry_after_s"] <= 60
    assert ask(show, guest(brand, "Ben"), "Is it vegan?").problem is None
    a_minute_passes(show)
    assert ask(show, ana, "And one more, please?").problem is None


def test_questions_of_one_batch_count_towards_the_limit(show: Show, ana: Claims) -> None:
    sent = [
        command("question", ana, {"text": f"What about {word}?"}, show)
        for word in ("lips", "eyes", "skin", "hair", "nails", "feet")
    ]
    answers = perform_questions(show.pk, sent)
    assert [one.problem is None for one in answers] == [True] * 5 + [False]


def test_network_of_new_cookies_is_slowed_down(show: Show, brand: Brand) -> None:
    for number in range(30):
        asked(show, guest(brand, f"G{number}"), f"Question of {number} about {number * 7}?")
    assert problem(ask(show, guest(brand), "Me, too?")) == (429, "rate-limited", None)
    assert ask(show, guest(brand, network="elsewhere"), "Me, too?").problem is None


# --- wanting to know it, too


def test_votes_count_once_each(show: Show, question: Question, brand: Brand) -> None:
    ben, before = guest(brand, "Ben"), timeline.head(show.timeline_id).seq
    assert wish(show, ben, question) == Outcome(seq=before + 1, result={"votes": 2})
    assert wish(show, ben, question) == Outcome(seq=None, result={"votes": 2})
    (entry,) = said(show.timeline_id, before)
    assert (entry.kind, dict(entry.body)) == ("question.votes", {"votes": {question.pk: 2}})
    assert wish(show, ben, question, up=False).result == {"votes": 1}
    assert wish(show, ben, question, up=False).result == {"votes": 1}
    assert (fresh(question).votes, wanted_by(question)) == (1, 1)


def test_vote_with_hostile_id_spoils_no_others(
    show: Show, question: Question, brand: Brand
) -> None:
    ben = guest(brand, "Ben")
    *refused, counted = wishes(
        show, [(ben, "\x00", True), (ben, "\ud800", True), (ben, question.pk, True)]
    )
    assert [problem(one)[2] for one in refused] == ["question_id"] * 2
    assert counted.result == {"votes": 2}
    assert wanted_by(question) == 2


def test_author_has_one_vote_and_can_take_it_back(
    show: Show, question: Question, ana: Claims
) -> None:
    assert wish(show, ana, question).result == {"votes": 1}
    assert wish(show, ana, question, up=False).result == {"votes": 0}
    assert (fresh(question).votes, wanted_by(question)) == (0, 0)


def test_batch_is_one_entry(show: Show, question: Question, brand: Brand, ana: Claims) -> None:
    other = asked(show, ana, "How long does it last?")
    before = timeline.head(show.timeline_id).seq
    people = many(brand, 700)
    sent = [(one, question.pk, True) for one in people] + [(people[0], other.pk, True)]
    answers = wishes(show, [*sent, (people[1], question.pk, False)])
    assert {one.seq for one in answers} == {before + 1}
    assert answers[0].result == {"votes": 700}
    (entry,) = said(show.timeline_id, before)
    assert dict(entry.body) == {"votes": {question.pk: 700, other.pk: 2}}
    assert (fresh(question).votes, wanted_by(question)) == (700, 700)


def test_many_questions_in_a_batch_fit_into_entries(show: Show, brand: Brand) -> None:
    questions = [
        Question(
            show=show, author=f"g:{n}", author_name="G", client_id=str(n), text="?",
            asked_at=utc_now(), seq=n + 1, votes=0,
        )
        for n in range(700)
    ]  # fmt: skip
    Question.objects.all_brands().bulk_create(questions)
    (ben,) = many(brand, 1)
    answers = wishes(show, [(ben, one.pk, True) for one in questions])
    entries = said(show.timeline_id)
    assert [len(entry.body["votes"]) for entry in entries] == [300, 300, 100]
    assert all(one.result == {"votes": 1} for one in answers)


def test_invalid_vote_is_refused(show: Show, brand: Brand, ana: Claims, producer: User) -> None:
    ben = guest(brand, "Ben")
    elsewhere = asked(make_show(brand, "Other"), ana, "Is it vegan?")
    hidden = asked(show, ana, "Is it held?")
    rows = Question.objects.for_brand(brand)
    for state in (QuestionState.HELD, QuestionState.SHADOWED, QuestionState.REMOVED):
        rows.filter(pk=hidden.pk).update(state=state)
        assert problem(wish(show, ben, hidden)) == (404, "not-found", "question_id")
    assert problem(wish(show, ben, elsewhere)) == (404, "not-found", "question_id")
    for settled in (QuestionState.ANSWERED, QuestionState.DISMISSED):
        rows.filter(pk=hidden.pk).update(state=settled)
        assert problem(wish(show, ben, hidden)) == (409, "question-closed", None)
    rows.filter(pk=hidden.pk).update(state=QuestionState.PICKED)
    assert wish(show, ben, hidden).problem is None
    assert wanted_by(elsewhere) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"up": True}, "question_id"),
        ({"question_id": "x"}, "up"),
        ({"question_id": "x", "up": 1}, "up"),
    ],
)
def test_wrong_field_of_a_vote_is_named(
    show: Show, ana: Claims, body: dict[str, Any], field: str
) -> None:
    (outcome,) = perform_question_votes(show.pk, [command("question_vote", ana, body, show)])
    assert problem(outcome)[2] == field


def test_bans_hold_and_modes_do_not(
    show: Show, question: Question, ana: Claims, brand: Brand
) -> None:
    ChatSettings(show=show, mode=ChatMode.STAFF).save()
    auto_mod.forget(show.pk)
    ben, cleo = guest(brand, "Ben", network="b"), guest(brand, "Cleo", network="c")
    bans.ban(brand.pk, ben.sub, name="Ben", by=None)
    banned, good = wishes(show, [(ben, question.pk, True), (cleo, question.pk, True)])
    assert problem(banned) == (403, "banned", None)
    assert good.result == {"votes": 2}


# --- reading


def test_questions_are_ranked_by_votes_then_age(show: Show, brand: Brand) -> None:
    people = [guest(brand, name) for name in ("Ana", "Ben", "Cleo")]
    first, second, third = [
        asked(show, one, f"What about {one.name}'s?") for one in people
    ]  # fmt: skip
    wish(show, people[0], third)
    views = queries.question_views(show)
    assert [view["question_id"] for view in views] == [third.pk, first.pk, second.pk]
    assert [view["votes"] for view in views] == [2, 1, 1]
    assert views[0] == {
        "question_id": third.pk,
        "seq": 3,
        "at": said(show.timeline_id)[2].wire()["at"],
        "author": {"id": people[2].sub, "name": "Cleo", "role": "guest"},
        "text": "What about Cleo's?",
        "product_id": None,
        "state": "open",
        "votes": 2,
        "merged_into": None,
        "answering": None,
        "answered_at": None,
        "answer": None,
    }


def test_snapshot_holds_a_hundred_open_ones_first(show: Show) -> None:
    Question.objects.all_brands().bulk_create(
        Question(
            show=show, author=f"g:{n}", author_name="G", client_id=str(n), text="?",
            asked_at=utc_now(), seq=n + 1, votes=n,
            state="dismissed" if n >= 100 else "open",
        )
        for n in range(120)
    )  # fmt: skip
    votes = [view["votes"] for view in queries.question_views(show)]
    assert votes == list(range(99, -1, -1))


def test_own_questions_and_votes_are_returned(
    show: Show, question: Question, ana: Claims, brand: Brand
) -> None:
    ben = guest(brand, "Ben")
    wish(show, ben, question)
    shadowed = asked(show, ana, "Only I see this?", id="mine")
    Question.objects.all_brands().filter(pk=shadowed.pk).update(state=QuestionState.SHADOWED)
    bens = queries.mine(show, ben.sub)
    assert (bens["question_votes"], bens["questions"]) == ([question.pk], [])
    own = queries.mine(show, ana.sub)["questions"]
    assert [(one["question_id"], one["state"]) for one in own] == [
        (question.pk, "open"), (shadowed.pk, "open"),
    ]  # fmt: skip
    assert own[1]["client_id"] == "mine"
    elsewhere = queries.mine(make_show(brand, "Other"), ana.sub)
    assert (elsewhere["question_votes"], elsewhere["questions"]) == ([], [])
