"""Filling a brand's tax rates from the published ones (`eu-vat-rates-data`, which carries its data
and asks nobody)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import eu_vat_rates_data as published
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb, write
from showfloor.catalogue.tax_classes import TaxClass
from showfloor.kernel.errors import Invalid
from showfloor.pricing.models import TaxRate
from showfloor.pricing.tax_models import ALWAYS
from showfloor.pricing.vat_rules import EU

_TWO = 2  # reduced rates that have an order by themselves


class Outcome(StrEnum):
    """What becomes of one rate."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    OWN = "own"  # staff entered one, which stays
    UNCLEAR = "unclear"  # the country has several such rates: a person has to choose


@dataclass(frozen=True, slots=True)
class RateChange:
    """One rate before and after; `before_bp` None: there was none."""

    country: str
    tax_class: str
    before_bp: int | None
    after_bp: int | None
    outcome: Outcome


def countries() -> list[str]:
    """Return the countries whose rates are published."""
    return sorted(published.get_all_rates())


def source() -> str:
    """Return the name of the published rates, with their date."""
    return f"eu-vat-rates-data {published.data_version}"


def plan(brand: Brand, wanted: Collection[str], today: date) -> list[RateChange]:
    """Return what filling in these countries' rates would do. Invalid (`countries`)."""
    unknown = sorted(set(wanted) - set(countries()))
    if unknown:
        raise Invalid(
            _("There are no published rates of %(countries)s.")
            % {"countries": ", ".join(unknown)[:80]},
            field="countries",
        )
    mine: set[tuple[str, str]] = set()
    filled: dict[tuple[str, str], int] = {}
    rows = TaxRate.objects.for_brand(brand).filter(country__in=wanted)
    for row in rows.filter(valid_from__lte=today).order_by("valid_from"):
        if row.source:
            filled[row.country, row.tax_class] = row.rate_bp
        else:
            mine.add((row.country, row.tax_class))
    return [
        _change(country, tax_class, rate_bp, mine, filled.get((country, tax_class)))
        for country in sorted(wanted)
        for tax_class, rate_bp in _rates_of(country)
    ]


@verb
def fill(brand: Brand, wanted: Collection[str], today: date) -> list[RateChange]:
    """Fill in the rates of these countries; return what was done. A rate that differs from the one
    filled in before is valid from today; the older one stays for what was sold until now."""
    with write():
        changes = plan(brand, wanted, today)
        for one in changes:
            if one.outcome is Outcome.ADDED:
                _write(brand, one, ALWAYS)
            elif one.outcome is Outcome.CHANGED:
                _write(brand, one, today)
    return changes


def read_countries(text: str) -> list[str]:
    """Return the countries of a text such as `DE, AT`; `EU` stands for all member states."""
    named = text.upper().replace(",", " ").split()
    return sorted({code for name in named for code in (of_eu() if name == "EU" else [name])})


def of_eu() -> list[str]:
    """Return the member states: what a seller in the one-stop shop needs."""
    return sorted(EU & set(countries()))


def _write(brand: Brand, change: RateChange, valid_from: date) -> None:
    assert change.after_bp is not None, "an unclear rate is not filled in"
    same = {"country": change.country, "tax_class": change.tax_class, "valid_from": valid_from}
    TaxRate.objects.for_brand(brand).filter(**same).exclude(source="").delete()  # of today
    TaxRate(brand=brand, rate_bp=change.after_bp, source=source(), **same).save(force_insert=True)


def _change(
    country: str, tax_class: str, rate_bp: int | None, mine: Collection[tuple[str, str]],
    before_bp: int | None,
) -> RateChange:  # fmt: skip
    if (country, tax_class) in mine:
        outcome = Outcome.OWN
    elif rate_bp is None:
        outcome = Outcome.UNCLEAR
    elif before_bp is None:
        outcome = Outcome.ADDED
    else:
        outcome = Outcome.UNCHANGED if before_bp == rate_bp else Outcome.CHANGED
    return RateChange(country, tax_class, before_bp, rate_bp, outcome)


def _rates_of(country: str) -> Iterator[tuple[str, int | None]]:
    """Yield each class of a country with its published rate in basis points. One reduced rate is
    the reduced one, of two the higher; of more nobody can tell which is meant: None."""
    told: Any = published.get_rate(country)
    yield TaxClass.STANDARD.value, _bp(told["standard"])
    reduced = sorted((_bp(rate) for rate in told["reduced"]), reverse=True)
    if len(reduced) > _TWO:
        yield TaxClass.REDUCED.value, None
        yield TaxClass.SECOND_REDUCED.value, None
    else:
        classes = (TaxClass.REDUCED.value, TaxClass.SECOND_REDUCED.value)
        yield from zip(classes, reduced, strict=False)
    if told["super_reduced"] is not None:
        yield TaxClass.SUPER_REDUCED.value, _bp(told["super_reduced"])


def _bp(percent: float) -> int:
    return round(percent * 100)
