"""The erasure of an entrant: the person goes, the sealed entry and its number stay, so that the
draw can be checked for ever. Without the salt nobody can tell whose the seal was."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from showfloor.giveaways import drawing, services
from showfloor.giveaways.models import DrawEntry, Giveaway, GiveawayState, Prize, PrizeState
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.kernel.retention import Keep
from showfloor.timeline import services as timeline

_OVER: Final = (GiveawayState.DRAWN, GiveawayState.WITHDRAWN)


def forget_person(brand_id: str, subject: str) -> int:
    """Forget one person's entries, each giveaway in a transaction of its own; how many. A prize
    that they have not claimed goes to a substitute."""
    rows = Giveaway.objects.for_brand(brand_id).filter(
        pk__in=DrawEntry.objects.for_brand(brand_id).filter(owner=subject).values("giveaway")
    )
    return sum(_forget_in(one, subject) for one in rows.select_related("show").order_by("pk"))


@timeline.verb
def _forget_in(found: Giveaway, subject: str) -> int:
    with timeline.write():
        _show, giveaway = services.lock(found.show, found.pk)
        entries = list(DrawEntry.objects.all_brands().filter(giveaway=giveaway, owner=subject))
        _forget(entries)
        if giveaway.state == GiveawayState.DRAWN:
            drawing.offer(giveaway, utc_now())
    return len(entries)


@timeline.verb
def _forget_old(before: datetime, limit: int) -> int:
    """Forget the people of old draws; the sealed lists stay."""
    with timeline.write():
        rows = DrawEntry.objects.all_brands().filter(
            entered_at__lt=before, giveaway__state__in=_OVER
        )
        entries = list(rows.order_by("entered_at")[:limit])
        _forget(entries)
    return len(entries)


def _forget(entries: Sequence[DrawEntry]) -> None:
    for entry in entries:
        entry.entrant = entry.owner = entry.identity = f"x:{new_id()}"
        entry.salt = entry.email = entry.language = ""
        entry.entered_at = None
    fields = ["entrant", "owner", "identity", "salt", "email", "language", "entered_at"]
    DrawEntry.objects.all_brands().bulk_update(entries, fields, batch_size=100)
    prizes = Prize.objects.all_brands().filter(entry__in=entries)
    prizes.update(name="", address="", email="")
    prizes.filter(state=PrizeState.OFFERED).update(state=PrizeState.LAPSED, settled_at=utc_now())


KEPT: Final = (Keep("draw_entrants", 365, _forget_old, every_s=3600.0),)
