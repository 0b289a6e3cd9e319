"""The streams of one process: opened at the first request, closed when they are idle."""

import asyncio
from collections.abc import Callable

from showfloor.kernel.clock import Clock, utc_now
from showfloor.kernel.errors import Unavailable
from showfloor.media.hls.origin import LiveStream
from showfloor.media.recording.index import Recording
from showfloor.media.recording.storage import Storage


class LiveStreamRegistry:
    """The streams of this process: opened at the first request, closed when they are idle."""

    def __init__(
        self,
        open_recording: Callable[[str], Recording],
        *,
        window_s: int = 600,
        channels_max: int = 64,
        idle_s: float = 60,
        storage: Storage | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._open_recording = open_recording
        self._storage = storage
        self._window_s = window_s
        self._channels_max = channels_max
        self._idle_s = idle_s
        self._clock = clock
        self._channels: dict[str, LiveStream] = {}
        self._used_at: dict[str, float] = {}
        self._opening = asyncio.Lock()

    async def open(self, channel_id: str) -> LiveStream:
        """Return the channel's stream, the same one while it is open; Unavailable when too many
        are in use. Ask for each request anew, because an idle stream is closed.
        """
        now = asyncio.get_running_loop().time()
        if channel_id in self._channels:
            self._used_at[channel_id] = now
            return self._channels[channel_id]
        async with self._opening:
            if channel_id in self._channels:
                return self._channels[channel_id]
            await self._make_room(now)
            recording = self._open_recording(channel_id)
            index = await asyncio.to_thread(recording.load)
            channel = LiveStream(
                channel_id, recording, index,
                window_s=self._window_s, storage=self._storage, clock=self._clock,
            )  # fmt: skip
            self._channels[channel_id], self._used_at[channel_id] = channel, now
            return channel

    async def forget(self, channel_id: str) -> None:
        """Close a stream that nobody sends here: another process has gone on with its recording,
        which is read anew when the stream is next opened."""
        async with self._opening:
            stream = self._channels.get(channel_id)
            if stream is None or stream.held:
                return
            del self._channels[channel_id], self._used_at[channel_id]
            await stream.close()

    async def _make_room(self, now: float) -> None:
        """Close idle streams; if that is not enough, close the least recently used replay, because
        readers of many replays must not keep a publisher out."""
        for channel_id in sorted(self._channels, key=self._used_at.__getitem__):
            full = len(self._channels) >= self._channels_max
            if self._channels[channel_id].idle and (
                full or now - self._used_at[channel_id] > self._idle_s
            ):
                channel = self._channels.pop(channel_id)
                del self._used_at[channel_id]
                await channel.close()
        if len(self._channels) >= self._channels_max:
            raise Unavailable("Too many shows are open on this server.")

    async def close(self) -> None:
        """Close all streams; their broadcasts have ended before."""
        channels = list(self._channels.values())
        self._channels.clear()
        self._used_at.clear()
        await asyncio.gather(*(channel.close() for channel in channels))
