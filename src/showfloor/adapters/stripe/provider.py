"""`checkout.ports.PaymentProvider` over Stripe's PaymentIntents.

An intent is created and then confirmed with the token of the buyer's browser, both under keys made
from the attempt's: a repeated call does nothing again. Stripe forgets such keys after a day, so a
refund first looks whether its key is among the refunds.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import stripe

from showfloor.adapters.stripe import keys, reports
from showfloor.adapters.stripe.amounts import to_stripe
from showfloor.adapters.stripe.methods import StripeMethods
from showfloor.adapters.stripe.payouts import StripeBooks
from showfloor.adapters.stripe.webhooks import Notice, read
from showfloor.checkout.declines import DeclineReason
from showfloor.checkout.ports import (
    Attempt,
    BadPaymentMethod,
    ProviderPayment,
    ProviderStatus,
    ProviderUnavailable,
    RefundRefused,
    UnrelatedWebhook,
    WebhookEvent,
)
from showfloor.checkout.provider import AccountKeys

log = logging.getLogger(__name__)
logging.getLogger("stripe").setLevel(logging.WARNING)  # two lines for each call otherwise

API_VERSION = "2026-10-28.endive"  # what this code was written against; Stripe keeps it
CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 3.0, 15.0
RETRIES_MAX = 2  # by the library, under the same idempotency key
RETRY_DELAY_S = 0.5  # before the first retry; then longer, by the library's own rule
FACTS_MAX = 100  # refunds or disputes of one payment
_TOKEN_FIELDS = {"confirmation_token", "payment_method"}


class Stripe(StripeBooks, StripeMethods):
    """One account. Thread-safe: each thread has its own connection."""

    name = keys.NAME
    tells_all = False

    def __init__(
        self, account: AccountKeys, api_base: str | None = None,
        retry_delay_s: float = RETRY_DELAY_S,
    ) -> None:  # fmt: skip
        self.account = account.account
        self.is_test = account.is_test
        self.publishable_key = account.publishable_key
        self._webhook_secrets = account.keys.webhook_secrets
        self._api = stripe.StripeClient(
            account.keys.secret,
            stripe_version=API_VERSION,
            max_network_retries=RETRIES_MAX,
            http_client=_http(retry_delay_s),
            base_addresses={} if api_base is None else {"api": api_base},
        ).v1

    # --- the port

    def authorise(self, attempt: Attempt) -> ProviderPayment:
        try:
            reference = attempt.reference or self._create(attempt)["id"]
            self._name_customer(attempt, reference)
            intent = self._confirm(attempt, reference)
        except stripe.CardError as error:
            return self._declined(attempt, error)
        except stripe.InvalidRequestError as error:
            return self._refused(attempt, error)
        except stripe.StripeError as error:
            raise _unavailable("authorise", attempt, error) from None
        told = self._report(intent)
        if told is None:
            raise ProviderUnavailable(f"{reference} is {intent.get('status')} after its confirm")
        return told

    def fetch(self, attempt: Attempt) -> ProviderPayment | None:
        def look() -> ProviderPayment | None:
            reference = attempt.reference or self._create(attempt)["id"]
            return self._report(self._intent(reference), with_facts=True)

        return self._call("fetch", attempt, look)

    def void(self, attempt: Attempt) -> ProviderPayment:
        def cancel() -> ProviderPayment | None:
            reference = attempt.reference or self._create(attempt)["id"]
            try:
                intent = self._api.payment_intents.cancel(
                    reference, {}, {"idempotency_key": f"{attempt.attempt_key}-void"}
                ).to_dict()
            except stripe.InvalidRequestError:  # it is over already: how?
                intent = self._intent(reference)
            return self._report(intent)

        told = self._call("void", attempt, cancel)
        if told is None:
            raise ProviderUnavailable(f"{attempt.attempt_key} cannot be let go")
        return told

    def refund(self, attempt: Attempt, amount: int, reason: str, key: str) -> ProviderPayment:
        def give_back() -> ProviderPayment | None:
            told = self._report(self._intent(attempt.reference), with_facts=True)
            if told is not None and any(one.key == key for one in told.refunds):
                return told
            self._api.refunds.create(
                {
                    "payment_intent": attempt.reference,
                    "amount": to_stripe(amount, attempt.currency),
                    "metadata": {
                        reports.PAYMENT_ID: attempt.payment_id, reports.REFUND_KEY: key,
                        "reason": reason[:100],
                    },
                },
                {"idempotency_key": key},
            )  # fmt: skip
            return self._report(self._intent(attempt.reference), with_facts=True)

        try:
            told = self._call("refund", attempt, give_back)
        except stripe.InvalidRequestError as error:
            raise RefundRefused(str(error.code)) from None
        if told is None:
            raise RefundRefused("nobody has paid it")
        return told

    def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> WebhookEvent:
        """Refunds and disputes do not name our payment: Stripe is asked for their intent. So this
        may raise ProviderUnavailable, and Stripe sends the notice again."""
        notice = read(self._webhook_secrets, headers.get("Stripe-Signature", ""), body, now)
        told = self._report(notice.intent) if notice.intent is not None else self._look(notice)
        if told is None or not told.payment_id:
            raise UnrelatedWebhook(f"{notice.kind} about {notice.reference}, not made by us")
        return WebhookEvent(notice.event_id, notice.kind, told)

    # --- calls

    def _create(self, attempt: Attempt) -> Mapping[str, Any]:
        """Return the attempt's intent, made if it is the first time."""
        made = self._api.payment_intents.create(
            {
                "amount": to_stripe(attempt.amount, attempt.currency),
                "currency": attempt.currency.lower(),
                "automatic_payment_methods": {"enabled": True},
                "metadata": {reports.PAYMENT_ID: attempt.payment_id},
            },
            {"idempotency_key": attempt.attempt_key},
        )
        found: Mapping[str, Any] = made.to_dict()
        return found

    def _confirm(self, attempt: Attempt, reference: str) -> Mapping[str, Any]:
        paid_with: dict[str, Any] = (
            {"confirmation_token": attempt.payment_method}
            if attempt.stored is None
            else {"payment_method": attempt.stored.reference}
        )
        if attempt.keeps:
            paid_with["expand"] = ["payment_method"]
        confirmed = self._api.payment_intents.confirm(
            reference,
            {**paid_with, "return_url": attempt.return_url},
            {"idempotency_key": f"{attempt.attempt_key}-confirm"},
        )
        found: Mapping[str, Any] = confirmed.to_dict()
        return found

    def _intent(self, reference: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._api.payment_intents.retrieve(reference).to_dict()
        return found

    def _report(
        self, intent: Mapping[str, Any], *, with_facts: bool = False
    ) -> ProviderPayment | None:
        refunds, disputes = [], []
        if with_facts and (intent.get("amount_received") or intent.get("status") == "succeeded"):
            of_it = {"payment_intent": intent["id"], "limit": FACTS_MAX}
            refunds = self._api.refunds.list(of_it).to_dict()["data"]
            disputes = self._api.disputes.list(of_it).to_dict()["data"]
        told = reports.report(
            intent, self.account, is_test=self.is_test, refunds=refunds, disputes=disputes
        )
        return None if told is None else replace(told, stored=self._stored(intent))

    def _look(self, notice: Notice) -> ProviderPayment | None:
        try:
            return self._report(self._intent(notice.reference), with_facts=True)
        except stripe.InvalidRequestError:
            return None
        except stripe.StripeError as error:
            log.warning("stripe_unavailable call=notice error=%s", type(error).__name__)
            raise ProviderUnavailable(type(error).__name__) from None

    def _call[T](self, name: str, attempt: Attempt, act: Callable[[], T]) -> T:
        try:
            return act()
        except stripe.InvalidRequestError:
            if name == "refund":
                raise
            raise ProviderUnavailable(f"{name} of {attempt.attempt_key} is refused") from None
        except stripe.StripeError as error:
            raise _unavailable(name, attempt, error) from None

    # --- refusals

    def _declined(self, attempt: Attempt, error: Any) -> ProviderPayment:
        intent = error.error.to_dict().get("payment_intent") if error.error is not None else None
        told = self._report(intent) if isinstance(intent, Mapping) else None
        return told or self._failed(attempt, DeclineReason.CARD)

    def _refused(self, attempt: Attempt, error: Any) -> ProviderPayment:
        """Stripe will not confirm: the token is spent, or the intent is confirmed already, or what
        we ask for cannot be."""
        if error.code == "payment_intent_unexpected_state":
            told = self.fetch(attempt)
            if told is not None:
                return told
        if error.param in _TOKEN_FIELDS or error.code == "resource_missing":
            named = attempt.payment_method if attempt.stored is None else attempt.stored.reference
            raise BadPaymentMethod(named[:8])
        log.error(
            "stripe_refused payment=%s code=%s param=%s",
            attempt.payment_id,
            error.code,
            error.param,
        )
        return self._failed(attempt, DeclineReason.REFUSED)

    def _failed(self, attempt: Attempt, reason: DeclineReason) -> ProviderPayment:
        return ProviderPayment(
            attempt.payment_id, attempt.reference, self.account, ProviderStatus.FAILED,
            attempt.amount, attempt.currency, reason.value,
        )  # fmt: skip


def _http(retry_delay_s: float) -> Any:
    client = stripe.RequestsClient(timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S))
    if retry_delay_s != RETRY_DELAY_S:
        client._sleep_time_seconds = lambda *_args, **_more: retry_delay_s
    return client


def _unavailable(call: str, attempt: Attempt, error: Exception) -> ProviderUnavailable:
    """The log names the error's kind and never its text, which may quote a key."""
    kind = type(error).__name__
    log.warning("stripe_unavailable call=%s payment=%s error=%s", call, attempt.payment_id, kind)
    return ProviderUnavailable(kind)
