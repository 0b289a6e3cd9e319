"""Statements of reasons for what moderators take down by themselves (Regulation (EU) 2022/2065,
Art. 17), and what comes back when its author was right (Art. 20(4))."""

from datetime import timedelta

import pytest
from django.test import Client

from showfloor.accounts import bans
from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import services as chat
from showfloor.community.chat.models import Message
from showfloor.community.models import ContentNotice
from showfloor.community.moderation import decisions
from showfloor.community.moderation import services as moderation
from showfloor.community.moderation.services import BanRequest
from showfloor.community.notices import links, services, wording
from showfloor.community.notices.models import ComplaintSide
from showfloor.community.notices.statements import WAVE
from showfloor.community.questions import services as questions
from showfloor.community.questions.models import Question
from showfloor.community.safety.models import ReviewItem
from showfloor.community.safety.takedowns import TakedownReason
from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show, ShowState
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from tests.community.interacting import asked
from tests.community.moderating import word
from tests.community.test_notices import (
    WORDS,
    _fresh_counters,
    address,
    ana,
    decided,
    mails,
    message,
    sent,
)
from tests.support.chat import post_message

__all__ = ["_fresh_counters", "ana", "message"]
pytestmark = pytest.mark.django_db


def statements(show: Show) -> list[ContentNotice]:
    return list(ContentNotice.objects.for_brand(show.brand).order_by("decided_at", "pk"))


def words_of(show: Show, author: str) -> list[str]:
    rows = Message.objects.for_brand(show.brand).filter(author=author, deleted_at=None)
    seqs = [seq for seq in rows.values_list("seq", flat=True) if seq]
    return [str(one.body["text"]) for one in timeline.pick(show.timeline_id, seqs)]


def test_author_reads_which_rule_a_moderator_applied_and_how_to_object(
    show: Show, message: Message, moderator: User, client: Client
) -> None:
    """Art. 17(1), (3): by the API, with the reason that the moderator chose."""
    client.force_login(moderator)
    path = f"/api/v1/shows/{show.slug}/messages/{message.pk}"
    assert client.delete(f"{path}?reason=funny").status_code == 422
    assert client.delete(f"{path}?reason=insult").status_code == 204
    assert client.delete(f"{path}?reason=insult").status_code == 204
    [made] = statements(show)
    assert (made.origin, made.state, made.decided_by_id) == ("own", "removed", moderator.pk)
    assert (made.content, made.author, made.target) == (WORDS, message.author, message.pk)
    [(to, subject, text)] = mails()
    assert (to, subject) == ("ana@example.test", "Statement of reasons")
    for part in (
        WORDS, "One of our moderators saw it; nobody sent a notice.", "The message was deleted.",
        "It breaks our terms: Rules of the chat: Insult or hate", "You can complain to us",
        "Art. 21", links.path_of(made, ComplaintSide.AUTHOR),
    ):  # fmt: skip
        assert part in text, part


def test_question_and_messages_of_a_ban_get_one_statement_each(
    show: Show, message: Message, moderator: User, ana: Claims
) -> None:
    question = asked(show, ana, "Does it burn?")
    questions.remove(show, question.pk, moderator, TakedownReason.OFF_TOPIC)
    post_message(show, ana, "c2", "And these")
    wanted = BanRequest(message_id=message.pk, delete_messages=True)
    moderation.ban_viewer(show, wanted, moderator)
    first, second, ban = statements(show)
    assert (first.kind, first.content) == ("question", "Does it burn?")
    assert (second.kind, second.content) == ("message", f"{WORDS}\nAnd these")
    assert second.measure == "All your messages in this show were deleted, 2 of them."
    assert (ban.kind, ban.content, ban.author) == ("person", "", message.author)


def test_banned_member_gets_reasons_and_a_granted_complaint_lifts_the_ban(
    show: Show, brand: Brand, message: Message, moderator: User, ana: Claims
) -> None:
    """Art. 17(1)(c), (3), 20(4)."""
    why = TakedownReason.INSULT
    wanted = BanRequest(
        message_id=message.pk, reason="Called the host names", minutes=90, delete_reason=why
    )
    ban = moderation.ban_viewer(show, wanted, moderator)
    [made] = statements(show)
    assert (made.state, made.target, made.ground) == ("restricted", ban.pk, "terms")
    [(to, subject, text)] = mails()
    assert (to, subject) == ("ana@example.test", "Statement of reasons")
    for part in (
        f"{brand.name} has banned you from its shows.", "Rules of the chat: Insult or hate",
        f"until {wording.moment(brand, ban.until or utc_now())}.", "Called the host names",
        "You can complain to us", links.path_of(made, ComplaintSide.AUTHOR),
    ):  # fmt: skip
        assert part in text, part
    assert "Your content" not in text
    complaint = services.complain(made, ComplaintSide.AUTHOR, "I did not.", "", utc_now())
    assert bans.standing(brand.pk).filter(pk=ban.pk).exists()
    answered = services.answer(complaint, grant=True, text="It was another.", by=moderator)
    assert answered.put_back == "let-in"
    assert not bans.standing(brand.pk).filter(pk=ban.pk).exists()


