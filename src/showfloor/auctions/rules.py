"""Rules of auctions. Pure decisions: what a maximum must reach, who leads at which price, when a
bid is in time, and when the end moves.

The price is the second-highest maximum and one step more, never above the highest. Of equal maxima
the earlier one leads. All of it follows from the bids that count, in their order: a bid that is
taken back, or whose bidder is banned or does not pay, leaves what the others' bids come to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from showfloor.auctions.models import AuctionState, BidderRule
from showfloor.kernel.clock import to_epoch_ms
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.shows.delivery_clocks import SETTLE_MS, WINDOW_MS, Delivery, delay_ms

AMOUNT_MAX = 10**10  # minor units
TITLE_CHARS_MAX = 120
STEPS_MAX = 20
AUCTIONS_MAX = 50  # of a show
LENGTH_S_MIN, LENGTH_S_MAX = 10, 4 * 3600
EXTEND_S_MAX = 120
CHECKOUT_S_MIN, CHECKOUT_S_MAX = 60, 48 * 3600
# A bid, a tap of the wrong figure, can be taken back for so long, so often in one auction: a bidder
# could learn the others' maxima otherwise.
RETRACT_WITHIN = timedelta(seconds=10)
RETRACTIONS_MAX = 2

# A bid counts for a picture before the end that a bidder further behind sees later. The close waits
# for it, and for its way from the edge to its row.
CLOSES_AFTER = timedelta(milliseconds=WINDOW_MS + SETTLE_MS)
# The producer's *last call*, and an auction that opens for an older picture, leave everybody this
# long.
LAST_CALL = timedelta(seconds=10)

# The states that staff may set. Only an auction that nobody has seen can be changed or deleted.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    AuctionState.DRAFT: frozenset({AuctionState.ANNOUNCED, AuctionState.OPEN}),
    AuctionState.ANNOUNCED: frozenset({AuctionState.OPEN, AuctionState.CLOSED}),
    AuctionState.OPEN: frozenset({AuctionState.CLOSED}),
    AuctionState.CLOSED: frozenset(),
}

type Steps = Sequence[tuple[int, int]]  # (from amount, step), the first from 0


@dataclass(frozen=True, slots=True)
class AuctionDraft:
    """An auction as someone prepares it. Amounts are minor units, `None` for none."""

    title: str
    start_amount: int
    increments: Steps
    length_s: int
    extend_s: int = 10
    reserve_amount: int | None = None
    buy_now_amount: int | None = None
    checkout_s: int = 900
    bidders_rule: str = BidderRule.CONFIRMED


@dataclass(frozen=True, slots=True)
class Terms:
    """The part of an auction that its price follows from."""

    start: int
    steps: Steps
    reserve: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the bids that count come to. `second`: the highest maximum of anybody else."""

    leader: int | None = None
    leader_max: int | None = None
    second: int | None = None


def step_at(steps: Steps, amount: int) -> int:
    """Return the step above an amount."""
    return [step for start, step in steps if start <= amount][-1]


def minimum(terms: Terms, price: int, *, has_bids: bool) -> int:
    """Return the least maximum that a new bid must have."""
    return price + step_at(terms.steps, price) if has_bids else terms.start


def after(standing: Standing, bidder: int, maximum: int) -> Standing:
    """Return the standing with one more bid, which came after all others."""
    if standing.leader is None or standing.leader_max is None:
        return Standing(bidder, maximum)
    if standing.leader == bidder:
        return replace(standing, leader_max=max(maximum, standing.leader_max))
    if maximum > standing.leader_max:
        return Standing(bidder, maximum, standing.leader_max)
    return replace(standing, second=max(maximum, standing.second or 0))


def standing_of(bids: Iterable[tuple[int, int]]) -> Standing:
    """Return the standing of bids (bidder's number, maximum) in their order."""
    standing = Standing()
    for bidder, maximum in bids:
        standing = after(standing, bidder, maximum)
    return standing


def price_of(terms: Terms, standing: Standing) -> int:
    """Return the price: one step above the second maximum, at most the highest. A highest maximum
    that reaches the reserve brings the price to it."""
    highest = standing.leader_max
    if highest is None:
        return terms.start
    price = terms.start
    if standing.second is not None:
        above = standing.second + step_at(terms.steps, standing.second)
        price = max(price, min(highest, above))
    if terms.reserve is not None and highest >= terms.reserve:
        price = max(price, terms.reserve)
    return price


def is_reserve_met(terms: Terms, standing: Standing) -> bool:
    if standing.leader_max is None:
        return False
    return terms.reserve is None or standing.leader_max >= terms.reserve


def can_buy_now(terms: Terms, standing: Standing, buy_now: int | None) -> bool:
    """Return whether the piece can still be bought at once: until a bid reaches the reserve, or
    until the first bid where there is none."""
    return buy_now is not None and not is_reserve_met(terms, standing)


def last_picture_ms(ends_at: datetime) -> int:
    """Return the last picture that takes bids."""
    return to_epoch_ms(ends_at) - 1


def counted_at(
    ends_at: datetime | None, arrived_at: datetime, shown_at: datetime | None, delivery: Delivery,
    unproven_ms: int,
) -> datetime:  # fmt: skip
    """Return the moment by which a bid is in time or late: its arrival less the delay that counts,
    as `delivery_clocks` has it for the last picture that takes bids. `shown_at`: the picture that
    the bidder's player says it shows."""
    if ends_at is None or shown_at is None:
        return arrived_at
    delay = delay_ms(
        last_picture_ms(ends_at), to_epoch_ms(shown_at), to_epoch_ms(arrived_at), delivery,
        WINDOW_MS, unproven_ms,
    )  # fmt: skip
    return arrived_at - timedelta(milliseconds=delay)


