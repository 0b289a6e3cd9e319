"""The daily close over HTTP: a day with the test provider's payouts, closed and opened again."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from showfloor.accounts import time_zones
from showfloor.accounts.models import Brand, Role, User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout.models import Order, Payment, PaymentEvent
from showfloor.checkout.services import reconciliation, refunds
from showfloor.fulfilment.daily_close import services
from showfloor.fulfilment.daily_close.models import BalanceLine, CloseEvent, DailyClose, Payout
from showfloor.fulfilment.daily_close.payout_ports import PayoutBooks
from showfloor.kernel.clock import utc_now
from tests.checkout.shopping import Clock, deliver
from tests.conftest import make_staff
from tests.fulfilment.conftest import TOTAL, brush, clock, cream, order, post, shopper, testpay

__all__ = ["brush", "clock", "cream", "order", "post", "shopper", "testpay"]

REFUND = 1000
FEE = 122  # 1.4 % of 69.60 and 0.25


@pytest.fixture
def later(order: Order, testpay: TestPay, clock: Clock) -> datetime:
    """The next day; the order was paid, and a part of it went back, on the day before."""
    refunds.request(order, REFUND, "late", "key", utc_now())
    reconciliation.send_refunds(utc_now())
    deliver(testpay)
    clock.ahead = timedelta(days=1)
    return utc_now() + clock.ahead


@pytest.fixture
def day(later: datetime, brand: Brand) -> DailyClose:
    assert services.fetch(later) == 2
    return DailyClose.objects.for_brand(brand).select_related("brand").get()


@pytest.fixture
def clerk(brand: Brand) -> User:
    return make_staff(brand, Role.CLERK, "clerk@example.test")


def test_day_adds_up_against_the_providers_payout(day: DailyClose, later: datetime) -> None:
    assert day.day == utc_now().astimezone(time_zones.zone(day.brand.time_zone)).date()
    (section,) = services.sections_of(day)
    assert section.ours == section.theirs == {"charge": TOTAL, "refund": -REFUND}
    assert (section.fees, section.net) == (FEE, TOTAL - REFUND - FEE)
    assert section.differences == ()
    (payout,) = services.figures(day.brand, later.date())[0].payouts
    assert (payout.stated, payout.summed) == (section.net, section.net)
    assert services.fetch(later) == 0  # each line is stored once


def test_movement_that_our_ledger_lacks_is_listed(day: DailyClose, brand: Brand) -> None:
    PaymentEvent.objects.for_brand(brand).filter(kind="refunded").delete()
    (section,) = services.sections_of(day)
    assert [(one.kind, one.what, one.theirs) for one in section.differences] == [
        ("only-theirs", "refund", -REFUND)
    ]


def test_payout_of_another_amount_is_listed(day: DailyClose, brand: Brand, later: datetime) -> None:
    Payout.objects.for_brand(brand).update(stated=1, is_shared=False)
    (section,) = services.figures(brand, later.date())
    assert [(one.kind, one.theirs) for one in section.differences] == [("payout", 1)]


def test_money_of_nobody_on_the_shared_account_is_shown_as_not_ours(
    later: datetime, brand: Brand, clerk: User, client: Client
) -> None:
    reference = Payment.objects.for_brand(brand).get().reference
    Payment.objects.for_brand(brand).update(reference="elsewhere")
    services.fetch(later)
    day = DailyClose.objects.for_brand(brand).select_related("brand").get()
    (section,) = services.sections_of(day)
    assert (section.foreign, section.foreign_count) == (TOTAL - REFUND, 2)
    assert (section.theirs, section.fees, section.net) == ({}, 0, 0)
    client.force_login(clerk)
    page = client.get(f"/admin/daily_close/dailyclose/{day.pk}/change/").text
    assert "2 movements on the shared account without a payment here" in page
    assert "€59.60" in page
    Payment.objects.for_brand(brand).update(reference=reference)
    services.fetch(later)
    (section,) = services.sections_of(day)
    assert (section.foreign_count, section.differences) == (0, ())


def test_money_of_another_brand_on_the_shared_account_stays_its_own(
    later: datetime, brand: Brand, other_brand: Brand
) -> None:
    reference = Payment.objects.for_brand(brand).get().reference
    Payment.objects.for_brand(brand).update(reference="", brand=other_brand)
    services.fetch(later)
    assert BalanceLine.objects.for_brand(brand).filter(is_foreign=True).count() == 2
    Payment.objects.for_brand(other_brand).update(reference=reference)  # an answer that came late
    services.fetch(later)
    assert BalanceLine.objects.for_brand(brand).count() == 0
    assert BalanceLine.objects.for_brand(other_brand).filter(is_foreign=False).count() == 2


def test_closed_day_keeps_its_figures(
    day: DailyClose, clerk: User, later: datetime, brand: Brand
) -> None:
    services.close(day, later, by=clerk)
    day.refresh_from_db()
    before = services.sections_of(day)
    BalanceLine.objects.for_brand(brand).delete()
    assert services.sections_of(day) == before
    assert (day.closed_by, day.difference_count) == ("clerk@example.test", 0)


def test_clerk_closes_and_opens_a_day(
    day: DailyClose, clerk: User, brand: Brand, client: Client
) -> None:
    Brand.objects.filter(pk=brand.pk).update(time_zone="UTC")
    past = utc_now().date() - timedelta(days=1)
    DailyClose.objects.for_brand(brand).update(day=past)
    when = datetime(past.year, past.month, past.day, 12, tzinfo=UTC)
    PaymentEvent.objects.for_brand(brand).update(at=when)
    client.force_login(clerk)
    address = f"/admin/daily_close/dailyclose/{day.pk}/change/"
    page = client.get(address)
    assert page.status_code == 200
    assert "Both have it, on different days" in page.text  # as the events were moved
    client.post(address, {"action": "close"})
    day.refresh_from_db()
    assert (day.closed_by, day.difference_count) == ("clerk@example.test", 2)
    client.post(address, {"action": "reopen", "reason": ""})
    day.refresh_from_db()
    assert day.closed_at is not None
    client.post(address, {"action": "reopen", "reason": "late notice"})
    day.refresh_from_db()
    assert day.closed_at is None
    events = CloseEvent.objects.for_brand(brand)
    assert [(one.kind, one.reason) for one in events] == [
        ("closed", ""), ("reopened", "late notice"),
    ]  # fmt: skip
    text = client.get(f"/admin/daily_close/dailyclose/{day.pk}/csv/").content.decode("utf-8-sig")
    assert '"difference","charge other-day"' in text


def test_day_that_is_not_over_stays_open(day: DailyClose, clerk: User, client: Client) -> None:
    client.force_login(clerk)
    client.post(f"/admin/daily_close/dailyclose/{day.pk}/change/", {"action": "close"})
    day.refresh_from_db()
    assert day.closed_at is None


def test_staff_of_another_brand_finds_no_day(
    day: DailyClose, stranger: User, client: Client
) -> None:
    client.force_login(stranger)
    for part in ("change", "csv"):
        assert client.get(f"/admin/daily_close/dailyclose/{day.pk}/{part}/").status_code in {
            302,
            404,
        }


def test_test_provider_keeps_books(testpay: TestPay) -> None:
    assert isinstance(testpay, PayoutBooks)
    assert list(testpay.payouts(utc_now() - timedelta(days=3))) == []


def test_day_of_a_clock_change_has_23_or_25_hours_and_no_gap() -> None:
    berlin = Brand(time_zone="Europe/Berlin")
    for change, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        begin, end = (one.astimezone(UTC) for one in services.bounds(berlin, change))
        assert end - begin == timedelta(hours=hours)
        assert services.bounds(berlin, change + timedelta(days=1))[0].astimezone(UTC) == end
