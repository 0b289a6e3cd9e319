"""What the catalogue says to other rooms."""

from django.db.models import Q


def on_sale(variant: str = "") -> Q:
    """The condition of a variant that may be listed and sold; `variant`: the path to it."""
    return Q(**{f"{variant}archived": False, f"{variant}product__published": True})
