"""Work of staff on questions, and the news of it for everyone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.catalogue.models import Product
from showfloor.community.questions import erasure, jobs, queries, services
from showfloor.community.questions.models import Question, QuestionState, QuestionVote
from showfloor.community.questions.services import AnswerRequest
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.shows.services import ShowChanges
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from showfloor.timeline import services as timeline_writes
from tests.community.interacting import asked, fresh, many, said, wanted_by, wish
from tests.support.shows import guest, make_show, product_ids, started_before

PUBLIC = AnswerRequest("public", "Yes, all of it.")


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


@pytest.fixture
def question(show: Show, ana: Claims) -> Question:
    return asked(show, ana, "Is it vegan?")


def heard(viewer: Claims) -> list[dict[str, Any]]:
    """The news on someone's own stream."""
    entries = personal_stream.read(viewer.brand, viewer.sub)
    assert {entry.kind for entry in entries} <= {"question.news", "statement.made"}
    return [dict(entry.body) for entry in entries if entry.kind == "question.news"]


def standings(show: Show, after: int = 0) -> list[tuple[str, str]]:
    """The states that the timeline told, by question."""
    entries = said(show.timeline_id, after, "question.changed")
    return [(entry.body["question_id"], entry.body["state"]) for entry in entries]


def test_question_is_picked_and_put_back(
    show: Show, question: Question, ana: Claims, producer: User
) -> None:
    for _twice in range(2):
        services.pick(show, question.pk, None, producer)
    for _twice in range(2):
        services.unpick(show, question.pk, producer)
    picked, unpicked = said(show.timeline_id, 0, "question.changed")
    assert dict(picked.body) == {
        "question_id": question.pk,
        "state": "picked",
        "votes": 1,
        "merged_into": None,
        "answering": None,
        "answered_at": None,
        "answer": None,
    }
    assert (unpicked.body["state"], unpicked.actor) == ("open", f"u:{producer.pk}")
    assert [one["state"] for one in heard(ana)] == ["picked", "open"]
    assert heard(ana)[0] == {
        "question_id": question.pk,
        "text": "Is it vegan?",
        "state": "picked",
        "answered_at": None,
        "answer": None,
        "merged_into": None,
    }


def test_answer_on_air_begins_where_the_question_was_picked(
    show: Show, question: Question, ana: Claims, producer: User
) -> None:
    shows.start(show, producer)
    started_before(show, 300)
    seen = utc_now() - timedelta(seconds=9)
    services.pick(show, question.pk, seen, producer)
    answered = services.answer(show, question.pk, AnswerRequest("on_air"), producer)
    assert (answered.answered_at, answered.is_answered_on_air) == (seen, True)
    told = said(show.timeline_id)[-1].body
    assert (told["state"], told["answered_at"], told["answer"]) == ("answered", iso_ms(seen), None)
    assert (heard(ana)[-1]["state"], heard(ana)[-1]["answered_at"]) == ("answered", iso_ms(seen))


def test_picture_of_an_answer_can_be_set_right_after_the_show(
    show: Show, question: Question, producer: User
) -> None:
    shows.start(show, producer)
    show = started_before(show, 300)
    assert show.started_at is not None
    ended = shows.end(show, producer)
    assert ended.ended_at is not None
    wanted = show.started_at + timedelta(seconds=42)
    for given, kept in (
        (wanted, wanted),
        (show.started_at - timedelta(hours=1), show.started_at),
        (ended.ended_at + timedelta(hours=1), ended.ended_at),
        (None, ended.ended_at),
    ):
        order = AnswerRequest("on_air", picture_at=given)
        assert services.answer(show, question.pk, order, producer).answered_at == kept


def test_nothing_is_answered_on_air_before_the_show(
    show: Show, question: Question, producer: User
) -> None:
    with pytest.raises(Conflict) as refused:
        services.answer(show, question.pk, AnswerRequest("on_air"), producer)
    assert (refused.value.code, fresh(question).state) == ("show-not-live", "open")
    assert standings(show) == []


def test_answer_in_writing_for_everyone(
    show: Show, question: Question, ana: Claims, producer: User, brand: Brand
) -> None:
    services.answer(show, question.pk, AnswerRequest("public", " Yes,\n all of it. "), producer)
    told = said(show.timeline_id)[-1].body
    assert told["answer"] == {"text": "Yes, all of it.", "name": brand.name}
    assert (told["state"], told["answered_at"]) == ("answered", None)
    assert heard(ana)[-1]["answer"] == "Yes, all of it."
    services.answer(show, question.pk, AnswerRequest("public", "Nearly all."), producer)
    assert queries.question_views(show)[0]["answer"] == {"text": "Nearly all.", "name": brand.name}
    assert "@" not in repr(said(show.timeline_id))  # no one's e-mail address


