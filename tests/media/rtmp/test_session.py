"""The conversation after the handshake, byte for byte, and messages at the wrong time."""

import asyncio
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.media.flv import amf
from showfloor.media.flv.tags import FlvTag, TagKind, encode_tag
from showfloor.media.formats.opus import OpusConfig
from showfloor.media.packets import AudioTrack, MediaPacket, SourceClaims
from showfloor.media.ports import Cause, PublishRejected, PublishRequest
from showfloor.media.rtmp.chunks import MessageType
from showfloor.media.rtmp.errors import ProtocolError
from showfloor.media.rtmp.session import COMMANDS_MAX, Outcome, Session, State
from tests.media.rtmp.support import (
    AAC_CONFIG,
    AUDIO_FRAME,
    AVC_CONFIG,
    BIG_CHUNKS,
    CREATE_STREAM,
    KEY,
    KEY_FRAME,
    PICTURES,
    SOUND,
    WRONG_KEY,
    FakeIngest,
    FakeSink,
    audio,
    chunk,
    command,
    commands,
    connect,
    opening,
    picture,
    publish,
    read_messages,
    sound,
    status_codes,
    video,
)

REMOTE = "192.0.2.7:5000"


class Talk:
    """A session, its ingest, and what the session said."""

    def __init__(self) -> None:
        self.ingest = FakeIngest()
        self.sent = bytearray()
        self.session = Session(self.ingest, REMOTE, self.sent.extend)

    async def say(self, *data: bytes) -> bytes:
        """Return the session's answers."""
        before = len(self.sent)
        await self.session.receive(b"".join(data))
        return bytes(self.sent[before:])

    @property
    def sink(self) -> FakeSink:
        return self.ingest.sinks[0]


async def publishing() -> Talk:
    talk = Talk()
    await talk.say(opening())
    assert talk.session.state is State.PUBLISHING
    return talk


async def test_connect_is_answered_byte_for_byte() -> None:
    answer = await Talk().say(BIG_CHUNKS, connect())
    result = amf.encode("_result", 1, {"fmsVer": "FMS/3,0,1,123", "capabilities": 31}) + amf.encode(
        {
            "level": "status",
            "code": "NetConnection.Connect.Success",
            "description": "Connection succeeded.",
            "objectEncoding": 0,
        }
    )
    assert answer == (
        bytes.fromhex("02 000000 000004 05 00000000 002625a0")  # WindowAckSize 2 500 000
        + bytes.fromhex("02 000000 000005 06 00000000 002625a0 02")  # SetPeerBandwidth, dynamic
        + bytes.fromhex("02 000000 000004 01 00000000 00010000")  # SetChunkSize 65 536
        + bytes.fromhex("03 000000") + len(result).to_bytes(3) + bytes.fromhex("14 00000000")
        + result
    )  # fmt: skip


async def test_create_stream_and_publish_are_answered_byte_for_byte() -> None:
    talk = Talk()
    await talk.say(BIG_CHUNKS, connect())
    created = amf.encode("_result", 4, None, 1)
    assert await talk.say(CREATE_STREAM) == (
        bytes.fromhex("03 000000 00001d 14 00000000") + created
    )
    information = {
        "level": "status",
        "code": "NetStream.Publish.Start",
        "description": "Publishing.",
    }
    started = amf.encode("onStatus", 0, None, information)
    assert await talk.say(publish()) == (
        bytes.fromhex("02 000000 000006 04 00000000 0000 00000001")  # StreamBegin 1
        + bytes.fromhex("05 000000") + len(started).to_bytes(3) + bytes.fromhex("14 01000000")
        + started
    )  # fmt: skip


async def test_release_stream_and_fcpublish_need_no_answer() -> None:
    talk = Talk()
    await talk.say(BIG_CHUNKS, connect())
    assert await talk.say(command("releaseStream", 2, None, KEY)) == b""
    assert await talk.say(command("FCPublish", 3, None, KEY)) == b""
    assert talk.ingest.requests == []


async def test_the_ingest_is_asked_with_the_key_stripped_of_its_query() -> None:
    talk = Talk()
    flash_version = "OBS\r\n" + "x" * 200
    await talk.say(BIG_CHUNKS, connect(app="live/?token=1", flashVer=flash_version), CREATE_STREAM)
    await talk.say(publish(f" {KEY}?backup=1"))
    encoder = ("OBS" + "x" * 200)[:100]
    assert talk.ingest.requests == [PublishRequest("live", KEY, encoder, REMOTE)]


