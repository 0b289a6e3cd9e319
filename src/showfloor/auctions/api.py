"""Auctions over HTTP: for bidders, the same as by the open connection, and for staff."""

from typing import Any

from django.http import HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest, ViewerRequest
from showfloor.auctions import bidding, queries, rules, services
from showfloor.auctions.bidding import BidRequest
from showfloor.auctions.events import AuctionStanding
from showfloor.auctions.models import Auction, BidderRule
from showfloor.auctions.queries import StaffAuction
from showfloor.auctions.rules import AuctionDraft
from showfloor.community.exports import csv_answer
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.request_bodies import Moment, PictureIn, values_of

router = Router(tags=["auctions"])

_MINOR = "Minor units of the brand's currency"
_MAY_BE_NULL = {"reserve_amount", "buy_now_amount"}


class StepIn(Schema):
    from_amount: int
    step: int


class AuctionIn(Schema):
    variant_id: str = Field(max_length=40)
    title: str = Field(max_length=500, description="At most 120 characters")
    start_amount: int = Field(description=_MINOR)
    increments: list[StepIn] = Field(max_length=100, description="By amount, the first from 0")
    length_s: int = Field(description="10 s to 4 hours; late bids make it longer")
    extend_s: int = Field(default=10, description="A bid in the last seconds extends; 0: never")
    reserve_amount: int | None = Field(default=None, description="Told to staff alone")
    buy_now_amount: int | None = Field(default=None, description="Until a bid reaches the reserve")
    checkout_s: int = Field(default=900, description="The winner's time to pay")
    bidders_rule: str = Field(
        default=BidderRule.CONFIRMED, max_length=20, description="member, or confirmed e-mail"
    )


class AuctionPatch(Schema):
    """Fields that are left out stay as they are."""

    variant_id: str | None = Field(default=None, max_length=40)
    title: str | None = Field(default=None, max_length=500)
    start_amount: int | None = None
    increments: list[StepIn] | None = Field(default=None, max_length=100)
    length_s: int | None = None
    extend_s: int | None = None
    reserve_amount: int | None = None
    buy_now_amount: int | None = None
    checkout_s: int | None = None
    bidders_rule: str | None = Field(default=None, max_length=20)


class BidIn(Schema):
    client_id: str = Field(
        max_length=64, description="Made by you: sending it again is no second bid"
    )
    maximum: int = Field(description=_MINOR)
    picture_at: Moment | None = Field(default=None, description="The picture you saw")
    accepts_terms: bool = Field(default=False, description="With the first bid: bids are binding")


class BuyNowIn(Schema):
    client_id: str = Field(max_length=64)
    picture_at: Moment | None = None
    accepts_terms: bool = False


class BidOut(AuctionStanding):
    """The bid, and how the auction stands. `maximum` is told to its bidder alone."""

    bid_id: str
    number: int
    maximum: int
    leads: bool


@router.post(
    "/shows/{slug}/auctions/{auction_id}/bids", response={201: BidOut}, summary="Bid in an auction"
)
@permissions.viewer
def post_bid(request: ViewerRequest, slug: str, auction_id: str, body: BidIn) -> Any:
    return _bid(request, slug, BidRequest(
        request.viewer, body.client_id, auction_id, body.maximum, body.picture_at,
        body.accepts_terms,
    ))  # fmt: skip


@router.post(
    "/shows/{slug}/auctions/{auction_id}/buy-now", response={201: BidOut},
    summary="Buy the piece of an auction at once",
)  # fmt: skip
@permissions.viewer
def post_buy_now(request: ViewerRequest, slug: str, auction_id: str, body: BuyNowIn) -> Any:
    return _bid(request, slug, BidRequest(
        request.viewer, body.client_id, auction_id, 0, body.picture_at, body.accepts_terms, True,
    ))  # fmt: skip


@router.delete(
    "/shows/{slug}/bids/{bid_id}", response=BidOut, summary="Take a bid back within ten seconds"
)
@permissions.viewer
def delete_bid(request: ViewerRequest, slug: str, bid_id: str) -> Any:
    return bidding.retract(_seen(request, slug), bid_id, request.viewer, utc_now()).result


@router.get("/shows/{slug}/auctions", response=list[StaffAuction], summary="The show's auctions")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def list_auctions(request: StaffRequest, slug: str) -> list[StaffAuction]:
    return queries.staff_auctions(_show(request, slug))


