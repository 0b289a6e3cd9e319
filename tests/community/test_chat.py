"""Posting and deleting messages: the verbs and the operations."""

from datetime import timedelta

import pytest

from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import services
from showfloor.community.chat.models import Message
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound, RateLimited
from showfloor.kernel.ids import new_id
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.shows.services import ShowChanges
from showfloor.timeline import queries as timeline
from tests.conftest import make_staff
from tests.support.chat import post_message
from tests.support.shows import Caller, guest, make_show


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


def test_message_stands_on_the_timeline(show: Show, ana: Claims) -> None:
    message = post_message(show, ana, "c1", "  so  pretty ")
    (entry,) = timeline.read(show.timeline_id, after=0)
    assert (entry.seq, entry.kind, entry.actor) == (message.seq, "message.posted", ana.sub)
    assert entry.body == {
        "message_id": message.pk,
        "author": {"id": ana.sub, "name": "Ana", "role": "guest"},
        "text": "so pretty",
        "client_id": "c1",
    }


def test_sending_it_twice_is_one_message(show: Show, ana: Claims, brand: Brand) -> None:
    first = post_message(show, ana, "c1", "hello")
    again = post_message(show, ana, "c1", "hello")
    assert (again.pk, again.seq) == (first.pk, first.seq)
    other = post_message(show, guest(brand, "Ben"), "c1", "hello")
    assert other.seq == 2
    assert timeline.head(show.timeline_id).seq == 2


def test_name_is_needed(show: Show, brand: Brand) -> None:
    with pytest.raises(Invalid) as refused:
        post_message(show, guest(brand, name=""), "c1", "hello")
    assert (refused.value.code, refused.value.field) == ("name-needed", "name")


def test_fast_sender_is_rate_limited(show: Show, ana: Claims, brand: Brand) -> None:
    for number in range(5):
        post_message(show, ana, f"c{number}", f"hello {number}")
    with pytest.raises(RateLimited) as refused:
        post_message(show, ana, "c5", "hello")
    assert 0 < refused.value.retry_after_s <= 5
    post_message(show, ana, "c4", "hello")  # sent before: no new message
    post_message(show, guest(brand, "Ben"), "c1", "hello")
    own = Message.objects.for_brand(brand).filter(author=ana.sub)
    own.update(sent_at=utc_now() - timedelta(seconds=5))
    assert post_message(show, ana, "c5", "hello").seq == 7


def test_guest_who_drops_the_cookie_is_slowed_down_by_network(show: Show, brand: Brand) -> None:
    for _number in range(20):
        post_message(show, guest(brand), "c1", "buy pills")
    with pytest.raises(RateLimited) as refused:
        post_message(show, guest(brand), "c1", "buy pills")
    assert 0 < refused.value.retry_after_s <= 5
    member = Claims(f"m:{new_id()}", brand.pk, "Mia", (), guest(brand).network)
    post_message(show, member, "c1", "hello")
    post_message(show, guest(brand, network="elsewhere"), "c1", "hello")
    post_message(show, guest(brand, network=""), "c1", "hello")
    post_message(make_show(brand, "Other"), guest(brand), "c1", "hello")
    Message.objects.for_brand(brand).update(sent_at=utc_now() - timedelta(seconds=5))
    post_message(show, guest(brand), "c1", "hello")


def test_chat_is_open_before_and_during_the_show_only(
    brand: Brand, ana: Claims, producer: User
) -> None:
    draft = shows.create_show(brand, shows.ShowDraft(title="Draft"))
    with pytest.raises(Conflict) as refused:
        post_message(draft, ana, "c1", "hello")
    assert refused.value.code == "chat-closed"
    show = make_show(brand)
    post_message(show, ana, "c1", "before")
    shows.start(show, producer)
    post_message(show, ana, "c2", "during")
    shows.end(show, producer)
    with pytest.raises(Conflict):
        post_message(show, ana, "c3", "after")
    assert Message.objects.for_brand(brand).count() == 2