async def test_enhanced_peers_learn_which_codecs_we_take() -> None:
    (answer,) = commands(
        read_messages(await Talk().say(BIG_CHUNKS, connect(fourCcList=["avc1", "hvc1"])))
    )
    assert answer[2] == {
        "fmsVer": "FMS/3,0,1,123",
        "capabilities": 31.0,
        "fourCcList": ["avc1", "hvc1", "av01", "mp4a", "Opus"],
        "videoFourCcInfoMap": {"avc1": 1.0, "hvc1": 1.0, "av01": 1.0},
        "audioFourCcInfoMap": {"mp4a": 1.0, "Opus": 1.0},
        "capsEx": 6.0,
    }


async def test_opus_arrives_with_its_configuration_and_not_before() -> None:
    talk = await publishing()
    head = b"OpusHead\1\2" + bytes.fromhex("3801 80bb0000 0000 00")
    frames = [b"\x91Opus" + body for body in (b"early", b"toc")]
    messages = [frames[0], b"\x90Opus" + head, frames[1], AAC_CONFIG, frames[0]]
    for message in messages:
        await talk.say(chunk(MessageType.AUDIO, message, csid=4, msid=1))
    track = AudioTrack(OpusConfig.parse(head))
    assert talk.sink.items == [track, MediaPacket(track, 0, 0, True, b"toc"), SOUND]


async def test_media_arrives_as_packets_in_order() -> None:
    talk = await publishing()
    metadata = amf.encode("onMetaData", {"width": 640.0})
    await talk.say(
        chunk(MessageType.DATA, amf.encode("@setDataFrame") + metadata, csid=4, msid=1),
        video(AVC_CONFIG),
        audio(AAC_CONFIG),
        video(KEY_FRAME, 40),
        audio(AUDIO_FRAME, 41),
        video(bytes.fromhex("a1 61766331 ffffd8 00000002 419a"), 80),
        audio(bytes.fromhex("91 6d703461 2110"), 64),
    )
    assert talk.sink.items == [
        SourceClaims(),
        PICTURES,
        SOUND,
        picture(40),
        sound(41),
        picture(80, bytes.fromhex("27 01 ffffd8 00000002 419a")),
        sound(64),
    ]
    assert talk.session.tags_taken == 7


async def test_amf3_wrappings_are_amf0_behind_a_zero() -> None:
    talk = Talk()
    arguments = amf.encode("connect", 1, {"app": "live"})
    answer = await talk.say(BIG_CHUNKS, chunk(MessageType.COMMAND_AMF3, b"\0" + arguments))
    assert commands(read_messages(answer))[0][0] == "_result"
    await talk.say(CREATE_STREAM, publish())
    metadata = amf.encode("onMetaData", {})
    await talk.say(chunk(MessageType.DATA_AMF3, b"\0" + metadata, csid=4, msid=1))
    assert talk.sink.items == [SourceClaims()]


async def test_timestamps_go_on_past_the_wrap_and_may_step_back() -> None:
    talk = await publishing()
    late = 2**32 - 20
    await talk.say(audio(AAC_CONFIG), *(audio(AUDIO_FRAME, ms) for ms in (late, 20, 10)))
    assert talk.sink.items == [SOUND, sound(late), sound(2**32 + 20), sound(2**32 + 10)]


async def test_received_bytes_are_acknowledged_once_per_window() -> None:
    talk = await publishing()
    window = chunk(MessageType.WINDOW_ACK_SIZE, (5000).to_bytes(4), csid=2)
    received = len(opening()) + len(window)
    assert await talk.say(window) == b""
    payload = video(b"\x57" * 6000)
    received += len(payload)
    acknowledgement = bytes.fromhex("02 000000 000004 03 00000000") + received.to_bytes(4)
    assert await talk.say(payload) == acknowledgement
    assert await talk.say(video(b"\x57")) == b""


async def test_a_window_of_zero_does_not_mean_an_acknowledgement_per_byte() -> None:
    talk = await publishing()
    await talk.say(chunk(MessageType.WINDOW_ACK_SIZE, bytes(4), csid=2))
    assert await talk.say(video(b"\x57")) == b""
    assert await talk.say(chunk(MessageType.WINDOW_ACK_SIZE, b"", csid=2)) == b""


async def test_ping_is_answered_with_its_own_stamp() -> None:
    talk = Talk()
    ping = chunk(MessageType.USER_CONTROL, bytes.fromhex("0006 0badcafe"), csid=2)
    assert await talk.say(ping) == bytes.fromhex("02 000000 000006 04 00000000 0007 0badcafe")
    assert await talk.say(chunk(MessageType.USER_CONTROL, b"\0\6", csid=2)) == b""


async def test_unknown_commands_fail_softly() -> None:
    talk = await publishing()
    (answer,) = commands(read_messages(await talk.say(command("play2", 9, None))))
    assert answer[:3] == ["_error", 9.0, None]
    assert await talk.say(command("onFoo", 0, None)) == b""
    assert talk.session.state is State.PUBLISHING


