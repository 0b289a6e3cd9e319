"""Exports of orders and their lines: right cells, no formulas, bounded memory."""

import csv
import io
import re
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.checkout.models import Order
from showfloor.fulfilment.exports import files, tables
from showfloor.fulfilment.exports.tables import Amount, Cell, Table
from showfloor.pricing import markets
from showfloor.pricing.models import Market
from tests.fulfilment.conftest import brush, clock, cream, order, post, shopper, testpay

__all__ = ["brush", "clock", "cream", "order", "post", "shopper", "testpay"]

MEMORY_MAX_BYTES = 3 * 2**20


def exported(client: Client, action: str, **more: Any) -> bytes:
    rows = [one.pk for one in Order.objects.all_brands()]
    answer = client.post(
        "/admin/checkout/order/", {"action": action, "_selected_action": rows, **more}
    )
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def rows_of(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))


@pytest.fixture
def clerk_client(producer: User, client: Client, brand: Brand, order: Order) -> Client:
    """A client of staff, and an order of 2026-07-01 22:30 UTC by a buyer with a formula's name."""
    Brand.objects.filter(pk=brand.pk).update(time_zone="Europe/Berlin")
    Order.objects.for_brand(brand).update(
        name="=HYPERLINK(1)", placed_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    )
    client.force_login(producer)
    return client


def test_orders_as_csv_have_plain_amounts_and_local_times(
    clerk_client: Client, order: Order
) -> None:
    swiss = Market.objects.create(brand=order.brand, name="CH", code="ch", currency="CHF")
    Order.objects.for_brand(order.brand_id).update(market=swiss.pk)
    markets.forget()
    (row,) = rows_of(exported(clerk_client, "export_orders"))
    assert row["market"] == "ch"
    assert {one["market"] for one in rows_of(exported(clerk_client, "export_lines"))} == {"ch"}
    swiss_id = swiss.pk
    markets.delete(swiss)  # its orders keep its names
    (row,) = rows_of(exported(clerk_client, "export_orders"))
    assert (row["market"], markets.name_of(order.brand_id, swiss_id)) == ("ch", "CH")
    assert (row["number"], row["total"], row["tax"]) == (order.number, "69.60", "11.11")
    assert row["placed_at"] == "2026-07-02T00:30:00+02:00"
    assert row["name"] == "'=HYPERLINK(1)"


def test_lines_as_csv_have_one_row_for_each_line(clerk_client: Client, order: Order) -> None:
    rows = rows_of(exported(clerk_client, "export_lines"))
    assert sorted((row["sku"], row["quantity"], row["line_total"]) for row in rows) == [
        ("BRUSH", "1", "5.00"), ("CREAM", "3", "59.70"),
    ]  # fmt: skip
    assert {row["order"] for row in rows} == {order.number}
    assert {row["tax_percent"] for row in rows} == {"19"}


def test_xlsx_has_numbers_dates_and_text_that_is_never_calculated(clerk_client: Client) -> None:
    book = zipfile.ZipFile(io.BytesIO(exported(clerk_client, "export_orders_xlsx")))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert any(f"{float(one):.2f}" == "69.60" for one in re.findall(r"<v>(69[.]\d+)</v>", sheet))
    assert "<f>" not in sheet
    assert re.search(r'<col min="1" max="17" width="18[.\d]*"', sheet)  # wide enough for a moment
    assert "=HYPERLINK(1)" in sheet  # as text of the cell
    assert "yyyy-mm-dd" in book.read("xl/styles.xml").decode()


def test_export_takes_what_the_filters_of_the_list_leave(clerk_client: Client) -> None:
    rows = [one.pk for one in Order.objects.all_brands()]
    asked = {"action": "export_lines", "_selected_action": rows, "select_across": "1"}
    for state, count in (("confirmed", 2), ("cancelled", 0)):
        answer = clerk_client.post(f"/admin/checkout/order/?state__exact={state}", asked)
        text = b"".join(getattr(answer, "streaming_content", [b""]))
        assert text.count(b"Product") == count


def test_currency_decides_about_decimals() -> None:
    assert tables.money(1250, "JPY") == Amount(Decimal(1250), 0)
    assert tables.money(1250, "KWD") == Amount(Decimal("1.250"), 3)


def many(count: int) -> Iterator[Sequence[Cell]]:
    """Yield so many rows, each with cells of every kind."""
    when = datetime(2026, 7, 1, tzinfo=UTC)
    for number in range(count):
        yield f"M-{number}", when, Amount(Decimal("19.90"), 2), number, True, None


def table_of(count: int) -> Table:
    headings = ["order", "at", "price", "quantity", "test", "none"]
    return Table("order-lines", headings, lambda _orders: many(count))


@pytest.mark.parametrize("count", [5_000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_export_of_any_size_takes_the_same_memory(tmp_path: Path, count: int) -> None:
    """100,000 lines take no more than 5,000 do: 3 MB at most are in memory at a time."""
    table = table_of(count)
    with (tmp_path / "first.xlsx").open("wb") as file:
        files.write_xlsx(table, many(1), file)  # the writer's code is loaded with its first file
    tracemalloc.start()
    try:
        size = sum(len(part) for part in files.csv_parts(table, Order.objects.all_brands()))
        csv_peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        with (tmp_path / "lines.xlsx").open("wb") as file:
            files.write_xlsx(table, many(count), file)
        xlsx_peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 50 * count
    assert max(csv_peak, xlsx_peak) < MEMORY_MAX_BYTES, (csv_peak, xlsx_peak)


def test_rows_beyond_a_sheet_go_on_in_the_next(tmp_path: Path) -> None:
    with (tmp_path / "lines.xlsx").open("wb") as file:
        files.write_xlsx(table_of(5), many(5), file, 2)
    names = zipfile.ZipFile(tmp_path / "lines.xlsx").namelist()
    assert [name for name in names if "worksheets/sheet" in name] == [
        f"xl/worksheets/sheet{number}.xml" for number in (1, 2, 3)
    ]
