"""Retention: rows that nobody needs are deleted, class by class; the others stay."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import provider
from showfloor.checkout.models import (
    Cart,
    Checkout,
    Order,
    Payment,
    ShippingOption,
    WebhookInbox,
)
from showfloor.kernel.clock import utc_now
from showfloor.kernel.retention import BATCH, Keep
from showfloor.kernel.settings import SettingError
from showfloor.outbox.jobs import send_messages
from showfloor.outbox.models import IdempotencyKey, OutgoingMessage
from showfloor.privacy.retention import BATCHES, Retention
from showfloor.site.slices import SLICES
from showfloor.stock.models import Hold
from showfloor.timeline import retention as timeline_retention
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry
from showfloor.timeline.models import Entry, PersonStream, Tick, Timeline
from tests.checkout.shopping import DECLINED, Shopper, deliver
from tests.repo.sources import ROOT
from tests.stock.helpers import level, make_variant

KEPT = [keep for one in SLICES for keep in one.privacy.keeps]
LONG_AGO = timedelta(days=1000)
FOR_EVER = {keep.name: 36_500 for keep in KEPT}


@pytest.fixture
def shopper(brand: Brand, tmp_path: Path) -> Iterator[Shopper]:
    pay = TestPay(tmp_path / "testpay.sqlite3", "secret-of-the-tests")
    provider.use(pay)
    ShippingOption(brand=brand, name="Standard", price=490).save()
    make_variant(brand, "CREAM", 50)
    yield Shopper(Client(), brand, "g:anna", pay)
    provider.use(None)


def forget(name: str, days: int | None = None) -> int:
    """Run one class alone; how many rows it forgot."""
    wanted = FOR_EVER if days is None else {**FOR_EVER, name: days}
    job = Retention([keep for keep in KEPT if keep.name == name], {name: wanted[name]})
    job.run()
    report = job.report()[name]
    assert report["behind"] is False
    forgotten: int = report["forgotten"]
    return forgotten


def buy(shopper: Shopper) -> None:
    assert shopper.pay(shopper.ready("CREAM")).status == 200
    deliver(shopper.testpay)
    assert send_messages() == 1


def age(rows: Any, **fields: datetime) -> None:
    rows.update(**fields)


def test_rows_needed_to_buy_are_deleted_and_the_books_stay(shopper: Shopper, brand: Brand) -> None:
    buy(shopper)
    old = utc_now() - LONG_AGO
    age(OutgoingMessage.objects.for_brand(brand), due_at=old)
    age(WebhookInbox.objects.for_brand(brand), received_at=old)
    age(IdempotencyKey.objects.for_brand(brand), created_at=old)
    age(Cart.objects.for_brand(brand), updated_at=old)
    age(Hold.objects.for_brand(brand), expires_at=old)
    age(Checkout.objects.for_brand(brand), expires_at=old)
    forgotten = {keep.name: forget(keep.name, keep.days) for keep in KEPT}
    assert forgotten == {
        "idempotency_keys": 3, "carts": 1, "checkouts": 0, "failed_payments": 0, "mails": 1,
        "reservations": 0, "waits": 0,
        "webhooks": 1, "holds": 0, "sold_holds": 1, "low_stock_alarms": 0,
        "ticks": 0, "person_streams": 0, "sessions": 0, "vat_checks": 0,
        "unused_payment_methods": 0, "removed_payment_methods": 0, "notices": 0,
        "return_labels": 0, "own_statements": 0, "rehearsals": 0,
        "stage_invitations": 0, "draw_entrants": 0,
        "activation_answers": 0, "comment_requests": 0, "unconfirmed_sign_ups": 0,
    }  # fmt: skip
    assert Order.objects.for_brand(brand).count() == 1
    assert Payment.objects.for_brand(brand).get().state == "captured"
    assert Checkout.objects.for_brand(brand).get().state == "completed"


def test_nothing_is_forgotten_before_its_time(shopper: Shopper, brand: Brand) -> None:
    buy(shopper)
    shopper.add("CREAM")
    assert {keep.name: forget(keep.name, keep.days) for keep in KEPT if keep.days} == {
        keep.name: 0 for keep in KEPT if keep.days
    }


def test_checkout_that_became_nothing_is_forgotten_unless_somebody_tried_to_pay(
    shopper: Shopper, brand: Brand
) -> None:
    left = shopper.ready("CREAM")
    shopper.call("DELETE", f"/checkouts/{left}")
    tried = shopper.fill_in(shopper.begin().body["id"])
    assert shopper.pay(tried, DECLINED).status == 402
    shopper.call("DELETE", f"/checkouts/{tried}")
    held = shopper.begin().body["id"]
    age(Checkout.objects.for_brand(brand), expires_at=utc_now() - LONG_AGO)
    assert forget("checkouts", 30) == 1
    kept = Checkout.objects.for_brand(brand).values_list("pk", flat=True)
    assert sorted(kept) == sorted([tried, held])


def decline(shopper: Shopper) -> str:
    """Try to pay with a card that is declined, and leave; return the checkout's id."""
    checkout_id = shopper.ready("CREAM")
    assert shopper.pay(checkout_id, DECLINED).status == 402
    shopper.call("DELETE", f"/checkouts/{checkout_id}")
    return checkout_id