def is_over(ends_at: datetime | None, moment: datetime) -> bool:
    return ends_at is not None and moment >= ends_at


def first_end(picture: datetime, length_s: int, now: datetime) -> datetime:
    """Return the end of an auction that opens at a picture, which may be some seconds old."""
    return max(picture + timedelta(seconds=length_s), now + LAST_CALL)


def end_after_retraction(ends_at: datetime, now: datetime, extend_s: int) -> datetime:
    """Return the end after a bid was taken back. Everybody has time to answer it, also where late
    bids move no end: a friend's high bid would keep the others away until it is too late."""
    return max(ends_at, now + max(timedelta(seconds=extend_s), RETRACT_WITHIN))


def extended(ends_at: datetime, arrived: datetime, extend_s: int) -> datetime:
    """Return the end after a bid that changed something: everybody has `extend_s` from its arrival
    on to answer it."""
    return max(ends_at, arrived + timedelta(seconds=extend_s)) if extend_s else ends_at


def check_maximum(terms: Terms, standing: Standing, bidder: int | None, maximum: int) -> None:
    """Raise Invalid for a maximum that is too low: below the next step, or below what the leader
    has offered already."""
    if not 1 <= maximum <= AMOUNT_MAX:
        raise Invalid(_("This is not an amount that can be bid."), field="maximum")
    least = minimum(terms, price_of(terms, standing), has_bids=standing.leader is not None)
    if bidder is not None and bidder == standing.leader:
        assert standing.leader_max is not None, "a leader has a maximum"
        least = standing.leader_max + 1
    if maximum < least:
        raise Invalid(
            _("This is below the next bid."), code="bid-too-low", field="maximum",
            more={"minimum": least},
        )  # fmt: skip


def check_transition(state: str, to: str) -> None:
    if to not in TRANSITIONS[state]:
        raise Conflict(_("This can't be done with the auction now."), code="auction-state")


def check_over(state: str) -> None:
    """Raise Conflict while bids are taken: nobody, staff included, reads their maxima."""
    if state in {AuctionState.ANNOUNCED, AuctionState.OPEN}:
        raise Conflict(_("Bids can be read once the auction is over."), code="auction-state")


def check_unseen(state: str) -> None:
    if state != AuctionState.DRAFT:
        raise Conflict(
            _("An auction that people have seen can't be changed."), code="auction-seen"
        )  # fmt: skip


def clean_draft(draft: AuctionDraft) -> AuctionDraft:
    """Return the draft without stray blanks; Invalid names the field that is wrong."""
    title = " ".join(draft.title.split())
    if not 1 <= len(title) <= TITLE_CHARS_MAX:
        raise Invalid(
            _("Give it a title of at most %(count)d characters.") % {"count": TITLE_CHARS_MAX},
            field="title",
        )
    _check_amount(draft.start_amount, "start_amount")
    _check_range(draft.length_s, LENGTH_S_MIN, LENGTH_S_MAX, "length_s")
    _check_range(draft.extend_s, 0, EXTEND_S_MAX, "extend_s")
    _check_range(draft.checkout_s, CHECKOUT_S_MIN, CHECKOUT_S_MAX, "checkout_s")
    if draft.bidders_rule not in BidderRule.values:
        raise Invalid(_("This is not what is asked for here."), field="bidders_rule")
    _check_above(draft.reserve_amount, draft.start_amount, "reserve_amount")
    floor = max(draft.start_amount, draft.reserve_amount or 0)
    _check_above(draft.buy_now_amount, floor, "buy_now_amount")
    return replace(draft, title=title, increments=_clean_steps(draft.increments))


def _check_amount(amount: int, field: str) -> None:
    if not 1 <= amount <= AMOUNT_MAX:
        raise Invalid(_("Name an amount above zero."), field=field)


def _check_range(value: int, least: int, most: int, field: str) -> None:
    if not least <= value <= most:
        raise Invalid(
            _("Between %(least)d and %(most)d seconds.") % {"least": least, "most": most},
            field=field,
        )


def _check_above(amount: int | None, start: int, field: str) -> None:
    if amount is None:
        return
    _check_amount(amount, field)
    if amount < start:
        raise Invalid(_("This is below what the auction starts with."), field=field)


def _clean_steps(steps: Sequence[Any]) -> Steps:
    """Return the table of steps. Higher amounts have no smaller step: the price would fall where a
    bid is raised."""
    rows = [tuple(one) for one in steps]
    is_table = 1 <= len(rows) <= STEPS_MAX and all(len(row) == 2 for row in rows)
    if not is_table or rows[0][0] != 0:
        raise Invalid(
            _("Give the steps by amount, the first from 0, at most %(count)d.")
            % {"count": STEPS_MAX},
            field="increments",
        )
    for (start, step), (later, larger) in pairwise(rows):
        if later <= start or larger < step:
            raise Invalid(
                _("Amounts go up from line to line, and steps never get smaller."),
                field="increments",
            )
    if not all(1 <= step <= AMOUNT_MAX and start <= AMOUNT_MAX for start, step in rows):
        raise Invalid(_("Name an amount above zero."), field="increments")
    return rows
