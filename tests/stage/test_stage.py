"""The people of a show's stage: invited, let in, sent back, removed, each by their own link."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, Role, User
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.clock import iso_ms, telling, utc_now
from showfloor.kernel.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.stage import personal_data, queries, rules, services
from showfloor.stage.models import StageGuest, StageRole, StageState
from showfloor.stage.notices import TOPIC
from showfloor.timeline.bus import bus
from tests.conftest import make_staff
from tests.support.shows import make_show

TODAY = rules.CONSENT_VERSION
LATER = timedelta(days=8)  # than the life of a link


@pytest.fixture
def show(brand: Brand, producer: User) -> Show:
    return shows.start(make_show(brand), producer)


def next_week() -> datetime:
    return datetime.now(UTC) + LATER


def invited(show: Show, by: User, name: str = "Ana") -> tuple[str, str]:
    """A guest's id and the key of her link."""
    guest, key = services.invite(show, by, StageRole.GUEST, name)
    return guest.pk, key


def state_of(guest_id: str) -> str:
    return StageGuest.objects.all_brands().get(pk=guest_id).state


def audit_of(show: Show) -> list[tuple[str, str]]:
    lines = AuditEntry.objects.for_brand(show.brand_id).order_by("pk")
    return [(one.action, one.target_name) for one in lines if one.action.startswith("stage.")]


@pytest.mark.django_db(transaction=True)
def test_guest_comes_in_by_her_link_is_let_in_sent_back_and_removed(
    show: Show, producer: User
) -> None:
    heard: list[Any] = []
    unhear = bus.hear(TOPIC, heard.append)
    guest_id, key = invited(show, producer, " Ana  María ")
    with pytest.raises(Invalid) as raised:
        services.enter(key, "", "2020-01")
    assert (raised.value.field, state_of(guest_id)) == ("consent", "invited")
    guest, seat = services.enter(key, "", TODAY)
    assert (guest.name, guest.state, guest.consent_version) == ("Ana María", "green-room", TODAY)
    assert guest.consented_at is not None
    assert len(heard) == 2

    services.move(show, producer, guest_id, StageState.ON_STAGE)
    services.move(show, producer, guest_id, StageState.ON_STAGE)  # a second tap does nothing
    # A page that is loaded again stays where it was, and keeps its seat and its agreement.
    again, same_seat = services.enter(key, seat, TODAY)
    assert (again.state, same_seat, again.consented_at) == ("on-stage", seat, guest.consented_at)
    services.move(show, producer, guest_id, StageState.GREEN_ROOM)
    assert queries.inside([guest_id]) == {guest_id}
    services.move(show, producer, guest_id, StageState.REMOVED)
    assert queries.inside([guest_id]) == set()
    assert audit_of(show) == [
        ("stage.invited", "Ana María"), ("stage.let_in", "Ana María"),
        ("stage.sent_back", "Ana María"), ("stage.removed", "Ana María"),
    ]  # fmt: skip
    assert heard == [{"show": show.pk, "is": "changed"}] * 6
    unhear()

    with pytest.raises(Conflict) as over:
        services.enter(key, seat, TODAY)
    assert over.value.code == "link-revoked"
    with pytest.raises(NotSignedIn):
        queries.by_seat(seat)
    with pytest.raises(Conflict):
        services.move(show, producer, guest_id, StageState.ON_STAGE)
    assert state_of(guest_id) == "removed"


def test_link_is_for_the_browser_that_came_first(show: Show, producer: User) -> None:
    guest_id, key = invited(show, producer)
    _guest, seat = services.enter(key, "", TODAY)
    for other in ("", "made-up", key):
        with pytest.raises(Forbidden) as raised:
            services.enter(key, other, TODAY)
        assert raised.value.code == "link-used"
    assert queries.by_seat(seat).pk == guest_id

    # The host gives her a new one: the seat is free, and the old link leads nowhere.
    _row, fresh = services.renew_link(show, producer, guest_id)
    assert state_of(guest_id) == "left"
    with pytest.raises(NotSignedIn):
        queries.by_seat(seat)
    with pytest.raises(NotFound):
        services.enter(key, seat, TODAY)
    guest, other_seat = services.enter(fresh, "", TODAY)
    assert (guest.pk, guest.state) == (guest_id, "green-room")
    assert other_seat != seat
    services.move(show, producer, guest_id, StageState.ON_STAGE)
    with pytest.raises(Conflict):
        services.renew_link(show, producer, guest_id)
    assert queries.by_seat(other_seat).state == "on-stage"


def test_link_ends_with_its_time_and_with_the_show(show: Show, producer: User) -> None:
    guest_id, key = invited(show, producer)
    with telling(next_week):
        with pytest.raises(Conflict) as old:
            services.enter(key, "", TODAY)
        assert old.value.code == "link-expired"
        assert queries.people(show) == []
    _guest, seat = services.enter(key, "", TODAY)
    with telling(next_week):  # she is in already
        assert services.enter(key, seat, TODAY)[0].state == "green-room"
    services.leave(guest_id)
    services.leave(guest_id)
    assert state_of(guest_id) == "left"
    shows.end(show, producer)
    with pytest.raises(Conflict) as ended:
        services.enter(key, seat, TODAY)
    assert ended.value.code == "show-ended"
    with pytest.raises(Conflict):
        invited(show, producer)


