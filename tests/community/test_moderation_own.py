"""News about a person's own restrictions: on every device that a warning was read; nothing of a
shadow, however often the person comes back."""

from typing import Any

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import services as chat
from showfloor.community.moderation import services
from showfloor.community.moderation.services import NewRestriction
from showfloor.community.questions.models import Question
from showfloor.community.safety import auto_mod
from showfloor.community.safety.models import Restriction, RestrictionKind
from showfloor.kernel.errors import NotFound
from showfloor.shows.models import Show
from showfloor.site import show_data
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from tests.community.interacting import asked, fresh, said, wish
from tests.community.moderating import acknowledge, heard, member, waiting, word
from tests.support.chat import post_message
from tests.support.shows import Caller, guest


@pytest.fixture
def ana(show: Show, brand: Brand) -> Claims:
    """She has said hello, so that she can be found."""
    viewer = member(brand, "Ana")
    post_message(show, viewer, "c1", "hello")
    return viewer


def shadow(show: Show, whom: Claims, by: User) -> Restriction:
    row = services.restrict(show, NewRestriction(RestrictionKind.SHADOW, viewer_id=whom.sub), by)
    auto_mod.forget()
    return row


def mine(show: Show, viewer: Claims) -> dict[str, Any]:
    """As another device of theirs gets it."""
    status, answer = Caller(viewer=viewer).call("GET", f"/shows/{show.slug}/mine")
    assert status == 200
    found: dict[str, Any] = answer
    return found


def test_shadowed_person_who_comes_back_finds_their_messages(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    ben = guest(brand, "Ben")
    hers = post_message(show, ben, "c1", "which one?")
    shadow(show, ana, moderator)
    answers = [
        chat.say(show, viewer, "c2", "that one, @Ben", hers.pk) for viewer in (ana, ben)
    ]  # fmt: skip
    assert [answer.state for answer in answers] == ["shown", "shown"]
    unseen, seen = mine(show, ana)["sent"][-1], mine(show, ben)["sent"][-1]
    assert [one["text"] for one in mine(show, ana)["sent"]] == ["hello", "that one, @Ben"]
    assert (unseen["message_id"], unseen["client_id"]) == (answers[0].message_id, "c2")
    theirs = ("message_id", "at")
    assert {key: one for key, one in unseen.items() if key not in theirs} == {
        key: one for key, one in seen.items() if key not in theirs
    }
    assert list(mine(show, ana)) == list(mine(show, ben))
    assert mine(show, ana)["held"] == []
    for viewer in (ben, guest(brand, "Kim")):
        assert answers[0].message_id not in repr(mine(show, viewer))
    assert answers[0].message_id not in repr(show_data.snapshot(show))


def test_reply_to_an_own_shadowed_message_is_shadowed(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    restriction = shadow(show, ana, moderator)
    first = chat.say(show, ana, "c2", "nobody hears this")
    chat.say(show, ana, "c3", "nor this", first.message_id)
    quote = {"message_id": first.message_id, "name": "Ana", "text": "nobody hears this"}
    assert mine(show, ana)["sent"][-1]["reply_to"] == quote
    with pytest.raises(NotFound):
        chat.say(show, guest(brand, "Ben"), "c1", "what?", first.message_id)
    services.lift(show, restriction.pk, moderator)
    auto_mod.forget()
    with pytest.raises(NotFound):  # everyone would read it in the quote
        chat.say(show, ana, "c4", "and this?", first.message_id)


def test_deleted_message_does_not_come_back_to_its_author(
    show: Show, ana: Claims, moderator: User, django_assert_max_num_queries: Any
) -> None:
    gone = post_message(show, ana, "c2", "rubbish")
    chat.delete_message(show, gone.pk, moderator)
    with django_assert_max_num_queries(20):
        assert [one["text"] for one in show_data.mine(show, ana.sub)["sent"]] == ["hello"]


def test_held_message_of_a_shadowed_person_is_held(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    word(brand, "fake", "hold")
    shadow(show, ana, moderator)
    assert chat.say(show, ana, "c2", "so fake").state == "held"
    assert waiting(show).reason == "word"
    assert [kind for kind, _body in heard(ana)] == ["message.held"]
    assert [one["text"] for one in mine(show, ana)["held"]] == ["so fake"]


def test_author_of_a_shadowed_question_can_vote_for_it(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    shadow(show, ana, moderator)
    question = asked(show, ana, "Is it red?")
    assert question.state == "shadowed"
    assert mine(show, ana)["question_votes"] == [question.pk]
    head = timeline.head(show.timeline_id).seq

    def vote(*, up: bool) -> tuple[dict[str, Any], int | None]:
        outcome = wish(show, ana, question, up=up)
        assert outcome.problem is None
        return dict(outcome.result), outcome.seq

    assert vote(up=False) == ({"votes": 0}, head)
    assert mine(show, ana)["question_votes"] == []
    assert vote(up=True) == ({"votes": 1}, head)
    assert vote(up=True) == ({"votes": 1}, None)
    assert fresh(question).votes == 1
    refused = wish(show, guest(brand, "Ben"), question)
    assert refused.problem is not None
    assert refused.problem["status"] == 404
    assert said(show.timeline_id, head) == []
    assert Question.objects.for_brand(brand).get().votes == 1


def test_warning_that_was_read_is_over_on_every_device(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    order = NewRestriction(RestrictionKind.WARNING, viewer_id=ana.sub, reason="Be kind")
    warning = services.restrict(show, order, moderator)
    auto_mod.forget()
    before = mine(show, ana)
    assert before["warning"] == {"warning_id": warning.pk, "reason": "Be kind"}
    assert before["own_seq"] == personal_stream.head(brand.pk, ana.sub) > 0
    for _again in range(2):
        assert acknowledge(show, ana, warning.pk).problem is None
    over = {"warning_id": warning.pk, "reason": "", "lifted": True}
    assert heard(ana)[1:] == [("warning", over)]
    after = mine(show, ana)
    assert (after["warning"], after["own_seq"]) == (None, before["own_seq"] + 1)
    assert mine(show, guest(brand, "Ben"))["own_seq"] == 0


def test_shadowed_message_sent_again_is_answered_as_the_first_time(
    show: Show, ana: Claims, moderator: User
) -> None:
    """A browser that lost the answer asks again with the same id: `held` would give it away."""
    shadow(show, ana, moderator)
    first, again = (chat.say(show, ana, "c2", "that one") for _time in range(2))
    assert (first.message_id, first.state) == (again.message_id, "shown")
    assert again.state == "shown"
    assert [one["text"] for one in mine(show, ana)["sent"]] == ["hello", "that one"]
