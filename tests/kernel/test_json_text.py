"""JSON as the hot path writes it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from showfloor.kernel.json_text import json_bytes, to_json

_VALUES: Any = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text()
    | some.floats(allow_nan=False, allow_infinity=False),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(_VALUES)
def test_value_comes_back_as_it_was_written(value: Any) -> None:
    assert json.loads(to_json(value)) == value
    assert json_bytes(value) == to_json(value).encode()


def test_text_is_compact_and_keeps_its_characters() -> None:
    assert (
        to_json({"größe": ["S", 1, None, '\u2028"\n']}) == '{"größe":["S",1,null,"\u2028\\"\\n"]}'
    )


def test_number_of_any_length_stays_whole() -> None:
    assert json_bytes({"n": 2**70}) == b'{"n":1180591620717411303424}'


def test_lone_surrogate_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        json_bytes({"text": "\ud800"})
