"""Reconciliation: asking the provider about quiet payments, and sending money back.

Each round asks outside any transaction and settles the answers like all other news.
"""

import logging
from dataclasses import replace
from datetime import datetime

from django.db.models import F, Q

from showfloor.checkout import payment_health, provider, rules
from showfloor.checkout.models import Payment, PaymentState
from showfloor.checkout.payment_health import PaymentFault
from showfloor.checkout.payment_ledger import RefundRequest
from showfloor.checkout.ports import (
    PaymentProvider,
    ProviderPayment,
    ProviderStatus,
    ProviderUnavailable,
    Refund,
    RefundRefused,
    RefundState,
)
from showfloor.checkout.services import payment_events, settlement

log = logging.getLogger(__name__)

BATCH = 50
UNSETTLED = [PaymentState.CREATED, PaymentState.REQUIRES_ACTION, PaymentState.AUTHORIZED]
# A payment that was asked about lately goes behind those that were not.
_LONGEST_QUIET = (F("checked_at").asc(nulls_first=True), "created_at")
OPEN_AT_PROVIDER = [ProviderStatus.REQUIRES_ACTION, ProviderStatus.AUTHORIZED]


def reconcile(now: datetime) -> int:
    """Ask about payments that no webhook settled; return how many were asked about."""
    quiet = Payment.objects.all_brands().filter(
        Q(checked_at__isnull=True) | Q(checked_at__lte=now - rules.ASK_AGAIN),
        state__in=UNSETTLED, created_at__lte=now - rules.ASK_AGAIN,
    )  # fmt: skip
    asked = 0
    for payment in quiet.order_by(*_LONGEST_QUIET)[:BATCH]:
        through = provider.of_payment(payment)
        if through is not None:
            try:
                _ask_about(through, payment, now)
            except ProviderUnavailable as error:
                log.warning("reconcile_unavailable payment=%s error=%s", payment.pk, error)
            asked += 1
        payment_events.mark_asked(payment, now)
    return asked


def send_refunds(now: datetime) -> int:
    """Do the refunds and voids that were decided; return how many payments moved on."""
    due = Payment.objects.all_brands().filter(refund_due=True)
    done = 0
    for payment in due.order_by(*_LONGEST_QUIET)[:BATCH]:
        through = provider.of_payment(payment)
        if through is not None and _send_back(through, payment, now):
            done += 1
        else:
            payment_events.mark_asked(payment, now)
    return done


def _send_back(through: PaymentProvider, payment: Payment, now: datetime) -> bool:
    ledger = payment_events.ledger_of(payment)
    attempt = payment_events.attempt_of(payment)
    moved = False
    try:
        if not ledger.captures:
            return _settle(payment, through.void(attempt), now)
        for request in ledger.due:
            try:
                told = through.refund(attempt, request.amount, request.reason, request.key)
            except RefundRefused as error:
                log.error("refund_refused payment=%s error=%s", payment.pk, error)  # noqa: TRY400
                payment_health.count(PaymentFault.REFUND_FAILED)
                told = _refused(payment, request)
            moved = _settle(payment, told, now) or moved
    except ProviderUnavailable as error:
        log.warning("refund_unavailable payment=%s error=%s", payment.pk, error)
    return moved


def _refused(payment: Payment, request: RefundRequest) -> ProviderPayment:
    """Return the refusal as a report: the request is answered, and staff see that it failed."""
    refund = Refund(f"refused-{request.key}", request.amount, RefundState.FAILED, request.key)
    known = payment_events.assumed(payment, ProviderStatus.AUTHORIZED, "")
    return replace(known, refunds=(refund,))


def _settle(payment: Payment, told: ProviderPayment, now: datetime) -> bool:
    settled = settlement.settle(payment.brand_id, payment.pk, told, "reconcile", now)
    return settled.outcome == settlement.APPLIED


def _ask_about(through: PaymentProvider, payment: Payment, now: datetime) -> None:
    told = through.fetch(payment_events.attempt_of(payment))
    if told is None:
        if now - payment.created_at < rules.UNSEEN_AFTER:
            return
        told = payment_events.assumed(payment, ProviderStatus.FAILED, "never_seen")
    elif told.status in OPEN_AT_PROVIDER and now - payment.created_at >= rules.VOID_AFTER:
        told = through.void(payment_events.attempt_of(payment))
    settlement.settle(payment.brand_id, payment.pk, told, "reconcile", now)
