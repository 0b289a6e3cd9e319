"""Filling in checkouts that have begun, for many buyers in one transaction: the recipient, the
address, the way of sending, a voucher, a gift's wrapping, and the amounts that follow from them.
Locks: checkouts, vouchers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from showfloor.accounts.languages import override_language
from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb, write
from showfloor.checkout import free_gifts, gifts, queries, rows, rules, withdrawal_exceptions
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.free_gifts import GiftState
from showfloor.checkout.models import CheckoutState, ShippingOption
from showfloor.checkout.rows import CheckoutLineRow, CheckoutRow
from showfloor.checkout.services import shipping, totals
from showfloor.checkout.services.checkout import not_open, quantities
from showfloor.checkout.wire import CheckoutView
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid, NotFound, ShowfloorError
from showfloor.kernel.ids import is_id
from showfloor.outbox.idempotency import Reply
from showfloor.pricing import queries as pricing
from showfloor.pricing import vat_numbers
from showfloor.pricing.rules import Exemption, TaxRates
from showfloor.pricing.vouchers import uses
from showfloor.pricing.vouchers.rules import WantedLine
from showfloor.pricing.vouchers.uses import WantedGoods
from showfloor.shows.models import Show
from showfloor.stock import services as stock
from showfloor.stock.services import Want


@dataclass(frozen=True, slots=True)
class Extras:
    """The wishes beside the address; None: as before. `voucher`: a code, empty for none; `wrapped`:
    the goods are a gift to be wrapped; `begin_at_once`: digital content begins before the period of
    withdrawal is over, which ends the right; `gift`: False to have no free gift."""

    voucher: str | None = None
    wrapped: bool | None = None
    begin_at_once: bool | None = None
    gift: bool | None = None


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """The fields that a buyer has entered into a checkout; the others stay as they are.
    `language`: of the sentences of a refusal, empty for the brand's."""

    buyer: Buyer
    checkout_id: str
    details: rules.Details
    shipping_option: str | None = None
    language: str = ""
    extras: Extras = Extras()


@verb
def update_many(brand: Brand, requests: Sequence[UpdateRequest]) -> list[Reply | ShowfloorError]:
    """Take what many buyers entered, in one transaction; return for each request, in their order,
    the checkout after it, or Invalid, which names the field, NotFound or Conflict."""
    gives_back = any(one.extras.gift is False for one in requests)
    with stock.writing() if gives_back else write(), connection.cursor() as cursor:
        return _Updates(cursor, brand, requests).answers()


def update(
    buyer: Buyer, checkout_id: str, details: rules.Details, shipping_option: str | None,
    extras: Extras = Extras(),
) -> CheckoutView:  # fmt: skip
    """Take what one buyer entered; return the checkout, or raise the error."""
    language = get_language() or ""
    request = UpdateRequest(buyer, checkout_id, details, shipping_option, language, extras)
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
        self._rates: dict[str, TaxRates] = {}  # by market
        self._options: dict[tuple[str, bool], list[ShippingOption]] = {}  # in use
        self._changed: dict[str, CheckoutRow] = {}
        self._repriced: dict[str, CheckoutLineRow] = {}
        self._made: dict[str, CheckoutLineRow] = {}
        self._gone: set[str] = set()
        self._less: dict[str, CheckoutRow] = {}  # checkouts that keep fewer units than before

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
        rows.delete_lines(self._cursor, self._gone)
        rows.update_entered(self._cursor, self._changed.values())
        rows.update_prices(self._cursor, self._repriced.values())
        rows.insert_lines(self._cursor, self._made.values())
        self._keep_less()
        return answers

    def _keep_less(self) -> None:
        """Give the units of refused gifts back. A hold that ran out at this moment gives nothing
        back, and its checkout ends as every other."""
        now = utc_now()
        wants = [
            Want(
                self._brand.pk, one.id, dict(quantities(self._lines[one.id])),
                one.expires_at - now, instead_of=(one.id,), is_new=True,
            )
            for one in self._less.values()
            if one.expires_at > now
        ]  # fmt: skip
        if wants:
            stock.hold_many(self._cursor, wants, now)

    def _update(self, request: UpdateRequest) -> CheckoutView:
        cleaned = rules.clean_details(request.details)
        before = self._checkouts.get(request.checkout_id)
        if before is None or before.owner != request.buyer.owner:
            raise NotFound(_("There is no such checkout."))
        if before.state != CheckoutState.HOLDING:
            raise not_open(before)
        checkout = _filled_in(before, cleaned)
        every = self._in_use(checkout)
        parcel = shipping.parcel_of(checkout, self._lines[checkout.id])
        option = shipping.choose(checkout, every, parcel, request.shipping_option)
        lines = self._wrapped(checkout, option, request.extras.wrapped)
        has_less = _refuses_gift(checkout, request.extras.gift)
        if has_less:
            lines = free_gifts.without(lines)
            checkout.needs_consent = withdrawal_exceptions.needs_consent(lines)
        self._take_voucher(checkout, lines, request.extras.voucher)
        _take_consent(checkout, request.extras.begin_at_once)
        # A request that is refused has changed nothing.
        self._keep(lines, self._lines[checkout.id])
        if has_less:
            self._less[checkout.id] = checkout
        price, exemption = shipping.price(option, parcel), _exemption(checkout)
        if totals.reprice(checkout, lines, self._rates_of(checkout), price, exemption):
            self._repriced |= {line.id: line for line in lines if line.id not in self._made}
        self._checkouts[checkout.id] = self._changed[checkout.id] = checkout
        return queries.begun_view(
            checkout, lines, every,
            sorted(shipping.countries(every, self._brand.pk, checkout.market)),
        )  # fmt: skip

    def _wrapped(
        self, checkout: CheckoutRow, option: ShippingOption | None, wanted: bool | None
    ) -> list[CheckoutLineRow]:
        lines = self._lines[checkout.id]
        if wanted is None:
            wanted = gifts.wrapping_of(lines) is not None
        price = option.wrapping_price if option is not None else None
        return gifts.with_wrapping(lines, price, wanted=wanted)

    def _take_voucher(
        self, checkout: CheckoutRow, lines: Sequence[CheckoutLineRow], code: str | None
    ) -> None:
        """Take a use of the code that was entered, or give one back."""
        before = self._checkouts[checkout.id]
        if code is not None and not code.strip():
            uses.give_back(self._brand.pk, [checkout.id])
            checkout.voucher = None
        elif code is not None:
            checkout.voucher = uses.enter(_wanted(checkout, lines), code, utc_now())
        elif checkout.voucher is not None and checkout.email != before.email:
            uses.check_email(_wanted(checkout, lines), checkout.voucher["id"])

    def _keep(self, lines: Sequence[CheckoutLineRow], before: Sequence[CheckoutLineRow]) -> None:
        """Note which lines are new and which are gone."""
        ids, old_ids = {line.id for line in lines}, {line.id for line in before}
        if ids == old_ids:
            return
        for line in before:
            if line.id not in ids and self._made.pop(line.id, None) is None:
                self._gone.add(line.id)
                self._repriced.pop(line.id, None)
        self._made |= {line.id: line for line in lines if line.id not in old_ids}
        self._lines[lines[0].checkout_id] = list(lines)

    def _rates_of(self, checkout: CheckoutRow) -> TaxRates:
        found = self._rates.get(checkout.market)
        if found is None:
            found = self._rates[checkout.market] = pricing.tax_rates(
                self._cursor, self._brand.pk, utc_now(), checkout.market
            )
        return found

    def _in_use(self, checkout: CheckoutRow) -> list[ShippingOption]:
        asked = shipping.asked_of(checkout)
        if asked not in self._options:
            self._options[asked] = shipping.offered(checkout)
        return self._options[asked]


