"""Entitlements: rights to attend, watch or download, which an order grants and a refund takes back.

They are granted in the transaction that confirms the order, and each verb can run again: a right
has one row for its order line, and a source takes units back once. `may` is the one question that
other rooms ask.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypedDict

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from showfloor.accounts import access_changes, batch_sql
from showfloor.accounts.models import AccessChangeKind
from showfloor.checkout.entitlement_models import (
    Entitlement,
    EntitlementKind,
    EntitlementRevocation,
    ProductGrant,
)
from showfloor.checkout.models import Order, OrderLine
from showfloor.checkout.payment_rows import OrderRow
from showfloor.kernel.clock import iso_ms

_TO_A_SHOW: Final = frozenset({EntitlementKind.ATTEND, EntitlementKind.WATCH})

type Rows = QuerySet[Entitlement]


@dataclass(frozen=True, slots=True)
class Right:
    """What somebody may do: a kind, and the id of a show or the name of a file."""

    kind: EntitlementKind
    target: str


class EntitlementView(TypedDict):
    """A right of the buyer that asks. `units`: how many were bought and not taken back."""

    kind: str  # attend, watch, download
    target: str
    title: str
    units: int
    granted_at: str
    until: str | None


def grant(orders: Sequence[Order | OrderRow], now: datetime) -> int:
    """Grant what the lines of confirmed orders say, inside the transaction that confirms them;
    return how many rights are new. An order that has its rights already gets none."""
    granting = _lines_with_grants([order.pk for order in orders])
    if not granting:
        return 0
    lines = list(
        OrderLine.objects.all_brands()
        .filter(pk__in=granting).select_related("order", "variant").order_by("pk")
    )  # fmt: skip
    by_product: dict[str, list[ProductGrant]] = {}
    products = {line.variant.product_id for line in lines if line.variant is not None}
    rows = ProductGrant.objects.all_brands().filter(product__in=products).select_related("show")
    for row in rows.order_by("pk"):
        by_product.setdefault(row.product_id, []).append(row)
    new = _longest(
        _entitlement(line, row, now)
        for line in lines
        if line.variant is not None
        for row in by_product.get(line.variant.product_id, [])
        if row.brand_id == line.order.brand_id and row.variant_id in (None, line.variant_id)
    )
    known = set(
        Entitlement.objects.all_brands()
        .filter(order_line__in=[line.pk for line in lines])
        .values_list("order_line", "kind", "target")
    )
    missing = [one for one in new if (one.order_line_id, one.kind, one.target) not in known]
    Entitlement.objects.all_brands().bulk_create(missing, ignore_conflicts=True)
    return len(missing)


def _longest(rights: Iterable[Entitlement]) -> list[Entitlement]:
    """Return each right of a line once: where its product and its variant both grant it, the one
    that lasts longer."""
    found: dict[tuple[str, str, str], Entitlement] = {}
    for one in rights:
        first = found.setdefault((one.order_line_id, one.kind, one.target), one)
        if first.until is not None and (one.until is None or one.until > first.until):
            first.until = one.until
    return list(found.values())


def _lines_with_grants(order_ids: Sequence[str]) -> list[str]:
    """Return the lines whose products grant something: each confirmation asks, few products do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id FROM checkout_orderline l"  # noqa: S608 - only names
            " JOIN catalogue_variant v ON v.id = l.variant_id"
            f" WHERE {batch_sql.among('l.order_id')} AND EXISTS"
            " (SELECT 1 FROM checkout_productgrant g WHERE g.product_id = v.product_id"
            " AND (g.variant_id IS NULL OR g.variant_id = v.id))",
            (batch_sql.many(order_ids),),
        )
        return [pk for (pk,) in cursor.fetchall()]


