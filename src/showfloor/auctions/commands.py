"""Commands that viewers send about auctions."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NotRequired, TypedDict

from django.utils.translation import gettext as _

from showfloor.auctions import bidding
from showfloor.auctions.bidding import BidAnswer, BidRequest
from showfloor.community import command_batches
from showfloor.community.refusals import refused
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid, NotFound, ShowfloorError
from showfloor.shows.queries import by_id
from showfloor.timeline import command_bodies
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome


class BidIn(TypedDict):
    """`maximum`: minor units of the auction's currency; the price stays one step above the others'
    highest. `picture_at`: the picture that the player shows, Unix milliseconds. `accepts_terms`:
    with the first bid in an auction: bids are binding."""

    auction_id: str
    maximum: int
    picture_at: NotRequired[int | None]
    accepts_terms: NotRequired[bool]


class BuyNowIn(TypedDict):
    """The piece at its price for buying at once, until a bid has reached the reserve."""

    auction_id: str
    picture_at: NotRequired[int | None]
    accepts_terms: NotRequired[bool]


class RetractIn(TypedDict):
    bid_id: str


def perform_bids(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    return _perform(show_id, commands)


def perform_buying(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    return _perform(show_id, commands)


def _perform(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    read: Sequence[BidRequest | Outcome]
    try:
        read = [_read(command) for command in commands]
    except Invalid:  # again, each in its sender's language
        read = command_batches.bodies_of(show_id, commands, _read)
    requests = [one for one in read if isinstance(one, BidRequest)]
    answers = iter(bidding.bid_many(show_id, requests) if requests else ())
    return [one if isinstance(one, Outcome) else outcome_of(next(answers)) for one in read]


def perform_retractions(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    read = command_batches.bodies_of(
        show_id, commands, lambda command: command_bodies.read(command.body, RetractIn)["bid_id"]
    )
    show = by_id(show_id)
    if show is None:
        return [refused(NotFound(_("There is no such show.")))] * len(commands)

    def step(command: Command, bid_id: str) -> Outcome:
        return outcome_of(bidding.retract(show, bid_id, command.claims, utc_now()))

    return command_batches.each(commands, read, show.brand.language, step)


def outcome_of(answer: BidAnswer | ShowfloorError) -> Outcome:
    if isinstance(answer, BidAnswer):
        return Outcome(answer.seq, {"bid": answer.result}, replayed=answer.replayed)
    return refused(answer)


def _read(command: Command) -> BidRequest:
    is_bid = command.name == "auction.bid"
    body = command_bodies.read(command.body, BidIn if is_bid else BuyNowIn)
    return BidRequest(
        command.claims, command.id, body["auction_id"], body.get("maximum", 0),
        moment(body.get("picture_at")), body.get("accepts_terms", False), not is_bid,
        command.language, command.arrived_ms, command.pictures,
    )  # fmt: skip


def moment(picture_ms: int | None) -> datetime | None:
    """Return the picture's time; Invalid for a number that is no time."""
    if picture_ms is None:
        return None
    try:
        return datetime.fromtimestamp(picture_ms / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        raise Invalid(_("This is not a time."), field="picture_at") from None


COMMANDS = (
    CommandKind(
        "auction.bid", Lane.PROMPT, BidIn, perform_bids,
        "Offer a maximum in an auction that is announced or on air.",
    ),
    CommandKind(
        "auction.buy_now", Lane.PROMPT, BuyNowIn, perform_buying,
        "Buy the piece of an auction at once.",
    ),
    CommandKind(
        "auction.retract", Lane.PROMPT, RetractIn, perform_retractions,
        "Take a bid of one's own back within ten seconds.",
    ),
)  # fmt: skip
