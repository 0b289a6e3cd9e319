"""Orders by the work that they wait for, as lists filter, count and sort them."""

from datetime import datetime
from typing import Final

from django.db import models
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Concat, Left
from django.utils.translation import gettext_lazy

from showfloor.checkout.models import (
    EventKind,
    Order,
    OrderState,
    Payment,
    PaymentEvent,
    PaymentState,
)
from showfloor.fulfilment import rules
from showfloor.fulfilment.models import REFUND_KEYS, LineProgress, OrderRefund, Shipment
from showfloor.kernel.ids import ID_LENGTH

_STEM_CHARS: Final = len(REFUND_KEYS) + ID_LENGTH + 1  # of a refund's keys, up to the attempt


class Work(models.TextChoices):
    """The work that an order waits for."""

    TO_SHIP = "to-ship", gettext_lazy("To be sent")
    PARTLY = "partly", gettext_lazy("Partly sent")
    LATE = "late", gettext_lazy("Late")
    DISPUTED = "disputed", gettext_lazy("Disputed")
    REFUND_FAILED = "refund-failed", gettext_lazy("Refund failed")


def waiting_for(rows: QuerySet[Order], work: Work, now: datetime) -> QuerySet[Order]:
    """Return those of the orders that wait for this work."""
    to_ship = rows.filter(state=OrderState.CONFIRMED).exclude(payment_state=PaymentState.REFUNDED)
    match work:
        case Work.TO_SHIP:
            return to_ship
        case Work.PARTLY:
            sent = LineProgress.objects.all_brands().filter(
                line__order=OuterRef("pk"), shipped__gt=0
            )
            return to_ship.filter(Exists(sent))
        case Work.LATE:
            return to_ship.filter(confirmed_at__lte=now - rules.LATE_AFTER)
        case Work.DISPUTED:
            return rows.filter(payment_state=PaymentState.DISPUTED)
        case Work.REFUND_FAILED:
            return _with_failed_refunds(rows)


def shipped_under(rows: QuerySet[Order], number: str) -> QuerySet[Order]:
    """Return those of the orders that a parcel of exactly this tracking number belongs to."""
    tidy = "".join(number.split())
    parcels = Shipment.objects.all_brands().filter(tracking_number=tidy, order=OuterRef("pk"))
    return rows.filter(Exists(parcels)) if tidy else rows.none()


def counts(rows: QuerySet[Order], now: datetime) -> dict[Work, int]:
    """Return how many of the orders wait for each kind of work."""
    return {work: waiting_for(rows, work, now).count() for work in Work}


def deadline() -> Subquery:
    """Return, as an expression over orders, the first deadline of an order's open disputes."""
    payments = Payment.objects.all_brands().filter(checkout__order=OuterRef("pk"))
    dates = payments.filter(dispute_due_at__isnull=False).order_by("dispute_due_at")
    return Subquery(dates.values("dispute_due_at")[:1])


def _with_failed_refunds(rows: QuerySet[Order]) -> QuerySet[Order]:
    """Return the orders with a refund whose latest attempt failed; one that was made elsewhere has
    no other attempt."""
    failed = PaymentEvent.objects.all_brands().filter(
        payment__checkout__order=OuterRef("pk"), kind=EventKind.REFUND_FAILED
    )
    stem = Concat(Value(REFUND_KEYS), "id", Value("-"))
    sent_again = (
        OrderRefund.objects.all_brands()
        .filter(order=OuterRef("payment__checkout__order"))
        .annotate(stem=stem, latest=Concat(stem, Cast("attempt", models.CharField())))
        .filter(stem=Left(OuterRef("refund_key"), _STEM_CHARS))
        .exclude(latest=OuterRef("refund_key"))
    )
    standing = failed.annotate(refund_key=KT("detail__key")).filter(~Exists(sent_again))
    return rows.filter(Exists(standing))
