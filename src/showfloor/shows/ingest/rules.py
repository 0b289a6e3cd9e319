"""Pure decisions about publishers: admission to a show, and giving way to another publisher."""

from datetime import datetime

from showfloor.media.diagnostics.ingest_health import IngestHealth
from showfloor.media.encoding.capacity import Room
from showfloor.media.ports import Cause, PublishRejected
from showfloor.shows.models import ShowState

TAKEN = "Another encoder is already sending to this show."


def check_state(state: ShowState | None) -> None:
    """Raise PublishRejected for a show that has ended or is gone (None)."""
    if state is None or state == ShowState.ENDED:
        raise PublishRejected("unauthorized", "This show has ended.", cause=Cause.ENDED)


def check_address(slug: str, named: str) -> None:
    """Raise PublishRejected for a key at the address of another show. A protocol without a show in
    its address names none (empty)."""
    if named and named != slug:
        raise PublishRejected("unauthorized", "This stream key belongs to another show.")


def check_capacity(
    state: ShowState, *, broadcasts: int, broadcasts_max: int, room: Room, is_behind: bool
) -> None:
    """Raise PublishRejected when the machine has no room for one more broadcast.

    `broadcasts_max`: the operator's limit, which counts alone; 0 where there is none. The first
    broadcast is always taken. A live show gets what room there is, because its viewers wait; a
    preview gets none while the machine is behind with its broadcasts.
    """
    if broadcasts_max:
        if broadcasts >= broadcasts_max:
            raise no_room(f"it takes {broadcasts_max} at once (SHOWFLOOR_BROADCASTS_MAX)")
        return
    if broadcasts and not room.fits:
        raise no_room(str(room))
    if is_behind and state != ShowState.LIVE:
        raise no_room("it is behind with those that it has")


def no_room(detail: str) -> PublishRejected:
    """Return the rejection of a publisher for whom this machine has no room."""
    told = f"This server takes no more broadcasts now: {detail}."
    return PublishRejected("limit", told, cause=Cause.LIMIT, detail=detail)


def is_silent(health: IngestHealth, now: datetime, silence_s: float) -> bool:
    """Return whether a publisher has sent no picture for half of `silence_s`.

    A publisher without any picture yet counts as silent since it came.
    """
    silent_s = health.last_frame_age_s
    if silent_s is None:
        silent_s = (now - health.since).total_seconds()
    return silent_s >= silence_s / 2
