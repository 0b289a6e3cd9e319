"""The part of *Mine* about deals: what a person asked for, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts.mine import ROWS_MAX, MineRow, MineSection
from showfloor.accounts.models import Brand
from showfloor.catalogue import amounts
from showfloor.deals.models import DealItem, DealRequest, RequestState
from showfloor.kernel.clock import from_epoch_ms


def _asked(brand: Brand, subject: str, _now: datetime) -> Sequence[MineRow]:
    rows = DealRequest.objects.for_brand(brand).filter(owner=subject).select_related("deal__show")
    found = list(rows.order_by("-arrived_ms", "-pk")[:ROWS_MAX])
    items = DealItem.objects.for_brand(brand).filter(deal__in=[one.deal_id for one in found])
    prices = {
        (deal_id, variant_id): amount
        for deal_id, variant_id, amount in items.values_list("deal_id", "variant_id", "amount")
    }
    return [_row(one, prices.get((one.deal_id, one.variant_id))) for one in found]


def _row(one: DealRequest, amount: int | None) -> MineRow:
    deal, is_pending = one.deal, one.state == RequestState.PENDING
    price = "" if amount is None else amounts.localised(amount * one.quantity, deal.currency)
    return MineRow(
        one.pk, deal.title, deal.show.title, _state(one), price, from_epoch_ms(one.arrived_ms),
        until=from_epoch_ms(one.decided_ms) if is_pending else None,
        href=f"/shows/{deal.show.slug}",
    )  # fmt: skip


def _state(one: DealRequest) -> str:
    if one.state == RequestState.LOST and one.reason == "withdrawn":
        return _("Taken back")
    words = {
        RequestState.PENDING: _("It is being decided"),
        RequestState.WON: _("Won, kept in your cart"),
        RequestState.BOUGHT: _("Bought"),
        RequestState.LOST: _("Others were quicker"),
        RequestState.LAPSED: _("Not paid for in time"),
    }
    return words[RequestState(one.state)]


SECTION: Final = MineSection("deals", gettext_lazy("Deals"), "tag", _asked, place=25)
