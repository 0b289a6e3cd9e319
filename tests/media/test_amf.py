"""AMF0: exact bytes, and bounds on what a peer can make us build."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.media.flv import amf
from showfloor.media.flv.amf import AmfError

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=8), inner)
    ),
    max_leaves=12,
)


def test_bytes_of_each_kind() -> None:
    encoded = amf.encode("ab", 1, True, None, {"k": 2.5}, [False])
    assert encoded.hex(" ", -100) == (
        "0200026162"  # string
        "003ff0000000000000"  # number
        "0101"  # boolean
        "05"  # null
        "0300016b004004000000000000000009"  # object
        "0a000000010100"  # strict array
    )
    assert amf.decode(encoded) == ["ab", 1.0, True, None, {"k": 2.5}, [False]]


def test_long_strings() -> None:
    encoded = amf.encode("x" * 65_530)
    assert encoded[:3] == b"\x02\xff\xfa"
    long = amf.encode("x" * 65_536)
    assert long[:5] == b"\x0c\x00\x01\x00\x00"
    assert amf.decode(b"\x0c\x00\x00\x00\x02hi") == ["hi"]


@pytest.mark.parametrize("count", ["00000000", "00000002", "ffffffff"])
def test_an_ecma_array_ends_at_its_marker_whatever_it_counts(count: str) -> None:
    data = bytes.fromhex(f"08{count}0001610101000009")
    assert amf.decode(data) == [{"a": True}]


def test_kinds_that_only_peers_send() -> None:
    date = b"\x0b" + struct.pack(">d", 1000.0) + b"\x00\x3c"
    typed = bytes.fromhex("1000014300016105000009")
    assert amf.decode(date + b"\x06" + typed) == [1000.0, None, {"a": None}]


def test_text_in_another_code_page_is_readable_enough() -> None:
    assert amf.decode(b"\x02\x00\x02\xe9a") == ["\ufffda"]


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x00",  # number ends early
        b"\x02\xff\xffabc",  # string longer than the rest
        b"\x0c\xff\xff\xff\xffabc",
        b"\x03\x00\x01a",  # object without a value
        b"\x03\x00\x01a\x05",  # object without an end
        b"\x0a\x00\x00\x00\x02\x05",  # array with less than it counts
        b"\x0a\xff\xff\xff\xff",  # array of 4 billion
        b"\x07\x00\x01",  # reference
        b"\x11\x01",  # AMF3
        b"\x0b" + bytes(9),
        b"\x03\x00\x01a" * (amf.DEPTH_MAX + 1),  # nesting
        b"\x0a\x00\x00\x00\x01" * 1000,
        b"\x05" * (amf.VALUES_MAX + 1),
        b"\x08\x00\x00\x00\x00" + b"\x00\x01a\x05" * 10_000 + b"\x00\x00\x09",  # metadata bomb
        b"\x05" * (amf.SIZE_MAX + 1),
    ],
)
def test_malformed_amf_is_rejected(data: bytes) -> None:
    with pytest.raises(AmfError):
        amf.decode(data)


@given(st.lists(VALUES, max_size=4))
def test_round_trip(values: list[amf.Value]) -> None:
    assert amf.decode(amf.encode(*values)) == values


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for start in (b"", b"\x03\x00\x01a", b"\x08\x00\x00\x00\x01", b"\x0a\x00\x00\x00\x05"):
        with contextlib.suppress(AmfError):
            amf.decode(start + data)
