"""Replies, mentions, the pinned comment, the banner; and the copies that a deletion removes."""

from datetime import timedelta
from typing import Any

import pytest

from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import queries, services
from showfloor.community.chat.models import Message, Pin
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.kernel.ids import new_id
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from showfloor.timeline.log import Entry
from tests.conftest import make_staff
from tests.support.chat import post_message
from tests.support.shows import Caller, guest, make_show


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


@pytest.fixture
def ben(brand: Brand) -> Claims:
    return guest(brand, "Ben", network="net-of-ben")


def entries(show: Show, kind: str = "") -> list[Entry]:
    stored = timeline.read(show.timeline_id, after=0)
    return [entry for entry in stored if kind in {"", entry.kind}]


def last(show: Show) -> Entry:
    return entries(show)[-1]


# --- replies


def test_reply_quotes_the_beginning(show: Show, ana: Claims, ben: Claims) -> None:
    first = post_message(show, ana, "c1", " ".join(f"w{n:03}" for n in range(40)))
    reply = post_message(show, ben, "c1", "so true", first.pk)
    quoted = last(show).body["reply_to"]
    assert (quoted["message_id"], quoted["name"]) == (first.pk, "Ana")
    assert quoted["text"] == " ".join(f"w{n:03}" for n in range(16)) + "…"
    assert len(quoted["text"]) == 80
    assert reply.reply_to_id == first.pk
    assert queries.recent_messages(show)[-1]["reply_to"] == quoted


@pytest.mark.parametrize("target", ["", "x", "01j0aaaaaaaaaaaaaaaaaaaaaa", "\x00" * 26])
def test_reply_to_an_unknown_message_is_not_found(show: Show, ana: Claims, target: str) -> None:
    with pytest.raises(NotFound) as refused:
        post_message(show, ana, "c1", "hello?", target)
    assert refused.value.field == "reply_to"


def test_reply_stays_in_its_show(show: Show, brand: Brand, ana: Claims, ben: Claims) -> None:
    elsewhere = post_message(make_show(brand, "Other"), ana, "c1", "over here")
    with pytest.raises(NotFound):
        post_message(show, ben, "c1", "where?", elsewhere.pk)


def test_reply_to_a_deleted_message_is_refused(
    show: Show, ana: Claims, ben: Claims, producer: User
) -> None:
    first = post_message(show, ana, "c1", "something rude")
    services.delete_message(show, first.pk, producer)
    with pytest.raises(Conflict) as refused:
        post_message(show, ben, "c1", "how rude", first.pk)
    assert (refused.value.code, refused.value.field) == ("message-gone", "reply_to")


def test_deletion_takes_the_quotes_with_it(
    show: Show, ana: Claims, ben: Claims, producer: User
) -> None:
    first = post_message(show, ana, "c1", "something rude")
    replies = [post_message(show, ben, f"c{n}", f"well {n}", first.pk) for n in range(3)]
    services.delete_message(show, replies[2].pk, producer)
    services.delete_message(show, first.pk, producer)
    stored = repr(entries(show))
    assert "rude" not in stored
    assert "Ana" not in stored
    shown = queries.recent_messages(show)
    assert [(one["text"], one.get("reply_to")) for one in shown] == [
        ("well 0", {"message_id": first.pk}),
        ("well 1", {"message_id": first.pk}),
    ]


# --- mentions


def mentions(show: Show) -> list[Any]:
    found: list[Any] = last(show).body.get("mentions", [])
    return found


def test_person_who_has_written_can_be_mentioned(
    show: Show, brand: Brand, ana: Claims, ben: Claims
) -> None:
    maria = guest(brand, "Ana Maria", network="m")
    post_message(show, ana, "c1", "hello")
    post_message(show, maria, "c1", "hello you")
    post_message(show, ben, "c1", "@ana, what do you say? And @Ana Maria! @nobody @ben")
    assert mentions(show) == [
        {"id": ana.sub, "name": "Ana"},
        {"id": maria.sub, "name": "Ana Maria"},
    ]
    assert queries.recent_messages(show)[-1]["mentions"] == mentions(show)
    post_message(show, ben, "c2", "@Ben is me; ben@Ana.example is no mention")
    assert mentions(show) == [{"id": ben.sub, "name": "Ben"}]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Änne", "änne"), ("Änne", "ÄNNE"), ("Jörg", "JÖRG"), ("ÖZGÜR", "özgür"),
        ("DJ Änne", "dj änne"), ("änne-öykü", "Änne-Öykü"), ("Анна Мария", "анна мария"),
    ],
)  # fmt: skip
def test_name_is_known_in_capitals_and_small_letters_of_any_alphabet(
    show: Show, brand: Brand, ben: Claims, name: str, typed: str
) -> None:
    named = guest(brand, name, network="n")
    post_message(show, named, "c1", "hello")
    post_message(show, ben, "c1", f"hi @{typed}!")
    assert mentions(show) == [{"id": named.sub, "name": name}]


