"""The part of *Mine* that is about draws: a person's entries and prizes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts.mine import ROWS_MAX, MineRow, MineSection
from showfloor.accounts.models import Brand
from showfloor.giveaways import queries
from showfloor.giveaways.models import DrawEntry, GiveawayState, PrizeState


def _entries(brand: Brand, subject: str, _now: datetime) -> Sequence[MineRow]:
    rows = DrawEntry.objects.for_brand(brand).filter(owner=subject)
    rows = rows.exclude(giveaway__state=GiveawayState.WITHDRAWN)
    found = rows.select_related("giveaway", "prize").order_by("-entered_at")[:ROWS_MAX]
    return [_row(one) for one in found]


def _row(entry: DrawEntry) -> MineRow:
    prize = getattr(entry, "prize", None)
    waits = prize if prize is not None and prize.state == PrizeState.OFFERED else None
    return MineRow(
        entry.pk, entry.giveaway.title, _("Entry no. %(number)d") % {"number": entry.number},
        _words(entry), at=entry.entered_at, until=waits.claim_until if waits else None,
        href=queries.path_of(entry.giveaway_id),
    )  # fmt: skip


def _words(entry: DrawEntry) -> str:
    prize = getattr(entry, "prize", None)
    if entry.giveaway.state != GiveawayState.DRAWN:
        return _("Not drawn yet")
    if prize is None:
        return _("Not won")
    return {
        PrizeState.RESERVE: _("Substitute"),
        PrizeState.OFFERED: _("Won: claim it"),
        PrizeState.CLAIMED: _("Won and claimed"),
        PrizeState.DECLINED: _("Declined"),
        PrizeState.LAPSED: _("Not claimed in time"),
    }[PrizeState(prize.state)]


SECTION: Final = MineSection("draws", gettext_lazy("Draws"), "trophy", _entries, place=60)