@pytest.mark.parametrize("text", ["", "  ", "x" * 501])
def test_answer_in_writing_says_something(
    show: Show, question: Question, producer: User, text: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.answer(show, question.pk, AnswerRequest("public", text), producer)
    assert (refused.value.field, fresh(question).state) == ("text", "open")


def test_private_answer_is_absent_from_the_public_timeline(
    show: Show, question: Question, ana: Claims, producer: User, brand: Brand
) -> None:
    ben = guest(brand, "Ben")
    twin = asked(show, ben, "Are they vegan?")
    services.merge(show, twin.pk, question.pk, producer)
    services.answer(show, question.pk, AnswerRequest("private", "Yes, and your parcel…"), producer)
    assert "parcel" not in repr(said(show.timeline_id))
    assert "parcel" not in repr(queries.question_views(show))
    assert "parcel" not in repr(heard(ben))
    assert heard(ana)[-1]["answer"] == "Yes, and your parcel…"
    assert (heard(ben)[-1]["state"], heard(ben)[-1]["merged_into"]) == ("answered", question.pk)
    (row,) = [one for one in queries.staff_questions(show) if one["state"] == "answered"]
    assert (row["answer"], row["is_answer_private"]) == (
        {"text": "Yes, and your parcel…", "name": brand.name}, True,
    )  # fmt: skip
    assert queries.answers_by_product(show) == {}


def test_question_is_answered_on_air_and_in_writing(
    show: Show, question: Question, producer: User
) -> None:
    shows.start(show, producer)
    on_air = services.answer(show, question.pk, AnswerRequest("on_air"), producer).answered_at
    services.answer(show, question.pk, PUBLIC, producer)
    assert on_air is not None
    (view,) = queries.question_views(show)
    assert (view["answered_at"], view["answer"]) == (
        iso_ms(on_air), {"text": "Yes, all of it.", "name": "Maison Test"},
    )  # fmt: skip


def test_question_is_dismissed_and_opened_again(
    show: Show, question: Question, ana: Claims, producer: User
) -> None:
    for _twice in range(2):
        services.dismiss(show, question.pk, producer)
    for _twice in range(2):
        services.reopen(show, question.pk, producer)
    services.answer(show, question.pk, PUBLIC, producer)
    services.reopen(show, question.pk, producer)
    assert [state for _id, state in standings(show)] == ["dismissed", "open", "answered", "open"]
    assert [one["state"] for one in heard(ana)] == ["dismissed", "open", "answered", "open"]
    (view,) = queries.question_views(show)
    assert (view["answer"], view["answered_at"], view["votes"]) == (None, None, 1)


def test_mark_of_answering_locks_the_question(
    show: Show, question: Question, producer: User, moderator: User
) -> None:
    moderator.first_name, moderator.last_name = "Mo", "Derat"
    moderator.save()
    marked = services.start_answering(show, question.pk, moderator)
    until = marked.answering_until
    assert until is not None
    assert timedelta(seconds=119) < until - utc_now() <= timedelta(minutes=2)
    assert queries.question_views(show)[0]["answering"] == "Mo Derat"
    with pytest.raises(Conflict) as refused:
        services.start_answering(show, question.pk, producer)
    assert (refused.value.code, "Mo Derat" in refused.value.message) == ("being-answered", True)
    services.start_answering(show, question.pk, moderator)  # two more minutes, and no news
    services.stop_answering(show, question.pk, producer)
    services.stop_answering(show, question.pk, producer)
    entries = said(show.timeline_id, 0, "question.changed")
    assert [entry.body["answering"] for entry in entries] == ["Mo Derat", None]
    services.start_answering(show, question.pk, producer)
    services.answer(show, question.pk, PUBLIC, moderator)
    assert fresh(question).answering_id is None
    assert not AuditEntry.objects.for_brand(show.brand_id).filter(action="").exists()


def test_mark_of_answering_ends_after_two_minutes(
    show: Show, question: Question, producer: User, moderator: User
) -> None:
    until = services.start_answering(show, question.pk, moderator).answering_until
    assert until is not None
    assert services.expire_answering(until - timedelta(milliseconds=1)) == 0
    assert jobs.expire_answering() == 0
    assert services.expire_answering(until) == 1
    last = said(show.timeline_id)[-1]
    assert (last.kind, last.body["answering"], last.actor) == ("question.changed", None, "")
    assert services.expire_answering(until) == 0
    services.start_answering(show, question.pk, moderator)
    Question.objects.all_brands().update(answering_until=utc_now() - timedelta(seconds=1))
    assert services.start_answering(show, question.pk, producer).answering_id == producer.pk


# --- merging


def test_merged_votes_count_each_person_once(
    show: Show, question: Question, ana: Claims, brand: Brand, producer: User
) -> None:
    ben, cleo, dan = (guest(brand, name) for name in ("Ben", "Cleo", "Dan"))
    twin = asked(show, ben, "Are they vegan?")
    for viewer in (ana, cleo):
        wish(show, viewer, twin)
    for viewer in (cleo, dan):
        wish(show, viewer, question)
    before = timeline.head(show.timeline_id).seq
    merged = services.merge(show, twin.pk, question.pk, producer)
    assert (merged.pk, merged.votes, wanted_by(question)) == (question.pk, 4, 4)
    child, root = said(show.timeline_id, before)
    assert (child.body["state"], child.body["merged_into"]) == ("merged", question.pk)
    assert (root.body["state"], root.body["votes"]) == ("open", 4)
    assert (heard(ben)[-1]["state"], heard(ben)[-1]["merged_into"]) == ("merged", question.pk)
    assert heard(ana) == []
    services.merge(show, twin.pk, question.pk, producer)
    assert timeline.head(show.timeline_id).seq == before + 2


def test_votes_for_a_merged_question_count_for_its_target(
    show: Show, question: Question, ana: Claims, brand: Brand, producer: User
) -> None:
    ben, eve = guest(brand, "Ben"), guest(brand, "Eve")
    twin = asked(show, ben, "Are they vegan?")
    services.merge(show, twin.pk, question.pk, producer)
    assert wish(show, ben, twin).result == {"votes": 2}  # counts already
    assert wish(show, eve, twin).result == {"votes": 3}
    assert wish(show, eve, question).result == {"votes": 3}
    assert wish(show, ben, question, up=False).result == {"votes": 2}
    assert (fresh(question).votes, wanted_by(question)) == (2, 2)
    assert said(show.timeline_id)[-1].body == {"votes": {question.pk: 2}}


def test_merging_is_flat_and_never_a_loop(show: Show, brand: Brand, producer: User) -> None:
    people = many(brand, 4)
    a, b, c, d = (
        asked(show, Claims(one.sub, brand.pk, "G"), f"About {word}?")
        for one, word in zip(people, ("lips", "eyes", "skin", "hair"), strict=True)
    )
    services.merge(show, a.pk, b.pk, producer)
    services.merge(show, b.pk, c.pk, producer)  # takes a along
    assert [fresh(one).merged_into_id for one in (a, b, c)] == [c.pk, c.pk, None]
    assert services.merge(show, d.pk, a.pk, producer).pk == c.pk  # named by one merged before
    assert (fresh(c).votes, wanted_by(c)) == (4, 4)
    for into in (c, a, b):
        with pytest.raises(Invalid) as refused:
            services.merge(show, c.pk, into.pk, producer)
        assert (refused.value.code, refused.value.field) == ("question-loop", "into")
    assert fresh(c).merged_into_id is None
    with pytest.raises(Conflict) as moved:
        services.merge(show, a.pk, asked(show, guest(brand), "Other?").pk, producer)
    assert moved.value.code == "question-merged"


def test_settled_or_same_question_is_not_merged(
    show: Show, question: Question, ana: Claims, brand: Brand, producer: User
) -> None:
    elsewhere = asked(make_show(brand, "Other"), ana, "Is it vegan?")
    settled = asked(show, ana, "How long does it last?")
    services.dismiss(show, settled.pk, producer)
    with pytest.raises(Invalid) as missing:
        services.merge(show, question.pk, elsewhere.pk, producer)
    assert missing.value.field == "into"
    with pytest.raises(Conflict) as target:
        services.merge(show, question.pk, settled.pk, producer)
    assert (target.value.code, target.value.field) == ("question-dismissed", "into")
    with pytest.raises(Conflict) as source:
        services.merge(show, settled.pk, question.pk, producer)
    assert source.value.code == "question-dismissed"
    assert (fresh(question).state, fresh(question).votes) == ("open", 1)


def test_all_askers_hear_the_answer(
    show: Show, question: Question, ana: Claims, brand: Brand, producer: User
) -> None:
    ben, late, voter = guest(brand, "Ben"), guest(brand, "Late"), guest(brand, "Voter")
    twin = asked(show, ben, "Are they vegan?")
    wish(show, voter, question)
    services.merge(show, twin.pk, question.pk, producer)
    services.answer(show, question.pk, PUBLIC, producer)
    assert [heard(one)[-1]["answer"] for one in (ana, ben)] == ["Yes, all of it."] * 2
    assert heard(ben)[-1]["text"] == "Are they vegan?"
    assert heard(voter) == []
    again = asked(show, late, "So, vegan or not?")
    services.merge(show, again.pk, question.pk, producer)
    assert (heard(late)[-1]["state"], heard(late)[-1]["answer"]) == ("answered", "Yes, all of it.")
    assert len(heard(ana)) == 1


def test_merge_can_be_undone(
    show: Show, question: Question, ana: Claims, brand: Brand, producer: User
) -> None:
    ben, both = guest(brand, "Ben"), guest(brand, "Both")
    twin = asked(show, ben, "Are they vegan?")
    wish(show, both, twin)
    wish(show, both, question)
    services.merge(show, twin.pk, question.pk, producer)
    assert fresh(question).votes == 3
    services.reopen(show, twin.pk, producer)
    assert [(fresh(one).votes, fresh(one).state) for one in (question, twin)] == [
        (2, "open"), (2, "open"),
    ]  # fmt: skip
    assert fresh(twin).merged_into_id is None
    assert standings(show)[-2:] == [(twin.pk, "open"), (question.pk, "open")]


# --- taking away


def test_removed_question_is_in_no_answer_at_all(
    show: Show, question: Question, ana: Claims, brand: Brand, producer: User
) -> None:
    ben = guest(brand, "Ben")
    twin = asked(show, ben, "Are they vegan?")
    services.merge(show, twin.pk, question.pk, producer)
    for _twice in range(2):
        services.remove(show, question.pk, producer)
    stored = said(show.timeline_id)
    assert "Is it vegan?" not in repr(stored)
    assert "'Ana'" not in repr(stored)
    assert dict(stored[0].body) == {"question_id": question.pk}
    assert standings(show)[-2:] == [(question.pk, "removed"), (twin.pk, "open")]
    assert [view["question_id"] for view in queries.question_views(show)] == [twin.pk]
    assert [row["question_id"] for row in queries.staff_questions(show)] == [twin.pk]
    assert (fresh(twin).votes, wanted_by(twin)) == (1, 1)
    assert (heard(ana)[-1]["state"], heard(ana)[-1]["text"]) == ("removed", "")
    assert heard(ben)[-1]["state"] == "open"
    last = AuditEntry.objects.for_brand(brand).order_by("pk").last()
    assert last is not None
    assert (last.action, last.target, last.target_name) == ("question.removed", question.pk, "Ana")


def test_sending_a_removed_question_again_does_not_bring_it_back(
    show: Show, ana: Claims, producer: User
) -> None:
    question = asked(show, ana, "Is it vegan?", id="q1")
    services.remove(show, question.pk, producer)
    head = timeline.head(show.timeline_id)
    assert asked(show, ana, "Is it vegan?", id="q1").pk == question.pk
    assert timeline.head(show.timeline_id) == head


def test_removed_merged_question_takes_its_votes_along(
    show: Show, question: Question, brand: Brand, producer: User
) -> None:
    twin = asked(show, guest(brand, "Ben"), "Are they vegan?")
    services.merge(show, twin.pk, question.pk, producer)
    services.remove(show, twin.pk, producer)
    assert (fresh(question).votes, wanted_by(question)) == (1, 1)


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("held", set[str]()),
        ("shadowed", {"reopen", "remove"}),
        ("open", {"pick", "answer", "dismiss", "answering", "remove", "unpick", "reopen"}),
        ("picked", {"pick", "answer", "dismiss", "answering", "remove", "unpick", "reopen"}),
        ("answered", {"answer", "answering", "reopen", "remove"}),
        ("dismissed", {"dismiss", "reopen", "remove"}),
        ("merged", {"reopen", "remove"}),
        ("removed", {"remove"}),
    ],
)
def test_state_decides_what_can_be_done(
    show: Show, question: Question, producer: User, state: str, allowed: set[str]
) -> None:
    verbs: dict[str, Callable[[], object]] = {
        "pick": lambda: services.pick(show, question.pk, None, producer),
        "unpick": lambda: services.unpick(show, question.pk, producer),
        "answer": lambda: services.answer(show, question.pk, PUBLIC, producer),
        "dismiss": lambda: services.dismiss(show, question.pk, producer),
        "answering": lambda: services.start_answering(show, question.pk, producer),
        "reopen": lambda: services.reopen(show, question.pk, producer),
        "remove": lambda: services.remove(show, question.pk, producer),
    }
    for name, verb in verbs.items():
        Question.objects.all_brands().filter(pk=question.pk).update(state=state)
        head = timeline.head(show.timeline_id)
        if name in allowed:
            verb()
            continue
        with pytest.raises(Conflict) as refused:
            verb()
        assert refused.value.code == f"question-{state}"
        assert (timeline.head(show.timeline_id), fresh(question).state) == (head, state)