def test_latest_writer_is_meant_among_spellings_of_one_name(
    show: Show, brand: Brand, ben: Claims
) -> None:
    for at, name in enumerate(("ÄNNE", "Änne", "änne")):
        post_message(show, guest(brand, name, network=name), "c1", "hello")
        Message.objects.for_brand(brand).filter(author_name=name).update(
            sent_at=utc_now() - timedelta(seconds=[3, 1, 2][at])
        )
    post_message(show, ben, "c1", "hi @änne")
    assert [one["name"] for one in mentions(show)] == ["Änne"]


def test_latest_writer_is_meant_among_people_of_one_name(
    show: Show, brand: Brand, ana: Claims, ben: Claims
) -> None:
    post_message(show, ana, "c1", "hello")
    Message.objects.for_brand(brand).update(sent_at=utc_now() - timedelta(seconds=1))
    namesake = guest(brand, "ANA", network="n")
    post_message(show, namesake, "c1", "hello, too")
    post_message(show, ben, "c1", "hi @Ana")
    assert mentions(show) == [{"id": namesake.sub, "name": "ANA"}]


def test_at_most_ten_are_mentioned(show: Show, brand: Brand, ben: Claims) -> None:
    for n in range(12):
        post_message(show, guest(brand, f"P{n}", network=f"n{n}"), "c", f"I am {n}")
    post_message(show, ben, "c1", " ".join(f"@P{n}" for n in range(12)))
    assert [one["name"] for one in mentions(show)] == [f"P{n}" for n in range(10)]


def test_author_of_deleted_messages_is_not_mentioned(
    show: Show, ana: Claims, ben: Claims, producer: User
) -> None:
    message = post_message(show, ana, "c1", "something rude")
    services.delete_message(show, message.pk, producer)
    post_message(show, ben, "c1", "who was @Ana?")
    assert mentions(show) == []


# --- roles and links


def test_role_marks_its_author(show: Show, brand: Brand) -> None:
    host = Claims(f"u:{new_id()}", brand.pk, "Hanna", (Role.HOST.value,))
    member = Claims(f"m:{new_id()}", brand.pk, "Mia", ())
    post_message(show, host, "c1", "see https://maison.example/lips")
    post_message(show, member, "c1", "thanks!")
    assert [entry.body["author"]["role"] for entry in entries(show)] == ["host", "member"]


# --- the pinned comment


def test_pin_begins_at_the_picture_that_was_seen(show: Show, ana: Claims, producer: User) -> None:
    shows.start(show, producer)
    Show.objects.for_brand(show.brand_id).update(started_at=utc_now() - timedelta(minutes=5))
    message = post_message(show, ana, "c1", "which shade is it?")
    seen = utc_now() - timedelta(seconds=4)
    services.pin(show, message.pk, seen, producer)
    entry = last(show)
    assert (entry.kind, entry.actor) == ("comment.pinned", f"u:{producer.pk}")
    assert entry.wire()["picture_at"] == iso_ms(seen)
    assert entry.body == {
        "message_id": message.pk,
        "author": {"id": ana.sub, "name": "Ana", "role": "guest"},
        "text": "which shade is it?",
    }
    assert queries.pinned(show) == {**entry.body, "pinned_at": iso_ms(seen)}
    services.pin(show, message.pk, None, producer)
    assert last(show).seq == entry.seq, "pinning what is pinned changes nothing"


def test_new_pin_replaces_the_old_one(show: Show, ana: Claims, producer: User) -> None:
    first = post_message(show, ana, "c1", "one")
    second = post_message(show, ana, "c2", "two")
    services.pin(show, first.pk, None, producer)
    services.pin(show, second.pk, None, producer)
    pinned = queries.pinned(show)
    assert pinned is not None
    assert pinned["text"] == "two"
    services.unpin(show, None, producer)
    services.unpin(show, None, producer)
    assert queries.pinned(show) is None
    assert [entry.kind for entry in entries(show)][2:] == [
        "comment.pinned",
        "comment.pinned",
        "comment.unpinned",
    ]
    pins = Pin.objects.for_brand(show.brand_id).order_by("seq")
    assert all(pin.ended_at is not None for pin in pins)
    assert last(show).picture_at is not None


