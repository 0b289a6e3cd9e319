"""Bodies of commands against the shape that declares them."""

from typing import Any, Literal, NotRequired, TypedDict

import pytest

from showfloor.kernel.errors import Invalid
from showfloor.timeline import command_bodies


class Shape(TypedDict):
    text: str
    count: int
    up: bool
    share: NotRequired[float]
    product_id: NotRequired[str | None]
    options: NotRequired[list[int]]
    totals: NotRequired[dict[str, int]]
    reason: NotRequired[Literal["spam", "other"]]


GOOD: dict[str, Any] = {"text": "hello", "count": 3, "up": True}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"share": 0.5},
        {"share": 1},
        {"product_id": None},
        {"product_id": "p"},
        {"options": []},
        {"options": [1, 2]},
        {"totals": {"heart": 3}},
        {"reason": "spam"},
    ],
)
def test_good_body_comes_back_as_it_is(more: dict[str, Any]) -> None:
    assert command_bodies.read(GOOD | more, Shape) == GOOD | more


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": 1}, "text"),
        ({"text": None}, "text"),
        ({"count": True}, "count"),
        ({"count": 3.0}, "count"),
        ({"count": 1 << 53}, "count"),
        ({"count": -(1 << 53)}, "count"),
        ({"up": 1}, "up"),
        ({"share": "half"}, "share"),
        ({"share": True}, "share"),
        ({"product_id": 1}, "product_id"),
        ({"options": "12"}, "options"),
        ({"options": [1, "2"]}, "options"),
        ({"options": [1] * 257}, "options"),
        ({"totals": {"heart": "3"}}, "totals"),
        ({"totals": [3]}, "totals"),
        ({"totals": {str(n): 1 for n in range(257)}}, "totals"),
        ({"reason": "abuse"}, "reason"),
        ({"reason": ["spam"]}, "reason"),
        ({"colour": "red"}, "colour"),
        ({"colour": "red", "count": "3"}, "count"),  # fields that are known come first
        ({"x" * 50: 1}, "x" * 40),
    ],
)
def test_wrong_field_is_named(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        command_bodies.read(GOOD | wrong, Shape)
    assert refused.value.field == field


def test_missing_field_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        command_bodies.read({"text": "hello", "up": True}, Shape)
    assert (refused.value.field, refused.value.code) == ("count", "missing")


def test_text_with_half_a_pair_is_left_to_the_verb() -> None:
    assert command_bodies.read(GOOD | {"text": "\ud800"}, Shape)["text"] == "\ud800"
