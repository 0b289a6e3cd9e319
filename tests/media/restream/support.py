"""A hub with one source, the restreams of it, and what they are made with."""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from showfloor.adapters.ffmpeg.sound import FfmpegSoundConverter
from showfloor.media.hub.stream_hub import HubSource, StreamHub
from showfloor.media.packets import Track, TrackKind
from showfloor.media.restream.ports import Destination
from showfloor.media.restream.restreams import Restreams, RestreamTools
from showfloor.media.restream.slate import Slate, SlateFormat
from showfloor.media.rtmp.publisher import Dialer, PublishLimits
from showfloor.media.rtmp.target import parse_target
from tests.media.rtmp.support import KEY, FakeSink
from tests.support.media import AUDIO, VIDEO, picture, sound
from tests.support.waiting import await_until

QUICK = PublishLimits(connect_s=1, answer_s=0.3, stall_s=0.3, leave_s=0.3)
HERE = ip_address("127.0.0.1")


class Stage:
    """A hub with one source, and the restreams that a test wants of it."""

    def __init__(self, dialer: Dialer, tracks: tuple[Track, ...] = (VIDEO, AUDIO)) -> None:
        self.tracks = tracks
        self.hub = StreamHub("c")
        self.slates: list[SlateFormat] = []  # that were asked for
        self.tools = restream_tools(dialer, self._slate)
        self.restreams = Restreams(self.hub, self.tools)
        self.source = self.join()
        self.stamp = 5000

    def join(self, name: str = "primary") -> HubSource:
        source = self.hub.attach_source(name)
        for track in self.tracks:
            source.write(track)
        return source

    def send(self, size: int = 7, *, is_key: bool = True) -> int:
        """Send a picture and a sound; return their stamp."""
        self.stamp += 40
        self.source.write(picture(self.stamp, unit(b"p" * size), is_key=is_key))
        self.source.write(sound(self.stamp))
        return self.stamp

    async def _slate(self, channel_id: str, form: SlateFormat) -> Slate:
        self.slates.append(form)
        pictures = [picture(0, unit(b"slate"), is_key=n == 0) for n in range(form.fps)]
        return Slate(form, pictures, sound(0, b"silence") if form.rate else None)

    def states(self) -> list[tuple[str, str, str]]:
        return [(one.state, one.fault, one.detail) for one in self.restreams.statuses()]

    async def sends_until(self, condition: Callable[[], object]) -> None:
        """Send ten pictures a second until the condition holds."""

        def step() -> object:
            self.send()
            return condition()

        await await_until(step)


async def _no_slate(channel_id: str, form: SlateFormat) -> Slate:
    raise OSError("no slate")


def restream_tools(
    dialer: Dialer, make_slate: Callable[[str, SlateFormat], Awaitable[Slate]] = _no_slate
) -> RestreamTools:
    """Return tools that try again soon, with a slate of ten seconds."""
    return RestreamTools(
        dialer.dial, FfmpegSoundConverter, lambda channel: [], make_slate, 10, (0.05,)
    )


def destination(port: int, key: str = KEY, name: str = "d1") -> Destination:
    return Destination(name, parse_target(f"rtmp://127.0.0.1:{port}/live", key))


def unit(data: bytes) -> bytes:
    """Return a NAL unit behind its length."""
    return (len(data) + 1).to_bytes(4) + b"\x65" + data


def stamps(sink: FakeSink, kind: TrackKind = TrackKind.VIDEO) -> list[int]:
    return [packet.dts_ms for packet in sink.packets(kind)]
