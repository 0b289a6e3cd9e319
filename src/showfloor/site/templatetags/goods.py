"""Tags of pages of goods: amounts and options as people of the page's language read them."""

from collections.abc import Mapping, Sequence

from django import template
from django.utils.translation import gettext as _

from showfloor.catalogue import amounts

register = template.Library()


@register.simple_tag
def amount(minor_units: int, currency: str) -> str:
    return amounts.localised(minor_units, currency)


@register.filter
def option_words(options: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the values of a variant's options, in the order of the product's options."""
    known = [options[name] for name in names if name in options]
    return " / ".join([*known, *(one for key, one in options.items() if key not in names)])


@register.filter
def unit_words(unit_price: Mapping[str, str]) -> str:
    """Return what a unit price is for: `100 ml`, `kg`."""
    unit = {"m2": "m²", "piece": _("piece")}.get(unit_price["unit"], unit_price["unit"])
    quantity = unit_price["quantity"]
    return unit if quantity == "1" else f"{quantity} {unit}"
