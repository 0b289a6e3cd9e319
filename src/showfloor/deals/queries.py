"""Reads of deals: for the snapshot, for the person who asks, for staff."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from showfloor.catalogue import queries as catalogue
from showfloor.catalogue.queries import Goods
from showfloor.deals.events import DealCard, DealCounts, DealGoods
from showfloor.deals.models import Deal, DealItem, DealRequest, DealState, RequestState
from showfloor.deals.rules import Tap
from showfloor.kernel.clock import from_epoch_ms, iso_ms, iso_or_none
from showfloor.kernel.errors import NotFound
from showfloor.shows.models import Show
from showfloor.stock import queries as stock

SEEN = (DealState.ANNOUNCED, DealState.OPEN, DealState.ENDED)  # by everyone
TAKEN = (RequestState.WON, RequestState.BOUGHT)


class DealView(DealCard):
    """A deal as the snapshot has it. `shown_at`: the picture from which it is seen; `ended_at`: the
    picture from which it is over."""

    state: str  # announced, open, ended
    shown_at: str
    ended_at: str | None


class StaffDeal(DealCounts):
    """A deal as staff see it, those in preparation, too."""

    title: str
    state: str
    variant_ids: list[str]
    goods: list[DealGoods]
    amount: int | None
    percent_bp: int | None
    currency: str
    units_max: int | None
    per_person: int | None
    lasts_s: int
    window_ms: int
    opens_at: str | None
    ends_at: str | None
    ended_at: str | None


class DealOfMine(TypedDict):
    """What one person asked of a deal last. `decided_at`: when it is decided at the latest."""

    state: str
    reason: str
    variant_id: str
    quantity: int
    decided_at: str
    reservation_id: str


class DealMine(TypedDict):
    deals: dict[str, DealOfMine]


class DealSnapshot(TypedDict):
    """The deals' part of a show's snapshot."""

    deals: list[DealView]


def of_show(show: Show) -> QuerySet[Deal]:
    return Deal.objects.for_brand(show.brand_id).filter(show=show).select_related("show")


def find(show: Show, deal_id: str) -> Deal:
    """Return a deal of the show; NotFound."""
    found = of_show(show).filter(pk=deal_id).first()
    if found is None:
        raise no_such_deal()
    return found


def no_such_deal() -> NotFound:
    return NotFound(_("There is no such deal."), field="deal_id")


def snapshot(show: Show) -> DealSnapshot:
    deals = of_show(show).filter(state__in=SEEN).order_by("opens_at", "pk")
    found = list(deals.prefetch_related("items"))
    known = _goods_of(found)
    return {"deals": [_view(deal, known) for deal in found]}


def mine(show: Show, subject: str) -> DealMine:
    """Return what this person (a token's `sub`) asked for in the show's deals, the last of each."""
    rows = DealRequest.objects.for_brand(show.brand_id).filter(
        deal__show=show, deal__state__in=SEEN, owner=subject
    )
    return {"deals": {row.deal_id: mine_of(row) for row in rows.order_by("arrived_ms", "pk")}}


def mine_of(row: DealRequest | Tap) -> DealOfMine:
    return {
        "state": row.state, "reason": row.reason, "variant_id": row.variant_id,
        "quantity": row.quantity, "decided_at": iso_ms(from_epoch_ms(row.decided_ms)),
        "reservation_id": row.reservation_id,
    }  # fmt: skip


def staff_deals(show: Show) -> list[StaffDeal]:
    """Return every deal but those taken back: drafts in their order, then the others."""
    deals = of_show(show).exclude(state=DealState.WITHDRAWN).order_by("position", "pk")
    found = list(deals.prefetch_related("items"))
    known, counts = _goods_of(found), standings(found)
    return [_staff_deal(deal, known, counts[deal.pk]) for deal in found]


def staff_deal(deal: Deal) -> StaffDeal:
    return _staff_deal(deal, _goods_of([deal]), standing(deal))


def _staff_deal(deal: Deal, known: Mapping[str, Goods], counts: DealCounts) -> StaffDeal:
    items = list(deal.items.all())
    return {
        **counts, "title": deal.title, "state": deal.state,
        "variant_ids": [one.variant_id for one in items], "goods": _goods(items, known),
        "amount": deal.amount, "percent_bp": deal.percent_bp, "currency": deal.currency,
        "units_max": deal.units_max, "per_person": deal.per_person, "lasts_s": deal.lasts_s,
        "window_ms": deal.window_ms, "opens_at": iso_or_none(deal.opens_at),
        "ends_at": iso_or_none(deal.ends_at), "ended_at": iso_or_none(deal.ended_at),
    }  # fmt: skip


def standing(deal: Deal) -> DealCounts:
    """Return how a deal stands now, as the open transaction sees it."""
    return standings([deal])[deal.pk]


def standings(deals: Sequence[Deal]) -> dict[str, DealCounts]:
    """Return how deals of one show stand now, by their ids."""
    rows = DealRequest.objects.all_brands().filter(deal__in=deals).order_by().values("deal")
    summed = rows.annotate(
        asked=Sum("quantity"), won=Sum("quantity", filter=Q(state__in=TAKEN)),
        pending=Sum("quantity", filter=Q(state=RequestState.PENDING)),
        bought=Sum("quantity", filter=Q(state=RequestState.BOUGHT)),
    )  # fmt: skip
    found: dict[str, Mapping[str, Any]] = {one["deal"]: one for one in summed}
    free = _free_units(deals)
    return {deal.pk: _counts(deal, found.get(deal.pk, {}), free) for deal in deals}


def _counts(deal: Deal, summed: Mapping[str, Any], free: Mapping[str, int]) -> DealCounts:
    won = summed.get("won") or 0
    return {
        "deal_id": deal.pk, "asked": summed.get("asked") or 0,
        "pending": summed.get("pending") or 0, "won": won, "bought": summed.get("bought") or 0,
        "left": _left(deal, won, free),
    }  # fmt: skip


def won(deal: Deal) -> int:
    """Return the units that people have won or bought, as the open transaction sees it."""
    rows = DealRequest.objects.all_brands().filter(deal=deal, state__in=TAKEN)
    return rows.aggregate(units=Sum("quantity"))["units"] or 0


def _free_units(deals: Sequence[Deal]) -> dict[str, int]:
    """Return the units in stock of what deals with a number of units are about."""
    few = [deal for deal in deals if deal.units_max is not None]
    ids = {one.variant_id for deal in few for one in deal.items.all()}
    return stock.available(few[0].show.brand_id, ids) if ids else {}


def _left(deal: Deal, won: int, free: Mapping[str, int]) -> int | None:
    """Return the units that can still be had, in the deal and in stock; None for a deal that has no
    number of units of its own."""
    if deal.units_max is None:
        return None
    units = sum(max(0, free.get(one.variant_id, 0)) for one in deal.items.all())
    return max(0, min(deal.units_max - won, units))


def card(deal: Deal) -> DealCard:
    """Return an announced deal as its entries tell it: a stale snapshot and the entries after it
    make the fresh one."""
    return _card(deal, _goods_of([deal]))


def _card(deal: Deal, known: Mapping[str, Goods]) -> DealCard:
    items = list(deal.items.all())
    assert deal.opens_at is not None and deal.ends_at is not None, "announced"  # noqa: PT018
    return {
        "deal_id": deal.pk, "title": deal.title, "goods": _goods(items, known),
        "currency": deal.currency, "units_max": deal.units_max, "per_person": deal.per_person,
        "left": deal.told_left, "opens_at": iso_ms(deal.opens_at),
        "ends_at": iso_ms(deal.ends_at), "window_ms": deal.window_ms,
    }  # fmt: skip


def _view(deal: Deal, known: Mapping[str, Goods]) -> DealView:
    assert deal.announced_at is not None, "seen deals were announced"
    return {
        **_card(deal, known), "state": deal.state, "shown_at": iso_ms(deal.announced_at),
        "ended_at": iso_or_none(deal.ended_at),
    }  # fmt: skip


def _goods_of(deals: Sequence[Deal]) -> dict[str, Goods]:
    """Return the goods of deals of one show, by variant id."""
    ids = {one.variant_id for deal in deals for one in deal.items.all()}
    if not ids:
        return {}
    with connection.cursor() as cursor:
        found = catalogue.goods(cursor, deals[0].show.brand_id, variant_ids=ids)
    return {one.variant_id: one for one in found}


def _goods(items: Sequence[DealItem], known: Mapping[str, Goods]) -> list[DealGoods]:
    return [
        {
            "variant_id": one.variant_id, "product_id": known[one.variant_id].product_id,
            "sku": known[one.variant_id].sku, "name": _name(known[one.variant_id]),
            "image": known[one.variant_id].image, "amount": one.amount or 0, "prior": one.prior,
        }
        for one in items
        if one.variant_id in known
    ]  # fmt: skip


def _name(goods: Goods) -> str:
    options = " / ".join(goods.options.values())
    return f"{goods.name}, {options}" if options else goods.name
