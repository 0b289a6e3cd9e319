"""Who tried to send to a show and was not taken, for the people of that show.

Attempts are kept in memory, few and for minutes: three tries of one encoder are one line, and what
a stranger sends fills nothing. Nobody knows whose show an unknown key was meant for, so such an
attempt is kept under the network it came from, and told to staff who sit in that network.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from showfloor.kernel.clock import iso_ms, parse_iso

PER_PLACE_MAX: Final = 5  # different attempts at one show, or from one network
PLACES_MAX: Final = 1000
KEPT: Final = timedelta(minutes=15)
_CHANNEL: Final = "channel"
_NETWORK: Final = "network"
_TEXT_MAX: Final = 60
_COUNT_MAX: Final = 1_000_000


class Cause(StrEnum):
    UNKNOWN_KEY = "unknown-key"
    OLD_KEY = "old-key"  # the show's, before a rotation
    ENDED = "ended"
    BUSY = "busy"  # another encoder sends
    LIMIT = "limit"
    CODEC = "codec"  # `detail`: what it sent
    NO_PICTURE = "no-picture"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RejectedAttempt:
    """`at`: the last time. `address`: without its port."""

    cause: Cause
    detail: str
    encoder: str
    address: str
    at: datetime
    count: int = 1


class RejectionLog:
    """Bounded in places, in attempts for each, and in time. Written by one thread, read by any.

    Shows and networks are kept apart: strangers from many networks push no show out.
    """

    def __init__(self) -> None:
        self._shelves: Mapping[str, OrderedDict[str, tuple[RejectedAttempt, ...]]] = {
            _CHANNEL: OrderedDict(), _NETWORK: OrderedDict(),
        }  # fmt: skip

    def record(self, place: str, attempt: RejectedAttempt) -> RejectedAttempt:
        """Keep an attempt, together with those before it that were the same; what is kept now."""
        known = self._shelf(place).get(place, ())
        same = next((one for one in known if _same(one, attempt)), None)
        before = same.count if same is not None and _is_fresh(same, attempt.at) else 0
        kept = replace(attempt, count=min(before + attempt.count, _COUNT_MAX))
        self._keep(place, kept)
        return kept

    def adopt(self, place: str, attempt: RejectedAttempt) -> None:
        """Keep an attempt as another process counted it; KeyError for a place that is none."""
        self._keep(place, attempt)

    def forget(self, place: str) -> None:
        """An encoder was taken there: what went wrong before has been put right."""
        self._shelf(place).pop(place, None)

    def attempts(self, place: str, now: datetime) -> list[RejectedAttempt]:
        """The newest first."""
        return [one for one in self._shelf(place).get(place, ()) if _is_fresh(one, now)]

    def _shelf(self, place: str) -> OrderedDict[str, tuple[RejectedAttempt, ...]]:
        return self._shelves[place.partition(":")[0]]

    def _keep(self, place: str, attempt: RejectedAttempt) -> None:
        places = self._shelf(place)
        others = [one for one in places.get(place, ()) if not _same(one, attempt)]
        places[place] = (attempt, *others)[:PER_PLACE_MAX]
        places.move_to_end(place)
        while len(places) > PLACES_MAX:
            places.popitem(last=False)


def attempt(cause: Cause, detail: str, encoder: str, remote: str, at: datetime) -> RejectedAttempt:
    """`remote`: "address:port"."""
    address = remote.rpartition(":")[0].strip("[]")
    return RejectedAttempt(cause, detail[:_TEXT_MAX], encoder[:_TEXT_MAX], address[:_TEXT_MAX], at)


def of_channel(channel_id: str) -> str:
    return f"{_CHANNEL}:{channel_id}"


def of_network(network: str) -> str:
    return f"{_NETWORK}:{network}"


def to_json(attempt: RejectedAttempt) -> dict[str, Any]:
    return {
        "cause": attempt.cause, "detail": attempt.detail, "encoder": attempt.encoder,
        "address": attempt.address, "at": iso_ms(attempt.at), "count": attempt.count,
    }  # fmt: skip


def from_json(told: Mapping[str, Any]) -> RejectedAttempt:
    """KeyError, TypeError or ValueError for nonsense."""
    detail, encoder, address = (
        str(told[name])[:_TEXT_MAX] for name in ("detail", "encoder", "address")
    )
    count = min(max(int(told["count"]), 1), _COUNT_MAX)
    return RejectedAttempt(
        Cause(told["cause"]), detail, encoder, address, parse_iso(told["at"]), count
    )


def _same(one: RejectedAttempt, other: RejectedAttempt) -> bool:
    what = (one.cause, one.detail, one.encoder, one.address)
    return what == (other.cause, other.detail, other.encoder, other.address)


def _is_fresh(one: RejectedAttempt, now: datetime) -> bool:
    return one.at > now - KEPT


book = RejectionLog()  # of this process