def test_failed_attempts_are_forgotten_with_their_checkout_unless_money_moved(
    shopper: Shopper, brand: Brand
) -> None:
    _failed, refunded = decline(shopper), decline(shopper)
    Payment.objects.for_brand(brand).filter(checkout=refunded).update(state="refunded")
    age(Checkout.objects.for_brand(brand), expires_at=utc_now() - LONG_AGO)
    assert forget("checkouts", 30) == 0
    assert forget("failed_payments", 90) == 1
    assert Checkout.objects.for_brand(brand).get().pk == refunded
    payment = Payment.objects.for_brand(brand).get()
    assert (payment.state, payment.events.count()) == ("refunded", 2)


def test_hold_that_is_active_is_never_forgotten(shopper: Shopper, brand: Brand) -> None:
    shopper.call("DELETE", f"/checkouts/{shopper.ready('CREAM')}")
    shopper.begin()
    age(Hold.objects.for_brand(brand), expires_at=utc_now() - LONG_AGO)
    assert (forget("holds", 7), forget("sold_holds", 400)) == (1, 0)
    assert Hold.objects.for_brand(brand).get().state == "active"


def test_mail_that_waits_is_never_forgotten(shopper: Shopper, brand: Brand) -> None:
    shopper.pay(shopper.ready("CREAM"))
    deliver(shopper.testpay)
    age(OutgoingMessage.objects.for_brand(brand), due_at=utc_now() - LONG_AGO)
    assert forget("mails", 180) == 0


def test_ticks_of_a_silent_timeline_are_forgotten_but_the_last_and_all_entries_stay(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline_retention, "LAST_TICKS", 2)
    silent, busy = timeline.create(brand), timeline.create(brand)
    for one in (silent, busy):
        for number in range(5):
            with timeline.write():
                timeline.append(one.pk, [NewEntry("filler", {"n": number})])
            Timeline.objects.for_brand(brand).update(ticked_at=0)
            assert timeline.close_tick(one.pk) is not None
    Timeline.objects.for_brand(brand).filter(pk=busy.pk).update(
        ticked_at=int(utc_now().timestamp() * 1000)
    )
    Timeline.objects.for_brand(brand).filter(pk=silent.pk).update(ticked_at=1)
    assert forget("ticks", 30) == 3
    kept = Tick.objects.for_brand(brand).filter(timeline=silent).order_by("number")
    assert list(kept.values_list("number", flat=True)) == [4, 5]
    assert Tick.objects.for_brand(brand).filter(timeline=busy).count() == 5
    assert Entry.objects.for_brand(brand).count() == 10
    with timeline.write():
        timeline.append(silent.pk, [NewEntry("filler", {})])
    tick = timeline.close_tick(silent.pk)
    assert tick is not None
    assert (tick.number, tick.first, tick.last) == (6, 6, 6)


def test_stream_of_a_person_without_news_is_forgotten(shopper: Shopper, brand: Brand) -> None:
    buy(shopper)
    stream = PersonStream.objects.for_brand(brand).get()
    assert forget("person_streams", 180) == 0
    Timeline.objects.for_brand(brand).filter(pk=stream.timeline_id).update(last_at=1)
    assert forget("person_streams", 180) == 1
    assert PersonStream.objects.for_brand(brand).count() == 0
    buy(shopper)  # a new one is made
    assert level(shopper_variant(brand)) == (48, 0)


def shopper_variant(brand: Brand) -> Any:
    return Hold.objects.for_brand(brand).select_related("stock__variant").first().stock.variant  # type: ignore[union-attr]


def test_sign_in_that_has_run_out_is_forgotten(brand: Brand) -> None:
    for key, expires in (("old", -1), ("new", 1)):
        expire_date = utc_now() + timedelta(seconds=expires)
        Session(session_key=key, session_data="", expire_date=expire_date).save()
    assert forget("sessions", 0) == 1
    assert Session.objects.get().pk == "new"


# --- the job


def of(left: list[int]) -> Callable[[datetime, int], int]:
    """Forgets from so many rows."""

    def forget_some(_before: datetime, limit: int) -> int:
        taken = min(limit, left[0])
        left[0] -= taken
        return taken

    return forget_some


def test_run_is_bounded_and_says_that_it_is_behind() -> None:
    now = [0.0]
    left = [BATCH * BATCHES + 7]
    job = Retention([Keep("rows", 3, of(left), every_s=60)], clock=lambda: now[0])
    job.run()
    report = job.report()["rows"]
    assert (left[0], report["forgotten"], report["behind"]) == (7, BATCH * BATCHES, True)
    job.run()  # not yet
    assert left[0] == 7
    now[0] = 60.0
    job.run()
    report = job.report()["rows"]
    assert (report["days"], report["forgotten"], report["behind"]) == (
        3,
        BATCH * BATCHES + 7,
        False,
    )


def test_class_that_there_is_not_is_refused() -> None:
    with pytest.raises(SettingError, match="SHOWFLOOR_KEEP_DAYS: there is no cats; there are"):
        Retention(days={"cats": 9})


def test_documentation_names_every_class_with_its_days() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for keep in KEPT:
        assert f"| `{keep.name}` | {keep.days} |" in text
