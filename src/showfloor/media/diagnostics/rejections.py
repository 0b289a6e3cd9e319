"""The log of rejected publishers, for the people of the show that they were meant for.

Attempts are kept in memory, few and for minutes: three tries of one encoder are one line, and a
stranger cannot fill the log. An unknown key names no show. So such an attempt is kept under the
network that it came from, for members of staff in the same network.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from showfloor.kernel.clock import iso_ms, parse_iso
from showfloor.media.ports import Cause

PER_PLACE_MAX: Final = 5  # different attempts at one show, or from one network
PLACES_MAX: Final = 1000
KEPT: Final = timedelta(minutes=15)
_CHANNEL: Final = "channel"
_NETWORK: Final = "network"
_TEXT_MAX: Final = 60
_COUNT_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class RejectedAttempt:
    """An attempt that was rejected. `at`: the last time. `address`: without its port."""

    cause: Cause
    detail: str
    encoder: str
    address: str
    at: datetime
    count: int = 1


class RejectionLog:
    """The attempts of the last minutes: bounded in places, in attempts for each, and in time.

    One thread writes it, any thread may read it. Shows and networks are kept apart, so strangers
    from many networks push no show out.
    """

    def __init__(self) -> None:
        self._shelves: Mapping[str, OrderedDict[str, tuple[RejectedAttempt, ...]]] = {
            _CHANNEL: OrderedDict(), _NETWORK: OrderedDict(),
        }  # fmt: skip

    def record(self, place: str, attempt: RejectedAttempt) -> RejectedAttempt:
        """Keep an attempt, counted together with earlier ones of the same kind; return the sum."""
        known = self._shelf(place).get(place, ())
        same = next((one for one in known if _same(one, attempt)), None)
        before = same.count if same is not None and _is_fresh(same, attempt.at) else 0
        kept = replace(attempt, count=min(before + attempt.count, _COUNT_MAX))
        self._keep(place, kept)
        return kept

    def adopt(self, place: str, attempt: RejectedAttempt) -> None:
        """Keep an attempt as another process counted it; KeyError for an unknown kind of place."""
        self._keep(place, attempt)

    def forget(self, place: str) -> None:
        """Forget a place's attempts, because an encoder was accepted there."""
        self._shelf(place).pop(place, None)

    def clear(self) -> None:
        """Forget everything."""
        for places in self._shelves.values():
            places.clear()

    def attempts(self, place: str, now: datetime) -> list[RejectedAttempt]:
        """Return the place's attempts, the newest first."""
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
    """Make an attempt with bounded texts. `remote` is "address:port"."""
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
    """Read an attempt; KeyError, TypeError or ValueError for nonsense."""
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
