"""Paying: an attempt is stored, the provider is asked, the answer is settled. Three steps, so that
no network call happens inside a transaction and a crash between any two of them can be resumed.

The first and the last step are one transaction for many buyers each. Locks of the first: checkouts,
payments, holds.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import connection
from django.utils.translation import gettext as _

from showfloor.accounts.languages import override_language
from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb
from showfloor.checkout import (
    declines,
    order_links,
    payment_rows,
    provider,
    rows,
    rules,
    withdrawal_exceptions,
)
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.declines import DeclineReason
from showfloor.checkout.models import (
    CheckoutState,
    EventKind,
    Payment,
    PaymentState,
    SavedMethod,
    ShippingOption,
)
from showfloor.checkout.payment_rows import NewEvent, PaymentRow
from showfloor.checkout.ports import (
    Attempt,
    BadPaymentMethod,
    PaymentProvider,
    ProviderPayment,
    ProviderStatus,
    ProviderUnavailable,
)
from showfloor.checkout.rows import CheckoutRow
from showfloor.checkout.services import checkout as checkouts
from showfloor.checkout.services import payment_events, saved_methods, settlement, shipping
from showfloor.checkout.services.settlement import News, Settled
from showfloor.checkout.wire import PaymentView
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Forbidden, NotFound, ShowfloorError, Unavailable
from showfloor.kernel.ids import is_id, new_id
from showfloor.kernel.problems import problem
from showfloor.outbox.idempotency import BatchAnswers, Reply, Request
from showfloor.stock import services as stock

METHOD_CHARS_MAX = 120
_DETAILS = tuple(rules.Details.__dataclass_fields__)
_OPEN = (PaymentState.CREATED, PaymentState.REQUIRES_ACTION, PaymentState.AUTHORIZED)
LOOK_AGAIN = timedelta(seconds=1)  # between two questions of a browser to the provider


@dataclass(frozen=True, slots=True)
class PaymentChoice:
    """The buyer's way to pay: the token of the browser, or the id of a method that the buyer has
    saved; and the address that the bank's page leads back to. `keeps`: the buyer agreed that the
    method is kept."""

    payment_method: str
    return_url: str = ""
    saved_method: str = ""
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class PayRequest:
    """A buyer who pays a checkout. `asked`: the request under its idempotency key, by which an
    earlier call that broke off goes on; `language`: of a refusal, empty for the brand's."""

    buyer: Buyer
    checkout_id: str
    choice: PaymentChoice
    asked: Request
    language: str = ""

    @property
    def keeps(self) -> bool:
        return self.choice.keeps and not self.choice.saved_method


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt that is stored. `ask` asks the provider, outside of any transaction; it returns
    None when the provider does not answer."""

    request: PayRequest
    payment_id: str
    ask: Callable[[], ProviderPayment | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """An attempt, and the provider's answer to it."""

    started: Started
    told: ProviderPayment | None


def pay(request: PayRequest) -> Reply:
    """Pay one checkout. Unavailable when the provider does not answer: then it is safe to try
    again with the same key."""
    brand = request.buyer.brand
    (started,) = start_many(brand, [request], utc_now())
    if isinstance(started, Started):
        (started,) = settle_many(brand, [Asked(started, started.ask())], utc_now())
    if isinstance(started, ShowfloorError):
        raise started
    return started


@verb
def start_many(
    brand: Brand, requests: Sequence[PayRequest], now: datetime
) -> list[Started | Reply | ShowfloorError]:
    """Store the attempts of many buyers in one transaction, their keys on disk before any call;
    return for each, in their order, the attempt (the stored one of an earlier call with this key),
    the answer that was given before, or NotFound, Invalid, Conflict, Unavailable."""
    with stock.writing(), connection.cursor() as cursor:
        return _Attempts(cursor, brand, requests, now).start_all()


