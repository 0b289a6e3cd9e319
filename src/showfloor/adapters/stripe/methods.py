"""Payment methods that Stripe keeps for a buyer: a Customer, and the PaymentMethods attached to it.

A method is attached by the payment that the buyer agreed to keep it with (`setup_future_usage`),
for use while the buyer is there (`on_session`): their bank may ask back at every purchase. The
customer holds nothing about the person; its metadata name the payment that it was made for.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

import stripe

from showfloor.adapters.stripe import reports
from showfloor.checkout.ports import Attempt, ProviderUnavailable, StoredMethod

log = logging.getLogger(__name__)

_DONE: Final = {"succeeded", "processing", "requires_capture"}
TEXT_CHARS_MAX: Final = 120


class StripeMethods:
    """The part of the adapter that is about kept methods."""

    _api: Any

    def forget(self, method: StoredMethod, *, with_customer: bool) -> None:
        try:
            self._gone(lambda: self._api.payment_methods.detach(method.reference))
            if with_customer:
                self._gone(lambda: self._api.customers.delete(method.customer))
        except stripe.StripeError as error:
            raise ProviderUnavailable(type(error).__name__) from None

    def _gone(self, act: Any) -> None:
        """Do what may have been done before, or in Stripe's dashboard."""
        try:
            act()
        except stripe.InvalidRequestError as error:
            log.info("stripe_method_gone code=%s", error.code)

    def _name_customer(self, attempt: Attempt, reference: str) -> None:
        """Say whose intent it is, before it is confirmed: Stripe takes a kept method only from its
        customer, and keeps one only for a customer."""
        if attempt.stored is None and not attempt.keeps:
            return
        changed: dict[str, Any] = {"customer": self._customer(attempt)}
        if attempt.keeps:
            changed["setup_future_usage"] = "on_session"
        self._api.payment_intents.update(
            reference, changed, {"idempotency_key": f"{attempt.attempt_key}-customer"}
        )

    def _customer(self, attempt: Attempt) -> str:
        if attempt.stored is not None:
            return attempt.stored.customer
        if attempt.customer and self._knows(attempt.customer):
            return attempt.customer
        made = self._api.customers.create(
            {"metadata": {reports.PAYMENT_ID: attempt.payment_id}},
            {"idempotency_key": f"{attempt.attempt_key}-new-customer"},
        )
        return str(made.to_dict()["id"])

    def _knows(self, customer: str) -> bool:
        """Return whether a customer is still there: a brand can delete one in the dashboard."""
        try:
            return not self._api.customers.retrieve(customer).to_dict().get("deleted", False)
        except stripe.InvalidRequestError:
            return False

    def _stored(self, intent: Mapping[str, Any]) -> StoredMethod | None:
        """Return the method that Stripe keeps since this intent. A failure to look loses no money:
        the payment counts, and the notice about it looks again."""
        customer, method = intent.get("customer"), intent.get("payment_method")
        if not intent.get("setup_future_usage") or intent.get("status") not in _DONE:
            return None
        if isinstance(method, str):
            try:
                method = self._api.payment_methods.retrieve(method).to_dict()
            except stripe.StripeError as error:
                log.warning("stripe_method_unknown error=%s", type(error).__name__)
                return None
        if not isinstance(method, Mapping) or not customer or method.get("customer") != customer:
            return None
        return _read(method)


def _read(method: Mapping[str, Any]) -> StoredMethod | None:
    kind = str(method.get("type"))
    about = method.get(kind)
    about = about if isinstance(about, Mapping) else {}
    names = [str(method[name]) for name in ("customer", "id")]
    if any(len(name) > TEXT_CHARS_MAX for name in names):
        return None
    month, year = about.get("exp_month"), about.get("exp_year")
    return StoredMethod(
        names[0], names[1], str(about.get("display_brand") or about.get("brand") or kind),
        str(about.get("last4") or ""), month if isinstance(month, int) else 0,
        year if isinstance(year, int) else 0,
    )  # fmt: skip
