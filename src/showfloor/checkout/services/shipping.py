"""The ways in which a brand sends: where to, and which of them a checkout takes."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from showfloor.checkout import rules
from showfloor.checkout.countries import COUNTRIES
from showfloor.checkout.models import ShippingOption
from showfloor.checkout.rows import CheckoutRow
from showfloor.kernel.errors import Conflict, Invalid


def active(brand_id: str, currency: str) -> list[ShippingOption]:
    """Return the options that are in use, in the brand's order."""
    rows = ShippingOption.objects.for_brand(brand_id)
    return list(rows.filter(active=True, currency=currency))


def to(options: Iterable[ShippingOption], country: str) -> list[ShippingOption]:
    return [option for option in options if rules.ships_to(option.countries, country)]


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
    options = to(every, checkout.country)
    if not options:
        raise Invalid(_("Nothing is sent to this country."), field="shipping_option")
    if checkout.shipping_option_id not in {option.pk for option in options}:
        raise Invalid(_("Choose how it is sent."), field="shipping_option")


def countries(options: Iterable[ShippingOption]) -> frozenset[str]:
    """Return the countries that the options go to: all, if one of them does or there are none."""
    named = [frozenset(option.countries) for option in options]
    return frozenset().union(*named) & COUNTRIES if named and all(named) else COUNTRIES


def choose(
    checkout: CheckoutRow, every: Sequence[ShippingOption], wanted: str | None
) -> ShippingOption | None:
    """Set the way of sending and return it: the buyer's choice, if there is one, else that of
    before, while it delivers to the address; otherwise the first one that does, so that the totals
    hold what the buyer sees as chosen. Invalid for a choice that does not go to the address."""
    options = {option.pk: option for option in to(every, checkout.country)}
    if wanted is not None and wanted not in options:
        raise Invalid(
            _("This way of sending does not go to that address."), field="shipping_option"
        )
    found = options.get(wanted or checkout.shipping_option_id or "")
    found = found or next(iter(options.values()), None)
    checkout.shipping_option_id = found.pk if found is not None else None
    return found
