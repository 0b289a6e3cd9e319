"""Shopify's product CSV: a product is several rows with one handle; the first has the product's own
columns, each row may add a variant, rows with nothing but a picture add pictures.

Columns as in Shopify's "Using CSV files to import and export products", old and new headings.
"""

from collections.abc import Iterator
from itertools import groupby, zip_longest
from typing import IO

from django.utils.translation import gettext as _

from showfloor.catalogue.importing import values
from showfloor.catalogue.importing.records import (
    BadRow,
    ProductRecord,
    Reading,
    Records,
    Rejection,
    VariantRecord,
)
from showfloor.catalogue.importing.sources import REF_CHARS_MAX, Row, read_table
from showfloor.kernel.money import Money

_OPTIONS_MAX = 3
_ONLY_VARIANT = ("Title", "Default Title")  # Shopify's way to say "no options"
_HANDLE = ("handle", "url handle")
_SKU = ("variant sku", "sku")
_COMPARE_AT = "Compare At Price"
_PRICE = ("variant price", "price")


def read(file: IO[str], reading: Reading) -> Records:
    """Records in the file's order; prices are in the brand's currency, which the file omits."""

    def handle(entry: Row | Rejection) -> str | None:
        return None if isinstance(entry, Rejection) else entry.get(*_HANDLE)

    known_names: dict[str, list[str]] = {}  # only a product's first row names its options
    for reference, group in groupby(read_table(file), handle):
        if reference:
            rows = [row for row in group if isinstance(row, Row)]
            names = _option_names(rows[0], known_names.get(reference, []))
            known_names[reference] = names
            yield from _product(reference, rows, names, reading)
            continue
        for entry in group:
            if isinstance(entry, Rejection):
                yield entry
            else:
                reason = _("%(name)s is missing.") % {"name": "Handle"}
                yield Rejection(entry.line, reason, entry.get(*_SKU, "title"))


def _option_names(head: Row, known: list[str]) -> list[str]:
    names = [head.get(f"option{number} name") for number in range(1, _OPTIONS_MAX + 1)]
    return [name or before for name, before in zip_longest(names, known, fillvalue="")]


def _product(reference: str, rows: list[Row], names: list[str], reading: Reading) -> Records:
    head = rows[0]
    try:
        values.text(reference, "Handle", values.REFERENCE_CHARS_MAX)
        product = _head(reference, head, rows)
    except BadRow as bad:
        yield Rejection(head.line, str(bad), reference[:REF_CHARS_MAX])
        for row in rows[1:]:
            yield Rejection(
                row.line,
                _("Its product on line %(line)d was rejected.") % {"line": head.line},
                row.get(*_SKU)[:REF_CHARS_MAX],
            )
        return
    variants: list[VariantRecord] = []
    for row in rows:
        if not _is_variant(row):
            continue
        try:
            variants.append(_variant(reference, row, names, reading))
        except BadRow as bad:
            yield Rejection(row.line, str(bad), (row.get(*_SKU) or reference)[:REF_CHARS_MAX])
    if variants:
        yield _with(product, variants)
    elif not any(_is_variant(row) for row in rows):
        reason = _("%(name)s is missing.") % {"name": "Variant Price"}
        yield Rejection(head.line, reason, reference)


def _head(reference: str, head: Row, rows: list[Row]) -> ProductRecord:
    first, notes = _first_picture(rows), list[str]()
    further = [url for url in _by_position(rows) if url != first]
    own = bool(head.get("title"))  # a continuation says nothing about the product itself
    description = head.get("body (html)", "description")
    return ProductRecord(
        line=head.line,
        reference=reference,
        name=values.text(head.get("title"), "Title", values.NAME_CHARS_MAX) or None,
        vendor=values.text(head.get("vendor"), "Vendor", values.VENDOR_CHARS_MAX) if own else None,
        description=values.text(description, "Body (HTML)", values.DESCRIPTION_CHARS_MAX)
        if own
        else None,
        category=_category(head) if own else None,
        image_url=first or None,
        more_images=values.pictures(further, "Image Src", notes) if first else None,
        published=_published(head),
        notes=tuple(notes),
    )


def _with(product: ProductRecord, variants: list[VariantRecord]) -> ProductRecord:
    return ProductRecord(
        line=product.line, reference=product.reference, name=product.name, vendor=product.vendor,
        description=product.description, category=product.category, image_url=product.image_url,
        published=product.published, variants=tuple(variants), notes=product.notes,
        more_images=product.more_images,
    )  # fmt: skip


def _variant(reference: str, row: Row, names: list[str], reading: Reading) -> VariantRecord:
    currency, sign = reading.currency, reading.decimal_sign
    options = dict(_options(row, names))
    notes: list[str] = []
    price = values.amount(row.get(*_PRICE), currency, "Variant Price", sign)
    compare_at = row.get("variant compare at price", "compare-at price")
    return VariantRecord(
        line=row.line,
        sku=values.text(row.get(*_SKU), "Variant SKU", values.SKU_CHARS_MAX)
        or values.sku_of(reference, options),
        options=options,
        price=price,
        currency=currency,
        compare_at=values.before(
            Money(values.amount(compare_at, currency, _COMPARE_AT, sign), currency)
            if compare_at
            else None,
            Money(price, currency),
            _COMPARE_AT,
            notes,
        ),
        quantity=values.quantity(
            row.get("variant inventory qty", "inventory quantity"), "Variant Inventory Qty", notes
        ),
        barcode=values.text(
            row.get("variant barcode", "barcode").lstrip("'"), "Barcode", values.BARCODE_CHARS_MAX
        ),
        image_url=values.address(row.get("variant image", "variant image url"), "Variant Image"),
        swatch=values.colour(row.get("variant swatch"), "Variant Swatch", notes),
        notes=tuple(notes),
    )


def _is_variant(row: Row) -> bool:
    return bool(row.get("option1 value", *_SKU, *_PRICE))


def _options(row: Row, names: list[str]) -> Iterator[tuple[str, str]]:
    for number, name in enumerate(names, 1):
        value = row.get(f"option{number} value")
        if value and (name, value) != _ONLY_VARIANT:
            label = name or _("Option %(number)d") % {"number": number}
            yield (
                values.text(label, f"Option{number} Name", values.OPTION_CHARS_MAX),
                values.text(value, f"Option{number} Value", values.OPTION_CHARS_MAX),
            )


def _category(head: Row) -> str:
    """The shop's own type, else the standard category, else the first tag."""
    kind = values.category_path(head.get("type") or head.get("product category"))
    return kind or values.category_path(head.get("tags").partition(",")[0])


def _first_picture(rows: list[Row]) -> str:
    """The picture with the lowest position."""
    pictures = _by_position(rows)
    return values.address(pictures[0], "Image Src") if pictures else ""


def _by_position(rows: list[Row]) -> list[str]:
    found = [
        (_position(row), number, src) for number, row in enumerate(rows) if (src := _picture(row))
    ]
    return [src for _place, _number, src in sorted(found)]


def _picture(row: Row) -> str:
    return row.get("image src", "product image url")


def _position(row: Row) -> int:
    text = row.get("image position")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 99_999


def _published(head: Row) -> bool | None:
    """Both the channel's flag and the product's status must say so; None: neither is there."""
    flag = head.get("published", "published on online store").lower()
    status = head.get("status").lower()
    if not flag and not status:
        return None
    return flag in {"", "true"} and status in {"", "active"}