@pytest.mark.parametrize("name", ["FCUnpublish", "deleteStream", "closeStream"])
async def test_the_encoders_goodbye_ends_the_broadcast(name: str) -> None:
    talk = await publishing()
    answer = await talk.say(command(name, 6, None, 1), audio(AAC_CONFIG))
    assert status_codes(answer) == ["NetStream.Unpublish.Success"]
    assert (talk.session.state, talk.session.outcome) == (State.OVER, Outcome.ENDED)
    await talk.session.close()
    await talk.session.close()
    assert talk.sink.closed == ["ended"]
    assert talk.sink.items == []


async def test_goodbye_before_publishing_ends_no_broadcast() -> None:
    talk = Talk()
    await talk.say(BIG_CHUNKS, connect(), command("deleteStream", 6, None, 1))
    assert talk.session.state is State.CONNECTED


async def test_without_a_goodbye_the_broadcast_is_lost() -> None:
    talk = await publishing()
    await talk.session.close()
    assert talk.sink.closed == ["lost"]


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("unauthorized", "NetStream.Publish.Unauthorized"),
        ("busy", "NetStream.Publish.BadName"),
        ("limit", "NetStream.Publish.Denied"),
        ("unsupported", "NetStream.Publish.Rejected"),
        ("failed", "NetStream.Publish.Failed"),
    ],
)
async def test_a_sinks_refusal_reaches_the_encoder(code: str, status: str) -> None:
    talk = await publishing()
    talk.sink.refusal = PublishRejected(code, "No.")
    answer = await talk.say(video(AVC_CONFIG), audio(AAC_CONFIG))
    assert status_codes(answer) == [status]
    await talk.session.close()
    assert talk.sink.closed == ["refused"]


async def test_a_wrong_key_is_refused_before_any_media(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    talk = Talk()
    answer = await talk.say(opening(WRONG_KEY), video(AVC_CONFIG))
    assert status_codes(answer) == ["NetStream.Publish.Unauthorized"]
    assert talk.session.state is State.OVER
    assert talk.ingest.sinks == []
    assert "unauthorized" in caplog.text
    assert WRONG_KEY not in caplog.text
    assert WRONG_KEY not in repr(talk.ingest.requests)


@pytest.mark.parametrize("key", ["", "?", " ", "a\r\nb", "a\0b", "a\x1bb", "x" * 257])
async def test_value_that_cannot_be_a_key_is_looked_up_as_an_empty_one(key: str) -> None:
    talk = Talk()
    answer = await talk.say(opening(key))
    assert status_codes(answer) == ["NetStream.Publish.Unauthorized"]
    assert [request.key for request in talk.ingest.requests] == [""]


async def test_a_key_like_a_path_is_asked_for_as_it_is() -> None:
    talk = Talk()
    await talk.say(opening("../../etc/passwd"))
    assert [request.key for request in talk.ingest.requests] == ["../../etc/passwd"]


@pytest.mark.parametrize(
    ("payload", "kind", "codec"),
    [
        ("90 76703039 01", MessageType.VIDEO, "VP9 video"),
        ("90 664c6143 4f", MessageType.AUDIO, "FLAC audio"),
        ("2f fffb", MessageType.AUDIO, "MP3 audio"),
    ],
)
async def test_other_codecs_are_refused_with_the_reason(
    payload: str, kind: MessageType, codec: str
) -> None:
    talk = await publishing()
    answer = await talk.say(chunk(kind, bytes.fromhex(payload), csid=4, msid=1))
    information = commands(read_messages(answer))[0][3]
    assert information == {
        "level": "error",
        "code": "NetStream.Publish.Rejected",
        "description": f"{codec} is not supported: set the encoder to H.264 video and AAC audio",
    }
    await talk.session.close()
    assert (talk.sink.items, talk.sink.closed) == ([], ["refused"])
    assert [(one.cause, one.detail) for one in talk.sink.rejections] == [(Cause.CODEC, codec)]


# --- at the wrong time, or malformed ----------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        publish(),
        BIG_CHUNKS + connect() + publish(),
        BIG_CHUNKS + connect() + connect(),
        BIG_CHUNKS + connect() + CREATE_STREAM + command("publish", 5, None, KEY, "live", msid=7),
        opening() + publish(),
        opening() + connect(),
        opening() + video(AVC_CONFIG, msid=2),
        BIG_CHUNKS + connect() + CREATE_STREAM + video(AVC_CONFIG),
        BIG_CHUNKS + command("connect", 1),
        BIG_CHUNKS + command("connect", 1, "live"),
        BIG_CHUNKS + command(1.0, "connect"),
        chunk(MessageType.COMMAND, b""),
        chunk(MessageType.COMMAND, b"\x02\xff\xff"),
        chunk(MessageType.COMMAND_AMF3, b"\x00\x11"),
        BIG_CHUNKS + connect() + CREATE_STREAM * COMMANDS_MAX,
        BIG_CHUNKS + chunk(MessageType.COMMAND, b"", size=65_537),
    ],
)
async def test_command_out_of_place_ends_the_connection(data: bytes) -> None:
    talk = Talk()
    with pytest.raises(ProtocolError):
        await talk.say(data)
    await talk.session.close()
    for sink in talk.ingest.sinks:
        assert (sink.items, sink.closed) == ([], ["lost"])


