"""The verbs of price lists. What a list has said stays: while it is in force, a changed row ends
and a new one begins."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb, write
from showfloor.catalogue.models import Variant
from showfloor.kernel.errors import Invalid
from showfloor.pricing.models import PriceList, PriceListItem

ITEMS_MAX = 20_000  # on one list
_ROWS = 500  # in one statement


def has_begun(row: PriceList, now: datetime) -> bool:
    """Return whether the list has changed prices already, so that its past is fixed."""
    return row.published and row.starts_at <= now


def check_changes(before: PriceList, after: PriceList, now: datetime) -> None:
    """Raise Invalid, which names the field, for a change of what a list has said already."""
    if not has_begun(before, now):
        return
    for name in ("kind", "market_id", "currency", "starts_at", "published"):
        if getattr(before, name) != getattr(after, name):
            raise Invalid(
                _("The list is in force, and its past is part of the price history. Set its end"
                  " and make a new list."),
                field=name.removesuffix("_id"),
            )  # fmt: skip
    if before.ends_at != after.ends_at and _is_past(before.ends_at, after.ends_at, now):
        said = _("The end can't be moved to or from a moment that is over.")
        raise Invalid(said, field="ends_at")


@verb
def put_on(
    row: PriceList, variant_ids: Collection[str], *, amount: int | None = None,
    percent_bp: int | None = None, now: datetime,
) -> int:  # fmt: skip
    """Put variants on a list, or change what it says of them; return how many are new or changed.
    Invalid for more than ITEMS_MAX."""
    with write():
        items = PriceListItem.objects.for_brand(row.brand_id).filter(price_list=row, until=None)
        there = {item.variant_id: item for item in items}
        wanted = set(
            Variant.objects.for_brand(row.brand_id)
            .filter(pk__in=variant_ids)
            .values_list("pk", flat=True)
        )
        if len(there.keys() | wanted) > ITEMS_MAX:
            raise Invalid(
                _("A list holds up to %(count)d variants.") % {"count": ITEMS_MAX}, field="items"
            )
        said = amount, percent_bp
        same = {pk for pk, item in there.items() if (item.amount, item.percent_bp) == said}
        new = sorted(wanted - same)
        _end(row, [there[pk] for pk in new if pk in there], now)
        PriceListItem.objects.all_brands().bulk_create(
            [
                PriceListItem(
                    price_list=row, variant_id=pk, amount=amount, percent_bp=percent_bp, since=now
                )
                for pk in new
            ],
            batch_size=_ROWS,
        )
        _to_announce(row)
    return len(new)


@verb
def take_off(row: PriceList, variant_ids: Collection[str], now: datetime) -> None:
    """Take variants off a list."""
    with write():
        items = PriceListItem.objects.for_brand(row.brand_id).filter(
            price_list=row, until=None, variant__in=variant_ids
        )
        _end(row, list(items), now)
        _to_announce(row)


def _end(row: PriceList, items: list[PriceListItem], now: datetime) -> None:
    rows = PriceListItem.objects.all_brands().filter(pk__in=[item.pk for item in items])
    if has_begun(row, now):
        rows.update(until=now)
    else:
        rows.delete()  # it has said nothing yet


def _to_announce(row: PriceList) -> None:
    PriceList.objects.for_brand(row.brand_id).filter(pk=row.pk).update(announced_at=None)


def _is_past(before: datetime | None, after: datetime | None, now: datetime) -> bool:
    return any(end is not None and end < now for end in (before, after))