def test_several_questions_that_nobody_showed_are_called_questions(
    show: Show, brand: Brand, ana: Claims
) -> None:
    word(brand, "fake", "hold")
    for number in (1, 2):
        asked(show, ana, f"Is it fake {number}?")
    assert decisions.expire(utc_now() + timedelta(minutes=11)) == 2
    [made] = statements(show)
    assert (made.kind, made.measure) == ("question", "Your questions were not shown, 2 of them.")


def test_refused_words_get_a_statement_with_the_part_of_the_filter(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    """Art. 17(3)(c): a moderator declines one, and nobody looks at two others in time."""
    word(brand, "fake", "hold")
    declined = post_message(show, ana, "c1", "It is fake")
    item = ReviewItem.objects.for_brand(brand).get()
    decisions.decide(show, item.pk, "decline", "", moderator, TakedownReason.INSULT)
    for number in (2, 3):
        post_message(show, ana, f"c{number}", f"fake {number}")
    assert decisions.expire(utc_now() + timedelta(minutes=11)) == 2
    by_person, by_time = statements(show)
    assert (by_person.content, by_person.target) == ("It is fake", declined.pk)
    assert (by_person.automated, by_person.decided_by_id) == ("held", moderator.pk)
    assert by_person.clause == "Rules of the chat: Insult or hate"
    assert dict(wording.statement_facts(by_person))["What was done"] == "It was not shown."
    assert (by_time.automated, by_time.decided_by_id) == ("expired", None)
    assert by_time.content == "fake 2\nfake 3"
    assert by_time.measure == "Your messages were not shown, 2 of them."
    facts = dict(wording.statement_facts(by_time))
    assert facts["How we heard of it"].startswith("A filter held it")
    assert facts["Automated means"].endswith("nobody decided in time.")
    entries = personal_stream.read(brand.pk, ana.sub)
    told = [one.body for one in entries if one.kind == "statement.made"]
    assert [one["url"] for one in told] == [
        links.path_of(one, ComplaintSide.AUTHOR) for one in (by_person, by_time)
    ]
    assert [one["was_held"] for one in told] == [True, True]
    complaint = services.complain(by_person, ComplaintSide.AUTHOR, "It is true.", "", utc_now())
    answered = services.answer(complaint, grant=True, text="You are right.", by=moderator)
    assert (answered.put_back, words_of(show, ana.sub)) == ("back", ["It is fake"])


def test_wave_of_advertising_and_staffs_own_words_get_no_statement(
    show: Show, moderator: User, ana: Claims
) -> None:
    """Art. 17(2)."""
    said = [post_message(show, ana, f"c{n}", f"Cheap pills number {n}") for n in range(WAVE)]
    for one in said:
        chat.delete_message(show, one.pk, moderator, TakedownReason.SPAM)
    assert len(statements(show)) == WAVE - 1  # the wave is known with its last message
    staff = Claims(f"u:{moderator.pk}", show.brand_id, "Mo", ("moderator",))
    ours = post_message(show, staff, "s1", "Ours")
    chat.delete_message(show, ours.pk, moderator)
    assert len(statements(show)) == WAVE - 1


@pytest.mark.parametrize("is_over", [False, True])
def test_words_come_back_when_their_author_was_right_while_the_show_goes_on(
    show: Show, message: Message, moderator: User, producer: User, ana: Claims, *, is_over: bool
) -> None:
    """Art. 20(4)."""
    chat.delete_message(show, message.pk, moderator)
    [made] = statements(show)
    complaint = services.complain(
        made, ComplaintSide.AUTHOR, "It was a quote from a film.", "", utc_now()
    )
    if is_over:
        Show.objects.for_brand(show.brand).update(
            state=ShowState.ENDED, started_at=utc_now(), ended_at=utc_now()
        )
    answered = services.answer(complaint, grant=True, text="You are right.", by=producer)
    back = [] if is_over else [WORDS]
    assert (answered.put_back, words_of(show, ana.sub)) == ("over" if is_over else "back", back)
    _to, _subject, text = mails()[-1]
    assert ("It is shown again." in text) is not is_over
    assert ("It cannot be shown again" in text) is is_over


@pytest.mark.parametrize("kind", ["message", "question"])
def test_words_come_back_once_however_many_decisions_took_them_down(
    show: Show, message: Message, moderator: User, producer: User, ana: Claims, client: Client,
    kind: str,
) -> None:  # fmt: skip
    """Two people sent a notice about the same words, and their author objects to both decisions."""
    target = message.pk if kind == "message" else asked(show, ana, "Does it burn?").pk
    notices = [sent(client, address(show, f"{kind}-{target}")) for _number in range(2)]
    for one in [decided(notice, moderator) for notice in notices]:
        complaint = services.complain(one, ComplaintSide.AUTHOR, "It is true.", "", utc_now())
        answered = services.answer(complaint, grant=True, text="You are right.", by=producer)
        assert answered.put_back == "back"
    messages = Message.objects.for_brand(show.brand).filter(author=ana.sub)
    asked_by_her = Question.objects.for_brand(show.brand).filter(author=ana.sub)
    assert messages.count() + asked_by_her.count() == (2 if kind == "message" else 3)
