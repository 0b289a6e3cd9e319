"""Retention of carts, checkouts without an order, failed payments and notices of providers.
Orders and the payments that moved money are the brand's books: they stay."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from showfloor.accounts.row_deletion import delete_some
from showfloor.accounts.transactions import verb, write
from showfloor.checkout.models import (
    Cart,
    Checkout,
    CheckoutState,
    Payment,
    PaymentEvent,
    PaymentState,
    Reservation,
    ReservationState,
    WebhookInbox,
)
from showfloor.checkout.services import saved_methods
from showfloor.kernel.retention import Keep

_ENDED = (CheckoutState.ABANDONED, CheckoutState.EXPIRED)
_OVER = (ReservationState.CLAIMED, ReservationState.RELEASED, ReservationState.EXPIRED)
_NO_MONEY = (PaymentState.FAILED, PaymentState.VOIDED)


def _forget_carts(before: datetime, limit: int) -> int:
    old = Cart.objects.all_brands().filter(updated_at__lt=before)
    return delete_some(old.order_by("updated_at"), limit)


def _forget_checkouts(before: datetime, limit: int) -> int:
    """Delete checkouts that became no order, with what was typed into them. One that somebody tried
    to pay is kept, and the attempt with it."""
    return delete_some(_ended(before).filter(payments__isnull=True), limit)


@verb
def _forget_failed_payments(before: datetime, limit: int) -> int:
    """Delete checkouts that became no order although somebody tried to pay, with their attempts:
    each of them failed, or was let go, and no money moved."""
    attempts = Payment.objects.all_brands()
    with write():
        of_checkout = attempts.filter(checkout=OuterRef("pk"))
        old = _ended(before).filter(
            Exists(of_checkout), ~Exists(of_checkout.exclude(state__in=_NO_MONEY, captured=0))
        )
        # Locked before their payments, as by news of a payment that comes at this moment.
        ids = [one.pk for one in old.select_for_update(of=("self",), skip_locked=True)[:limit]]
        # The news may have come before the lock.
        moved = attempts.filter(checkout__in=ids).exclude(state__in=_NO_MONEY, captured=0)
        ids = sorted(set(ids) - set(moved.values_list("checkout_id", flat=True)))
        of_ids = attempts.filter(checkout__in=ids)
        PaymentEvent.objects.all_brands().filter(payment__in=of_ids).delete()
        WebhookInbox.objects.all_brands().filter(payment__in=of_ids).delete()
        of_ids.delete()
        Checkout.objects.all_brands().filter(pk__in=ids).delete()
    return len(ids)


def _ended(before: datetime) -> QuerySet[Checkout]:
    rows = Checkout.objects.all_brands().filter(state__in=_ENDED, expires_at__lt=before)
    return rows.order_by("expires_at")


def _forget_webhooks(before: datetime, limit: int) -> int:
    """Delete notices: a provider sends one again for days, and its effect is an event of the
    payment."""
    old = WebhookInbox.objects.all_brands().filter(received_at__lt=before)
    return delete_some(old.order_by("received_at"), limit)


def _forget_reservations(before: datetime, limit: int) -> int:
    over = Reservation.objects.all_brands().filter(state__in=_OVER, expires_at__lt=before)
    return delete_some(over.order_by("expires_at"), limit)


KEPT = [
    Keep("reservations", 30, _forget_reservations),
    Keep("carts", 180, _forget_carts),
    Keep("checkouts", 30, _forget_checkouts),
    Keep("failed_payments", 90, _forget_failed_payments),
    Keep("webhooks", 90, _forget_webhooks),
    Keep("unused_payment_methods", 730, saved_methods.remove_unused),
    Keep("removed_payment_methods", 90, saved_methods.forget_gone),
]
