"""RFC 6455 frames: exact bytes, hostile bytes, any division of the stream."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ProtocolError
from websockets.frames import Frame
from websockets.streams import StreamReader

from showfloor.edge import websocket_frames
from showfloor.edge.websocket_frames import (
    FRAGMENTS_MAX,
    CloseCode,
    FrameError,
    FrameParser,
    Message,
    Opcode,
)
from tests.edge.socket_harness import masked

MAX = 4096
CONTINUATION, TEXT, TEXT_MORE, MORE = 0x80, 0x81, 0x01, 0x00
HELLO = b"Hello"


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, "8100"), (125, "817d"), (126, "817e007e"), (65_535, "817effff"),
        (65_536, "817f0000000000010000"),
    ],
)  # fmt: skip
def test_a_text_frame_is_its_head_and_the_text(size: int, head: str) -> None:
    assert websocket_frames.text(b"x" * size) == bytes.fromhex(head) + b"x" * size


def test_the_examples_of_the_specification() -> None:
    """Section 5.7."""
    assert websocket_frames.text(HELLO).hex() == "810548656c6c6f"
    parser = FrameParser(MAX)
    assert parser.feed(bytes.fromhex("818537fa213d7f9f4d5158")) == [Message(Opcode.TEXT, HELLO)]
    assert parser.feed(bytes.fromhex("898537fa213d7f9f4d5158")) == [Message(Opcode.PING, HELLO)]
    assert parser.is_empty


def test_a_close_says_code_and_as_much_of_the_reason_as_fits() -> None:
    assert websocket_frames.close(4408, "slow").hex() == "88061138" + b"slow".hex()
    long = websocket_frames.close(4408, "ä" * 100)
    assert len(long) == 2 + 124  # not half a character
    assert _parsed(long) == (Opcode.CLOSE, (4408).to_bytes(2) + ("ä" * 61).encode())


@given(st.binary(max_size=70_000))
def test_another_implementation_reads_what_we_build(payload: bytes) -> None:
    assert _parsed(websocket_frames.text(payload)) == (Opcode.TEXT, payload)


def _parsed(data: bytes) -> tuple[int, bytes]:
    stream = StreamReader()
    stream.feed_data(data)
    stream.feed_eof()
    parser = Frame.parse(stream.read_exact, mask=False, max_size=None)
    try:
        while True:
            next(parser)
    except StopIteration as stop:
        return int(stop.value.opcode), bytes(stop.value.data)


@given(
    st.lists(st.text(max_size=300), max_size=6),
    st.lists(st.integers(min_value=1, max_value=40), min_size=1),
)
def test_however_the_stream_is_divided_the_messages_are_the_same(
    texts: list[str], pieces: list[int]
) -> None:
    stream = b"".join(masked(text.encode()) for text in texts)
    parser, got, at = FrameParser(MAX), list[Message](), 0
    while at < len(stream):
        size = pieces[at % len(pieces)]
        got += parser.feed(stream[at : at + size])
        at += size
    assert got == [Message(Opcode.TEXT, text.encode()) for text in texts]
    assert parser.is_empty


@given(st.lists(st.text(max_size=40), min_size=1, max_size=8), st.binary(max_size=20))
def test_fragments_are_one_message_and_pings_may_come_between(
    pieces: list[str], ping: bytes
) -> None:
    heads = [TEXT_MORE, *[MORE] * (len(pieces) - 1)]
    heads[-1] |= 0x80
    stream = b"".join(
        masked(piece.encode(), head) + masked(ping, 0x89)
        for piece, head in zip(pieces, heads, strict=True)
    )
    got = FrameParser(MAX).feed(stream)
    texts = [message for message in got if message.opcode is Opcode.TEXT]
    assert texts == [Message(Opcode.TEXT, "".join(pieces).encode())]
    assert len(got) == len(pieces) + 1


@given(st.binary(max_size=600))
def test_no_bytes_break_it_and_none_are_hoarded(data: bytes) -> None:
    parser = FrameParser(100)
    with suppress(FrameError):
        for place in range(0, len(data), 7):
            for message in parser.feed(data[place : place + 7]):
                assert len(message.payload) <= 125


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (websocket_frames.text(HELLO), CloseCode.PROTOCOL),  # not masked
        (masked(HELLO, 0xC1), CloseCode.PROTOCOL),  # reserved bit: compression, say
        (masked(HELLO, 0x83), CloseCode.PROTOCOL),  # no such opcode
        (masked(HELLO, 0x8B), CloseCode.PROTOCOL),
        (masked(HELLO, CONTINUATION), CloseCode.PROTOCOL),  # of nothing
        (masked(HELLO, TEXT_MORE) + masked(HELLO, TEXT), CloseCode.PROTOCOL),
        (masked(HELLO, 0x09), CloseCode.PROTOCOL),  # a ping in pieces
        (masked(b"x" * 126, 0x89), CloseCode.PROTOCOL),  # a long one
        (masked(b"\x03", 0x88), CloseCode.PROTOCOL),  # half a close code
        (masked((1005).to_bytes(2), 0x88), CloseCode.PROTOCOL),  # one that is never sent
        (masked((2999).to_bytes(2), 0x88), CloseCode.PROTOCOL),
        (masked((1000).to_bytes(2) + b"\xff", 0x88), CloseCode.NOT_UTF8),
        (masked(b"\xc3"), CloseCode.NOT_UTF8),
        (masked(b"\xed\xa0\x80"), CloseCode.NOT_UTF8),  # a surrogate
        (masked(b"\xc3", TEXT_MORE) + masked(b"x", CONTINUATION), CloseCode.NOT_UTF8),
        (masked(b"x" * (MAX + 1))[:4], CloseCode.TOO_BIG),  # before any of it has come
        (b"\x81\xff" + b"\xff" * 8, CloseCode.TOO_BIG),
        (masked(b"x" * MAX, TEXT_MORE) + masked(b"x", CONTINUATION), CloseCode.TOO_BIG),
        (masked(b"", TEXT_MORE) + masked(b"", MORE) * FRAGMENTS_MAX, CloseCode.PROTOCOL),
    ],
)
def test_invalid_frame_ends_with_its_close_code(sent: bytes, code: CloseCode) -> None:
    with pytest.raises(FrameError) as refused:
        FrameParser(MAX).feed(sent)
    assert refused.value.code is code


def test_a_character_may_be_divided_between_fragments() -> None:
    stream = masked(b"\xc3", TEXT_MORE) + masked(b"\xa4", CONTINUATION)
    assert FrameParser(MAX).feed(stream) == [Message(Opcode.TEXT, "ä".encode())]


def test_a_message_may_be_as_long_as_the_limit_and_a_ping_come_into_it() -> None:
    stream = masked(b"x" * MAX, TEXT_MORE) + masked(b"p" * 125, 0x89) + masked(b"", CONTINUATION)
    ping, message = FrameParser(MAX).feed(stream)
    assert (ping.opcode, message.payload) == (Opcode.PING, b"x" * MAX)


def test_nothing_counts_after_a_close() -> None:
    parser = FrameParser(MAX)
    closing = masked((1000).to_bytes(2) + b"bye", 0x88)
    assert [m.opcode for m in parser.feed(closing + masked(HELLO) + b"\xff")] == [Opcode.CLOSE]
    assert parser.is_empty


def test_thousands_of_tiny_frames_at_once_are_refused() -> None:
    with pytest.raises(FrameError) as refused:
        FrameParser(MAX).feed(masked(b"") * 5000)
    assert refused.value.code is CloseCode.TOO_MANY_FRAMES


def test_other_implementation_refuses_truncated_input() -> None:
    """That `_parsed` tells good from bad."""
    with pytest.raises((EOFError, ProtocolError)):
        _parsed(websocket_frames.text(HELLO)[:-1])
