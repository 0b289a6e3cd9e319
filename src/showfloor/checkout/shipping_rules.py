"""Decisions about sending, without I/O: the options that take a parcel, their price, and the days
until it is there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol

WEEKEND = (5, 6)  # of `date.weekday`


@dataclass(frozen=True, slots=True)
class Parcel:
    """The goods of a purchase. `country` is empty while it is not known; `value`: of the goods at
    list price, in minor units, before vouchers."""

    country: str
    weight_g: int
    value: int


class Bands(Protocol):
    """The part of a shipping option that these rules look at."""

    countries: list[str]
    weight_from_g: int
    weight_to_g: int | None
    value_from: int
    value_to: int | None
    free_from: int | None
    price: int


def ships_to(countries: Iterable[str], country: str) -> bool:
    """Return whether an option with these countries (none: everywhere) goes to `country` (empty:
    not yet known)."""
    return not country or not (allowed := set(countries)) or country in allowed


def takes(option: Bands, parcel: Parcel) -> bool:
    """Return whether an option takes the parcel. A band includes its lower end, not its upper."""
    return (
        ships_to(option.countries, parcel.country)
        and option.weight_from_g <= parcel.weight_g
        and (option.weight_to_g is None or parcel.weight_g < option.weight_to_g)
        and option.value_from <= parcel.value
        and (option.value_to is None or parcel.value < option.value_to)
    )


def price_of(option: Bands, parcel: Parcel) -> int:
    """Return what an option costs for the parcel."""
    is_free = option.free_from is not None and parcel.value >= option.free_from
    return 0 if is_free else option.price


@lru_cache(maxsize=256)  # thousands of orders of a day ask for the same
def working_day(start: date, days: int) -> date:
    """Return the day so many working days after `start`, which does not count itself. Holidays
    differ from place to place and are working days here."""
    found = start
    while days > 0:
        found += timedelta(days=1)
        if found.weekday() not in WEEKEND:
            days -= 1
    return found


def expected(
    start: date, days_min: int | None, days_max: int | None
) -> tuple[date | None, date | None]:
    """Return the first and the last day on which it should arrive; None where nobody said."""
    if days_min is None:
        return None, None
    return working_day(start, days_min), working_day(start, max(days_min, days_max or days_min))
