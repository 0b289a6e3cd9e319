"""Orders by the work that they wait for, as lists filter, count and sort them."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from showfloor.checkout.models import (
    EventKind,
    Order,
    OrderState,
    Payment,
    PaymentEvent,
    PaymentState,
)
from showfloor.fulfilment import history, rules
from showfloor.fulfilment.models import LineProgress, OrderEvent, Shipment


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
    """Each repetition answers one failure; what is left over is still to be done."""
    failed = PaymentEvent.objects.all_brands().filter(
        payment__checkout__order=OuterRef("pk"), kind=EventKind.REFUND_FAILED
    )
    repeated = OrderEvent.objects.all_brands().filter(
        order=OuterRef("pk"), kind=history.REFUND_REPEATED
    )
    paths = (failed, "payment__checkout__order"), (repeated, "order")
    failures, repetitions = (_number(found, path) for found, path in paths)
    return rows.filter(Exists(failed)).annotate(
        failures=failures, repetitions=repetitions
    ).filter(Q(failures__gt=models.F("repetitions")))  # fmt: skip


def _number(found: QuerySet[Any], path: str) -> Coalesce:
    grouped = found.order_by().values(path).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(grouped), 0)
