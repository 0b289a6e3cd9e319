"""Filling in checkouts that have begun, for many buyers in one transaction: the recipient, the
address, the way of sending, and the amounts that follow from them. Locks: checkouts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from showfloor.accounts.languages import override_language
from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb, write
from showfloor.checkout import queries, rows, rules
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import CheckoutState, ShippingOption
from showfloor.checkout.rows import CheckoutLineRow, CheckoutRow
from showfloor.checkout.services import shipping, totals
from showfloor.checkout.services.checkout import not_open
from showfloor.checkout.wire import CheckoutView
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.errors import NotFound, ShowfloorError
from showfloor.kernel.ids import is_id
from showfloor.outbox.idempotency import Reply
from showfloor.pricing import queries as pricing


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """The fields that a buyer has entered into a checkout; the others stay as they are.
    `language`: of the sentences of a refusal, empty for the brand's."""

    buyer: Buyer
    checkout_id: str
    details: rules.Details
    shipping_option: str | None = None
    language: str = ""


@verb
def update_many(brand: Brand, requests: Sequence[UpdateRequest]) -> list[Reply | ShowfloorError]:
    """Take what many buyers entered, in one transaction; return for each request, in their order,
    the checkout after it, or Invalid, which names the field, NotFound or Conflict."""
    with write(), connection.cursor() as cursor:
        return _Updates(cursor, brand, requests).answers()


def update(
    buyer: Buyer, checkout_id: str, details: rules.Details, shipping_option: str | None
) -> CheckoutView:
    """Take what one buyer entered; return the checkout, or raise the error."""
    language = get_language() or ""
    request = UpdateRequest(buyer, checkout_id, details, shipping_option, language)
    (answer,) = update_many(buyer.brand, [request])
    if isinstance(answer, ShowfloorError):
        raise answer
    view: CheckoutView = answer.body  # type: ignore[assignment]  # a reply is any JSON object
    return view


class _Updates:
    """One batch in its transaction."""

    def __init__(self, cursor: Cursor, brand: Brand, requests: Sequence[UpdateRequest]) -> None:
        self._cursor = cursor
        self._brand = brand
        self._requests = requests
        named = {one.checkout_id for one in requests if is_id(one.checkout_id)}
        self._checkouts = rows.checkouts(cursor, brand.pk, named)
        self._lines = rows.lines(cursor, self._checkouts)
        self._rates = pricing.tax_rates(cursor, brand.pk)
        self._options: dict[str, list[ShippingOption]] = {}  # in use, by currency
        self._changed: dict[str, CheckoutRow] = {}
        self._repriced: dict[str, CheckoutLineRow] = {}

    def answers(self) -> list[Reply | ShowfloorError]:
        """Decide each request in turn, and write what all of them come to."""
        answers: list[Reply | ShowfloorError] = []
        with override_language(self._brand.language) as speak:
            for request in self._requests:
                speak(request.language)
                try:
                    answers.append(Reply(200, self._update(request)))
                except ShowfloorError as error:
                    answers.append(error)
        rows.update_entered(self._cursor, self._changed.values())
        rows.update_prices(self._cursor, self._repriced.values())
        return answers

    def _update(self, request: UpdateRequest) -> CheckoutView:
        cleaned = rules.clean_details(request.details)
        before = self._checkouts.get(request.checkout_id)
        if before is None or before.owner != request.buyer.owner:
            raise NotFound(_("There is no such checkout."))
        if before.state != CheckoutState.HOLDING:
            raise not_open(before)
        checkout = _filled_in(before, cleaned)
        every = self._in_use(checkout.currency)
        option = shipping.choose(checkout, every, request.shipping_option)
        price = option.price if option is not None else None
        lines = self._lines[checkout.id]
        if totals.reprice(checkout, lines, self._rates, price):
            self._repriced |= {line.id: line for line in lines}
        # A request that is refused has changed nothing.
        self._checkouts[checkout.id] = self._changed[checkout.id] = checkout
        return queries.begun_view(checkout, lines, every, sorted(shipping.countries(every)))

    def _in_use(self, currency: str) -> list[ShippingOption]:
        if currency not in self._options:
            self._options[currency] = shipping.active(self._brand.pk, currency)
        return self._options[currency]


def _filled_in(checkout: CheckoutRow, cleaned: Mapping[str, str]) -> CheckoutRow:
    """Return the checkout with these fields; Invalid for a postal code that is none there."""
    filled = replace(checkout)
    for name, value in cleaned.items():
        setattr(filled, name, value)
    if "postal_code" in cleaned:  # one of before may wait for a new country to be chosen
        filled.postal_code = rules.postal_code(filled.country, filled.postal_code)
    return filled