def _filled_in(checkout: CheckoutRow, cleaned: Mapping[str, str]) -> CheckoutRow:
    """Return the checkout with these fields; Invalid for a postal code that is none there."""
    filled = replace(checkout)
    for name, value in cleaned.items():
        setattr(filled, name, value)
    if "country" in cleaned:
        shipping.check_country(filled)
    if "region" in cleaned:
        filled.region = rules.region(filled.country, filled.region)
    elif filled.country != checkout.country:  # regions of another country say nothing here
        filled.region = ""
    if "postal_code" in cleaned:  # one of before may wait for a new country to be chosen
        filled.postal_code = rules.postal_code(filled.country, filled.postal_code, filled.region)
    return filled


def _refuses_gift(checkout: CheckoutRow, wanted: bool | None) -> bool:
    """Return whether the buyer gives the free gift of the checkout back now, and note it; Invalid
    for one that is wanted again: stock is held when a checkout begins."""
    state = checkout.gift["state"] if checkout.gift is not None else ""
    if wanted and state != GiftState.GIVEN:
        raise Invalid(
            _("To have the gift, begin the checkout again."), code="gift-gone", field="gift"
        )
    if wanted is not False or checkout.gift is None or state != GiftState.GIVEN:
        return False
    checkout.gift = {**checkout.gift, "state": GiftState.REFUSED.value}
    return True


def _take_consent(checkout: CheckoutRow, given: bool | None) -> None:
    """Note when the buyer agreed, or that they do no longer."""
    if given is False:
        checkout.consented_at = None
    elif given and checkout.consented_at is None:
        checkout.consented_at = utc_now()


def _exemption(checkout: CheckoutRow) -> Exemption | None:
    """Return why a buyer with a checked VAT number owes no tax."""
    if not checkout.vat_id:
        return None
    return vat_numbers.exemption(
        checkout.brand_id, checkout.vat_id, destination=checkout.country, now=utc_now()
    )


def _wanted(checkout: CheckoutRow, lines: Sequence[CheckoutLineRow]) -> WantedGoods:
    """Return what a voucher is asked for: goods, and the shows that they were added in, each with
    its state at that moment. Units that were reserved have none: it is that of now."""
    shows = dict[str, tuple[str, str]]()
    named = {line.show_id for line in lines if line.show_id is not None}
    if named:
        found = Show.objects.for_brand(checkout.brand_id).filter(pk__in=named)
        shows = {pk: (slug, state) for pk, slug, state in found.values_list("pk", "slug", "state")}
    wanted = []
    for line in filter(gifts.is_goods, lines):
        slug, state = shows.get(line.show_id or "", ("", ""))
        name, amount = str(line.variant_id or line.sku), line.price * free_gifts.paid_units(line)
        if amount or not line.price:  # a gift is not among the goods of a code
            wanted.append(WantedLine(name, amount, slug, slug and (line.show_state or state)))
    return WantedGoods(
        checkout.brand_id, checkout.id, checkout.owner, checkout.email, checkout.currency, wanted
    )
