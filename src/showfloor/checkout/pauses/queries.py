"""The pauses that are open, and the goods that they are about: those of the show's rundown, and
whatever was put into a cart or kept for somebody in that show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict

from showfloor.accounts import batch_sql
from showfloor.checkout.pauses import rules
from showfloor.checkout.pauses.models import SellingPause
from showfloor.checkout.pauses.rules import Pause
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import iso_ms
from showfloor.shows.models import Show


class PauseView(TypedDict):
    """`reason`: price, technical or other; `words`: the producer's own, empty for the reason's."""

    reason: str
    words: str
    paused_at: str


class SellingSnapshot(TypedDict):
    """`selling_paused`: null while the show sells."""

    selling_paused: PauseView | None


@dataclass(frozen=True, slots=True)
class PausedGoods:
    """The goods of a batch that can't be bought now."""

    by_show: Mapping[str, Pause] = field(default_factory=dict)
    by_variant: Mapping[str, Pause] = field(default_factory=dict)

    def pause_of(self, variant_id: str, show_id: str | None) -> Pause | None:
        """Return the pause that a variant is in, seen in this show or in none."""
        return self.by_variant.get(variant_id) or (
            self.by_show.get(show_id) if show_id is not None else None
        )


NOTHING: Final = PausedGoods()
_COLUMNS: Final = ("pk", "show_id", "reason", "words", "started_at")


def paused_goods(cursor: Cursor, brand_id: str, variant_ids: Iterable[str]) -> PausedGoods:
    """Return which of these variants can't be bought now. One statement, where no sale is
    paused."""
    by_show = {one.show_id: one for one in _open_of(brand_id)}
    wanted = list(variant_ids)
    if not by_show:
        return NOTHING
    if not wanted:
        return PausedGoods(by_show)
    cursor.execute(
        "SELECT v.id, item.show_id FROM catalogue_variant v"  # noqa: S608 - names of ours
        " JOIN shows_rundownitem item ON item.product_id = v.product_id"
        " JOIN checkout_sellingpause p ON p.show_id = item.show_id AND p.ended_at IS NULL"
        f" WHERE {batch_sql.among('v.id')}",
        (batch_sql.many(wanted),),
    )
    found = {
        variant_id: by_show[show_id]
        for variant_id, show_id in cursor.fetchall()
        if show_id in by_show
    }
    return PausedGoods(by_show, found)


def pause_of_show(show: Show) -> Pause | None:
    """Return the show's open pause."""
    return next(iter(_open_of(show.brand_id, show=show)), None)


def find(show: Show, pause_id: str) -> Pause | None:
    """Return a pause of the show, over or not."""
    rows = SellingPause.objects.for_brand(show.brand_id).filter(show=show, pk=pause_id)
    found = rows.values_list(*_COLUMNS).first()
    return None if found is None else Pause(*found)


def check_sells(show: Show) -> None:
    """Raise Conflict while the sale of the show is paused."""
    pause = pause_of_show(show)
    if pause is not None:
        raise rules.refusal(pause)


def view(pause: Pause) -> PauseView:
    return {
        "reason": pause.reason, "words": pause.words, "paused_at": iso_ms(pause.started_at),
    }  # fmt: skip


def snapshot(show: Show) -> SellingSnapshot:
    pause = pause_of_show(show)
    return {"selling_paused": None if pause is None else view(pause)}


def open_show_ids() -> list[str]:
    """Return the shows of all brands whose sale is paused."""
    rows = SellingPause.objects.all_brands().filter(ended_at__isnull=True)
    return list(rows.values_list("show_id", flat=True))


def _open_of(brand_id: str, **chosen: Any) -> list[Pause]:
    rows = SellingPause.objects.for_brand(brand_id).filter(ended_at__isnull=True, **chosen)
    return [Pause(*row) for row in rows.order_by("pk").values_list(*_COLUMNS)]
