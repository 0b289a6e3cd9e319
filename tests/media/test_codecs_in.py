"""HEVC and AV1 come in by enhanced RTMP, and leave as H.264."""

from pathlib import Path

import pytest

from showfloor.adapters.ffmpeg.encoder import FfmpegEncoder
from showfloor.media.formats.av1 import Av1Config
from showfloor.media.formats.errors import CodecConfigError
from showfloor.media.formats.hevc import HevcConfig
from showfloor.media.packets import Codec, VideoTrack
from tests.media.test_broadcast import Stage, played
from tests.support.media import clip, count_frames

HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
AV1 = ("-c:v", "libsvtav1", "-preset", "12", "-svtav1-params", "pred-struct=1")
HEVC_RECORD = bytes.fromhex(  # of x265: 320x180
    "0101600000009000000000003cf000fcfdf8f800000f01210001002842010101600000030090000003000003"
    "003ca00a080c1f3e595952930bc05a020000030002000003003c10"
)
AV1_RECORD = bytes.fromhex("81000c000a0b0200000521e7f66017c002")  # of SVT-AV1: 320x180


@pytest.mark.parametrize(("options", "codec"), [(HEVC, Codec.HEVC), (AV1, Codec.AV1)])
async def test_picture_of_another_codec_plays_as_h264(
    tmp_path: Path, options: tuple[str, ...], codec: Codec
) -> None:
    stage = Stage(tmp_path, lambda: FfmpegEncoder("ultrafast"))
    items = clip(seconds=1, extra=options)
    track = next(item for item in items if isinstance(item, VideoTrack))
    assert (track.codec, track.config.width, track.config.height) == (codec, 320, 180)
    for item in items:
        stage.session.write(item)
        await stage.session.drain()
    await stage.taken()
    assert stage.session.health().video_codec == codec
    await stage.session.close("ended")
    stage.channel.end()
    [whole] = await played(stage, "180p")
    assert b"avcC" in whole
    assert count_frames(whole)[0] == 30
    await stage.channel.close()


def test_sizes_are_read_from_the_decoder_configuration() -> None:
    hevc, av1 = HevcConfig.parse(HEVC_RECORD), Av1Config.parse(AV1_RECORD)
    assert (hevc.width, hevc.height, hevc.length_size) == (320, 180, 4)
    assert (av1.width, av1.height) == (320, 180)


@pytest.mark.parametrize(
    ("config", "record"),
    [
        *((HevcConfig, HEVC_RECORD[:size]) for size in (0, 22, 23, 30, 60)),
        *((Av1Config, AV1_RECORD[:size]) for size in (0, 4, 5, 9)),
        (HevcConfig, b"\2" + HEVC_RECORD[1:]),
        (Av1Config, AV1_RECORD[:4] + b"\x12\0"),  # a temporal delimiter
    ],
)
def test_configuration_that_starts_no_decoder_is_an_error(
    config: type[HevcConfig | Av1Config], record: bytes
) -> None:
    with pytest.raises(CodecConfigError):
        config.parse(record)
