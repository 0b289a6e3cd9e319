"""The ways in which a brand sends: where to, and which of them a checkout takes."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from django.utils.translation import gettext as _

from showfloor.accounts import batch_sql, time_zones, whole_rows
from showfloor.accounts.countries import COUNTRIES, country_name
from showfloor.checkout import free_gifts, shipping_rules
from showfloor.checkout.gifts import is_goods
from showfloor.checkout.models import ShippingKind, ShippingOption
from showfloor.checkout.rows import CheckoutRow
from showfloor.checkout.shipping_rules import Parcel
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.pricing import markets
from showfloor.pricing.queries import HOME


def active(brand_id: str, currency: str, market_id: str = HOME) -> list[ShippingOption]:
    """Return the options that are in use in a market, in the brand's order. Each goes to those of
    its countries that the market sells to."""
    found = list(ShippingOption.objects.all_brands().raw(_ACTIVE, [brand_id, currency]))
    sold_to = markets.countries_of(brand_id, market_id)
    if not sold_to:
        return found
    for option in found:
        option.countries = sorted(sold_to.intersection(option.countries or sold_to))
    return [option for option in found if option.countries]


def offered(checkout: Any) -> list[ShippingOption]:
    """Return the options in use for a checkout, be it a row or about to be one: none for one of
    which nothing is sent."""
    if not checkout.needs_shipping:
        return []
    return active(checkout.brand_id, checkout.currency, checkout.market)


def asked_of(checkout: Any) -> tuple[str, bool]:
    """Return what the options of a checkout depend on, to read them once for many checkouts."""
    return checkout.market or checkout.currency, checkout.needs_shipping


def chosen(brand_id: str, option_ids: Collection[str]) -> dict[str, ShippingOption]:
    """Return these options of a brand by id, whether they are in use or not."""
    if not option_ids:
        return {}
    statement = f"{_OF_BRAND} AND {batch_sql.among('checkout_shippingoption.id')}"
    rows = ShippingOption.objects.all_brands().raw(
        statement, [brand_id, batch_sql.many(option_ids)]
    )
    return {row.pk: row for row in rows}


_OF_BRAND: Final = (
    f"SELECT {whole_rows.columns_of(ShippingOption)}, b.time_zone AS zone"  # noqa: S608
    " FROM checkout_shippingoption JOIN accounts_brand b ON b.id = brand_id WHERE brand_id = %s"
)
_ACTIVE: Final = (
    f"{_OF_BRAND} AND active AND checkout_shippingoption.currency = %s"
    " ORDER BY position, checkout_shippingoption.name"
)


def to(options: Iterable[ShippingOption], parcel: Parcel) -> list[ShippingOption]:
    """Return the options that take this parcel."""
    return [option for option in options if shipping_rules.takes(option, parcel)]


def parcel_of(checkout: Any, lines: Iterable[Any]) -> Parcel:
    """Return the parcel of a checkout, be it a row or about to be one. A free gift makes sending
    no dearer and no cheaper."""
    value = sum(line.price * free_gifts.paid_units(line) for line in lines if is_goods(line))
    return Parcel(checkout.country, checkout.weight_g, value)


def price(option: ShippingOption | None, parcel: Parcel) -> int | None:
    """Return what the chosen option costs; None where nothing is chosen."""
    return None if option is None else shipping_rules.price_of(option, parcel)


def is_fetched(options: Iterable[ShippingOption], chosen: str | None) -> bool:
    """Return whether the buyer comes for the goods."""
    return any(one.pk == chosen and one.kind == ShippingKind.PICKUP for one in options)


def expected_of(option: ShippingOption | None, now: datetime) -> tuple[date | None, date | None]:
    """Return the first and the last day on which an order of now should arrive, counted from the
    day that it is where the brand is."""
    if option is None:
        return None, None
    zone = getattr(option, "zone", None) or option.brand.time_zone  # the statements above know it
    today = _day_in(zone, now.replace(second=0, microsecond=0))
    return shipping_rules.expected(today, option.days_min, option.days_max)


@lru_cache(maxsize=256)
def _day_in(zone: str, minute: datetime) -> date:
    """Return the day that it is in a zone: no zone changes its day within a minute of UTC."""
    return minute.astimezone(time_zones.zone(zone)).date()


def pickup_of(option: ShippingOption | None) -> str:
    """Return where and when the buyer fetches an order; empty for one that is delivered."""
    if option is None or option.kind != ShippingKind.PICKUP:
        return ""
    return "\n".join(filter(None, (option.pickup_address, option.pickup_hours)))


def none_priced_in(brand_id: str, currency: str) -> str:
    """Name the obstacle to selling in this currency: nothing could be sent; empty when there is
    none."""
    if active(brand_id, currency) or not ShippingOption.objects.for_brand(brand_id).exists():
        return ""
    return _("No shipping option has a price in %(currency)s. Add one first.") % {
        "currency": currency
    }


def check_chosen(checkout: CheckoutRow, every: Sequence[ShippingOption]) -> None:
    """Refuse to take money for goods that can't be sent: Conflict where the brand sends nothing
    yet, Invalid where nothing goes to the address or nothing was chosen. `every`: the options that
    are in use."""
    if not every:
        raise Conflict(
            _("This shop can't send anything yet. You were not charged; ask the shop."),
            code="no-shipping",
        )
    to_country = [one for one in every if shipping_rules.ships_to(one.countries, checkout.country)]
    if not to_country:
        raise Invalid(_("Nothing is sent to this country."), field="shipping_option")
    if checkout.shipping_option_id is None:  # no option took the parcel
        raise Invalid(
            _("This is too much for one parcel. Order fewer, or ask the shop."),
            field="shipping_option",
        )
    if checkout.shipping_option_id not in {option.pk for option in to_country}:
        raise Invalid(_("Choose how it is sent."), field="shipping_option")


def countries(
    options: Iterable[ShippingOption], brand_id: str, market_id: str = HOME
) -> frozenset[str]:
    """Return the countries that the options of a market go to: all that it sells to, if one of them
    does or there are none."""
    named = [frozenset(option.countries) for option in options]
    if named and all(named):
        return frozenset().union(*named) & COUNTRIES
    return markets.countries_of(brand_id, market_id) & COUNTRIES or COUNTRIES


def check_country(checkout: CheckoutRow) -> None:
    """Refuse a country that the market of a checkout does not sell to: Invalid."""
    sold_to = markets.countries_of(checkout.brand_id, checkout.market)
    if not checkout.country or not sold_to or checkout.country in sold_to:
        return
    named = markets.named(checkout.brand_id, checkout.market)
    raise Invalid(
        _("%(market)s does not sell to %(country)s. Choose another country, or shop in another"
          " market.")
        % {"market": named, "country": country_name(checkout.country)},
        field="address.country",
    )  # fmt: skip


def choose(
    checkout: CheckoutRow, every: Sequence[ShippingOption], parcel: Parcel, wanted: str | None
) -> ShippingOption | None:
    """Set the way of sending and return it: the buyer's choice, if there is one, else that of
    before, while it takes the parcel; otherwise the first one that does, so that the totals hold
    what the buyer sees as chosen. Invalid for a choice that does not go to the address."""
    if wanted is not None and not checkout.needs_shipping:
        raise Invalid(
            _("Nothing of this is sent: name no way of sending."), field="shipping_option"
        )
    options = {option.pk: option for option in to(every, parcel)}
    if wanted is not None and wanted not in options:
        raise Invalid(
            _("This way of sending does not go to that address."), field="shipping_option"
        )
    found = options.get(wanted or checkout.shipping_option_id or "")
    found = found or next(iter(options.values()), None)
    checkout.shipping_option_id = found.pk if found is not None else None
    return found