def test_deletion_takes_every_pin_of_it(show: Show, ana: Claims, producer: User) -> None:
    rude = post_message(show, ana, "c1", "something rude")
    kind = post_message(show, ana, "c2", "something kind")
    services.pin(show, rude.pk, None, producer)
    services.pin(show, kind.pk, None, producer)
    services.pin(show, rude.pk, None, producer)
    services.delete_message(show, rude.pk, producer)
    assert queries.pinned(show) is None
    assert "rude" not in repr(entries(show))
    said = [dict(entry.body) for entry in entries(show, "comment.pinned")]
    assert [one.get("text") for one in said] == [None, "something kind", None]
    with pytest.raises(Conflict):
        services.pin(show, rude.pk, None, producer)


def test_unshown_or_deleted_message_is_not_pinned(
    show: Show, brand: Brand, ana: Claims, producer: User
) -> None:
    with pytest.raises(NotFound):
        services.pin(show, new_id(), None, producer)
    elsewhere = post_message(make_show(brand, "Other"), ana, "c1", "over here")
    with pytest.raises(NotFound):
        services.pin(show, elsewhere.pk, None, producer)
    message = post_message(show, ana, "c1", "hello")
    shows.start(show, producer)
    shows.end(show, producer)
    with pytest.raises(Conflict):
        services.pin(show, message.pk, None, producer)


# --- the banner


def test_one_banner_at_a_time(show: Show, producer: User) -> None:
    services.announce(show, " Free  shipping ", "https://maison.example/free", None, producer)
    second = services.announce(show, "Only today", "", None, producer)
    assert [entry.kind for entry in entries(show)] == [
        "announcement.shown",
        "announcement.ended",
        "announcement.shown",
    ]
    entry = last(show)
    body = {"announcement_id": second.pk, "text": "Only today", "url": None}
    assert entry.body == body
    assert queries.announcement(show) == {**body, "started_at": entry.wire()["picture_at"]}
    services.end_announcement(show, second.pk, None, producer)
    services.end_announcement(show, second.pk, None, producer)
    assert queries.announcement(show) is None
    assert [entry.kind for entry in entries(show)].count("announcement.ended") == 2


@pytest.mark.parametrize(
    ("text", "url", "field"),
    [
        ("", "", "text"),
        ("x" * 201, "", "text"),
        ("Free", "javascript:alert(1)", "url"),
        ("Free", "maison.example", "url"),
        ("Free", "http://[::1", "url"),
        ("Free", "https://a b", "url"),
        ("Free", "https://", "url"),
        ("Free", "https://maison.example/" + "x" * 200, "url"),
    ],
)
def test_banner_with_bad_text_or_link_is_refused(
    show: Show, producer: User, text: str, url: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.announce(show, text, url, None, producer)
    assert refused.value.field == field
    assert entries(show) == []


# --- over HTTP


def operations(show: Show, message: Message) -> list[tuple[str, str, Any]]:
    at = f"/shows/{show.slug}"
    return [
        ("POST", f"{at}/pin", {"message_id": message.pk}),
        ("DELETE", f"{at}/pin", None),
        ("POST", f"{at}/announcements", {"text": "Only today"}),
    ]


@pytest.mark.parametrize("role", list(Role))
def test_moderators_and_producers_pin_and_announce(
    show: Show, brand: Brand, ana: Claims, role: Role
) -> None:
    message = post_message(show, ana, "c1", "hello")
    caller = Caller(user=make_staff(brand, role, f"the-{role}@example.test"))
    answers = [caller.call(*one)[0] for one in operations(show, message)]
    assert answers == ([403] * 3 if role in {Role.HOST, Role.CLERK} else [204, 204, 201])


def test_others_do_not_pin_or_announce(show: Show, ana: Claims, stranger: User) -> None:
    message = post_message(show, ana, "c1", "hello")
    for one in operations(show, message):
        assert Caller(user=stranger).call(*one)[0] == 404
        assert Caller(viewer=ana).call(*one)[0] == 401
    assert len(entries(show)) == 1


def test_replying_and_ending_a_banner_over_http(
    show: Show, ana: Claims, ben: Claims, producer: User
) -> None:
    first = post_message(show, ana, "c1", "hello")
    body = {"client_id": "c1", "text": "hi", "reply_to": first.pk}
    status, answer = Caller(viewer=ben).call("POST", f"/shows/{show.slug}/messages", body)
    assert (status, answer["state"]) == (201, "shown")
    assert last(show).body["reply_to"]["text"] == "hello"
    staff = Caller(user=producer)
    status, made = staff.call("POST", f"/shows/{show.slug}/announcements", {"text": "Only today"})
    assert status == 201
    path = f"/shows/{show.slug}/announcements/{made['id']}"
    assert staff.call("DELETE", path) == (204, None)
    assert staff.call("DELETE", f"/shows/{show.slug}/announcements/{new_id()}")[0] == 404