def take_back(
    order: Order | OrderRow, units: Mapping[str, int] | None, source: str, now: datetime
) -> int:
    """Take the rights of units (order line id → units; None: of all) back, inside the caller's
    transaction; return how many rights lost units. A source takes back once."""
    rows = Entitlement.objects.for_brand(order.brand_id).filter(order_line__order=order.pk)
    if units is not None:
        rows = rows.filter(order_line__in=list(units))
    made = [
        EntitlementRevocation(
            entitlement=row, source=source, at=now,
            quantity=row.quantity if units is None else units[row.order_line_id],
        )
        for row in rows.exclude(revocations__source=source)
    ]  # fmt: skip
    EntitlementRevocation.objects.all_brands().bulk_create(made, ignore_conflicts=True)
    rights = [one.entitlement for one in made]
    _look_again({right.owner for right in rights if right.kind in _TO_A_SHOW}, order)
    return len(made)


def give_back(order: Order | OrderRow, source: str) -> None:
    """Undo what a source took back, inside the caller's transaction."""
    rows = EntitlementRevocation.objects.for_brand(order.brand_id)
    rows.filter(entitlement__order_line__order=order.pk, source=source).delete()


def _look_again(owners: Collection[str], order: Order | OrderRow) -> None:
    """Let open connections of these people come in anew: their right to watch may be gone."""
    for owner in sorted(owners):
        access_changes.record(AccessChangeKind.RIGHTS, order.brand_id, owner)


def may(brand_id: str, owner: str, right: Right, now: datetime) -> bool:
    """Return whether a person (a viewer token's `sub`) has this right at the brand now."""
    rows = _in_force(brand_id, owner, now)
    return rows.filter(kind=right.kind, target=right.target).exists()


def list_of(brand_id: str, owner: str, now: datetime) -> list[EntitlementView]:
    """Return the rights that a person has now, the latest first."""
    return [_view(row) for row in _in_force(brand_id, owner, now).order_by("-granted_at", "-pk")]


def of_order(order: Order, now: datetime) -> list[EntitlementView]:
    """Return the rights that an order grants now, for its page."""
    rows = in_force(order.brand_id, now).filter(order_line__order=order)
    return [_view(row) for row in rows.order_by("pk")]


def known(brand_id: str, owner: str) -> bool:
    """Return whether anything was ever granted to this person."""
    return Entitlement.objects.for_brand(brand_id).filter(owner=owner).exists()


def hand_over(brand_id: str, guest: str, owner: str) -> int:
    """Let a guest's rights be the person's who signed in; return how many."""
    return Entitlement.objects.for_brand(brand_id).filter(owner=guest).update(owner=owner)


def _entitlement(line: OrderLine, row: ProductGrant, now: datetime) -> Entitlement:
    return Entitlement(
        brand_id=row.brand_id, owner=line.order.owner, kind=row.kind,
        target=row.show_id or row.file, title=row.show.title if row.show else line.product_name,
        order_line=line, quantity=line.quantity, granted_at=now,
        until=None if row.days is None else now + timedelta(days=row.days),
    )  # fmt: skip


def in_force(brand_id: str, now: datetime) -> Rows:
    """Return the rights at a brand of which units are left, as `left`."""
    return _left(Entitlement.objects.for_brand(brand_id), now)


def _in_force(brand_id: str, owner: str, now: datetime) -> Rows:
    return in_force(brand_id, now).filter(owner=owner)


def _left(rows: Rows, now: datetime) -> Rows:
    rows = rows.filter(Q(until__isnull=True) | Q(until__gt=now))
    taken = Coalesce(Sum("revocations__quantity"), Value(0))
    return rows.annotate(left=F("quantity") - taken).filter(left__gt=0)


def _view(row: Entitlement) -> EntitlementView:
    left: int = row.left  # type: ignore[attr-defined]  # by the annotation
    return {
        "kind": row.kind,
        "target": row.target,
        "title": row.title,
        "units": left,
        "granted_at": iso_ms(row.granted_at),
        "until": iso_ms(row.until) if row.until is not None else None,
    }