@verb
def settle_many(
    brand: Brand, asked: Sequence[Asked], now: datetime
) -> list[Reply | ShowfloorError]:
    """Settle the provider's answers to many attempts in one transaction, and store the replies;
    return them in their order. Unavailable where the provider did not answer."""
    answered = [(one, one.told) for one in asked if one.told is not None]
    replies: dict[int, Reply | ShowfloorError] = {}
    with (
        stock.writing(), connection.cursor() as cursor,
        override_language(brand.language) as speak,
    ):  # fmt: skip
        news = [News(one.started.payment_id, told, "confirm") for one, told in answered]
        settled = settlement.settle_in(cursor, brand.pk, news, now) if news else []
        keys = [one.started.request.asked for one, _told in answered]
        stored = BatchAnswers(cursor, brand.pk, keys)
        for (one, _told), outcome in zip(answered, settled, strict=True):
            speak(one.started.request.language)
            replies[id(one)] = _replied(stored, one.started.request.asked, outcome)
        stored.write(now)
        gone = [
            (one.started.request.buyer.owner, one.started.request.choice.saved_method)
            for (one, _told), outcome in zip(answered, settled, strict=True)
            if outcome.decline_code == DeclineReason.BAD_PAYMENT_METHOD
            and one.started.request.choice.saved_method
        ]
        saved_methods.remove_unknown(brand.pk, gone, now)
        for one in asked:
            speak(one.started.request.language)
            replies.setdefault(id(one), _unanswered())
    return [replies[id(one)] for one in asked]


def _replied(stored: BatchAnswers, asked: Request, settled: Settled) -> Reply | ShowfloorError:
    """Return the answer that is stored for a request, or this one, which is stored."""
    try:
        earlier = stored.find(asked)
    except ShowfloorError as error:
        return error
    if earlier is not None:
        return earlier
    reply = reply_to(settled)
    stored.store(asked, reply)
    return reply


def look(buyer: Buyer, checkout_id: str) -> Reply:
    """Ask the provider how the last attempt stands, after the buyer was at their bank. NotFound for
    a checkout without an attempt."""
    payment = _last_attempt(buyer, checkout_id)
    now = utc_now()
    told = None
    if payment.state in _OPEN and (
        payment.checked_at is None or now - payment.checked_at >= LOOK_AGAIN
    ):
        payment_events.mark_asked(payment, now)
        try:
            told = _fetch(provider.of_payment(payment), payment)
        except ProviderUnavailable:
            raise _unanswered() from None
    if told is None and payment.state == PaymentState.CREATED:
        raise Conflict(_("The payment is under way."), code="payment-in-progress")
    told = told or payment_events.known(payment)
    return reply_to(settlement.settle(payment.brand_id, payment.pk, told, "confirm", utc_now()))


def reply_to(settled: Settled) -> Reply:
    """Return the answer to a buyer whose payment was settled."""
    payment, order = settled.payment, settled.order
    if settled.outcome == settlement.MISMATCH:
        error = Conflict(
            _("The payment service answered something else than was asked."),
            code="payment-mismatch",
        )
        return Reply(error.status, problem(error))
    if payment.state == PaymentState.FAILED:
        declined = _declined(settled)
        return Reply(declined.status, problem(declined))
    body: PaymentView = {"payment_state": payment.state, "order": None}
    if settled.action:
        body["action"] = settled.action
    if order is not None:
        body["order"] = {
            "number": order.number,
            "url": order_links.path_of(order),
            "state": order.state,
            "payment_state": payment.state,
        }
    return Reply(200, body)


# --- the first step


