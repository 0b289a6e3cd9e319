"""Delivery clocks, pure: the order of people who saw the same picture at different moments.

A person's tap is timed from the moment at which the opening picture reached that person, as DBO
does for traders (SIGCOMM 2023, arXiv 2303.16139). All moments are Unix time in ms.

The picture that the player says it shows is a claim. What the edge served to that player bounds it:
nobody can show a picture that was not served yet, and a player of ours keeps no more than
`HLS_BUFFER_MS` of what it has. A false claim never beats a true one by more than the liar's own
time to tap: a response begins at the opening picture at the earliest.
"""

from dataclasses import dataclass
from typing import Final

from showfloor.timeline.served_pictures import ServedPictures

WINDOW_MS: Final = 12_000
WINDOW_MAX_MS: Final = 15_000
HLS_BUFFER_MS: Final = 12_000  # largest distance between what our player has and what it shows
LIVE_EDGE_BUFFER_MS: Final = 2_000  # the same of a player that is sent every picture
SETTLE_MS: Final = 250  # between a tap's arrival and its row, however many tap at once
AGE_MAX_MS: Final = 30_000  # a tap that waited for longer counts as of now


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the edge knows of one player. `first_served_ms`: the moment at which it first had the
    opening picture, None where the edge served it nothing; `buffer_ms`: the most that it keeps."""

    first_served_ms: int | None = None
    buffer_ms: int = HLS_BUFFER_MS


UNPROVEN: Final = Delivery()


def delivery_of(
    pictures: ServedPictures | None, show: str, picture_ms: int, unserved_ms: int | None = None
) -> Delivery:
    """Return what the edge knows of when a player of a show (its address) had a picture.
    `unserved_ms` stands for the moment at which it gets a picture that it has not got yet; None:
    the player cannot have seen it, and its claim is unproven."""
    if pictures is None or pictures.show != show:
        return UNPROVEN
    first = pictures.first_served_ms(picture_ms)
    if pictures.live_since_ms is not None:
        return Delivery(picture_ms if first is None else first, LIVE_EDGE_BUFFER_MS)
    return Delivery(unserved_ms if first is None else first)


def arrival_ms(told_ms: int, now_ms: int) -> int:
    """Return when a tap arrived, by what the edge tells (0: nothing), as far as that can be."""
    return told_ms if now_ms - AGE_MAX_MS <= told_ms <= now_ms else now_ms


def delay_ms(
    opened_ms: int, shown_ms: int, arrived_ms: int, delivery: Delivery, window_ms: int,
    unproven_ms: int,
) -> int:  # fmt: skip
    """Return the delay that counts: the claimed one, as far as the edge bears it out and the window
    allows. It never makes a tap earlier than the opening picture."""
    claimed = max(0, arrived_ms - shown_ms)
    proven = unproven_ms
    if delivery.first_served_ms is not None:
        proven = max(0, delivery.first_served_ms - opened_ms) + delivery.buffer_ms
    return max(0, min(claimed, proven, window_ms, arrived_ms - opened_ms))


def response_ms(opened_ms: int, arrived_ms: int, counted_ms: int) -> int:
    """Return the time between the opening picture at the person and the tap."""
    return max(0, arrived_ms - opened_ms - counted_ms)


def is_in_time(ends_ms: int | None, arrived_ms: int, counted_ms: int) -> bool:
    """Return whether a tap belongs to a picture before the end; None: there is no end."""
    return ends_ms is None or arrived_ms - counted_ms < ends_ms


def decided_at_ms(opened_ms: int, response: int, window_ms: int) -> int:
    """Return the watermark of a tap: from then on, every tap still unseen has a longer response,
    because its delay counts for the window at most."""
    return opened_ms + window_ms + response + SETTLE_MS
