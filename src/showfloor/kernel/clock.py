"""Time: UTC, to the millisecond, as ISO 8601 text. Code that decides by time is given a clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)

_told: ContextVar[Clock | None] = ContextVar("clock", default=None)


def utc_now() -> datetime:
    """The time now in UTC, cut to the millisecond, which is all that a timeline stores."""
    told = _told.get()
    return truncate_ms(datetime.now(UTC) if told is None else told())


@contextmanager
def telling(clock: Clock) -> Iterator[None]:
    """Have `utc_now` say the time of `clock` in this block, on this thread: a past show is written
    by the verbs of its time."""
    before = _told.set(clock)
    try:
        yield
    finally:
        _told.reset(before)


def truncate_ms(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso_ms(moment: datetime) -> str:
    """`2026-03-01T18:30:00.250Z`."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{moment.microsecond // 1000:03d}Z"


def iso_or_none(moment: datetime | None) -> str | None:
    """Do as `iso_ms` does; None stays None."""
    return None if moment is None else iso_ms(moment)


def parse_iso(text: str) -> datetime:
    """A moment from ISO 8601 with a zone; ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    try:
        return truncate_ms(moment.astimezone(UTC))
    except OverflowError:
        raise ValueError(f"{text!r} is out of range") from None


def from_epoch_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def to_epoch_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MS
