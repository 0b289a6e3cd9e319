"""The handshake's bytes and what is no handshake."""

import pytest

from showfloor.media.rtmp.handshake import Handshake, HandshakeError

CLIENT_ONE = bytes(range(256)) * 6
SERVER_RANDOM = b"\x5a" * 1528


def shake() -> Handshake:
    return Handshake(random=lambda size: SERVER_RANDOM[:size])


def test_exact_bytes() -> None:
    handshake = shake()
    reply = handshake.feed(b"\x03" + CLIENT_ONE)
    assert reply == b"\x03" + bytes(8) + SERVER_RANDOM + CLIENT_ONE
    assert not handshake.done
    assert handshake.feed(reply[1:1537] + b"more") == b""
    assert handshake.done
    assert handshake.rest() == b"more"


def test_one_byte_at_a_time() -> None:
    handshake = shake()
    stream = b"\x03" + CLIENT_ONE + bytes(1536)
    replies = [handshake.feed(stream[at : at + 1]) for at in range(len(stream))]
    assert [len(reply) for reply in replies if reply] == [3073]
    assert replies[1536]
    assert handshake.done


def test_the_answer_waits_for_all_of_the_clients_first_packet() -> None:
    assert shake().feed(b"\x03" + CLIENT_ONE[:-1]) == b""


@pytest.mark.parametrize("first", [b"\x06", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01", b"\x00"])
def test_other_protocols_are_rejected_at_their_first_byte(first: bytes) -> None:
    with pytest.raises(HandshakeError, match=f"version {first[0]}"):
        shake().feed(first)
