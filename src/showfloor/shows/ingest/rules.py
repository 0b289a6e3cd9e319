"""Pure decisions about publishers: admission to a show, and giving way to another publisher."""

from datetime import datetime

from showfloor.media.diagnostics.ingest_health import IngestHealth
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
    state: ShowState, *, broadcasts: int, broadcasts_max: int, is_limit_set: bool, is_behind: bool
) -> None:
    """Raise PublishRejected when the machine has no room for one more broadcast.

    A live show gets every free place, because its viewers wait. A preview gets none while the
    machine is behind with its broadcasts, unless the operator has set a limit.
    """
    if broadcasts >= broadcasts_max:
        told = "This server encodes as many broadcasts as it can."
        raise PublishRejected("limit", told, cause=Cause.LIMIT)
    if is_behind and not is_limit_set and state != ShowState.LIVE:
        told = "This server is behind with the broadcasts that it has."
        raise PublishRejected("limit", told, cause=Cause.LIMIT)


def is_silent(health: IngestHealth, now: datetime, silence_s: float) -> bool:
    """Return whether a publisher has sent no picture for half of `silence_s`.

    A publisher without any picture yet counts as silent since it came.
    """
    silent_s = health.last_frame_age_s
    if silent_s is None:
        silent_s = (now - health.since).total_seconds()
    return silent_s >= silence_s / 2
