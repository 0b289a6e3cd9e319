"""The part of *Mine* about auctions: what a person has bid, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts.mine import ROWS_MAX, MineRow, MineSection
from showfloor.accounts.models import Brand
from showfloor.auctions import standings
from showfloor.auctions.models import Auction, AuctionState, Bid, Bidder, BidderState, BidState
from showfloor.catalogue import amounts


def _bids(brand: Brand, subject: str, _now: datetime) -> Sequence[MineRow]:
    own = Bidder.objects.for_brand(brand).filter(subject=subject).select_related("auction__show")
    bidders = list(own.order_by("-accepted_at", "-pk")[:ROWS_MAX])
    counted = Bid.objects.for_brand(brand).filter(bidder__in=bidders, state=BidState.COUNTS)
    highest = dict(counted.values("bidder_id").annotate(most=Max("maximum")).values_list(
        "bidder_id", "most"
    ))  # fmt: skip
    return [_row(one, one.auction, highest.get(one.pk)) for one in bidders]


def _row(bidder: Bidder, auction: Auction, maximum: int | None) -> MineRow:
    detail = ""
    if maximum is not None:
        most = amounts.localised(maximum, auction.currency)
        detail = _("Your maximum: %(amount)s") % {"amount": most}
    return MineRow(
        bidder.pk, auction.title, detail, _state(bidder, auction),
        amounts.localised(standings.told(auction)["price"], auction.currency), bidder.accepted_at,
        until=auction.ends_at if auction.state == AuctionState.OPEN else None,
        href=f"/shows/{auction.show.slug}",
    )  # fmt: skip


def _state(bidder: Bidder, auction: Auction) -> str:
    if bidder.state != BidderState.BIDS:
        return _("Over")
    leads = auction.leader == bidder.number
    if auction.state == AuctionState.ANNOUNCED:
        return _("Opens soon")
    if auction.state == AuctionState.OPEN:
        return _("You lead") if leads else _("You've been outbid")
    return _("Won") if leads and auction.result == "sold" else _("Over")


SECTION: Final = MineSection("bids", gettext_lazy("Bids"), "trophy", _bids, place=30)
