"""Several people press at the same moment."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection, transaction

from showfloor.accounts import transactions
from showfloor.accounts.models import Brand, Role
from showfloor.accounts.tokens import Claims
from showfloor.community.admission import lock_show
from showfloor.kernel.errors import Conflict
from showfloor.shows import services
from showfloor.shows.models import Highlight, Show
from showfloor.shows.services.locking import lock
from showfloor.timeline import queries as timeline
from showfloor.timeline import services as writes
from tests.conftest import make_staff
from tests.support.chat import post_message
from tests.support.shows import TOMORROW, make_show, product_ids
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def together(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all at once, each on a connection of its own; results or the exceptions, in order."""
    barrier = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int) -> None:
        try:
            barrier.wait(timeout=10)
            results[place] = works[place]()
        except Exception as failure:  # noqa: BLE001 - handed to the test
            results[place] = failure
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
    return results


def test_one_of_two_starts_the_show() -> None:
    brand = Brand.objects.create(slug="race", name="Race")
    producer = make_staff(brand, Role.PRODUCER, "race@example.test")
    show = make_show(brand)
    results = together([lambda: services.start(show, producer)] * 4)
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(refused) == 3
    kinds = [entry.kind for entry in timeline.read(show.timeline_id, after=0)]
    assert kinds == ["show.started", "broadcast.lost"]


def test_one_highlight_is_open_whoever_presses() -> None:
    brand = Brand.objects.create(slug="race", name="Race")
    producer = make_staff(brand, Role.PRODUCER, "race@example.test")
    show = make_show(brand, products=4)
    services.start(show, producer)

    def press(product_id: str) -> Callable[[], Highlight]:
        return lambda: services.highlight(show, [product_id], None, producer)

    works = [press(product_id) for product_id in product_ids(show)]
    results = together(works)
    assert all(isinstance(result, Highlight) for result in results), results
    rows = Highlight.objects.for_brand(brand).filter(show=show)
    assert (rows.count(), rows.filter(ended_at__isnull=True).count()) == (4, 1)


def test_messages_have_one_order_without_gaps() -> None:
    brand = Brand.objects.create(slug="race", name="Race")
    show = make_show(brand, products=0)

    def say(number: int) -> Callable[[], int | None]:
        viewer = Claims(f"g:{number:026}", brand.pk, f"Guest {number}")
        return lambda: post_message(show, viewer, "c", f"no {number}").seq

    assert sorted(together([say(number) for number in range(8)])) == list(range(1, 9))


def test_the_same_message_sent_twice_at_once_is_one() -> None:
    brand = Brand.objects.create(slug="race", name="Race")
    show = make_show(brand, products=0)
    viewer = Claims("g:" + "0" * 26, brand.pk, "Ana")
    post = [lambda: post_message(show, viewer, "c", "hello").seq] * 4
    assert together(post) == [1, 1, 1, 1]


def test_shows_of_one_name_get_addresses_of_their_own() -> None:
    brand = Brand.objects.create(slug="race", name="Race")
    make = [lambda: services.create_show(brand, services.ShowDraft(title="Same")).slug] * 4
    assert sorted(together(make)) == ["same", "same-2", "same-3", "same-4"]


def test_write_inside_the_admins_transaction_does_not_deadlock() -> None:
    """The admin saves inside a transaction that is open already; buyers come in by `write`."""
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite's writers take turns")
    brand = Brand.objects.create(slug="race", name="Race")
    in_admin = threading.Event()

    def admin() -> None:
        with transaction.atomic():
            Brand.objects.filter(pk=brand.pk).update(name="Admin")
            in_admin.set()
            wait_until(lambda: transactions.sqlite_turns().is_taken, 10, "the buyer's turn")
            with writes.write():
                Brand.objects.filter(pk=brand.pk).update(name="Admin twice")

    def buyer() -> None:
        in_admin.wait(10)
        with writes.write():  # its turn, but SQLite's lock is the admin's
            Brand.objects.filter(pk=brand.pk).update(name="Buyer")

    assert together([admin, buyer]) == [None, None]
    brand.refresh_from_db()
    assert brand.name == "Buyer"


@pytest.mark.skipif(
    not connection.features.has_select_for_no_key_update, reason="SQLite has one lock for all"
)
@pytest.mark.parametrize("take_lock", [lock, lambda show: lock_show(show.brand_id, show.pk)])
def test_reference_to_a_show_does_not_wait_for_its_lock(take_lock: Callable[[Show], Show]) -> None:
    show = make_show(Brand.objects.create(slug="m", name="M"))

    def refer() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        Highlight(show=show, started_at=TOMORROW).save()

    with transaction.atomic():
        take_lock(show)
        assert together([refer]) == [None]
