"""Paying: an attempt is stored, the provider is asked, the answer is settled. Three steps, so that
no network call happens inside a transaction and a crash between any two of them can be resumed."""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb
from showfloor.checkout import provider, rules
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import Checkout, CheckoutState, EventKind, Payment, PaymentState
from showfloor.checkout.ports import (
    BadPaymentMethod,
    ProviderPayment,
    ProviderStatus,
    ProviderUnavailable,
)
from showfloor.checkout.services import checkout as checkouts
from showfloor.checkout.services import payment_events, settlement
from showfloor.checkout.services.settlement import Settled
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Unavailable
from showfloor.kernel.ids import new_id
from showfloor.stock import services as stock

METHOD_CHARS_MAX = 120


def pay[T](
    buyer: Buyer, checkout_id: str, payment_method: str, request_key: str,
    answer: Callable[[Settled], T],
) -> T:  # fmt: skip
    """Pay a checkout. `answer` is called inside the transaction that settles the provider's reply,
    also for a declined card; what it returns is the result.

    The same `request_key` goes on where an earlier call broke off. Unavailable when the provider
    does not answer: then it is safe to try again with the same key.
    """
    payment = _start(buyer, checkout_id, request_key, utc_now())
    told = _ask(payment, payment_method)
    return _settle(payment, told, answer)


@verb
def _settle[T](payment: Payment, told: ProviderPayment, answer: Callable[[Settled], T]) -> T:
    with stock.writing():
        settled = settlement.settle(payment.brand_id, payment.pk, told, "confirm", utc_now())
        return answer(settled)


@verb
def _start(buyer: Buyer, checkout_id: str, request_key: str, now: datetime) -> Payment:
    """The attempt of this key: the stored one, or a new one, its key on disk before any call."""
    with stock.writing():
        checkout = checkouts.lock(buyer, checkout_id)
        attempts = Payment.objects.for_brand(buyer.brand).filter(checkout=checkout)
        earlier = attempts.filter(request_key=request_key).first()
        if earlier is not None:
            return earlier
        if checkout.state != CheckoutState.HOLDING or checkout.expires_at <= now:
            raise checkouts.not_open(checkout)
        checkouts.ready_to_pay(checkout)
        if attempts.count() >= rules.PAYMENT_ATTEMPTS_MAX:
            raise Conflict(_("Too many attempts. Start the checkout again."), code="too-many")
        payment = _new_attempt(checkout, request_key, now)
        checkout.state = CheckoutState.PAYING
        checkout.save(update_fields=["state"])
        stock.extend(checkout.brand_id, checkout.pk, now + rules.PAYING_HOLD)
    return payment


def _new_attempt(checkout: Checkout, request_key: str, now: datetime) -> Payment:
    chosen = provider.of_brand(checkout.brand_id)
    through = chosen.provider
    attempt_id = new_id()
    payment = Payment(
        id=attempt_id, brand_id=checkout.brand_id, checkout=checkout, provider=through.name,
        payment_account_id=chosen.account_id, account=through.account, is_test=through.is_test,
        attempt_key=f"sf-{attempt_id}", request_key=request_key,
        amount=checkout.total, currency=checkout.currency, created_at=now,
    )  # fmt: skip
    payment.save(force_insert=True)
    payment_events.record(payment, EventKind.CREATED, "us", now)
    return payment


def _ask(payment: Payment, payment_method: str) -> ProviderPayment:
    if payment.state != PaymentState.CREATED:
        # An earlier call or a webhook has settled it; its own news is told once more.
        return _asks_back(payment) or payment_events.known(payment)
    if payment.amount == 0:
        return payment_events.assumed(payment, ProviderStatus.CAPTURED, "free")
    through = provider.of_payment(payment)
    if through is None:
        raise _unanswered()
    try:
        return through.authorise(payment_events.attempt_of(payment, payment_method))
    except BadPaymentMethod:
        return payment_events.assumed(payment, ProviderStatus.FAILED, "bad_payment_method")
    except ProviderUnavailable:
        raise _unanswered() from None


def _asks_back(payment: Payment) -> ProviderPayment | None:
    """The provider's answer with what the browser needs to go on, which is stored nowhere; None
    when nobody asks back."""
    if payment.state != PaymentState.REQUIRES_ACTION:
        return None
    through = provider.of_payment(payment)
    if through is None:
        return None
    try:
        return through.fetch(payment_events.attempt_of(payment))
    except ProviderUnavailable:
        raise _unanswered() from None


def _unanswered() -> Unavailable:
    return Unavailable(
        _("The payment service does not answer. You were not charged twice; try again."),
        code="payment-unavailable",
    )


def declined(settled: Settled) -> rules.PaymentDeclined:
    """Why, in a sentence that helps. The bank's exact reason is not told: thieves learn from it."""
    if settled.decline_code == "bad_payment_method":
        return rules.PaymentDeclined(
            _("The card details have expired. Enter them again."), code="bad-payment-method"
        )
    return rules.PaymentDeclined(
        _("Your card was declined. You were not charged; try another card.")
    )
