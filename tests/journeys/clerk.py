"""A clerk's work with one order: a part is sent, a unit is refunded, the day adds up."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.stage import Stage
from tests.journeys.test_pages import FILLED_IN, UNFOLD
from tests.support.axe import Review
from tests.support.waiting import wait_until

_ORDER = """
from showfloor.checkout.models import Order, OrderLine
from showfloor.stock.models import Stock
order = Order.objects.all_brands().order_by("-placed_at").first()
line = OrderLine.objects.all_brands().get(order=order)
stock = Stock.objects.all_brands().get(variant=line.variant_id)
print("order", order.pk, line.pk, line.quantity, line.price, stock.on_hand, stock.reserved)
"""
_MAILS_NOW = """
from showfloor.kernel.clock import utc_now
from showfloor.outbox.models import OutgoingMessage
OutgoingMessage.objects.all_brands().filter(kind="order-shipped").update(due_at=utc_now())
"""
_FETCH = """
from showfloor.accounts import time_zones
from showfloor.accounts.models import Brand
from showfloor.fulfilment.daily_close import services
from showfloor.fulfilment.daily_close.models import DailyClose
from showfloor.kernel.clock import utc_now
from showfloor.kernel.settings import from_process
from showfloor.roles.payments import Payments
Payments(from_process())
brand = Brand.objects.get()
services.fetch(utc_now())
day = utc_now().astimezone(time_zones.zone(brand.time_zone)).date()
print("day", DailyClose.objects.all_brands().get_or_create(brand=brand, day=day)[0].pk)
"""


def _order(stage: Stage) -> tuple[str, str, int, int, int]:
    """Return id, line, units, price and the number on hand of the newest order, once its sale is
    booked: a buyer reads *paid* a moment earlier."""

    def booked() -> re.Match[str] | None:
        said = stage.server.python(_ORDER)
        return re.search(r"order (\w+) (\w+) (\d+) (\d+) (\d+) 0\b", said)

    found = wait_until(booked, 20, "the sale to be booked")
    assert found is not None
    return found[1], found[2], int(found[3]), int(found[4]), int(found[5])


def _reloaded_until(page: Page, selector: str, text: str) -> None:
    def is_there() -> bool:
        page.reload()
        return text in (page.locator(selector).text_content() or "")

    wait_until(is_there, 30, f"{text} in {selector}")


def clerk_sends_refunds_and_closes(stage: Stage, review: Review) -> None:
    """Work on the newest order, which has one line of two units."""
    order, line, units, price, on_hand = _order(stage)
    assert units == 2
    person = stage.staff()
    page = person.page("/admin/checkout/order/")
    review.look(page, "order-list", theirs=UNFOLD, dark=True)
    page.goto(f"{stage.server.url}/admin/checkout/order/{order}/change/")
    _ships_one(page, line, review)
    stage.server.python(_MAILS_NOW)
    _reloaded_until(page, "section[aria-labelledby=order-history]", "Sent → ada@example.test")
    _refunds_one(page, line, review)
    _reloaded_until(page, "[data-testid=order-refunds]", "Refunded")
    assert _order(stage)[4] == on_hand + 1
    review.look(page, "order", theirs=UNFOLD, dark=True)
    found = re.search(r"day (\w+)", stage.server.python(_FETCH))
    assert found is not None
    page.goto(f"{stage.server.url}/admin/daily_close/dailyclose/{found[1]}/change/")
    day = page.get_by_test_id("day-sheet")
    expect(day).to_contain_text("Everything adds up.")
    refunded = day.get_by_role("row").filter(has_text="Refunded").get_by_role("cell")
    ours, theirs = refunded.all_inner_texts()
    assert ours == theirs
    assert f"{price / 100:.2f}" in ours
    review.look(page, "daily-close", theirs=UNFOLD, dark=True)
    assert person.trouble == []
    page.close()


def _ships_one(page: Page, line: str, review: Review) -> None:
    page.get_by_test_id("act-ship").click()
    page.locator(f"#ship-units_{line}").fill("1")
    page.locator("#ship-carrier").fill("DHL")
    page.locator("#ship-tracking_number").fill("00340434161094042557")
    review.look(page, "order-ship", theirs=FILLED_IN)
    page.get_by_test_id("do-ship").click()
    expect(page.get_by_test_id("order-shipments")).to_contain_text("00340434161094042557")
    expect(page.get_by_test_id("order-tasks")).to_contain_text("1 unit is to be sent.")


def _refunds_one(page: Page, line: str, review: Review) -> None:
    page.get_by_test_id("act-refund").click()
    page.locator(f"#refund-units_{line}").fill("1")
    page.locator("#refund-reason").fill("One was too many")
    expect(page.locator("#refund-restock")).to_be_checked()
    review.look(page, "order-refund", theirs=FILLED_IN)
    page.get_by_test_id("do-refund").click()
    expect(page.get_by_test_id("order-refunds")).to_contain_text("One was too many")