@pytest.mark.parametrize(
    "message",
    [
        video(b""),
        audio(b""),
        video(b"\x17"),
        video(KEY_FRAME[:-1]),  # NAL unit longer than the frame
        video(bytes.fromhex("1700000000 0164001effe0 00")),  # avcC without parameter sets
        video(bytes.fromhex("97 ff ffff 00")),
        audio(b"\xaf"),
        audio(b"\xaf\x00"),
        chunk(MessageType.DATA, amf.encode("onMetaData") + b"\x03\x00", csid=4, msid=1),
        chunk(MessageType.DATA, amf.encode("onTextData", {}), csid=4, msid=1),
        chunk(MessageType.DATA, b"", csid=4, msid=1),
        chunk(22, b"aggregate", csid=4, msid=1),
    ],
)
async def test_one_odd_packet_is_dropped_and_the_show_goes_on(message: bytes) -> None:
    talk = await publishing()
    start = video(AVC_CONFIG) + audio(AAC_CONFIG)
    await talk.say(start, message, video(KEY_FRAME, 40))
    assert talk.sink.items == [PICTURES, SOUND, picture(40)]


async def test_aggregate_is_its_messages_at_its_own_time() -> None:
    talk = await publishing()
    await talk.say(video(AVC_CONFIG) + audio(AAC_CONFIG))
    tags = (
        FlvTag(TagKind.VIDEO, 7000, KEY_FRAME),
        FlvTag(TagKind.AUDIO, 7021, AUDIO_FRAME),
        FlvTag(TagKind.VIDEO, 6990, KEY_FRAME),
    )
    body = b"".join(map(encode_tag, tags))
    await talk.say(chunk(MessageType.AGGREGATE, body, csid=4, stamp=100, msid=1))
    await talk.say(chunk(MessageType.AGGREGATE, body[:-20], csid=4, stamp=200, msid=1))
    assert talk.sink.items[2:] == [
        picture(100), sound(121), picture(90), picture(200), sound(221)
    ]  # fmt: skip


async def test_frames_before_their_configuration_are_no_sign_of_life() -> None:
    talk = await publishing()
    await talk.say(video(KEY_FRAME), audio(AUDIO_FRAME))
    assert (talk.sink.items, talk.session.tags_taken) == ([], 0)


# --- hostile ----------------------------------------------------------------------------------

GOOD_STREAM = (
    opening()
    + chunk(MessageType.DATA, amf.encode("onMetaData", {"width": 640.0}), csid=4, msid=1)
    + video(AVC_CONFIG)
    + audio(AAC_CONFIG)
    + video(KEY_FRAME, 40)
    + audio(AUDIO_FRAME, 41)
    + video(bytes.fromhex("a1 61766331 ffffd8 00000002 419a"), 80)
    + command("FCUnpublish", 6, None, KEY)
)


async def survive(data: bytes, step: int) -> None:
    """Nothing but ProtocolError, a sink closed once, and only packets that a decoder can take."""
    talk = Talk()
    try:
        for at in range(0, len(data), step):
            await talk.say(data[at : at + step])
    except ProtocolError:
        pass
    await talk.session.close()
    await talk.session.close()
    for sink in talk.ingest.sinks:
        assert len(sink.closed) == 1
        for number, item in enumerate(sink.items):
            if isinstance(item, MediaPacket):
                assert item.dts_ms >= 0
                assert item.track in sink.items[:number]
    assert len(talk.sent) <= 4096 + 20 * len(data)


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD_STREAM) - 1), st.integers(0, 255)), max_size=6),
    st.integers(1, 700),
)
def test_broken_bytes_never_crash_the_parser(changes: list[tuple[int, int]], step: int) -> None:
    data = bytearray(GOOD_STREAM)
    for position, value in changes:
        data[position] = value
    asyncio.run(survive(bytes(data), step))


@given(st.lists(st.binary(max_size=60), max_size=6), st.booleans())
def test_messages_with_random_bodies(bodies: list[bytes], accepted: bool) -> None:
    data = opening() if accepted else BIG_CHUNKS + connect()
    for body in bodies:
        kind = body[0] if body else 0
        data += chunk(kind % 24, body[1:], csid=4, msid=1)
    asyncio.run(survive(data, 64))