class _Attempts:
    """One batch in its transaction."""

    def __init__(
        self, cursor: Cursor, brand: Brand, requests: Sequence[PayRequest], now: datetime
    ) -> None:
        self._cursor = cursor
        self._brand = brand
        self._requests = requests
        self._now = now
        named = {one.checkout_id for one in requests if is_id(one.checkout_id)}
        self._checkouts = rows.checkouts(cursor, brand.pk, named)
        self._payments = payment_rows.of_checkouts(cursor, self._checkouts)
        self._stored = BatchAnswers(cursor, brand.pk, [one.asked for one in requests])
        self._options: dict[tuple[str, bool], list[ShippingOption]] = {}  # in use
        self._new: list[PaymentRow] = []
        self._keeping: set[str] = set()  # payments whose buyers agreed
        self._used: list[SavedMethod] = []
        self._methods = saved_methods.OfBuyers(
            brand.pk,
            provider.find_of_brand(brand.pk),
            [one.choice.saved_method for one in requests],
            [one.buyer.owner for one in requests if one.keeps],
        )

    def start_all(self) -> list[Started | Reply | ShowfloorError]:
        """Decide each request in turn, and write what all of them come to."""
        outcomes: list[Started | Reply | ShowfloorError] = []
        with override_language(self._brand.language) as speak:
            for request in self._requests:
                speak(request.language)
                try:
                    outcomes.append(self._start(request))
                except ShowfloorError as error:
                    outcomes.append(error)
        self._write()
        return outcomes

    def _start(self, request: PayRequest) -> Started | Reply:
        earlier = self._stored.find(request.asked)
        if earlier is not None:
            return earlier
        checkout = self._checkouts.get(request.checkout_id)
        if checkout is None or checkout.owner != request.buyer.owner:
            raise NotFound(_("There is no such checkout."))
        payments = self._payments[checkout.id]
        known = next((one for one in payments if one.request_key == request.asked.key), None)
        if known is not None:
            if request.keeps and saved_methods.was_agreed(self._brand.pk, known.id):
                self._keeping.add(known.id)
            return self._started(request, known, provider.of_payment(known))
        if checkout.state != CheckoutState.HOLDING or checkout.expires_at <= self._now:
            raise checkouts.not_open(checkout)
        self._check_ready(checkout)
        if len(payments) >= rules.PAYMENT_ATTEMPTS_MAX:
            raise Conflict(_("Too many attempts. Start the checkout again."), code="too-many")
        chosen = provider.of_brand(self._brand.pk)
        self._check_method(request)
        payment = _new_attempt(checkout, chosen, request.asked.key, self._now)
        payments.append(payment)
        self._new.append(payment)
        if request.keeps:
            self._keeping.add(payment.id)
        checkout.state = CheckoutState.PAYING.value
        return self._started(request, payment, chosen.provider)

    def _check_method(self, request: PayRequest) -> None:
        """Raise Conflict for a saved method that is not the buyer's, or no longer kept; Forbidden
        for a guest who wants one to be kept."""
        owner, method_id = request.buyer.owner, request.choice.saved_method
        if request.keeps and not request.buyer.is_known:
            raise Forbidden(_("Sign in to keep a way to pay."), code="members-only")
        if not method_id:
            return
        method = self._methods.find(owner, method_id)
        if method is None or not request.buyer.is_known:
            raise Conflict(
                _("This card is no longer kept. Enter it again, or pay another way."),
                code="method-gone",
            )
        self._used.append(method)

    def _started(
        self, request: PayRequest, payment: PaymentRow, through: PaymentProvider | None
    ) -> Started:
        owner, choice = request.buyer.owner, request.choice
        keeps = payment.id in self._keeping
        method = self._methods.find(owner, choice.saved_method)
        attempt = dataclasses.replace(
            payment_events.attempt_of(payment, choice.payment_method, choice.return_url),
            stored=saved_methods.stored(method) if method is not None else None,
            keeps=keeps, customer=self._methods.customer(owner) if keeps else "",
        )  # fmt: skip
        as_stored = dataclasses.replace(payment)
        return Started(request, payment.id, partial(_ask, through, as_stored, attempt))

    def _check_ready(self, checkout: CheckoutRow) -> None:
        """Raise Invalid with the first missing field."""
        entered = {name: getattr(checkout, name) for name in _DETAILS}
        rules.check_person(entered)
        shipping.check_country(checkout)
        if checkout.needs_shipping:
            self._check_shipping(checkout, entered)
        if rules.is_business(checkout.vat_id):
            rules.check_address(entered)
        withdrawal_exceptions.check_consent(
            is_needed=checkout.needs_consent, consented_at=checkout.consented_at
        )

    def _check_shipping(self, checkout: CheckoutRow, entered: Mapping[str, str]) -> None:
        asked = shipping.asked_of(checkout)
        if asked not in self._options:
            self._options[asked] = shipping.offered(checkout)
        every = self._options[asked]
        shipping.check_chosen(checkout, every)
        if not shipping.is_fetched(every, checkout.shipping_option_id):
            rules.check_address(entered)

    def _write(self) -> None:
        if not self._new:
            return
        cursor, paying = self._cursor, [one.checkout_id for one in self._new]
        payment_rows.insert_payments(cursor, self._new)
        created = (
            NewEvent(
                one.id, 1, EventKind.CREATED.value, "us",
                {saved_methods.AGREED: True} if one.id in self._keeping else {},
            )
            for one in self._new
        )  # fmt: skip
        payment_rows.insert_events(cursor, created, self._now)
        rows.update_states(cursor, [self._checkouts[one] for one in paying])
        stock.extend_many(cursor, self._brand.pk, paying, self._now + rules.PAYING_HOLD)
        if self._used:
            saved_methods.mark_used(self._brand.pk, self._used, self._now)


