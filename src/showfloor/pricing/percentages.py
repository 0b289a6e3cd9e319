"""Percentages as staff write them, in basis points."""

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from showfloor.catalogue.amounts import decimal_sign
from showfloor.kernel.money import RATE_WHOLE_BP


def read_percent(text: str, *, least_bp: int = 1) -> int:
    """Return the basis points of `12,5` or `12.5 %`; ValidationError."""
    plain = text.strip().removesuffix("%").strip().replace(",", ".")
    try:
        found = round(float(plain) * 100)
    except (ValueError, OverflowError):
        found = -1
    if not least_bp <= found <= RATE_WHOLE_BP:
        least = percent_text(least_bp)
        raise forms.ValidationError(
            _("Write a percentage between %(least)s and 100.") % {"least": least}
        )
    return found


def percent_text(percent_bp: int) -> str:
    """Return basis points as people of the form's language write them."""
    return f"{percent_bp / 100:g}".replace(".", decimal_sign(get_language()))
