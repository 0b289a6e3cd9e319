"""Giveaways, as they stand on the timeline and on the stream of one person."""

from typing import TypedDict

from showfloor.timeline.kinds import Delivery, EntryKind, Release


class GiveawayOpened(TypedDict):
    """`commitment`: SHA-256 of the seed, hexadecimal. `round`: of drand, the first after the last
    moment at which an entry counts; 0: none takes part. `closes_at`: the last picture."""

    giveaway_id: str
    title: str
    prize: str
    rule: str  # viewer, member, order, email, network
    asks_email: bool
    winners: int
    substitutes: int
    closes_at: str
    commitment: str
    round: int
    url: str


class GiveawayEntered(TypedDict):
    """All entries so far, and the head of their chain (verify_draw.py says how)."""

    giveaway_id: str
    entries: int
    head: str


class GiveawayClosed(TypedDict):
    """`root`: the head over all entries."""

    giveaway_id: str
    entries: int
    root: str


class GiveawayDrawn(TypedDict):
    """Numbers of entries, in order. `signature`: of the drand round, hexadecimal; empty: none took
    part, and `beacon_missing` says why (`not-configured`, `no-answer`)."""

    giveaway_id: str
    seed: str
    round: int
    signature: str
    beacon_missing: str
    winners: list[int]
    substitutes: list[int]


class GiveawayWithdrawn(TypedDict):
    giveaway_id: str


KINDS = (
    EntryKind(
        "giveaway.opened", Release.PICTURE, True, GiveawayOpened,
        "People can enter from the picture at `picture_at`; the seed of the draw is fixed.",
    ),
    EntryKind(
        "giveaway.entered", Release.NOW, False, GiveawayEntered,
        "How many have entered; the sealed list is fixed so far.",
        Delivery.AGGREGATED,
    ),
    EntryKind(
        "giveaway.closed", Release.PICTURE, True, GiveawayClosed,
        "Entries are closed, and the sealed list is fixed.",
    ),
    EntryKind(
        "giveaway.drawn", Release.PICTURE, True, GiveawayDrawn,
        "The seed is revealed, and with it the winners.",
    ),
    EntryKind(
        "giveaway.withdrawn", Release.NOW, True, GiveawayWithdrawn,
        "The giveaway is taken back as if it had not been.",
    ),
)  # fmt: skip


class PrizeOffered(TypedDict):
    giveaway_id: str
    title: str
    prize: str
    claim_until: str
    url: str


class PrizeLapsed(TypedDict):
    giveaway_id: str
    prize: str


PRIVATE_KINDS = (
    EntryKind(
        "prize.offered", Release.NOW, False, PrizeOffered,
        "You have won; claim the prize at `url` until `claim_until`.",
    ),
    EntryKind(
        "prize.lapsed", Release.NOW, False, PrizeLapsed,
        "The time to claim a prize is over; it has gone to a substitute.",
    ),
)  # fmt: skip
