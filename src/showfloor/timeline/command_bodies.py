"""Bodies of commands, checked against the TypedDict that declares them.

A body that is wrong becomes Invalid that names the first wrong field. Keys that nobody declared are
refused, so that a misspelt one does not silently mean nothing.
"""

import types
from collections.abc import Mapping
from functools import cache, reduce
from operator import or_
from typing import (
    Annotated,
    Any,
    NotRequired,
    TypedDict,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from django.utils.translation import gettext as _
from pydantic import ConfigDict, Field, InstanceOf, TypeAdapter, ValidationError

from showfloor.kernel.errors import Invalid

NUMBER_MAX = (1 << 53) - 1  # the largest integer that a JavaScript number holds exactly
LIST_MAX = 256  # items of a list, keys of a map
FIELD_CHARS_MAX = 40  # of an unknown field's name, in the answer

_PLAIN: Mapping[object, Any] = {
    # pydantic's own `str` would refuse half a surrogate pair here; cleaning a text takes it out.
    str: InstanceOf[str],
    int: Annotated[int, Field(ge=-NUMBER_MAX, le=NUMBER_MAX)],
}


def read(body: Mapping[str, Any], shape: type) -> dict[str, Any]:
    """Return the body when it is as `shape` (a TypedDict) says; else raise Invalid.

    Nothing is converted: `"3"` is no number, `True` neither. Integers have at most 2^53 − 1 either
    way, lists and maps at most LIST_MAX items, whatever the shape says of them. The length of a
    text is for its verb to check.
    """
    try:
        return _adapter(shape).validate_python(dict(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field, fault = str(first["loc"][0]), first["type"]
    if fault == "missing":
        raise Invalid(_("This is missing."), field=field, code="missing")
    if fault == "extra_forbidden":
        raise Invalid(_("There is no such field here."), field=field[:FIELD_CHARS_MAX])
    raise Invalid(_("This is not what is asked for here."), field=field)


@cache
def _adapter(shape: type) -> TypeAdapter[dict[str, Any]]:
    hints = get_type_hints(shape, include_extras=True)  # with NotRequired
    fields = {name: _bounded(hint) for name, hint in hints.items()}
    make: Any = TypedDict  # mypy knows only shapes that are written out
    bounded = make(shape.__name__, fields)
    bounded.__pydantic_config__ = ConfigDict(extra="forbid", strict=True)
    return TypeAdapter(bounded)


def _bounded(hint: Any) -> Any:
    """Return the hint with the bounds that every command has."""
    origin, parts = get_origin(hint), tuple(map(_bounded, get_args(hint)))
    if origin in {list, dict}:
        many: Any = types.GenericAlias(origin, parts)
        return Annotated[many, Field(max_length=LIST_MAX)]
    if origin is NotRequired:
        return NotRequired[parts[0]]
    if origin in {Union, types.UnionType}:
        return reduce(or_, parts)
    return hint if origin is not None else _PLAIN.get(hint, hint)
