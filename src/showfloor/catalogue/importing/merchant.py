"""The Google Merchant product feed, as XML (RSS or Atom with `g:` elements) and as a table (TSV).

Each item is a variant; `item_group_id` makes a product of several. Attributes as in Google's
"Product data specification".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
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
from showfloor.catalogue.importing.sources import Row, read_table
from showfloor.kernel.money import Money

_AXES = {"color": "Color", "size": "Size", "material": "Material", "pattern": "Pattern"}
_IN_STOCK = {"in stock", "available", "preorder", "backorder"}
_OUT_OF_STOCK = {"out of stock", "unavailable"}
_COUNTS = ("quantity", "sell on google quantity", "inventory")


@dataclass(frozen=True, slots=True)
class _Item:
    """One good item: a variant, and what its product is called."""

    product: ProductRecord
    variant: VariantRecord


def read_rows(file: IO[str], reading: Reading) -> Records:
    return read_items(read_table(file), reading)


def read_items(rows: Iterable[Row | Rejection], reading: Reading) -> Records:
    """Records of items (attribute name with spaces → text) in the file's order. Items of a group
    that do not stand together become several records of one product."""
    for reference, group in groupby(_items(rows, reading), _reference):
        if reference is None:
            yield from (entry for entry in group if isinstance(entry, Rejection))
            continue
        items = [entry for entry in group if isinstance(entry, _Item)]
        head = items[0].product
        notes: list[str] = []
        urls = [url for item in items for url in item.product.more_images or ()]
        more = values.pictures(urls, "additional_image_link", notes)
        yield ProductRecord(
            line=head.line, reference=head.reference, name=head.name, vendor=head.vendor,
            description=head.description, category=head.category, public_url=head.public_url,
            image_url=head.image_url, variants=tuple(item.variant for item in items),
            more_images=more, notes=tuple(notes),
        )  # fmt: skip


def _reference(entry: "_Item | Rejection") -> str | None:
    return entry.product.reference if isinstance(entry, _Item) else None


def _items(rows: Iterable[Row | Rejection], reading: Reading) -> Iterator["_Item | Rejection"]:
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        try:
            yield _item(_normal(row), reading)
        except BadRow as bad:
            yield Rejection(row.line, str(bad), row.ref)


def _normal(row: Row) -> Row:
    """`g:item_group_id`, `item group id` and `item_group_id` are the same attribute."""
    return Row(
        row.line,
        {name.removeprefix("g:").replace("_", " "): value for name, value in row.values.items()},
        row.ref,
    )


def _item(row: Row, reading: Reading) -> _Item:
    sku = values.text(row.get("id"), "id", values.SKU_CHARS_MAX, required=True)
    group = values.text(row.get("item group id"), "item_group_id", values.REFERENCE_CHARS_MAX)
    title = values.text(row.get("title"), "title", values.NAME_CHARS_MAX, required=True)
    options = {
        label: values.text(row.get(axis), axis, values.OPTION_CHARS_MAX)
        for axis, label in _AXES.items()
        if row.get(axis)
    }
    picture = values.address(row.get("image link"), "image_link")
    notes: list[str] = []
    price, compare_at = _prices(row, reading, notes)
    product = ProductRecord(
        line=row.line,
        reference=group or sku,
        name=_without_options(title, options) if group else title,
        vendor=values.text(row.get("brand"), "brand", values.VENDOR_CHARS_MAX),
        description=values.text(
            row.get("description"), "description", values.DESCRIPTION_CHARS_MAX
        ),
        category=values.category_path(row.get("product type", "google product category")),
        public_url=values.address(row.get("link"), "link"),
        image_url=picture,
        more_images=tuple(url.strip() for url in row.get("additional image link").split(",")),
    )
    variant = VariantRecord(
        line=row.line, sku=sku, options=options if group else {}, price=price.amount,
        currency=price.currency, compare_at=compare_at, quantity=_quantity(row, notes),
        barcode=values.text(row.get("gtin"), "gtin", values.BARCODE_CHARS_MAX),
        image_url=picture if group else "", notes=tuple(notes),
    )  # fmt: skip
    return _Item(product, variant)


def _prices(row: Row, reading: Reading, notes: list[str]) -> tuple[Money, int | None]:
    """Return the price, and the price before when a sale is on."""
    regular = values.amount_with_code(row.get("price"), "price", reading.decimal_sign)
    text = row.get("sale price")
    if not text or not _in_force(row.get("sale price effective date"), reading.now):
        return regular, None
    sale = values.amount_with_code(text, "sale_price", reading.decimal_sign)
    if sale.currency != regular.currency:
        raise BadRow(_("price and sale_price are in different currencies."))
    return sale, values.before(regular, sale, "price", notes)


def _in_force(period: str, now: datetime) -> bool:
    """Return whether `now` is in `start/end` (ISO 8601 with a zone); no period: always."""
    if not period:
        return True
    start, _slash, end = period.partition("/")
    try:
        return datetime.fromisoformat(start) <= now < datetime.fromisoformat(end)
    except (ValueError, TypeError):  # TypeError: a time without a zone
        raise BadRow(
            _("sale_price_effective_date “%(value)s” is not a period.") % {"value": period[:60]}
        ) from None


def _quantity(row: Row, notes: list[str]) -> int | None:
    state = row.get("availability").lower().replace("_", " ")
    if state in _OUT_OF_STOCK:
        return 0
    if state and state not in _IN_STOCK:
        raise BadRow(_("availability “%(value)s” is not known.") % {"value": state[:40]})
    return values.quantity(row.get(*_COUNTS), "quantity", notes)


def _without_options(title: str, options: dict[str, str]) -> str:
    """`Lip balm` of `Lip balm - Rosé, 5 ml`: items of a group carry their options in the title."""
    name = title
    for value in (*reversed(options.values()), *options.values()):
        if value and name.casefold().endswith(value.casefold()):
            shorter = name[: len(name) - len(value)].rstrip(" -–—,/|(")
            name = shorter or name
    return name
