"""The verbs of producers: prepare a deal, announce and open it, end it, take it back.

Staff lock the show, then the deal, then the timeline; taps and decisions begin with the deal.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.catalogue.models import Variant
from showfloor.checkout.pauses import queries as pauses
from showfloor.community.admission import OPEN, lock_show, show_closed
from showfloor.community.safety import audit
from showfloor.community.safety.models import AuditEntry
from showfloor.deals import deciding, queries, rules, sales
from showfloor.deals.models import Deal, DealItem, DealRequest, DealState, RequestState
from showfloor.deals.rules import DealDraft
from showfloor.kernel.clock import truncate_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.pricing import queries as pricing
from showfloor.shows.models import Show
from showfloor.shows.rules import picture_time
from showfloor.shows.services.locking import staff_actor
from showfloor.stock import queries as stock
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry


@timeline.verb
def create(show: Show, draft: DealDraft) -> Deal:
    """Prepare a deal; Invalid, Conflict (too many)."""
    clean = rules.clean_draft(draft)
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        kept = queries.of_show(locked).exclude(state=DealState.WITHDRAWN)
        if kept.count() >= rules.DEALS_MAX:
            said = _("A show has at most %(count)s deals.") % {"count": rules.DEALS_MAX}
            raise Conflict(said, code="deals-full")
        last = kept.aggregate(last=Max("position"))["last"]
        deal = Deal(show=locked, position=0 if last is None else last + 1)
        _fill(deal, clean)
    return queries.find(show, deal.pk)


@timeline.verb
def change(show: Show, deal_id: str, values: Mapping[str, Any]) -> Deal:
    """Change a draft: only the keys of `DealDraft` that are there."""
    with timeline.write():
        _locked, deal = lock(show, deal_id)
        rules.check_unused(deal.state)
        _fill(deal, rules.clean_draft(replace(draft_of(deal), **values)))
    return queries.find(show, deal_id)


@timeline.verb
def delete(show: Show, deal_id: str) -> None:
    """Delete a draft; NotFound, Conflict."""
    with timeline.write():
        _locked, deal = lock(show, deal_id)
        rules.check_unused(deal.state)
        deal.delete()


@timeline.verb
def open_deal(
    show: Show, deal_id: str, picture_at: datetime | None, countdown_s: int, by: User
) -> Deal:
    """Announce a deal at the picture that the producer saw, and open it after a countdown; without
    one it opens there. Its price is fixed now. A deal that is on already stays as it is.

    Invalid names what no longer fits: a price that is not below today's, more units than there are.
    """
    with timeline.write():
        locked, deal = lock(show, deal_id)
        if deal.state in {DealState.ANNOUNCED, DealState.OPEN}:
            return deal
        rules.check_transition(deal.state, DealState.ANNOUNCED)
        if locked.state not in OPEN:
            raise show_closed()
        pauses.check_sells(locked)
        now = truncate_ms(utc_now())
        picture = _picture(locked, picture_at, now)
        # A countdown ends for everybody in the future, however old the producer's picture is.
        opens_at = rules.opens_at(countdown_s, now if countdown_s else picture)
        _fix_prices(deal, now)
        _check_stock(deal)
        deal.state, deal.announced_at, deal.opens_at = DealState.ANNOUNCED, picture, opens_at
        deal.ends_at = max(opens_at, now) + timedelta(seconds=deal.lasts_s)
        deal.is_settled, deal.told_left = False, queries.standing(deal)["left"]
        if not deal.is_limited:
            deal.price_list = sales.begin(deal)
        deal.save()
        entries = []
        if countdown_s:
            body = dict(queries.card(deal))
            entries.append(NewEntry("deal.announced", body, picture, staff_actor(by)))
        else:
            entries.append(deciding.open_now(deal, staff_actor(by)))
        timeline.append(locked.timeline_id, entries)
        deciding.wake.send()
        audit.log(locked, by, "deal.opened", target=deal.pk, target_name=deal.title)
    return deal


@timeline.verb
def end(show: Show, deal_id: str, picture_at: datetime | None, by: User) -> Deal:
    """End a deal now: taps at a later picture are refused, also those of viewers who are behind
    it. Again changes nothing."""
    with timeline.write():
        locked, deal = lock(show, deal_id)
        if deal.state == DealState.ENDED:
            return deal
        rules.check_transition(deal.state, DealState.ENDED)
        now = truncate_ms(utc_now())
        assert deal.opens_at is not None, "a deal that is on says when it opens"
        picture = max(_picture(locked, picture_at, now), min(deal.opens_at, now))
        entry = deciding.close(deal, picture, staff_actor(by))
        timeline.append(locked.timeline_id, [entry])
        audit.log(locked, by, "deal.ended", target=deal.pk, target_name=deal.title)
    return deal


@audit.undoable("deal.opened")
def _undo_opening(show: Show, line: AuditEntry, by: User) -> None:
    """Withdraw the deal, and prepare a copy of it that nobody has seen. Only where nobody has won
    anything yet: what was promised is kept."""
    locked, deal = lock(show, line.target)
    is_on = deal.state in {DealState.ANNOUNCED, DealState.OPEN}
    opens_at = deal.opens_at or line.at
    is_late = not rules.may_undo_opening(opens_at, line.at, utc_now())
    if not is_on or is_late or _has_winners(deal):
        raise audit.changed_since()
    again = Deal(show=locked, position=deal.position)
    _fill(again, draft_of(deal))
    deciding.withdraw(deal)
    entry = NewEntry("deal.withdrawn", {"deal_id": deal.pk}, actor=staff_actor(by))
    timeline.append(locked.timeline_id, [entry])


@audit.undoable("deal.ended")
def _undo_end(show: Show, line: AuditEntry, by: User) -> None:
    """Let the deal go on until its announced end, within some seconds."""
    locked, deal = lock(show, line.target)
    now = utc_now()
    is_late = deal.ended_at is None or now - line.at > rules.UNDO_WITHIN
    if deal.state != DealState.ENDED or is_late or deal.ends_at is None or deal.ends_at <= now:
        raise audit.changed_since()
    entry = deciding.reopen(deal, now, staff_actor(by))
    deciding.wake.send()
    timeline.append(locked.timeline_id, [entry])


def lock(show: Show, deal_id: str) -> tuple[Show, Deal]:
    """Return the show and its deal, both kept for this transaction; NotFound."""
    locked = lock_show(show.brand_id, show.pk)
    rows: QuerySet[Deal] = queries.of_show(locked).filter(pk=deal_id)
    deal = rows.select_for_update(of=("self",), no_key=True).first()
    if deal is None:
        raise queries.no_such_deal()
    deal.show = locked
    return locked, deal


def draft_of(deal: Deal) -> DealDraft:
    return DealDraft(
        deal.title, [one.variant_id for one in deal.items.all()], deal.amount, deal.percent_bp,
        deal.units_max, deal.per_person, deal.lasts_s, deal.window_ms,
    )  # fmt: skip


def _fill(deal: Deal, draft: DealDraft) -> None:
    variants = Variant.objects.for_brand(deal.show.brand_id).filter(pk__in=draft.variant_ids)
    if variants.filter(archived=False).count() != len(draft.variant_ids):
        raise Invalid(_("There is no such product here."), field="variant_ids")
    for name in ("title", "amount", "percent_bp", "units_max", "per_person", "lasts_s"):
        setattr(deal, name, getattr(draft, name))
    deal.window_ms, deal.currency = draft.window_ms, deal.show.brand.currency
    deal.save()
    items: QuerySet[DealItem] = DealItem.objects.all_brands()
    items.filter(deal=deal).delete()
    items.bulk_create(
        DealItem(deal=deal, variant_id=variant_id, position=position)
        for position, variant_id in enumerate(draft.variant_ids)
    )
    _fix_prices(deal, utc_now())  # a price that is no reduction is told while there is time


def _fix_prices(deal: Deal, now: datetime) -> None:
    """Work out what each variant costs in the deal; Invalid where that is no reduction."""
    brand_id = deal.show.brand_id
    items = list(DealItem.objects.all_brands().filter(deal=deal))
    ids = [one.variant_id for one in items]
    with connection.cursor() as cursor:
        book = pricing.load(cursor, brand_id, ids, deal.currency, now)
        lowest = pricing.lowest(cursor, ids, deal.currency, now)
    for one in items:
        price = book.prices.get(one.variant_id)
        if price is None:
            raise Invalid(_("This is not on sale here."), field="variant_ids", code="not-on-sale")
        one.amount = rules.price_of(deal.amount, deal.percent_bp, price.paid)
        one.prior = lowest.get(one.variant_id)
    DealItem.objects.all_brands().bulk_update(items, ["amount", "prior"])


def _check_stock(deal: Deal) -> None:
    ids = [one.variant_id for one in deal.items.all()]
    free = sum(max(0, units) for units in stock.available(deal.show.brand_id, ids).values())
    if free < (deal.units_max or 1):
        said = _("There are only %(count)d in stock.") % {"count": free}
        raise Invalid(said, field="units_max", code="too-few-in-stock")


def _has_winners(deal: Deal) -> bool:
    rows = DealRequest.objects.all_brands().filter(deal=deal)
    return rows.exclude(state__in=(RequestState.PENDING, RequestState.LOST)).exists()


def _picture(show: Show, seen: datetime | None, now: datetime) -> datetime:
    """Return the picture for the entry: deals come one after the other in the pictures, too."""
    if show.started_at is None:
        return now
    before = queries.of_show(show).aggregate(last=Max("announced_at"), ended=Max("ended_at"))
    known = [moment for moment in before.values() if moment is not None and moment <= now]
    return picture_time(seen, now, max([show.started_at, *known]))
