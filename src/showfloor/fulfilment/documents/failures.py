"""Documents that could not be made: each stands with its order until it is made.

An order waits a minute before the next attempt, then twice as long each time, up to six hours; a
person may have it tried again at once.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, QuerySet

from showfloor.accounts.transactions import verb, write
from showfloor.checkout.models import Order
from showfloor.fulfilment.documents.models import DocumentFailure

FIRST_WAIT: Final = timedelta(minutes=1)
WAIT_MAX: Final = timedelta(hours=6)
_DOUBLED_MAX: Final = 10  # times


def of(order: Order) -> DocumentFailure | None:
    """Return why an order's document could not be made; None when nothing failed."""
    return all_of(order).first()


def all_of(order: Order) -> QuerySet[DocumentFailure]:
    """Return the failure of an order as rows, of which there is one at most."""
    return DocumentFailure.objects.for_brand(order.brand_id).filter(order=order)


def counts() -> dict[str, int]:
    """Return by slug of the brand how many orders wait for a document that could not be made."""
    rows = DocumentFailure.objects.all_brands().values_list("brand__slug")
    return dict(rows.annotate(orders=Count("pk")).order_by("brand__slug"))


def due(brand_id: str, now: datetime) -> QuerySet[DocumentFailure]:
    """Return what is to be tried again now, the longest due first."""
    return DocumentFailure.objects.for_brand(brand_id).filter(due_at__lte=now).order_by("due_at")


@verb
def note(order: Order, error: Exception, now: datetime) -> None:
    """Write down that an order's document could not be made, and when it is tried again."""
    with write():
        row = of(order) or DocumentFailure(brand_id=order.brand_id, order=order, failed_at=now)
        row.error = f"{type(error).__name__}: {error}"[: DocumentFailure.ERROR_CHARS_MAX]
        row.due_at = now + min(WAIT_MAX, FIRST_WAIT * 2 ** min(row.attempts, _DOUBLED_MAX))
        row.attempts += 1
        row.save()


@verb
def forget(failure: DocumentFailure) -> None:
    """Delete the line of an order whose documents are made."""
    with write():
        failure.delete()


@verb
def try_again(rows: QuerySet[DocumentFailure], now: datetime) -> int:
    """Let the job try these at its next run; return how many."""
    with write():
        return rows.update(due_at=now)
