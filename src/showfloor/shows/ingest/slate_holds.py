"""The shows whose publishers have all left while slates stand at the destinations they go to."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from showfloor.shows.ingest.show_sources import ShowSources


@dataclass(frozen=True, slots=True)
class _Hold:
    sources: ShowSources
    ending: asyncio.TimerHandle


class SlateHolds:
    """Keeps each show's hub and restreams until its encoder is back, for `hold_s` at most; then
    `release` is called. Belongs to the event loop."""

    def __init__(self, hold_s: float, release: Callable[[ShowSources], None]) -> None:
        self._hold_s = hold_s
        self._release = release
        self._holds: dict[str, _Hold] = {}  # by channel

    @property
    def all(self) -> Sequence[ShowSources]:
        return [hold.sources for hold in self._holds.values()]

    def hold(self, sources: ShowSources) -> bool:
        """Keep a show that goes somewhere; return False where there is nothing to keep."""
        if self._hold_s <= 0 or not sources.restreams.are_running:
            return False
        channel_id, loop = sources.show.channel_id, asyncio.get_running_loop()
        ending = loop.call_later(self._hold_s, self.end, channel_id)
        self._holds[channel_id] = _Hold(sources, ending)
        return True

    def take(self, channel_id: str) -> ShowSources | None:
        """Return what was kept of a show whose encoder is back; it is kept no longer."""
        hold = self._holds.pop(channel_id, None)
        if hold is None:
            return None
        hold.ending.cancel()
        return hold.sources

    def end(self, channel_id: str) -> None:
        """Release a show at once; do nothing if it is not kept."""
        sources = self.take(channel_id)
        if sources is not None:
            sources.restreams.apply(())
            self._release(sources)
