"""The verbs of producers. Each stands in the log, and can be taken back.

Locks: the show, then timers (`checkout.pauses`) or stock, then the timeline.
"""

from collections.abc import Mapping
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.catalogue.models import Variant
from showfloor.checkout.pauses import queries as pauses
from showfloor.checkout.pauses import services as pausing
from showfloor.checkout.pauses.rules import Pause, why
from showfloor.community.admission import OPEN, lock_show, show_closed
from showfloor.community.safety import audit
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.clock import truncate_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.shows.models import RundownItem, Show
from showfloor.shows.services.locking import staff_actor
from showfloor.stock import services as stock
from showfloor.stock.models import MovementReason
from showfloor.timeline import services as timeline

RESTOCK_MAX: Final = 10_000  # units in one tap


@timeline.verb
def pause(show: Show, reason: str, words: str, by: User) -> Pause:
    """Let nothing of the show be sold, and tell everyone why. Again with other words says those.
    Invalid, Conflict."""
    with timeline.write():
        locked = _lock(show)
        if locked.state not in OPEN:
            raise show_closed()
        before = pauses.pause_of_show(locked)
        made = pausing.pause(locked, reason, words, truncate_ms(utc_now()), staff_actor(by))
        if before is None:
            audit.log(
                locked, by, "selling.paused", target=made.id, target_name=locked.title,
                reason=why(made)[:120],
            )  # fmt: skip
    return made


@timeline.verb
def resume(show: Show, by: User) -> None:
    """Let the show sell again, also after its end. Again changes nothing."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        over = pausing.resume(locked, truncate_ms(utc_now()), staff_actor(by))
        if over is not None:
            audit.log(locked, by, "selling.resumed", target=over.id, target_name=locked.title)


@timeline.verb
def sell_out(show: Show, product_id: str, by: User) -> int:
    """Take all free units of a product of the rundown off sale; return how many. What people hold
    stays theirs. NotFound, Conflict (nothing is free)."""
    with stock.writing():
        locked = _lock(show)
        item = _item(locked, product_id)
        variant_ids = list(_variants(item).values_list("pk", flat=True))
        taken = stock.take_free(locked.brand_id, variant_ids, _cause(locked, by, is_more=False))
        if not taken:
            raise Conflict(_("Nothing of it is left to take off sale."), code="sold-out")
        _log_units(locked, by, "stock.sold_out", item, taken)
    return sum(taken.values())


@timeline.verb
def restock(show: Show, product_id: str, variant_id: str | None, units: int, by: User) -> int:
    """Add units of one variant of a product of the rundown, or of each (None); return how many in
    all. Those who wait are offered them before anybody else. NotFound, Invalid."""
    if not 1 <= units <= RESTOCK_MAX:
        said = _("Between %(least)d and %(most)d.") % {"least": 1, "most": RESTOCK_MAX}
        raise Invalid(said, field="units")
    with stock.writing():
        locked = _lock(show)
        item = _item(locked, product_id)
        ids = _variants(item).values_list("pk", flat=True)
        added = dict.fromkeys([one for one in ids if variant_id in (None, one)], units)
        if not added:
            raise NotFound(_("There is no such product here."))
        stock.move_many(locked.brand_id, added, _cause(locked, by, is_more=True))
        _log_units(locked, by, "stock.restocked", item, added)
    return sum(added.values())


@audit.undoable("selling.paused")
def _undo_pause(show: Show, line: AuditEntry, by: User) -> None:
    now = pauses.pause_of_show(show)
    if now is None or now.id != line.target:
        raise audit.changed_since()
    pausing.resume(show, truncate_ms(utc_now()), staff_actor(by))


@audit.undoable("selling.resumed")
def _undo_resume(show: Show, line: AuditEntry, by: User) -> None:
    """Pause again, with the words of before."""
    if pauses.pause_of_show(show) is not None:
        raise audit.changed_since()
    before = pauses.find(show, line.target)
    if before is None:
        raise audit.changed_since()
    now = truncate_ms(utc_now())
    pausing.pause(show, before.reason, before.words, now, staff_actor(by))


@audit.undoable("stock.sold_out", "units")
def _undo_sold_out(show: Show, line: AuditEntry, by: User) -> None:
    """Put the units back; those who wait are offered them first."""
    _move(show, line.detail["units"], _cause(show, by, is_more=True))


@audit.undoable("stock.restocked", "units")
def _undo_restock(show: Show, line: AuditEntry, by: User) -> None:
    """Take the units away again, where nobody has them by now."""
    units = {variant_id: -count for variant_id, count in line.detail["units"].items()}
    _move(show, units, _cause(show, by, is_more=False))


def _move(show: Show, units: Mapping[str, int], cause: stock.Cause) -> None:
    if stock.move_many(show.brand_id, units, cause):
        raise audit.changed_since()


def _lock(show: Show) -> Show:
    locked = lock_show(show.brand_id, show.pk)
    if locked.rehearses_id is not None:
        raise Conflict(_("This is a rehearsal: nothing is sold in it."), code="rehearsal")
    return locked


def _item(show: Show, product_id: str) -> RundownItem:
    rows = RundownItem.objects.for_brand(show.brand_id).filter(show=show, product=product_id)
    item = rows.select_related("product").first()
    if item is None:
        raise NotFound(_("There is no such product here."))
    return item


def _variants(item: RundownItem) -> QuerySet[Variant]:
    return Variant.objects.all_brands().filter(product=item.product_id, archived=False)


def _cause(show: Show, by: User, *, is_more: bool) -> stock.Cause:
    reason = MovementReason.RECEIVED if is_more else MovementReason.CORRECTION
    note = _("In the show %(title)s") if is_more else _("Taken off sale in the show %(title)s")
    return stock.Cause(reason, by.pk, (note % {"title": show.title})[:200])


def _log_units(
    show: Show, by: User, action: str, item: RundownItem, units: Mapping[str, int]
) -> None:
    assert item.product is not None, "a product's place"
    audit.log(
        show, by, action, target=item.product.pk, target_name=item.product.name,
        detail={"units": dict(units)},
    )  # fmt: skip
