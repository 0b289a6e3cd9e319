"""Prefilling a new checkout: the details that the buyer entered last, a country, and a way of
sending, so that the totals are right before the first key is pressed."""

from datetime import datetime

from babel.core import get_global

from showfloor.accounts.models import Brand
from showfloor.checkout import rules
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import Checkout, Order, ShippingOption
from showfloor.checkout.services import shipping

_DETAILS = tuple(rules.Details.__dataclass_fields__)


def fill_in(checkout: Checkout, buyer: Buyer, now: datetime) -> None:
    """Set details, country and shipping of a checkout that is about to be made."""
    for name, value in _last_entered(buyer, now).items():
        setattr(checkout, name, value)
    options = shipping.active(checkout.brand_id, checkout.currency)
    reachable = shipping.countries(options)
    if checkout.country not in reachable:
        guesses = (buyer.region, _home(buyer.brand))
        checkout.country = rules.default_country(guesses, reachable)
    checkout.shipping_option = _last_option(buyer, shipping.to(options, checkout.country))
    shipping.preselect(checkout)


def _last_entered(buyer: Buyer, now: datetime) -> dict[str, str]:
    """Return the details that the buyer entered last. A guest's are used for one day only,
    because another person may use that browser tomorrow."""
    since = None if buyer.is_known else now - rules.GUEST_DETAILS_KEPT
    checkouts = Checkout.objects.for_brand(buyer.brand).filter(owner=buyer.owner)
    if since is not None:
        checkouts = checkouts.filter(created_at__gte=since)
    last: Checkout | Order | None = checkouts.order_by("-created_at").first()
    if last is None or not last.line1:
        last = _last_order(buyer, since) or last
    return {} if last is None else {name: getattr(last, name) for name in _DETAILS}


def _last_order(buyer: Buyer, since: datetime | None) -> Order | None:
    """Orders are kept for longer than checkouts that came to nothing."""
    orders = Order.objects.for_brand(buyer.brand).filter(owner=buyer.owner)
    if since is not None:
        orders = orders.filter(placed_at__gte=since)
    return orders.order_by("-placed_at").first()


def _last_option(buyer: Buyer, options: list[ShippingOption]) -> ShippingOption | None:
    """Return the buyer's choice in the checkout before this one, while it can still be chosen."""
    before = Checkout.objects.for_brand(buyer.brand).filter(owner=buyer.owner)
    chosen = before.order_by("-created_at").values_list("shipping_option_id", flat=True).first()
    return next((option for option in options if option.pk == chosen), None)


def _home(brand: Brand) -> str:
    """The country of the brand's time zone; empty for one of no country (UTC)."""
    return str(get_global("zone_territories").get(brand.time_zone, ""))