def test_stage_holds_three_guests_and_one_phone(show: Show, producer: User) -> None:
    first, _key = invited(show, producer, "One")
    for name in ("Two", "Three"):
        invited(show, producer, name)
    services.invite(show, producer, StageRole.CLOSE_UP, "Phone")
    for role in StageRole:
        with pytest.raises(Conflict) as full:
            services.invite(show, producer, role, "More")
        assert full.value.code == "stage-full"
    services.move(show, producer, first, StageState.REMOVED)
    invited(show, producer, "Four")
    assert [one["name"] for one in queries.people(show)] == ["Two", "Three", "Phone", "Four"]
    with telling(next_week):  # links that nobody used count no longer
        invited(show, producer, "Five")


@pytest.mark.parametrize("name", ["", "x" * 31, "\u202e", "\u2800"])
def test_guest_without_a_name_that_can_be_read_is_refused(
    show: Show, producer: User, name: str
) -> None:
    with pytest.raises(Invalid) as raised:
        invited(show, producer, name)
    assert raised.value.field == "name"
    assert not StageGuest.objects.all_brands().exists()


def test_unused_invitations_are_forgotten_and_agreements_stay(show: Show, producer: User) -> None:
    invited(show, producer, "Never")
    _id, key = invited(show, producer, "Came")
    services.enter(key, "", TODAY)
    (keep,) = personal_data.KEPT
    assert keep.forget(utc_now() + timedelta(days=6), 10) == 0
    assert keep.forget(utc_now() + LATER, 10) == 1
    assert [one.name for one in StageGuest.objects.all_brands()] == ["Came"]


def ask(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    sent = {} if body is None else {"data": body, "content_type": "application/json"}
    return getattr(client, method)(f"/api/v1{path}", **sent, headers=headers)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_hosts_invite_over_the_api_and_guests_need_no_account(
    brand: Brand, show: Show, settings: Any
) -> None:
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, ice_servers=("stun:ice.example.test",))
    host = signed_in(make_staff(brand, Role.HOST, "lea@example.test"))
    made = ask(host, "post", f"/shows/{show.slug}/stage", {"role": "guest", "name": "Ana"})
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    told = made.json()
    key = told["url"].rpartition("/")[2]
    assert rules.hash_of(key) == StageGuest.objects.all_brands().get().key_hash
    assert told["qr"]["size"] > 29
    assert told["qr"]["path"].startswith("M4 4h1v1h-1z")

    page = Client().get(f"/stage/{key}")
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "no-referrer"
    assert "everyone who watches" in page.content.decode()
    entry = ask(Client(), "post", "/stage/entries", {"key": key, "seat": "", "consent": TODAY})
    assert entry.status_code == 201
    seat, guest_id = entry.json()["seat"], entry.json()["guest"]["id"]
    bearer = {"Authorization": f"Bearer {seat}"}
    put = ask(host, "put", f"/shows/{show.slug}/stage/{guest_id}", {"state": "on-stage"})
    assert put.json()["state"] == "on-stage"
    own = ask(Client(), "get", "/stage/seat", **bearer).json()
    assert own == {"id": guest_id, "role": "guest", "name": "Ana", "state": "on-stage"}
    assert ask(Client(), "delete", "/stage/seat", **bearer).status_code == 204
    listed = ask(host, "get", f"/shows/{show.slug}/stage").json()["people"]
    row = StageGuest.objects.all_brands().get()
    assert listed == [
        {
            "id": guest_id, "role": "guest", "name": "Ana", "state": "left",
            "expires_at": iso_ms(row.expires_at), "is_expired": False,
        }
    ]  # fmt: skip
    assert ask(host, "delete", f"/shows/{show.slug}/stage/{guest_id}").status_code == 204
    over = Client().get(f"/stage/{key}").content.decode()
    assert "taken this invitation back" in over
    assert "stun:ice.example.test" in page.content.decode()
    assert "stun:ice.example.test" not in over
    assert Client().get("/stage/made-up").status_code == 404
    for bad in ("", "x" * 300, seat):
        assert ask(Client(), "get", "/stage/seat", Authorization=f"Bearer {bad}").status_code == 401


ACTS: list[tuple[str, str, Any]] = [
    ("get", "", None),
    ("post", "", {"role": "guest", "name": "Eve"}),
    ("post", "/{guest}/link", {}),
    ("put", "/{guest}", {"state": "on-stage"}),
    ("delete", "/{guest}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ACTS)
def test_others_neither_see_nor_change_the_stage(
    show: Show, producer: User, moderator: User, stranger: User, other_brand: Brand,
    method: str, path: str, body: Any, as_owner_elsewhere: Callable[[], Show],
) -> None:  # fmt: skip
    guest_id, key = invited(show, producer)
    services.enter(key, "", TODAY)
    before = StageGuest.objects.all_brands().values().get()
    address = f"/shows/{show.slug}/stage{path.format(guest=guest_id)}"
    assert ask(signed_in(moderator), method, address, body).status_code == 403
    assert ask(signed_in(stranger), method, address, body).status_code == 404
    assert ask(Client(), method, address, body).status_code == 401
    # Nor by way of a show of one's own.
    if "{guest}" in path:
        theirs = as_owner_elsewhere()
        address = f"/shows/{theirs.slug}/stage{path.format(guest=guest_id)}"
        assert ask(signed_in(stranger), method, address, body).status_code == 404
    assert StageGuest.objects.all_brands().values().get() == before


@pytest.fixture
def as_owner_elsewhere(other_brand: Brand) -> Callable[[], Show]:
    return lambda: shows.create_show(other_brand, shows.ShowDraft(title="Rival"))