def test_deleted_message_is_in_no_answer_at_all(
    show: Show, ana: Claims, producer: User, brand: Brand
) -> None:
    shows.start(show, producer)
    message = post_message(show, ana, "c1", "something rude")
    viewer, staff = Caller(viewer=guest(brand)), Caller(user=producer)
    paths = [f"/api/v1/shows/{show.slug}"]
    assert all("something rude" in viewer.text(path)[1] for path in paths)
    path = f"/shows/{show.slug}/messages/{message.pk}"
    assert staff.call("DELETE", path) == (204, None)
    assert staff.call("DELETE", path) == (204, None)
    shows.end(show, producer)
    for reader in (viewer, staff, Caller()):
        for at in paths:
            status, text = reader.text(at)
            assert status == 200
            assert "something rude" not in text
            assert "Ana" not in text
    stored = timeline.read(show.timeline_id, after=0)
    assert "something rude" not in repr(stored)
    assert [entry.kind for entry in stored].count("message.deleted") == 1
    message.refresh_from_db()
    assert message.deleted_by == producer


def test_deleting_an_unknown_message_is_not_found(
    show: Show, brand: Brand, ana: Claims, producer: User
) -> None:
    elsewhere = post_message(make_show(brand, "Other"), ana, "c1", "hello")
    with pytest.raises(NotFound):
        services.delete_message(show, elsewhere.pk, producer)
    assert timeline.head(show.timeline_id).seq == 0


@pytest.mark.parametrize("role", list(Role))
def test_moderators_and_producers_delete(show: Show, brand: Brand, ana: Claims, role: Role) -> None:
    message = post_message(show, ana, "c1", "hello")
    caller = Caller(user=make_staff(brand, role, f"the-{role}@example.test"))
    status, _answer = caller.call("DELETE", f"/shows/{show.slug}/messages/{message.pk}")
    assert status == (403 if role in {Role.HOST, Role.CLERK} else 204)


def test_staff_of_another_brand_and_viewers_do_not_delete(
    show: Show, ana: Claims, producer: User, stranger: User, other_brand: Brand
) -> None:
    message = post_message(show, ana, "c1", "hello")
    path = f"/shows/{show.slug}/messages"
    assert Caller(user=stranger).call("DELETE", f"{path}/{message.pk}")[0] == 404
    assert Caller(viewer=ana).call("DELETE", f"{path}/{message.pk}")[0] == 401
    body = {"client_id": "c1", "text": "hello"}
    assert Caller(viewer=guest(other_brand)).call("POST", path, body)[0] == 401
    assert Caller(user=producer).call("POST", path, body)[0] == 401
    assert timeline.head(show.timeline_id).seq == 1


def test_message_is_posted_over_http(show: Show, ana: Claims) -> None:
    caller, path = Caller(viewer=ana), f"/shows/{show.slug}/messages"
    status, answer = caller.call("POST", path, {"client_id": "c1", "text": "hello"})
    message = Message.objects.for_brand(show.brand_id).get()
    assert (status, answer) == (201, {"seq": 1, "message_id": message.pk, "state": "shown"})
    assert caller.call("POST", path, {"client_id": "c1", "text": "hello"}) == (201, answer)
    status, problem = caller.call("POST", path, {"client_id": "c2", "text": "www.evil.example"})
    assert (status, problem["code"], problem["field"]) == (422, "message-link", "text")
    shows.update_show(show, ShowChanges({"published": False}))
    assert caller.call("POST", path, {"client_id": "c3", "text": "hello"})[0] == 404


def test_too_fast_over_http_says_when_to_try_again(show: Show, ana: Claims) -> None:
    caller, path = Caller(viewer=ana), f"/shows/{show.slug}/messages"
    answers = [
        caller.call("POST", path, {"client_id": str(number), "text": f"hello {number}"})
        for number in range(6)
    ]
    assert [status for status, _answer in answers] == [201] * 5 + [429]
    assert 0 < answers[5][1]["retry_after_s"] <= 5
