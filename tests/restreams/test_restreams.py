"""The destinations of a brand, and the shows that go there: rights, secrecy, and words."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from showfloor.accounts.models import Brand, Role, User
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.errors import NotFound
from showfloor.media.diagnostics import latest
from showfloor.media.diagnostics.restream_status import RestreamStatus
from showfloor.restreams import queries, services
from showfloor.restreams.models import Restream, RestreamDestination
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.site import console_data
from showfloor.timeline import queries as timeline
from tests.conftest import make_staff
from tests.races.together import at_once, somebody_waits
from tests.support.forms import fields
from tests.support.shows import Caller, make_show
from tests.support.waiting import wait_until

ADDRESS = "rtmps://live.example.com:443/app/"
PAGE = "/admin/restreams/restreamdestination/"


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    latest.report_restreams({})


@pytest.fixture
def show(brand: Brand) -> Show:
    return make_show(brand)


@pytest.fixture
def destination(brand: Brand, producer: User) -> RestreamDestination:
    row = RestreamDestination(brand=brand, name="Our channel", address=ADDRESS)
    services.save_destination(row, "secret-key", producer, row.save)
    return row


def actions(brand: Brand) -> list[tuple[str, str, bool]]:
    rows = AuditEntry.objects.for_brand(brand).order_by("pk")
    return [(row.action, row.target_name, row.show_id is not None) for row in rows]


def shown(show: Show) -> dict[str, Any]:
    [row] = console_data.console_report(show, "")["restreams"]
    return dict(row)


def test_show_is_sent_to_a_destination_and_no_longer(
    show: Show, brand: Brand, producer: User, destination: RestreamDestination
) -> None:
    at = f"/shows/{show.slug}/restreams/{destination.pk}"
    caller = Caller(user=producer)
    for is_wanted in (True, True, False):
        assert caller.call("PUT", at, {"is_wanted": is_wanted})[0] == 204
        if is_wanted:
            [wanted] = queries.wanted(show.channel_id)
            assert wanted.target is not None
            assert (wanted.target.scheme, wanted.target.host) == ("rtmps", "live.example.com")
            assert (wanted.target.port, wanted.target.app) == (443, "app")
            assert (wanted.target.key, "secret-key" in repr(wanted)) == ("secret-key", False)
    assert queries.wanted(show.channel_id) == []
    added = [("restream.added", "Our channel", False)]
    started = ("restream.started", "Our channel", True)
    assert actions(brand) == [*added, started, ("restream.stopped", "Our channel", True)]
    entries = timeline.read(show.backstage_id, after=0, limit=10)
    assert [one.kind for one in entries] == ["audit.logged"] * 2  # wakes the process that sends
    shows.start(show, producer)
    shows.end(show, producer)
    status, answer = caller.call("PUT", at, {"is_wanted": True})
    assert (status, answer["code"]) == (409, "show-ended")


def test_only_producers_of_the_same_brand_send_a_show_on(
    show: Show, brand: Brand, other_brand: Brand, stranger: User, destination: RestreamDestination
) -> None:
    at, wanted = f"/shows/{show.slug}/restreams/{destination.pk}", {"is_wanted": True}
    for role in (Role.MODERATOR, Role.HOST, Role.CLERK):
        person = make_staff(brand, role, f"the-{role}@example.test")
        assert Caller(user=person).call("PUT", at, wanted)[0] == 403
    assert Caller(user=stranger).call("PUT", at, wanted)[0] in {403, 404}
    theirs = make_show(other_brand)
    status, _answer = Caller(user=stranger).call(
        "PUT", f"/shows/{theirs.slug}/restreams/{destination.pk}", wanted
    )
    assert status == 404
    assert not Restream.objects.all_brands().exists()


def test_console_tells_each_state_in_words(
    show: Show, producer: User, destination: RestreamDestination
) -> None:
    assert (shown(show)["state"], shown(show)["words"]) == ("off", "")
    assert "secret-key" not in str(shown(show))
    services.set_restream(show, destination.pk, True, producer)
    assert shown(show)["words"] == "Goes out when the show is live and has a picture."
    pk = destination.pk
    for status, state, words in (
        (RestreamStatus(pk, "live", kbps=2500), "live", "Live, 2500 kbit/s"),
        (
            RestreamStatus(pk, "failed", "rejected", "Bad stream name."), "failed",
            "The destination refuses the stream. Bad stream name.",
        ),
        (RestreamStatus(pk, "failed", "stalled"), "failed",
         "The destination has stopped taking the stream."),
        (
            RestreamStatus(pk, "live", kbps=9, skipped=4), "live",
            "Live, 9 kbit/s. It is too slow for the stream: 4 pictures and sounds were left out.",
        ),
        (
            RestreamStatus(pk, "slate", slate_left_s=90), "slate",
            "The encoder is away: viewers there see the curtain picture, for 90 s more.",
        ),
    ):  # fmt: skip
        latest.report_restreams({show.channel_id: (status,)})
        assert (shown(show)["state"], shown(show)["words"]) == (state, words)


def test_key_goes_into_the_back_office_and_never_comes_out(
    brand: Brand, show: Show, producer: User
) -> None:
    producer.is_staff = True
    producer.save()
    client = Client()
    client.force_login(producer)
    form = {"name": "Channel", "address": "https://example.com/live", "key": "secret-key"}
    page = client.post(f"{PAGE}add/", form)
    assert "An address begins with rtmps:// or rtmp://" in page.content.decode()
    assert client.post(f"{PAGE}add/", {**form, "address": ADDRESS}).status_code == 302
    row = RestreamDestination.objects.for_brand(brand).get()
    assert "secret" not in row.sealed_key
    assert services.key_of(row) == "secret-key"
    services.set_restream(show, row.pk, True, producer)

    page = client.get(f"{PAGE}{row.pk}/change/")
    assert "secret-key" not in page.content.decode()
    sent = {**fields(page), "name": "Renamed"}
    assert client.post(f"{PAGE}{row.pk}/change/", sent).status_code == 302
    row.refresh_from_db()
    assert (row.name, services.key_of(row)) == ("Renamed", "secret-key")
    moved = {**sent, "address": "rtmp://elsewhere.example.com/live"}
    told = "The address leads to another server: enter its stream key."
    assert told in client.post(f"{PAGE}{row.pk}/change/", moved).content.decode()
    row.refresh_from_db()
    assert row.address == ADDRESS

    assert client.post(f"{PAGE}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert queries.wanted(show.channel_id) == []
    assert actions(brand)[2:] == [
        ("restream.changed", "Renamed", True), ("restream.removed", "Renamed", True)
    ]  # fmt: skip


def test_key_that_cannot_be_opened_any_more_is_told_and_nothing_is_sent(
    show: Show, producer: User, destination: RestreamDestination
) -> None:
    services.set_restream(show, destination.pk, True, producer)
    RestreamDestination.objects.all_brands().update(sealed_key="sealed-with-another-secret")
    assert [one.target for one in queries.wanted(show.channel_id)] == [None]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there is one writer")
@pytest.mark.django_db(transaction=True)
def test_destination_that_a_show_chooses_meanwhile_is_deleted_with_the_choice(
    show: Show, producer: User, destination: RestreamDestination
) -> None:
    is_chosen = threading.Event()

    def choose() -> None:
        with transaction.atomic():
            services.set_restream(show, destination.pk, True, producer)
            is_chosen.set()
            wait_until(somebody_waits, 10, "the deletion to wait for the choice")

    def delete() -> None:
        assert is_chosen.wait(10)
        services.delete_destination(destination, producer)

    assert at_once([choose, delete]) == [None, None]
    assert not Restream.objects.all_brands().exists()
    assert actions(show.brand)[-1] == ("restream.removed", "Our channel", True)
    with pytest.raises(NotFound):
        services.set_restream(show, destination.pk, True, producer)
