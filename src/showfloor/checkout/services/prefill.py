"""Prefilling new checkouts: the details that the buyer entered last, a country, and a way of
sending, so that the totals are right before the first key is pressed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from babel.core import get_global

from showfloor.accounts.models import Brand
from showfloor.checkout import rows, rules
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import ShippingOption
from showfloor.checkout.rows import CheckoutLineRow, CheckoutRow, LastCheckout
from showfloor.checkout.services import shipping
from showfloor.kernel.bulk_sql import Cursor
from showfloor.pricing import markets


class Prefill:
    """The details that a batch of buyers entered before, and the ways of sending of their
    brand."""

    def __init__(
        self, cursor: Cursor, brand: Brand, buyers: Sequence[Buyer],
        past: Mapping[str, LastCheckout], now: datetime,
    ) -> None:  # fmt: skip
        self._brand_id = brand.pk
        self._options: dict[tuple[str, bool], list[ShippingOption]] = {}
        self._countries: dict[tuple[str, bool], list[str]] = {}
        self._home = home(brand)
        self._past = past
        # Orders are kept for longer than checkouts that came to nothing.
        incomplete = [
            one.owner for one in buyers if one.owner in past and not self._last_checkout(one)
        ]
        self._kept = rows.default_addresses(
            cursor, brand.pk, [one.owner for one in buyers if one.is_known]
        )
        fresh = now - rules.GUEST_DETAILS_KEPT
        self._orders = rows.last_orders(cursor, brand.pk, incomplete, fresh)

    def options(self, checkout: CheckoutRow) -> list[ShippingOption]:
        """Return the ways of sending in the market of a checkout."""
        asked = shipping.asked_of(checkout)
        if asked not in self._options:
            self._options[asked] = shipping.offered(checkout)
        return self._options[asked]

    def countries(self, checkout: CheckoutRow) -> list[str]:
        """Return ISO 3166-1 codes of the places that these ways lead to, sorted."""
        asked = shipping.asked_of(checkout)
        if asked not in self._countries:
            self._countries[asked] = sorted(
                shipping.countries(self.options(checkout), self._brand_id, checkout.market)
            )
        return self._countries[asked]

    def fill_in(
        self, checkout: CheckoutRow, lines: Sequence[CheckoutLineRow], buyer: Buyer
    ) -> ShippingOption | None:
        """Set details, country and shipping of a checkout that is about to be made; return the way
        of sending that was chosen."""
        # The address that a member has made the default one comes before that of the last time.
        entered = {**self._last_entered(buyer), **self._kept.get(buyer.owner, {})}
        for name, value in entered.items():
            if checkout.needs_shipping or name not in rules.OF_A_PARCEL:
                setattr(checkout, name, value)
        every = self.options(checkout)
        reachable = self.countries(checkout)
        if checkout.country not in reachable:
            market = markets.named(self._brand_id, checkout.market)
            usual = market.tax_country if market is not None else ""
            guesses = (buyer.region, usual, self._home)
            checkout.country = rules.default_country(guesses, reachable)
        options = shipping.to(every, shipping.parcel_of(checkout, lines))
        before = self._past.get(buyer.owner)
        chosen = before.shipping_option_id if before is not None else None
        # The choice of before, while it can still be chosen; else the first one that delivers.
        option = next((one for one in options if one.pk == chosen), None)
        option = option or next(iter(options), None)
        checkout.shipping_option_id = option.pk if option is not None else None
        return option

    def _last_entered(self, buyer: Buyer) -> Mapping[str, str]:
        """Return the details that the buyer entered last. A guest's are used for one day only,
        because another person may use that browser tomorrow."""
        last = self._last_checkout(buyer)
        if last:
            return last
        is_fresh, ordered = self._orders.get(buyer.owner, (False, {}))
        if ordered and (is_fresh or buyer.is_known):
            return ordered
        past = self._past.get(buyer.owner)
        return past.details if past is not None and (past.is_fresh or buyer.is_known) else {}

    def _last_checkout(self, buyer: Buyer) -> Mapping[str, str]:
        """Return the details of the last checkout; empty where no address was entered."""
        past = self._past.get(buyer.owner)
        if past is None or not (past.is_fresh or buyer.is_known) or not past.details["line1"]:
            return {}
        return past.details


def home(brand: Brand) -> str:
    """The country of the brand's time zone; empty for one of no country (UTC)."""
    return str(get_global("zone_territories").get(brand.time_zone, ""))