@router.post(
    "/shows/{slug}/auctions", response={201: StaffAuction}, summary="Prepare an auction"
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def create_auction(request: StaffRequest, slug: str, body: AuctionIn) -> Any:
    values = body.dict(exclude={"variant_id", "increments"})
    draft = AuctionDraft(increments=_steps(body.increments), **values)
    made = services.create(_show(request, slug), body.variant_id, draft, request.user)
    return Status(201, queries.staff_auction(made))


@router.patch(
    "/shows/{slug}/auctions/{auction_id}", response=StaffAuction,
    summary="Change an auction that nobody has seen",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def patch_auction(
    request: StaffRequest, slug: str, auction_id: str, body: AuctionPatch
) -> StaffAuction:  # fmt: skip
    values = values_of(body, _MAY_BE_NULL)
    if body.increments is not None:
        values["increments"] = _steps(body.increments)
    return queries.staff_auction(services.change(_show(request, slug), auction_id, values))


@router.delete(
    "/shows/{slug}/auctions/{auction_id}", response={204: None},
    summary="Delete an auction that nobody has seen",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def delete_auction(request: StaffRequest, slug: str, auction_id: str) -> Any:
    services.delete(_show(request, slug), auction_id)
    return Status(204, None)


@router.post(
    "/shows/{slug}/auctions/{auction_id}/announce", response=StaffAuction,
    summary="Show an auction, and take bids before it opens",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def announce_auction(
    request: StaffRequest, slug: str, auction_id: str, body: PictureIn
) -> StaffAuction:  # fmt: skip
    show = _show(request, slug)
    return _staff(services.announce(show, auction_id, body.picture_at, request.user))


@router.post(
    "/shows/{slug}/auctions/{auction_id}/open", response=StaffAuction,
    summary="Put an auction on air",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def open_auction(
    request: StaffRequest, slug: str, auction_id: str, body: PictureIn
) -> StaffAuction:  # fmt: skip
    show = _show(request, slug)
    return _staff(services.open_auction(show, auction_id, body.picture_at, request.user))


@router.post(
    "/shows/{slug}/auctions/{auction_id}/last-call", response=StaffAuction,
    summary="Let an auction end in ten seconds",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def call_last_bids(request: StaffRequest, slug: str, auction_id: str) -> StaffAuction:
    return _staff(services.last_call(_show(request, slug), auction_id, request.user))


@router.post(
    "/shows/{slug}/auctions/{auction_id}/cancel", response=StaffAuction,
    summary="Call an auction off",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def cancel_auction(request: StaffRequest, slug: str, auction_id: str) -> StaffAuction:
    return _staff(services.cancel(_show(request, slug), auction_id, request.user))


@router.post(
    "/shows/{slug}/auctions/{auction_id}/offer-again", response=StaffAuction,
    summary="Offer a sold piece again, once it is in stock",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def offer_again(request: StaffRequest, slug: str, auction_id: str) -> StaffAuction:
    return _staff(services.offer_again(_show(request, slug), auction_id, request.user))


@router.get("/shows/{slug}/auctions/{auction_id}/bids.csv", summary="An auction's bids as a table")
@permissions.staff(Role.PRODUCER)
def get_bids(request: StaffRequest, slug: str, auction_id: str) -> HttpResponse:
    auction = queries.find(_show(request, slug), auction_id)
    rules.check_over(auction.state)
    return csv_answer(f"auction-{auction.pk}", queries.bid_rows(auction))


def _bid(request: ViewerRequest, slug: str, bid: BidRequest) -> Any:
    (answer,) = bidding.bid_many(_seen(request, slug).pk, [bid])
    if isinstance(answer, ShowfloorError):
        raise answer
    return Status(201, answer.result)


def _seen(request: ViewerRequest, slug: str) -> Show:
    viewer = request.viewer
    return shows.find(slug, [viewer.brand] if viewer.is_staff else [], viewer)


def _show(request: StaffRequest, slug: str) -> Show:
    return shows.find(slug, [request.brand.pk])


def _steps(given: list[StepIn]) -> list[tuple[int, int]]:
    return [(one.from_amount, one.step) for one in given]


def _staff(auction: Auction) -> StaffAuction:
    return queries.staff_auction(auction)
