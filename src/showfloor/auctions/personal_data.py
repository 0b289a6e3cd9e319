"""Columns of auctions with personal data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.accounts.row_values import row_values
from showfloor.auctions.models import Bid, Offer
from showfloor.kernel.slices import PersonalColumns

_KEPT: Final = "until the show is deleted"


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the bids of this person, and the offers that they got."""
    bids = Bid.objects.for_brand(brand_id).filter(bidder__subject=subject)
    offers = Offer.objects.for_brand(brand_id).filter(bidder__subject=subject)
    return {
        "bids": row_values(
            bids, show="auction__show__slug", auction="auction__title", number="bidder__number",
            maximum="maximum", currency="auction__currency", at="at", state="state",
            accepted_at="bidder__accepted_at",
        ),
        "auction_offers": row_values(
            offers, show="auction__show__slug", auction="auction__title", amount="amount",
            currency="auction__currency", at="at", until="until", state="state",
        ),
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "auctions.Bidder", ("subject", "number", "state", "accepted_at", "retractions"),
        "the bidders of an auction, and their consent that bids bind", _KEPT,
        "open bids stop counting; the row stays, for an id that nobody has",
    ),
    PersonalColumns(
        "auctions.Bid", ("maximum", "at", "picture_at", "retracted_at", "command_id"),
        "the price of a piece, and the record of a binding sale", _KEPT,
        "the bid stays, of a bidder whom nobody knows",
    ),
    PersonalColumns(
        "auctions.Offer", ("amount", "at", "until"),
        "the sale to the winner, and to the next one", _KEPT,
        "the offer stays, to a bidder whom nobody knows",
    ),
)  # fmt: skip
