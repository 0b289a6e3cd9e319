"""The sold-out book: it refuses from memory, for a moment, and grants nothing."""

from typing import Any

import pytest
from django.db import connection, transaction

from showfloor.accounts.models import Brand
from showfloor.kernel.errors import SoldOut
from showfloor.stock import counters, services, sold_out
from showfloor.stock.batches import Refused, Want
from showfloor.stock.sold_out import ENTRIES_MAX, MAX_AGE_S, SoldOutBook, StockLevel
from showfloor.timeline.bus import bus
from tests.stock.helpers import NOW, TTL, make_variant


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(clock: Clock) -> SoldOutBook:
    return SoldOutBook(clock)


def refused(book: SoldOutBook, quantity: int = 1) -> tuple[str, int] | None:
    error = book.refusal({"cream": quantity})
    return (error.sku, error.available) if error is not None else None


def test_unknown_variant_is_never_refused(book: SoldOutBook) -> None:
    assert refused(book) is None


def test_more_than_was_seen_is_refused_for_a_moment(book: SoldOutBook, clock: Clock) -> None:
    book.note([StockLevel("cream", "CREAM", 2, version=7)])
    assert refused(book, 2) is None
    assert refused(book, 3) == ("CREAM", 2)
    clock.now += MAX_AGE_S
    assert refused(book, 3) is None


def test_older_news_does_not_replace_newer_news(book: SoldOutBook) -> None:
    book.note([StockLevel("cream", "CREAM", 5, version=8)])
    book.note([StockLevel("cream", "CREAM", 0, version=7)])
    assert refused(book) is None


def test_units_that_come_back_end_a_refusal(book: SoldOutBook) -> None:
    book.note([StockLevel("cream", "CREAM", 0, version=7)])
    assert refused(book) == ("CREAM", 0)
    book.note([StockLevel("cream", "CREAM", 1, version=8)])
    assert refused(book) is None


def test_notice_of_another_process_ends_a_refusal(clock: Clock, monkeypatch: Any) -> None:
    book = sold_out.book
    monkeypatch.setattr(book, "_clock", clock)
    book.note([StockLevel("cream", "CREAM", 0, version=7)])
    assert refused(book) == ("CREAM", 0)
    bus.receive(counters.TOPIC, {"freed": [["cream", "CREAM", 2, 8]]})
    book.note([StockLevel("cream", "CREAM", 0, version=7)])  # of a slower thread
    assert refused(book, 2) is None


@pytest.mark.django_db(transaction=True)
def test_other_processes_are_told_of_units_that_come_back_alone(brand: Brand) -> None:
    cream, told = make_variant(brand, "CREAM", 2), list[Any]()
    undo = bus.hear(counters.TOPIC, lambda notice: told.append(notice["freed"]))
    services.hold(brand.pk, "a", [(cream.pk, 2)], NOW, TTL)
    services.claim(brand.pk, "b", [], NOW)
    assert told == []
    services.release(brand.pk, "a")
    undo()
    ((row,),) = told
    assert row[:3] == [cream.pk, "CREAM", 2]


def test_book_stays_small(book: SoldOutBook, clock: Clock) -> None:
    book.note(StockLevel(f"old {n}", "OLD", 0, 1) for n in range(ENTRIES_MAX))
    clock.now += MAX_AGE_S
    book.note([StockLevel("cream", "CREAM", 0, version=1)])
    assert refused(book) == ("CREAM", 0)
    book.note(StockLevel(f"new {n}", "NEW", 0, 1) for n in range(ENTRIES_MAX + 1))
    assert refused(book) is None


@pytest.mark.django_db(transaction=True)
def test_book_follows_what_is_committed(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 1)
    lines, book = {cream.pk: 1}, sold_out.book
    with transaction.atomic():
        services.hold(brand.pk, "undone", [(cream.pk, 1)], NOW, TTL)
        transaction.set_rollback(True)
    assert book.refusal(lines) is None
    services.hold(brand.pk, "a", [(cream.pk, 1)], NOW, TTL)
    error = book.refusal(lines)
    assert error is not None
    assert (error.sku, error.available) == ("CREAM", 0)
    services.release(brand.pk, "a")
    assert book.refusal(lines) is None


@pytest.mark.django_db(transaction=True)
def test_refusal_of_the_database_renews_the_book(brand: Brand, monkeypatch: Any) -> None:
    cream = make_variant(brand, "CREAM", 1)
    services.hold(brand.pk, "a", [(cream.pk, 1)], NOW, TTL)
    monkeypatch.setattr(sold_out.book, "_entries", {})
    with services.writing(), connection.cursor() as cursor:
        late = Want(brand.pk, "b", {cream.pk: 1}, TTL)
        assert isinstance(services.hold_many(cursor, [late], NOW)[0], Refused)
    assert isinstance(sold_out.book.refusal({cream.pk: 1}), SoldOut)