def _new_attempt(
    checkout: CheckoutRow, chosen: provider.BrandProvider, request_key: str, now: datetime
) -> PaymentRow:
    through, attempt_id = chosen.provider, new_id()
    return PaymentRow(
        attempt_id, checkout.brand_id, checkout.id, through.name, chosen.account_id,
        through.is_test, through.account, f"sf-{attempt_id}", request_key, checkout.total,
        checkout.currency, now,
    )  # fmt: skip


# --- the second step


def _ask(
    through: PaymentProvider | None, payment: PaymentRow, attempt: Attempt
) -> ProviderPayment | None:
    """Return the provider's answer; None when there is none."""
    try:
        if payment.state != PaymentState.CREATED:
            # An earlier call or a webhook has settled it; its own news is told once more.
            asks_back = payment.state == PaymentState.REQUIRES_ACTION
            found = _fetch(through, payment) if asks_back else None
            return found or payment_events.known(payment)
        if payment.amount == 0:
            return payment_events.assumed(payment, ProviderStatus.CAPTURED, "free")
        if through is None:
            return None
        if not attempt.payment_method and attempt.stored is None:
            # A repeated call, whose saved method was removed meanwhile.
            found = through.fetch(attempt)
            bad = payment_events.assumed(payment, ProviderStatus.FAILED, "bad_payment_method")
            return found or bad
        return through.authorise(attempt)
    except BadPaymentMethod:
        return payment_events.assumed(payment, ProviderStatus.FAILED, "bad_payment_method")
    except ProviderUnavailable:
        return None


def _fetch(
    through: PaymentProvider | None, payment: Payment | PaymentRow
) -> ProviderPayment | None:
    """The provider's answer with what the browser needs to go on, which is stored nowhere; None
    when the provider knows nothing. ProviderUnavailable."""
    return through.fetch(payment_events.attempt_of(payment)) if through is not None else None


def _last_attempt(buyer: Buyer, checkout_id: str) -> Payment:
    attempts = Payment.objects.for_brand(buyer.brand).filter(
        checkout__owner=buyer.owner, checkout_id=checkout_id if is_id(checkout_id) else ""
    )
    found = attempts.order_by("-created_at", "-pk").first()
    if found is None:
        raise NotFound(_("There is no such payment."))
    return found


def _unanswered() -> Unavailable:
    return Unavailable(
        _("The payment service does not answer. You were not charged twice; try again."),
        code="payment-unavailable",
    )


def _declined(settled: Settled) -> rules.PaymentDeclined:
    """Return the decline as an error that says what to do."""
    code = settled.decline_code
    is_spent = code == DeclineReason.BAD_PAYMENT_METHOD
    return rules.PaymentDeclined(
        declines.words(code), code="bad-payment-method" if is_spent else None,
        more={"reason": code} if code else {},
    )  # fmt: skip
