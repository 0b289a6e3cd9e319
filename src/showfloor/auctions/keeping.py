"""The piece of an auction, kept in stock from the moment at which the auction takes bids.

The auction owns a stock hold by its own id. It is given back when nobody wins, and the winner's
reservation takes it over in one transaction, so that the shop never sees the piece free in between.
The hold ends by itself at last, where the auction is gone with its show; while the auction lives, a
job renews it.

Locks: the auction, its hold, then stock. Nobody else waits for the hold's row.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from showfloor.auctions import standings
from showfloor.auctions.models import Auction, Pending
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.errors import Conflict
from showfloor.pricing import queries as pricing
from showfloor.stock import services as stock
from showfloor.stock.services import Owner, Refused, Want
from showfloor.timeline import services as timeline

KEPT_FOR: Final = timedelta(days=2)
RENEWED_WITHIN: Final = timedelta(days=1)  # of its end
RENEWED_AT_ONCE: Final = 50
_OPEN: Final = Q(state__in=standings.TAKES_BIDS) | ~Q(pending=Pending.NOTHING)


@timeline.verb
def keep(auction: Auction, now: datetime) -> None:
    """Keep the piece of a locked auction that begins to take bids, in the open transaction, before
    it locks a timeline; again changes nothing. Conflict where no piece is free. A rehearsal sells
    nothing and keeps nothing."""
    if auction.show.rehearses_id is not None or _is_kept(auction, now):
        return
    if auction.variant_id is None:
        raise Conflict(_("Its product is gone."), code="product-gone")
    want = Want(auction.show.brand_id, auction.pk, {auction.variant_id: 1}, KEPT_FOR, is_new=True)
    # The counters are written at the end of this block: timelines are locked after stock.
    with stock.writing(), connection.cursor() as cursor:
        _check_sold(cursor, auction, auction.variant_id, now)
        (outcome,) = stock.hold_many(cursor, [want], now)
        if isinstance(outcome, Refused):
            raise Conflict(
                _("No piece of it is free in stock, so nobody could win it."),
                code="piece-gone", field="variant_id",
            ) from outcome.error  # fmt: skip
    _note(auction, outcome.expires_at)


def _is_kept(auction: Auction, now: datetime) -> bool:
    """Return whether the auction has its piece; a hold that is due, and that nobody has ended yet,
    lasts longer."""
    if auction.kept_until is None or auction.kept_until > now:
        return auction.kept_until is not None
    return _extend(auction, now)


def _check_sold(cursor: Cursor, auction: Auction, variant_id: str, now: datetime) -> None:
    """Raise Conflict unless the shop sells the piece: what has no price there, and no rate of tax,
    cannot be paid for by the winner either."""
    book = pricing.load(cursor, auction.show.brand_id, [variant_id], auction.currency, now)
    if variant_id not in book.prices:
        raise Conflict(
            _("The shop does not sell it: publish it and give it a price first, or nobody who wins "
              "it could pay."),
            code="piece-unsold", field="variant_id",
        )  # fmt: skip


def hand_over(auction: Auction) -> tuple[str, ...]:
    """Return the owners whose units the winner's reservation takes over."""
    return (auction.pk,) if auction.kept_until is not None else ()


def let_go(auction: Auction) -> None:
    """Note that a reservation has the piece now."""
    if auction.kept_until is not None:
        _note(auction, None)


def give_back(cursor: Cursor, auction: Auction) -> None:
    """Give the piece of a locked auction back, inside the caller's `stock.writing`."""
    if auction.kept_until is not None:
        stock.release_many(cursor, [Owner(auction.show.brand_id, auction.pk)])
        _note(auction, None)


def is_any_open() -> bool:
    """Return whether any auction takes bids, or has something to be done after its end."""
    return Auction.objects.all_brands().filter(_OPEN).exists()


def renew_due(now: datetime) -> int:
    """Let the holds of auctions that still need them last longer; return how many."""
    rows = Auction.objects.all_brands().filter(_OPEN, kept_until__lte=now + RENEWED_WITHIN)
    due = rows.select_related("show").order_by("pk")[:RENEWED_AT_ONCE]
    return sum(_renew(one, now) for one in due)


@timeline.verb
def _renew(found: Auction, now: datetime) -> bool:
    with timeline.write():
        auction = standings.locked(found.show, [found.pk]).get(found.pk)
        if auction is None or auction.kept_until is None:
            return False
        return _extend(auction, now) or _keep_anew(auction, now)


def _extend(auction: Auction, now: datetime) -> bool:
    """Let the auction's hold last longer; return whether there is one."""
    if not stock.extend(auction.show.brand_id, auction.pk, now + KEPT_FOR):
        return False
    _note(auction, now + KEPT_FOR)
    return True


def _keep_anew(auction: Auction, now: datetime) -> bool:
    """Keep the piece of an auction whose hold ran out while no server renewed it. Where the shop
    has sold the piece, the auction keeps none: its opening says so, or its winner is told."""
    auction.kept_until = None
    with suppress(Conflict):
        keep(auction, now)
    if auction.kept_until is None:
        _note(auction, None)
    return auction.kept_until is not None


def _note(auction: Auction, until: datetime | None) -> None:
    auction.kept_until = until
    auction.save(update_fields=["kept_until"])
