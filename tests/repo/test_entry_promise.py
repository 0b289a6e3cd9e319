"""Readers of entries lose nothing by a change: keys and kinds are only ever added."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools import generated
from tools.entry_promise import broken
from tools.entry_schema import entries_schema

type Change = Callable[[dict[str, Any]], object]


def kind(schema: dict[str, Any]) -> Any:
    """The first kind of the public timeline."""
    return schema["$defs"]["entry"]["oneOf"][0]


def body(schema: dict[str, Any]) -> Any:
    return kind(schema)["properties"]["body"]


def add_key(schema: dict[str, Any], version: int) -> None:
    body(schema)["properties"]["another"] = {"type": "string"}
    kind(schema)["x-version"] += version


@pytest.fixture
def before() -> Any:
    return json.loads(entries_schema())


def test_an_unchanged_schema_keeps_the_promise(before: Any) -> None:
    assert broken(before, before) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda now: add_key(now, 1),
        lambda now: now["$defs"]["entry"]["oneOf"].append({**kind(now), "title": "another.kind"}),
        lambda now: now["$defs"]["Author"]["properties"].update(another={"type": "string"}),
        lambda now: kind(now).update(description="Said better."),
    ],
)
def test_added_kinds_and_keys_keep_the_promise(before: Any, change: Change) -> None:
    now = copy.deepcopy(before)
    change(now)
    assert broken(before, now) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda now: add_key(now, 0), "{kind} got another: count its version up"),
        (lambda now: now["$defs"]["entry"]["oneOf"].pop(0), "{kind} was taken away"),
        (lambda now: now["$defs"].pop("Author"), "Author was taken away"),
        (
            lambda now: now["$defs"]["Author"]["properties"].pop("name"),
            "Author: name was taken away",
        ),
        (
            lambda now: now["$defs"]["Author"]["properties"].update(name={"type": "integer"}),
            "Author: name is of another type",
        ),
        (
            lambda now: now["$defs"]["Author"]["required"].remove("name"),
            "Author: name may be missing now",
        ),
        (
            lambda now: kind(now).update({"x-release": "later"}),
            "{kind}: when it is shown is another now",
        ),
        (
            lambda now: kind(now).update({"x-in-replay": "?"}),
            "{kind}: whether it is in the replay is another now",
        ),
    ],
)  # fmt: skip
def test_a_removed_kind_or_key_is_named(before: Any, change: Change, says: str) -> None:
    now = copy.deepcopy(before)
    change(now)
    assert broken(before, now) == [says.format(kind=kind(before)["title"])]


def test_a_schema_that_takes_something_away_is_not_written(
    before: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before["$defs"]["Author"]["properties"]["badge"] = {"type": "string"}
    path = tmp_path / generated.SCHEMA
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(before), "utf-8")
    assert generated.main([], tmp_path) == 1
    assert capsys.readouterr().out == (
        f"{generated.SCHEMA} is a promise to its readers: Author: badge was taken away\n"
    )
    assert json.loads(path.read_text("utf-8")) == before