def test_unknown_question_is_not_found(
    show: Show, brand: Brand, ana: Claims, producer: User
) -> None:
    elsewhere = asked(make_show(brand, "Other"), ana, "Is it vegan?")
    for missing in (elsewhere.pk, "0" * 26):
        with pytest.raises(NotFound):
            services.pick(show, missing, None, producer)
        with pytest.raises(NotFound):
            services.remove(show, missing, producer)
    assert fresh(elsewhere).state == "open"


# --- review


def held(show: Show, question: Question) -> Question:
    """As if the gate had held it."""
    rows = Question.objects.for_brand(show.brand_id).filter(pk=question.pk)
    rows.update(state=QuestionState.HELD, seq=None)
    return rows.get()


def test_held_question_is_approved(show: Show, question: Question, ana: Claims) -> None:
    waiting, before = held(show, question), timeline.head(show.timeline_id).seq
    assert queries.question_views(show) == []
    with timeline_writes.write():
        services.admit(show, waiting)
    (entry,) = said(show.timeline_id, before)
    assert (entry.kind, entry.body["text"]) == ("question.asked", "Is it vegan?")
    assert (fresh(question).state, fresh(question).seq) == ("open", entry.seq)
    assert heard(ana)[-1]["state"] == "open"
    with timeline_writes.write(), pytest.raises(Conflict):
        services.admit(show, fresh(question))


