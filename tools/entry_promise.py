"""The promise to readers of `entries.schema.json`: kinds and keys are only ever added.

A reader steps over kinds and keys that it does not know, so these may come; what it knows stays, in
its type and its place, and a kind that got keys says so by its version.
"""

from collections.abc import Iterator, Mapping
from typing import Any

type _Schema = Mapping[str, Any]

_KEPT = {"x-release": "when it is shown", "x-in-replay": "whether it is in the replay"}


def broken(before: _Schema, after: _Schema) -> list[str]:
    """Return the reasons why schema `after` must not follow `before`; empty when it may."""
    return [*_broken(before["$defs"], after["$defs"])]


def _broken(before: _Schema, after: _Schema) -> Iterator[str]:
    for name, definition in before.items():
        if name not in after:
            yield f"{name} was taken away"
        elif "oneOf" in definition:
            yield from _broken_kinds(_by_title(definition), _by_title(after[name]))
        else:
            yield from _broken_object(name, definition, after[name])


def _broken_kinds(before: _Schema, after: _Schema) -> Iterator[str]:
    for kind, entry in before.items():
        now = after.get(kind)
        if now is None:
            yield f"{kind} was taken away"
            continue
        for key, words in _KEPT.items():
            if entry[key] != now[key]:
                yield f"{kind}: {words} is another now"
        body, body_now = entry["properties"]["body"], now["properties"]["body"]
        yield from _broken_object(kind, body, body_now)
        has_more = body_now["properties"].keys() - body["properties"].keys()
        if has_more and now["x-version"] <= entry["x-version"]:
            yield f"{kind} got {', '.join(sorted(has_more))}: count its version up"


def _broken_object(name: str, before: _Schema, after: _Schema) -> Iterator[str]:
    for key, schema in before["properties"].items():
        now = after["properties"].get(key)
        if now is None:
            yield f"{name}: {key} was taken away"
        elif now != schema:
            yield f"{name}: {key} is of another type"
        elif key in before["required"] and key not in after["required"]:
            yield f"{name}: {key} may be missing now"


def _by_title(definition: _Schema) -> dict[str, Any]:
    return {entry["title"]: entry for entry in definition["oneOf"]}
