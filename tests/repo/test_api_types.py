"""TypeScript types made from an OpenAPI document."""

import pytest

from tools.api_types import type_of, typescript

DOCUMENT = {
    "paths": {
        "/things": {
            "post": {"requestBody": {"content": {"schema": {"$ref": "#/components/schemas/In"}}}}
        }
    },
    "components": {
        "schemas": {
            "In": {
                "properties": {
                    "name": {"type": "string"},
                    "parts": {"items": {"$ref": "#/components/schemas/Part"}, "type": "array"},
                },
                "required": ["name"],
            },
            "Part": {"properties": {"count": {"type": "integer", "default": 1}}},
            "Out": {
                "description": "What was made.",
                "properties": {
                    "count": {"type": "integer", "default": 1, "description": "At least 1"},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
                "required": ["note"],
            },
        }
    },
}


def test_interfaces_say_which_keys_may_be_missing() -> None:
    """A request may leave out a key that has a default; an answer always holds it."""
    _head, *interfaces = typescript(DOCUMENT).split("\n\n")

    wanted, part, made = interfaces
    assert wanted == "export interface In {\n  name: string;\n  parts?: Part[];\n}"
    assert part == "export interface Part {\n  count?: number;\n}"
    assert made == (
        "/** What was made. */\nexport interface Out {\n  /** At least 1 */\n  count: number;\n"
        "  note: string | null;\n}\n"
    )


def test_schema_types_have_typescript_counterparts() -> None:
    assert type_of({"enum": ["hold", "flag"], "type": "string"}) == "'hold' | 'flag'"
    assert type_of({"type": "array", "items": {"enum": ["a", "b"]}}) == "('a' | 'b')[]"
    assert (
        type_of({"type": "object", "additionalProperties": {"type": "integer"}})
        == "{ [key: string]: number }"
    )


def test_schema_without_counterpart_is_an_error() -> None:
    with pytest.raises(TypeError, match="no TypeScript type"):
        type_of({"type": "file"})
