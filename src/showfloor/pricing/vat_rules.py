"""The European rules of VAT that need no I/O: which countries are one area, and when a sale to a
business is free of tax."""

from typing import Final

from showfloor.pricing.rules import Exemption

EU: Final = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip


def exemption_of(seller_country: str, destination: str, number_country: str) -> Exemption | None:
    """Return the reason for which a business with a checked VAT number owes the seller no tax.

    Directive 2006/112/EC, Art. 138 (1): the goods go from one member state to another, and the
    buyer has a VAT number of a member state other than the one they leave. A domestic sale always
    bears tax; Northern Ireland counts as a member state for goods.
    """
    area = EU | {"XI"}
    crosses = destination in area and destination != seller_country
    if seller_country in EU and crosses and number_country in area - {seller_country}:
        return Exemption.REVERSE_CHARGE
    return None
