"""A stale snapshot with the entries after it is the fresh snapshot, for every kind of entry."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import services as community
from showfloor.shows import events as shows
from showfloor.shows import queries, services
from showfloor.shows.models import Show
from showfloor.site import show_data
from showfloor.site.kinds import KINDS
from showfloor.stock import services as stock
from showfloor.timeline import queries as timeline
from showfloor.timeline import services as timeline_services
from showfloor.timeline.log import NewEntry
from tests.conftest import make_staff
from tests.support.catalogue import make_product, only_variant
from tests.support.chat import post_message
from tests.support.reducer import APPLY, Verify, verifier
from tests.support.shows import guest, make_show, product_ids

# The acts of people are held to the same in tests/community/test_snapshot_*.py.
# `price.changed` only asks to read the products again.
HERE = {kind.name for kind in shows.KINDS} - {"price.changed"}
HERE |= {"message.posted", "message.deleted"}


@pytest.fixture
def verify(show: Show) -> Verify:
    return verifier(show)


def test_a_whole_show_step_by_step(
    show: Show, verify: Verify, brand: Brand, producer: User
) -> None:
    first, second = product_ids(show)
    ana = guest(brand)
    said: list[str] = []
    shown: list[str] = []

    def say(client_id: str, text: str) -> None:
        said.append(post_message(show, ana, client_id, text).pk)

    def put_on_screen(*ids: str) -> None:
        shown.append(services.highlight(show, ids, None, producer).pk)

    variant = only_variant(queries.rundown_products(show)[0])
    assert [
        verify(lambda: say("1", "first!")),
        verify(lambda: services.start(show, producer)),
        verify(lambda: services.broadcast_opened(show.pk)),
        verify(lambda: put_on_screen(first)),
        verify(lambda: put_on_screen(second, first)),
        verify(lambda: say("2", "lovely")),
        verify(lambda: community.delete_message(show, said[0], producer)),
        verify(lambda: stock.set_level(brand.pk, variant.pk, 2)),
        verify(lambda: services.take_down(show, shown[1], None, producer)),
        verify(lambda: services.update_show(show, services.ShowChanges({"ai_made": "voice"}))),
        verify(lambda: services.broadcast_lost(show.pk)),
        verify(lambda: services.broadcast_opened(show.pk)),
        verify(lambda: put_on_screen(first)),
        verify(lambda: services.end(show, producer)),
    ] == [
        ["message.posted"],
        ["show.started", "broadcast.lost"],
        ["broadcast.back"],
        ["highlight.started"],
        ["highlight.ended", "highlight.started"],
        ["message.posted"],
        ["message.deleted"],
        ["stock.level"],
        ["highlight.ended"],
        ["show.ai_labelled"],
        ["broadcast.lost"],
        ["broadcast.back"],
        ["highlight.started"],
        ["highlight.ended", "show.ended"],
    ]
    written = {entry.kind for entry in timeline.read(show.timeline_id, after=0)}
    assert written == HERE


def test_every_kind_has_a_reducer() -> None:
    assert set(APPLY) == set(KINDS)


def test_the_bodies_are_what_their_kinds_say(show: Show, brand: Brand, producer: User) -> None:
    services.start(show, producer)
    services.broadcast_opened(show.pk)
    services.highlight(show, product_ids(show), None, producer)
    message = post_message(show, guest(brand), "1", "hello")
    variant = only_variant(queries.rundown_products(show)[0])
    stock.set_level(brand.pk, variant.pk, 1)
    services.end(show, producer)
    entries = timeline.read(show.timeline_id, after=0)
    for entry in entries:
        body = KINDS[entry.kind].body
        assert body.__required_keys__ <= set(entry.body) <= set(body.__annotations__)  # type: ignore[attr-defined]
    assert {entry.kind for entry in entries} == HERE - {"message.deleted", "show.ai_labelled"}
    community.delete_message(show, message.pk, producer)
    deleted = timeline.read(show.timeline_id, after=0)[-1]
    assert dict(deleted.body) == {"message_id": message.pk, "seq": message.seq}


def test_product_put_into_a_live_show_is_told_by_its_stock(
    brand: Brand, show: Show, producer: User
) -> None:
    order, new = product_ids(show), make_product(brand, "new")
    (variant,) = new.variants.all()
    stock.set_level(brand.pk, variant.pk, 7)
    services.set_rundown(show, [*order, new.pk])
    services.set_rundown(show, order)
    services.start(show, producer)
    head = timeline.read(show.timeline_id, after=0)[-1].seq

    services.set_rundown(show, [new.pk, *order])

    (entry,) = timeline.read(show.timeline_id, after=head)
    told = {"variant_id": variant.pk, "sku": variant.sku, "available": 7}
    assert (entry.kind, dict(entry.body)) == ("stock.level", told)
    services.set_rundown(show, [*order, new.pk])  # another order is no news
    assert timeline.read(show.timeline_id, after=entry.seq) == []


def test_stock_is_told_to_the_live_shows_that_list_it(
    brand: Brand, show: Show, producer: User
) -> None:
    waiting, other = make_show(brand, "Waiting"), make_show(brand, "Other")
    first, _second = product_ids(show)
    services.set_rundown(waiting, [first])
    services.start(show, producer)
    services.start(other, producer)
    variant = only_variant(queries.rundown_products(show)[0])
    stock.set_level(brand.pk, variant.pk, 3)
    (entry,) = timeline.read(show.timeline_id, after=2)
    assert (entry.kind, dict(entry.body)) == (
        "stock.level",
        {"variant_id": variant.pk, "sku": variant.sku, "available": 3},
    )
    assert timeline.head(waiting.timeline_id).seq == 0
    assert timeline.head(other.timeline_id).seq == 2


def test_the_snapshot_holds_the_last_fifty_messages(
    show: Show, brand: Brand, producer: User
) -> None:
    moderator = Claims("u:" + "0" * 26, brand.pk, "Mo", (Role.MODERATOR.value,))
    for number in range(55):
        author = Claims(f"g:{number:026}", brand.pk, f"Guest {number}")
        post_message(show, author if number else moderator, str(number), f"no {number}")
    messages = show_data.snapshot(show)["messages"]
    assert [message["text"] for message in messages] == [f"no {n}" for n in range(5, 55)]
    assert messages[0]["author"] == {"id": f"g:{5:026}", "name": "Guest 5", "role": "guest"}


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_is_of_one_moment() -> None:
    """A writer commits between two of its reads, and neither waits for the other."""
    brand = Brand.objects.create(slug="one-moment", name="One moment")
    producer = make_staff(brand, Role.PRODUCER, "one@example.test")
    show = make_show(brand)
    services.broadcast_opened(show.pk)
    with timeline.consistent():
        before = timeline.head(show.timeline_id)
        in_other_thread(lambda: services.start(show, producer))
        assert timeline.head(show.timeline_id) == before
        view = queries.show_view(show)
        assert (view["state"], view["timeline"]["seq"]) == ("scheduled", 0)
    assert show_data.snapshot(show)["state"] == "live"
    with timeline_services.write():  # the connection is as good as before
        timeline_services.append(show.timeline_id, [NewEntry("broadcast.lost")])


def in_other_thread(work: Callable[[], object]) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001 - handed to the test
            failures.append(failure)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive(), "the writer waits for the reader"
    assert failures == []


def test_import_of_thousands_announces_listed_variants_only(
    brand: Brand, show: Show, producer: User
) -> None:
    variants = [only_variant(product) for product in queries.rundown_products(show)]
    unlisted = only_variant(make_product(brand, "unlisted"))
    stock.set_levels(brand.pk, {variant.pk: 7 for variant in (*variants, unlisted)})
    services.start(show, producer)
    others = [f"other-{n}" for n in range(500)]  # with the three: more than one query may name
    services.announce_stock([*(variant.pk for variant in variants), unlisted.pk, *others])
    entries = timeline.read(show.timeline_id, after=2)
    assert [entry.body["available"] for entry in entries] == [7, 7]
    assert {entry.body["variant_id"] for entry in entries} == {one.pk for one in variants}
