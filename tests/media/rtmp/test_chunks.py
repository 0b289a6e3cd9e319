"""The chunk layer: each rule of the wire as bytes, then whatever a peer may send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.media.rtmp.chunks import (
    MESSAGES_PER_FEED_MAX,
    STREAMS_MAX,
    ChunkError,
    ChunkReader,
    ChunkWriter,
    Message,
)
from tests.media.rtmp.support import chunk, set_chunk_size

AUDIO, VIDEO = 8, 9


def stamps(*data: bytes) -> list[int]:
    return [m.timestamp_ms for m in ChunkReader().feed(b"".join(data))]


def test_a_message_in_one_chunk() -> None:
    data = bytes.fromhex("0400000a0000030901000000") + b"abc"
    assert ChunkReader().feed(data) == [Message(VIDEO, 1, 10, b"abc")]


def test_message_in_chunks_of_128_bytes_is_joined() -> None:
    payload = bytes(range(256)) + b"tail"
    data = bytes.fromhex("040000000001040901000000")
    data += payload[:128] + b"\xc4" + payload[128:256] + b"\xc4" + payload[256:]
    assert ChunkReader().feed(data) == [Message(VIDEO, 1, 0, payload)]


@pytest.mark.parametrize(
    ("head", "csid"), [("04", 4), ("00 10", 80), ("01 10 01", 64 + 16 + 256), ("00 ff", 319)]
)
def test_the_three_forms_of_a_chunk_stream_id(head: str, csid: int) -> None:
    first = bytes.fromhex(head)
    again = bytes([first[0] | 0xC0]) + first[1:]
    data = first + bytes.fromhex("000005 000001 08 01000000") + b"a" + again + b"b"
    reader = ChunkReader()
    assert [m.payload for m in reader.feed(data)] == [b"a", b"b"]
    assert list(reader._streams) == [csid]


def test_deltas_of_types_1_2_and_3_add_up() -> None:
    assert stamps(
        bytes.fromhex("04 0003e8 000001 08 01000000") + b"a",
        bytes.fromhex("44 000017 000001 09") + b"b",
        bytes.fromhex("84 00000a") + b"c",
        bytes.fromhex("c4") + b"d",
        bytes.fromhex("c4") + b"e",
    ) == [1000, 1023, 1033, 1043, 1053]


def test_a_type_3_that_begins_a_message_after_a_type_0_repeats_its_timestamp_as_delta() -> None:
    assert stamps(bytes.fromhex("04 000017 000001 08 01000000") + b"a", b"\xc4b") == [23, 46]
    assert stamps(bytes.fromhex("04 000000 000001 08 01000000") + b"a", b"\xc4b") == [0, 0]


def test_extended_timestamp_is_repeated_in_continuations() -> None:
    late = 16_777_215 + 100  # 4 h 39 m 37.315 s
    payload = b"x" * 128 + b"y" * 10
    stamp = late.to_bytes(4)
    data = bytes.fromhex("04 ffffff 00008a 09 01000000") + stamp + payload[:128]
    data += b"\xc4" + stamp + payload[128:]
    assert ChunkReader().feed(data) == [Message(VIDEO, 1, late, payload)]


def test_the_first_extended_value_is_the_one_that_fills_the_field() -> None:
    assert stamps(chunk(AUDIO, b"a", stamp=16_777_214)) == [16_777_214]
    assert stamps(chunk(AUDIO, b"a", stamp=16_777_215)) == [16_777_215]


def test_a_short_delta_after_an_extended_timestamp_has_no_extension() -> None:
    data = chunk(AUDIO, b"a", csid=4, stamp=20_000_000)
    data += bytes.fromhex("84 000017") + b"b" + b"\xc4c"
    assert stamps(data) == [20_000_000, 20_000_023, 20_000_046]


def test_a_type_3_that_begins_a_message_carries_the_extended_field_too() -> None:
    delta = (16_777_215).to_bytes(4)
    data = chunk(AUDIO, b"a", csid=4, stamp=5)
    data += bytes.fromhex("84 ffffff") + delta + b"b" + b"\xc4" + delta + b"c"
    assert stamps(data) == [5, 16_777_220, 33_554_435]


@pytest.mark.parametrize("repeated", ["", "absolute"])
def test_writers_that_do_not_repeat_the_extended_delta_are_understood(repeated: str) -> None:
    payload = b"x" * 138
    delta, absolute = 20_000_000, 20_000_001
    data = chunk(AUDIO, b"a", csid=4, stamp=1)
    data += bytes.fromhex("44 ffffff 00008a 09") + delta.to_bytes(4) + payload[:128] + b"\xc4"
    data += (absolute.to_bytes(4) if repeated else b"") + payload[128:]
    assert ChunkReader().feed(data)[1] == Message(VIDEO, 0, absolute, payload)


def test_an_earlier_packet_is_a_delta_of_nearly_two_to_the_32() -> None:
    data = chunk(AUDIO, b"a", csid=4, stamp=1000)
    data += bytes.fromhex("84 ffffff") + (2**32 - 10).to_bytes(4) + b"b"
    assert stamps(data) == [1000, 990]


def test_interleaved_chunk_streams_assemble_apart() -> None:
    video, audio = b"v" * 200, b"a" * 140
    data = chunk(VIDEO, video[:128], csid=6, size=200) + chunk(AUDIO, audio[:128], csid=4, size=140)
    data += b"\xc6" + video[128:] + b"\xc4" + audio[128:]
    assert [(m.type_id, m.payload) for m in ChunkReader().feed(data)] == [
        (VIDEO, video),
        (AUDIO, audio),
    ]


def test_chunk_size_changes_between_the_chunks_of_a_message() -> None:
    payload = b"x" * 128 + b"y" * 300
    data = chunk(VIDEO, payload[:128], csid=6, size=428)
    data += set_chunk_size(4096) + b"\xc6" + payload[128:]
    assert [m.payload for m in ChunkReader().feed(data)] == [payload]


@pytest.mark.parametrize("size", [0, 1, 127, 0x80000000, 0xFFFFFFFF])
def test_a_chunk_size_that_would_stall_or_burn_time_is_refused(size: int) -> None:
    with pytest.raises(ChunkError, match=f"chunk size {size}"):
        ChunkReader().feed(set_chunk_size(size))


def test_a_chunk_size_without_its_number_is_refused() -> None:
    with pytest.raises(ChunkError):
        ChunkReader().feed(chunk(1, b"\x10\x00", csid=2))


def test_abort_drops_the_unfinished_message_and_nothing_else() -> None:
    abort = chunk(2, (6).to_bytes(4), csid=2)
    data = chunk(VIDEO, b"v" * 128, csid=6, size=200) + abort + chunk(AUDIO, b"a", csid=6)
    reader = ChunkReader()
    assert [m.payload for m in reader.feed(data)] == [b"a"]
    assert reader._held == 0


def test_abort_of_an_unknown_chunk_stream_is_ignored_and_a_short_one_refused() -> None:
    assert ChunkReader().feed(chunk(2, (99).to_bytes(4), csid=2)) == []
    with pytest.raises(ChunkError):
        ChunkReader().feed(chunk(2, b"\0", csid=2))


def test_empty_messages() -> None:
    data = chunk(VIDEO, b"", csid=4) + b"\xc4\xc4"
    assert [m.payload for m in ChunkReader().feed(data)] == [b"", b"", b""]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xc4", "begins with type 3"),
        (bytes.fromhex("84 000001"), "begins with type 2"),
        (chunk(VIDEO, b"x" * 128, csid=6, size=200) + chunk(VIDEO, b"", csid=6), "unfinished one"),
        (chunk(VIDEO, b"", size=0xFFFFFF), "message of 16777215 bytes"),
        (
            b"".join(chunk(AUDIO, b"a", csid=csid) for csid in range(2, 3 + STREAMS_MAX)),
            "more than 32 chunk streams",
        ),
        (chunk(AUDIO, b"", csid=4) + b"\xc4" * MESSAGES_PER_FEED_MAX, "flood"),
    ],
)
def test_malformed_chunks_are_rejected(data: bytes, why: str) -> None:
    with pytest.raises(ChunkError, match=why):
        ChunkReader().feed(data)


def test_memory_is_what_arrived_never_what_was_announced_and_bounded_over_all_streams() -> None:
    reader = ChunkReader(size_max=1000)
    for csid in range(2, 9):
        reader.feed(chunk(VIDEO, b"x" * 128, csid=csid, size=1000))
        assert reader._held == (csid - 1) * 128
    with pytest.raises(ChunkError, match="unfinished messages"):
        reader.feed(chunk(VIDEO, b"x" * 128, csid=9, size=1000))


@given(
    st.lists(
        st.builds(
            Message,
            st.sampled_from([AUDIO, VIDEO, 18, 20]),
            st.integers(0, 2),
            st.integers(0, 0xFFFFFFFF),
            st.binary(max_size=600),
        ),
        max_size=6,
    ),
    st.integers(1, 500),
    st.integers(128, 300),
)
def test_written_messages_are_read_back_from_pieces_of_any_size(
    messages: list[Message], step: int, chunk_size: int
) -> None:
    writer, reader = ChunkWriter(), ChunkReader()
    writer.chunk_size = chunk_size
    data = set_chunk_size(chunk_size)
    data += b"".join(writer.encode(m, 2 + n) for n, m in enumerate(messages))
    read = [m for at in range(0, len(data), step) for m in reader.feed(data[at : at + step])]
    assert read == messages


@given(st.lists(st.binary(max_size=150), max_size=10), st.booleans())
def test_no_bytes_raise_anything_else_or_hold_more_than_they_are(
    pieces: list[bytes], after_start: bool
) -> None:
    reader = ChunkReader(size_max=2000)
    if after_start:
        reader.feed(chunk(VIDEO, b"x" * 100, csid=4, size=1500))
    sent = 100
    for piece in pieces:
        sent += len(piece)
        try:
            reader.feed(piece)
        except ChunkError:
            return
        assert reader._held + len(reader._header) <= min(sent, 2000 + 18)
        assert len(reader._streams) <= STREAMS_MAX
