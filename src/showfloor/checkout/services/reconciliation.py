"""Reconciliation: asking the provider about quiet payments, and sending money back.

Each round asks outside any transaction and settles the answers like all other news.
"""

import logging
from datetime import datetime

from django.db.models import Q

from showfloor.accounts.transactions import verb, write
from showfloor.checkout import provider, rules
from showfloor.checkout.models import Payment, PaymentState
from showfloor.checkout.ports import PaymentProvider, ProviderStatus, ProviderUnavailable
from showfloor.checkout.services import payment_events, settlement

log = logging.getLogger(__name__)

BATCH = 50
UNSETTLED = [PaymentState.CREATED, PaymentState.REQUIRES_ACTION, PaymentState.AUTHORIZED]
OPEN_AT_PROVIDER = [ProviderStatus.REQUIRES_ACTION, ProviderStatus.AUTHORIZED]


def reconcile(now: datetime) -> int:
    """Ask about payments that no webhook settled; return how many were asked about."""
    if not provider.is_set_up():
        return 0
    through = provider.current()
    quiet = Payment.objects.all_brands().filter(
        Q(checked_at__isnull=True) | Q(checked_at__lte=now - rules.ASK_AGAIN),
        provider=through.name, state__in=UNSETTLED, created_at__lte=now - rules.ASK_AGAIN,
    )  # fmt: skip
    asked = 0
    for payment in quiet.order_by("created_at")[:BATCH]:
        try:
            _ask_about(through, payment, now)
        except ProviderUnavailable as error:
            log.warning("reconcile_unavailable payment=%s error=%s", payment.pk, error)
        _mark_asked(payment, now)
        asked += 1
    return asked


@verb
def _mark_asked(payment: Payment, now: datetime) -> None:
    with write():
        Payment.objects.for_brand(payment.brand_id).filter(pk=payment.pk).update(checked_at=now)


def send_refunds(now: datetime) -> int:
    """Do the refunds and voids that were decided; return how many succeeded."""
    if not provider.is_set_up():
        return 0
    through = provider.current()
    due = Payment.objects.all_brands().filter(
        refund_due=True, provider=through.name,
        state__in=[PaymentState.AUTHORIZED, PaymentState.CAPTURED],
    )  # fmt: skip
    done = 0
    for payment in due.order_by("created_at")[:BATCH]:
        act = through.refund if payment.state == PaymentState.CAPTURED else through.void
        try:
            told = act(payment.attempt_key)
        except ProviderUnavailable as error:
            log.warning("refund_unavailable payment=%s error=%s", payment.pk, error)
            continue
        settled = settlement.settle(payment.brand_id, payment.pk, told, "reconcile", now)
        done += settled.outcome == settlement.APPLIED
    return done


def _ask_about(through: PaymentProvider, payment: Payment, now: datetime) -> None:
    told = through.fetch(payment.attempt_key)
    if told is None:
        if now - payment.created_at < rules.UNSEEN_AFTER:
            return
        told = payment_events.assumed(payment, ProviderStatus.FAILED, "never_seen")
    elif told.status in OPEN_AT_PROVIDER and now - payment.created_at >= rules.VOID_AFTER:
        told = through.void(payment.attempt_key)
    settlement.settle(payment.brand_id, payment.pk, told, "reconcile", now)
