"""Tags of pages of goods: amounts and options as people of the page's language read them."""

from collections.abc import Mapping, Sequence

from django import template

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
