"""Many messages in one transaction: each judged by itself, each answered."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import commands, posting
from showfloor.community.chat.models import Message
from showfloor.community.chat.posting import MessageRequest, MessageResult
from showfloor.community.moderation import services as moderation
from showfloor.community.moderation.services import BanRequest
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.ids import new_id
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from showfloor.timeline.commands import Command, Outcome
from tests.support.shows import guest, make_show

type Answers = list[MessageResult | ShowfloorError]


def people(brand: Brand, count: int) -> list[Claims]:
    return [guest(brand, f"Guest {n}", network=f"net-{n}") for n in range(count)]


def say(show: Show, *sayings: tuple[Claims, str, str]) -> Answers:
    return posting.say(show.pk, [MessageRequest(*one) for one in sayings])


def code(answer: MessageResult | ShowfloorError) -> str:
    return answer.code if isinstance(answer, ShowfloorError) else ""


def texts(show: Show) -> list[str]:
    return [entry.body.get("text", "") for entry in timeline.read(show.timeline_id, after=0)]


def test_batch_is_one_transaction_in_order(show: Show, brand: Brand) -> None:
    sayings = [(one, "c", f"number {n}") for n, one in enumerate(people(brand, 100))]
    answers = say(show, *sayings)
    said = [one for one in answers if isinstance(one, MessageResult)]
    assert [one.seq for one in said] == list(range(1, 101))
    assert {one.state for one in said} == {"shown"}
    assert texts(show) == [text for _claims, _cid, text in sayings]
    stored = dict(Message.objects.for_brand(brand).values_list("pk", "seq"))
    assert stored == {one.message_id: one.seq for one in said}


def test_larger_batch_costs_no_more_statements(show: Show, brand: Brand) -> None:
    def queries(count: int) -> int:
        sayings = [(one, "c", f"{count} {n}") for n, one in enumerate(people(brand, count))]
        with CaptureQueriesContext(connection) as captured:
            say(show, *sayings)
        return len(captured)

    queries(1)  # what is kept for a moment is known from here on
    assert queries(100) == queries(2) <= 12


def test_same_client_id_is_the_same_message(show: Show, brand: Brand) -> None:
    ana, ben = people(brand, 2)
    (first,) = say(show, (ana, "c1", "hello"))
    again, twice, once_more, other = say(
        show,
        (ana, "c1", "something else"),
        (ana, "c2", "twice"),
        (ana, "c2", "twice"),
        (ben, "c1", "hello you"),
    )
    assert again == first
    assert twice == once_more
    assert isinstance(other, MessageResult)
    assert texts(show) == ["hello", "twice", "hello you"]


def test_each_message_is_refused_by_itself(show: Show, brand: Brand, moderator: User) -> None:
    good, nameless, banned, spammer, better = people(brand, 5)
    nameless = Claims(nameless.sub, brand.pk, "")
    moderation.ban_viewer(show, BanRequest(viewer_id=banned.sub), moderator)
    answers = say(
        show,
        (good, "c", "hello"),
        (nameless, "c", "me, too"),
        (banned, "c", "still here"),
        (spammer, "c", "see www.evil.example"),
        (better, "c" * 65, "hello"),
        (better, "c\n", "hello"),
        (better, "c", " \u200b "),
        (better, "c1", "x" * 201),
        (Claims("g:", brand.pk, "Nobody"), "c", "who am I"),
        (Claims(f"g:{new_id()}", new_id(), "Elsewhere"), "c", "hello"),
        (better, "c2", "bye"),
    )
    assert [code(one) for one in answers] == [
        "", "name-needed", "banned", "message-link", "invalid", "invalid", "message-empty",
        "message-too-long", "no-token", "other-brand", "",
    ]  # fmt: skip
    assert texts(show) == ["hello", "bye"]


def test_burst_within_a_batch_counts(show: Show, brand: Brand) -> None:
    ana, ben = people(brand, 2)
    answers = say(show, *((ana, f"c{n}", f"number {n}") for n in range(7)), (ben, "c", "calmly"))
    assert [code(one) for one in answers] == [
        "",
        "",
        "",
        "",
        "",
        "rate-limited",
        "rate-limited",
        "",
    ]
    (later,) = say(show, (ana, "c9", "one more"))
    assert code(later) == "rate-limited"


def test_guests_of_a_network_share_an_allowance_within_a_batch(show: Show, brand: Brand) -> None:
    crowd = [guest(brand, f"Guest {n}", network="cafe") for n in range(22)]
    member = Claims(f"m:{new_id()}", brand.pk, "Mia", (), "cafe")
    answers = say(show, *((one, "c", f"I am {one.name}") for one in crowd), (member, "c", "hi all"))
    assert [code(one) for one in answers] == [""] * 20 + ["rate-limited"] * 2 + [""]


def test_refused_message_may_be_sent_again(show: Show, brand: Brand) -> None:
    (ana,) = people(brand, 1)
    for n in range(5):
        say(show, (ana, f"c{n}", f"number {n}"))
    (refused,) = say(show, (ana, "c5", "five"))
    assert code(refused) == "rate-limited"
    Message.objects.for_brand(brand).update(sent_at=utc_now() - timedelta(seconds=6))
    (said,) = say(show, (ana, "c5", "five"))
    assert isinstance(said, MessageResult)


def test_unknown_show_is_not_found(db: None, brand: Brand) -> None:
    (answer,) = posting.say(new_id(), [MessageRequest(guest(brand), "c", "hello")])
    assert code(answer) == "not-found"


def test_hidden_show_is_for_staff(show: Show, brand: Brand) -> None:
    shows.update_show(show, shows.ShowChanges({"published": False}))
    staff = Claims(f"u:{new_id()}", brand.pk, "Mo", (Role.MODERATOR.value,))
    answers = say(show, (guest(brand), "c", "hello"), (staff, "c", "a rehearsal"))
    assert [code(one) for one in answers] == ["not-found", ""]


def command(claims: Claims, cid: str, language: str = "", **body: Any) -> Command:
    return Command(cid, "message", body, claims, "", language)


def perform(show: Show, *sent: Command) -> Sequence[Outcome]:
    return commands.perform(show.pk, sent)


def test_commands_are_answered_in_their_language(show: Show, brand: Brand) -> None:
    Brand.objects.filter(pk=brand.pk).update(language="de")
    sent = [command(guest(brand), "c", language, text=" ") for language in ("", "en", "xx")]
    details = [one.problem["detail"] for one in perform(show, *sent) if one.problem is not None]
    german, english = "Schreib zuerst etwas.", "Write something first."
    assert details == [german, english, german]


def test_command_is_answered_exactly(show: Show, brand: Brand) -> None:
    ana, ben, cleo = people(brand, 3)
    said, misspelt, wordless = perform(
        show,
        command(ana, "c1", text="hello", reply_to=None),
        command(ben, "c1", "de", text="hello", replyto="x"),
        command(cleo, "c1", text=3),
    )
    message = Message.objects.for_brand(brand).get()
    assert said == Outcome(1, {"message_id": message.pk, "state": "shown"})
    assert misspelt.problem is not None
    assert wordless.problem is not None
    assert (misspelt.problem["status"], misspelt.problem["field"]) == (422, "replyto")
    assert (wordless.problem["status"], wordless.problem["field"]) == (422, "text")


def test_limit_says_when_to_try_again(show: Show, brand: Brand) -> None:
    (ana,) = people(brand, 1)
    *_said, refused = perform(show, *(command(ana, f"c{n}", text=f"no {n}") for n in range(6)))
    assert refused.problem is not None
    assert refused.problem["status"] == 429
    assert 0 < refused.problem["retry_after_s"] <= 5


def test_another_shows_messages_do_not_count(show: Show, brand: Brand) -> None:
    (ana,) = people(brand, 1)
    other = make_show(brand, "Other")
    say(other, *((ana, f"c{n}", f"number {n}") for n in range(5)))
    (said,) = say(show, (ana, "c1", "number 1"))
    assert isinstance(said, MessageResult)
    assert said.seq == 1