def test_held_question_is_declined(show: Show, question: Question, ana: Claims) -> None:
    waiting, head = held(show, question), timeline.head(show.timeline_id)
    with timeline_writes.write():
        services.decline(show, waiting)
    assert timeline.head(show.timeline_id) == head
    assert (heard(ana)[-1]["state"], queries.question_views(show)) == ("dismissed", [])


# --- what products and people are left with


def test_answers_stand_at_the_product(
    show: Show, ana: Claims, brand: Brand, producer: User
) -> None:
    product_id = product_ids(show)[0]
    shows.start(show, producer)
    show = started_before(show, 100)
    assert show.started_at is not None
    vegan = asked(show, ana, "Is it vegan?", product_id=product_id)
    lasts = asked(show, ana, "How long does it last?", product_id=product_id)
    asked(show, ana, "Which brush fits?", product_id=product_id)
    picture = show.started_at + timedelta(seconds=12.5)
    services.answer(show, vegan.pk, AnswerRequest("on_air", picture_at=picture), producer)
    services.answer(show, lasts.pk, AnswerRequest("public", "All day."), producer)
    answers: list[dict[str, object]] = [
        {
            "question_id": vegan.pk, "question": "Is it vegan?",
            "answered_at_s": 12.5, "answer": None,
        },
        {
            "question_id": lasts.pk, "question": "How long does it last?",
            "answered_at_s": None, "answer": "All day.",
        },
    ]  # fmt: skip
    assert queries.answers_by_product(show) == {product_id: answers}
    product = Product.objects.for_brand(brand).get(pk=product_id)
    where = {"slug": show.slug, "title": show.title}
    assert queries.answers_for(product) == [{**one, "show": where} for one in answers]
    shows.update_show(show, ShowChanges({"is_test": True}))
    assert queries.answers_for(product) == []


def test_erased_person_is_in_no_question(
    show: Show, question: Question, ana: Claims, brand: Brand
) -> None:
    ben = guest(brand, "Ben")
    other = asked(show, ben, "How long does it last?")
    wish(show, ana, other)
    assert erasure.forget_person(brand.pk, ana.sub) == 1
    assert erasure.forget_person(brand.pk, ana.sub) == 0
    bodies = repr([entry.body for entry in said(show.timeline_id)])
    assert "Is it vegan?" not in bodies
    assert ana.sub not in bodies
    assert not QuestionVote.objects.for_brand(brand).filter(voter=ana.sub).exists()
    assert not Question.objects.for_brand(brand).filter(author=ana.sub).exists()
    assert (fresh(other).votes, wanted_by(other)) == (2, 2)
