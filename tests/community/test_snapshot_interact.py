"""A stale snapshot with the entries after it is the fresh one, for questions, polls and reactions;
and their part of a replay."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.community.polls import events as poll_events
from showfloor.community.polls import services as polls
from showfloor.community.polls.models import Poll
from showfloor.community.polls.rules import OptionDraft, PollDraft
from showfloor.community.questions import events as question_events
from showfloor.community.questions import services as questions
from showfloor.community.questions.models import Question
from showfloor.community.questions.services import AnswerRequest
from showfloor.community.reactions import events as reaction_events
from showfloor.kernel.clock import utc_now
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.site.kinds import IN_REPLAY
from showfloor.timeline import queries as timeline
from tests.community.interacting import asked, react, said, vote, wish
from tests.support.reducer import verifier
from tests.support.shows import guest, product_ids, started_before

KINDS = {
    kind.name: kind for kind in (*question_events.KINDS, *poll_events.KINDS, *reaction_events.KINDS)
}


@pytest.fixture
def live(show: Show, producer: User) -> Show:
    shows.start(show, producer)
    return started_before(show, 60)


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


def test_snapshot_and_entries_agree_for_questions(
    live: Show, ana: Claims, brand: Brand, producer: User
) -> None:
    """From a question's first vote to its removal. The snapshot of before its question knows
    nothing of it either way."""
    ben, verify = guest(brand, "Ben"), verifier(live)
    first, second = product_ids(live)
    made: list[Question] = []

    def ask(viewer: Claims, text: str, **more: Any) -> Callable[[], object]:
        return lambda: made.append(asked(live, viewer, text, **more))

    on_air = AnswerRequest("on_air", picture_at=utc_now() - timedelta(seconds=20))
    steps: list[tuple[Callable[[], object], list[str]]] = [
        (ask(ana, "Is it vegan?", product_id=first), ["question.asked"]),
        (ask(ben, "How long does it last?", product_id=second), ["question.asked"]),
        (ask(ben, "Are they vegan?"), ["question.asked"]),
        (lambda: wish(live, ana, made[1]), ["question.votes"]),
        (lambda: questions.pick(live, made[1].pk, None, producer), ["question.changed"]),
        (lambda: questions.unpick(live, made[1].pk, producer), ["question.changed"]),
        (lambda: questions.start_answering(live, made[0].pk, producer), ["question.changed"]),
        (lambda: questions.answer(live, made[0].pk, on_air, producer), ["question.changed"]),
        (
            lambda: questions.answer(live, made[0].pk, AnswerRequest("public", "Yes."), producer),
            ["question.changed"],
        ),
        (
            lambda: questions.answer(live, made[1].pk, AnswerRequest("private", "Psst"), producer),
            ["question.changed"],
        ),
        (
            lambda: questions.merge(live, made[2].pk, made[0].pk, producer),
            ["question.changed", "question.changed"],
        ),
        (
            lambda: questions.reopen(live, made[2].pk, producer),
            ["question.changed", "question.changed"],
        ),
        (lambda: questions.dismiss(live, made[2].pk, producer), ["question.changed"]),
        (lambda: questions.reopen(live, made[2].pk, producer), ["question.changed"]),
        (lambda: questions.remove(live, made[2].pk, producer), ["question.changed"]),
        (lambda: questions.remove(live, made[0].pk, producer), ["question.changed"]),
    ]
    for action, kinds in steps:
        assert verify(action) == kinds


def test_snapshot_and_entries_agree_for_polls(live: Show, ana: Claims, producer: User) -> None:
    verify = verifier(live)
    two = (OptionDraft("8"), OptionDraft("12", is_right=True))
    plain = polls.create(live, PollDraft("Which?", (*two[:1], OptionDraft("12")), choices_max=2))
    hidden = polls.create(live, PollDraft("How many?", two, is_quiz=True, hides_tally=True))
    last = polls.create(live, PollDraft("Again?", (*two[:1], OptionDraft("12"))))

    def opens(poll: Poll, seconds: int | None = None) -> Callable[[], object]:
        return lambda: polls.open_poll(live, poll.pk, None, seconds, producer)

    steps: list[tuple[Callable[[], object], list[str]]] = [
        (opens(plain), ["poll.opened"]),
        (lambda: vote(live, ana, plain, 0, 1), ["poll.tally"]),
        (lambda: vote(live, ana, plain), ["poll.tally"]),
        (opens(hidden, 60), ["poll.closed", "poll.opened"]),
        (lambda: vote(live, ana, hidden, 1), []),
        (lambda: polls.close(live, hidden.pk, None, producer), ["poll.closed"]),
        (opens(last), ["poll.opened"]),
        (lambda: polls.withdraw(live, plain.pk, producer), ["poll.withdrawn"]),
        (lambda: polls.withdraw(live, last.pk, producer), ["poll.withdrawn"]),
    ]
    for action, kinds in steps:
        assert verify(action) == kinds


def test_snapshot_and_entries_agree_for_reactions(show: Show, ana: Claims) -> None:
    verify = verifier(show)
    assert verify(lambda: react(show, ana, "tab", heart=3)) == ["reaction.counts"]
    assert verify(lambda: react(show, ana, "tab", heart=3)) == []
    assert verify(lambda: react(show, ana, "tab", heart=4, wow=1)) == ["reaction.counts"]


def test_bodies_match_their_kinds(live: Show, ana: Claims, brand: Brand, producer: User) -> None:
    poll = polls.create(live, PollDraft("Which?", (OptionDraft("8"), OptionDraft("12"))))
    polls.open_poll(live, poll.pk, None, None, producer)
    vote(live, ana, poll, 1)
    polls.close(live, poll.pk, None, producer)
    polls.withdraw(live, poll.pk, producer)
    question = asked(live, ana, "Is it vegan?")
    wish(live, guest(brand, "Ben"), question)
    questions.pick(live, question.pk, None, producer)
    react(live, ana, "tab", heart=3)
    entries = said(live.timeline_id, 0, *KINDS)
    assert {entry.kind for entry in entries} == set(KINDS)
    for entry in entries:
        assert set(entry.body) == set(KINDS[entry.kind].body.__annotations__), entry.kind


def test_replay_shows_results_and_answers_not_each_tally() -> None:
    assert set(KINDS) & IN_REPLAY == set(KINDS) - {"poll.tally"}


def test_replay_of_a_quiz_and_a_question(live: Show, ana: Claims, producer: User) -> None:
    quiz = PollDraft("How many?", (OptionDraft("8"), OptionDraft("12", is_right=True)), 1, True)
    poll = polls.create(live, quiz)
    polls.open_poll(live, poll.pk, None, None, producer)
    vote(live, ana, poll, 1)
    polls.close(live, poll.pk, None, producer)
    question = asked(live, ana, "Is it vegan?")
    gone = asked(live, ana, "Where do you live?")
    questions.answer(live, question.pk, AnswerRequest("on_air"), producer)
    questions.remove(live, gone.pk, producer)
    shows.end(live, producer)
    page = [entry for entry in timeline.read(live.timeline_id, 0) if entry.kind in IN_REPLAY]
    bodies = {entry.kind: entry.body for entry in page}
    assert (bodies["poll.closed"]["votes"], bodies["poll.closed"]["right"]) == ([0, 1], [1])
    assert "Where do you live?" not in repr(page)
    answered = [
        entry.body["answered_at"]
        for entry in page
        if entry.kind == "question.changed" and entry.body["state"] == "answered"
    ]
    assert len(answered) == 1
    assert answered[0] is not None
