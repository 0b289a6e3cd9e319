"""The slate that takes the place of a show's picture at its destinations."""

from dataclasses import replace
from io import BytesIO
from itertools import islice, pairwise

from PIL import Image

from showfloor.adapters.ffmpeg.slate import make_slate
from showfloor.media.packets import AudioTrack, Codec, MediaPacket, TrackKind, VideoTrack
from showfloor.media.restream.restreams import Restreams
from showfloor.media.restream.slate import SlateFormat
from showfloor.media.rtmp.server import RtmpServer
from showfloor.restreams import slate_picture
from tests.media.restream.support import Stage, destination, stamps, unit
from tests.media.rtmp.support import PICTURES, FakeIngest, FakeSink
from tests.support.media import VIDEO, picture
from tests.support.waiting import await_until


def data_of(sink: FakeSink) -> list[bytes]:
    return [packet.data for packet in sink.packets(TrackKind.VIDEO)]


async def live(stage: Stage, server: tuple[RtmpServer, FakeIngest]) -> FakeSink:
    """Begin a restream, and return what its destination takes."""
    rtmp, ingest = server
    stage.restreams.apply([destination(rtmp.port)])
    await stage.sends_until(lambda: ingest.sinks and ingest.sinks[0].packets(TrackKind.VIDEO))
    return ingest.sinks[0]


async def test_slate_takes_the_place_of_an_encoder_and_it_goes_on_in_the_same_connection(
    stage: Stage, server: tuple[RtmpServer, FakeIngest]
) -> None:
    sink = await live(stage, server)
    await stage.source.leave()
    await await_until(lambda: data_of(sink).count(unit(b"slate")) > 20)
    assert [state[0] for state in stage.states()] == ["slate"]
    assert 0 < stage.restreams.statuses()[0].slate_left_s <= 10
    assert b"silence" in [packet.data for packet in sink.packets(TrackKind.AUDIO)]
    assert stage.slates == [SlateFormat(320, 180, 30, 48_000, 2)]

    stage.source, stage.stamp = stage.join(), 70_000  # on another clock
    stage.source.write(picture(69_000, unit(b"late"), is_key=False))  # of no group
    await stage.sends_until(lambda: stage.states() == [("live", "", "")])
    await stage.sends_until(lambda: len([d for d in data_of(sink) if d == unit(b"p" * 7)]) > 5)
    first = max(n for n, data in enumerate(data_of(sink)) if data == unit(b"slate")) + 1
    back = sink.packets(TrackKind.VIDEO)[first]
    assert (back.data, back.is_key) == (unit(b"p" * 7), True)
    assert unit(b"late") not in data_of(sink)
    steps = [b - a for a, b in pairwise(stamps(sink))]
    assert (min(steps) > 0, max(steps) < 2000) == (True, True)
    sounds = stamps(sink, TrackKind.AUDIO)
    assert sounds == sorted(sounds)
    assert (len(server[1].sinks), sink.closed) == (1, [])
    assert stage.restreams.statuses()[0].slate_left_s == 0


async def test_encoder_that_is_back_with_another_size_begins_a_connection(
    stage: Stage, server: tuple[RtmpServer, FakeIngest]
) -> None:
    sink = await live(stage, server)
    await stage.source.leave()
    await await_until(lambda: unit(b"slate") in data_of(sink))
    stage.tracks = (PICTURES,)
    stage.source = stage.join()
    larger = picture(0, unit(b"larger"), track=PICTURES)
    stage.source.write(larger)
    await await_until(lambda: len(server[1].sinks) == 2)
    assert sink.closed == ["ended"]
    stage.source.write(larger._replace(dts_ms=40, pts_ms=40))
    await await_until(lambda: unit(b"larger") in data_of(server[1].sinks[1]))
    assert unit(b"larger") not in data_of(sink)


async def test_slate_ends_after_its_time_and_the_restream_waits(
    stage: Stage, server: tuple[RtmpServer, FakeIngest]
) -> None:
    stage.restreams = Restreams(stage.hub, replace(stage.tools, slate_s=0.5))
    sink = await live(stage, server)
    await stage.source.leave()
    await await_until(lambda: sink.closed)
    assert unit(b"slate") in data_of(sink)
    assert stage.states() == [("waiting", "", "")]
    stage.source = stage.join()
    await stage.sends_until(lambda: len(server[1].sinks) == 2)


async def test_connection_that_breaks_during_the_slate_is_made_anew(
    stage: Stage, server: tuple[RtmpServer, FakeIngest]
) -> None:
    sink = await live(stage, server)
    await stage.source.leave()
    await await_until(lambda: unit(b"slate") in data_of(sink))
    sink.kicked_event.set()
    await await_until(lambda: len(server[1].sinks) == 2)
    again = server[1].sinks[1]
    await await_until(lambda: unit(b"slate") in data_of(again))
    assert again.packets(TrackKind.VIDEO)[0].is_key


async def test_made_slate_keeps_size_and_sound_and_shows_its_picture() -> None:
    form = SlateFormat(180, 320, 25, 44_100, 1)
    cover = Image.new("RGB", (640, 480), (200, 0, 0))
    png = slate_picture.draw(cover, 180, 320, "Ein Abend mit Überlängenwörtern", "Gleich weiter")
    drawn = Image.open(BytesIO(png)).convert("RGB")
    assert drawn.getpixel((2, 2)) == (70, 0, 0)  # darkened
    assert drawn.getextrema()[1] == (0, 255)  # white letters
    slate = await make_slate(form, png)
    video, audio = slate.tracks
    assert isinstance(video, VideoTrack)
    assert isinstance(audio, AudioTrack)
    assert SlateFormat.of({video.kind: video, audio.kind: audio}) == form
    assert (video.codec, audio.codec) == (Codec.H264, Codec.AAC)
    packets: list[MediaPacket] = list(islice(slate.packets(), 200))
    assert (packets[0].is_key, packets[0].track) == (True, video)
    told = [packet.dts_ms for packet in packets]
    assert told == sorted(told)
    keys = [one.dts_ms for one in packets if one.track == video and one.is_key]
    assert keys == [0, 2000]


def test_no_slate_follows_what_is_not_h264() -> None:
    assert SlateFormat.of({}) is None
    form = SlateFormat.of({TrackKind.VIDEO: VIDEO})
    assert form == SlateFormat(320, 180, 30, 0, 0)
    assert form.is_kept_by({TrackKind.VIDEO: VIDEO})
    assert not form.is_kept_by({TrackKind.VIDEO: PICTURES})
