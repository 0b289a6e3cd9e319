"""Paying: an attempt is stored, the provider is asked, the answer is settled. Three steps, so that
no network call happens inside a transaction and a crash between any two of them can be resumed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb
from showfloor.checkout import declines, provider, rules
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.declines import DeclineReason
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
from showfloor.kernel.errors import Conflict, NotFound, Unavailable
from showfloor.kernel.ids import is_id, new_id
from showfloor.stock import services as stock

METHOD_CHARS_MAX = 120
_OPEN = (PaymentState.CREATED, PaymentState.REQUIRES_ACTION, PaymentState.AUTHORIZED)
LOOK_AGAIN = timedelta(seconds=1)  # between two questions of a browser to the provider


@dataclass(frozen=True, slots=True)
class PaymentChoice:
    """The buyer's way to pay: the token of the browser, and the address that the bank's page leads
    back to."""

    payment_method: str
    return_url: str = ""


def pay[T](
    buyer: Buyer,
    checkout_id: str,
    choice: PaymentChoice,
    request_key: str,
    answer: Callable[[Settled], T],
) -> T:
    """Pay a checkout. `answer` is called inside the transaction that settles the provider's reply,
    also for a declined card; what it returns is the result.

    The same `request_key` goes on where an earlier call broke off. Unavailable when the provider
    does not answer: then it is safe to try again with the same key.
    """
    payment = _start(buyer, checkout_id, request_key, utc_now())
    told = _ask(payment, choice)
    return _settle(payment, told, answer)


def look[T](buyer: Buyer, checkout_id: str, answer: Callable[[Settled], T]) -> T:
    """Ask the provider how the last attempt stands, after the buyer was at their bank; the result
    is `answer`'s. NotFound for a checkout without an attempt."""
    payment = _last_attempt(buyer, checkout_id)
    now = utc_now()
    told = None
    if payment.state in _OPEN and (
        payment.checked_at is None or now - payment.checked_at >= LOOK_AGAIN
    ):
        payment_events.mark_asked(payment, now)
        told = _fetch(payment)
    if told is None and payment.state == PaymentState.CREATED:
        raise Conflict(_("The payment is under way."), code="payment-in-progress")
    return _settle(payment, told or payment_events.known(payment), answer)


def _last_attempt(buyer: Buyer, checkout_id: str) -> Payment:
    attempts = Payment.objects.for_brand(buyer.brand).filter(
        checkout__owner=buyer.owner, checkout_id=checkout_id if is_id(checkout_id) else ""
    )
    found = attempts.order_by("-created_at", "-pk").first()
    if found is None:
        raise NotFound(_("There is no such payment."))
    return found


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


def _ask(payment: Payment, choice: PaymentChoice) -> ProviderPayment:
    if payment.state != PaymentState.CREATED:
        # An earlier call or a webhook has settled it; its own news is told once more.
        asks_back = payment.state == PaymentState.REQUIRES_ACTION
        return (_fetch(payment) if asks_back else None) or payment_events.known(payment)
    if payment.amount == 0:
        return payment_events.assumed(payment, ProviderStatus.CAPTURED, "free")
    through = provider.of_payment(payment)
    if through is None:
        raise _unanswered()
    try:
        return through.authorise(
            payment_events.attempt_of(payment, choice.payment_method, choice.return_url)
        )
    except BadPaymentMethod:
        return payment_events.assumed(payment, ProviderStatus.FAILED, "bad_payment_method")
    except ProviderUnavailable:
        raise _unanswered() from None


def _fetch(payment: Payment) -> ProviderPayment | None:
    """The provider's answer with what the browser needs to go on, which is stored nowhere; None
    when the provider knows nothing."""
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
    """Return the decline as an error that says what to do."""
    code = settled.decline_code
    is_spent = code == DeclineReason.BAD_PAYMENT_METHOD
    return rules.PaymentDeclined(
        declines.words(code), code="bad-payment-method" if is_spent else None,
        more={"reason": code} if code else {},
    )  # fmt: skip
