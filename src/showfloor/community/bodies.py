"""What a command says, checked against the TypedDict that declares it.

Whatever is wrong becomes Invalid that names the field; keys that nobody declared are refused, so
that a misspelt one does not silently mean nothing.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Invalid

NUMBER_MAX = (1 << 53) - 1  # what a JavaScript number holds exactly
LIST_MAX = 256  # items of a list, keys of a map

type Check = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    is_needed: bool
    is_good: Check


def read(body: Mapping[str, Any], shape: type) -> dict[str, Any]:
    """The body, when it is what `shape` (a TypedDict) says; Invalid names the first wrong field.

    `str`, `int` (no bool, at most 2^53 − 1 either way), `float`, `bool`, `None`, `Literal`, unions
    and lists and `dict[str, …]` of these, at most LIST_MAX long. How long a text may be is for
    its verb to say.
    """
    fields = _fields(shape)
    for field in fields:
        if field.name not in body:
            if field.is_needed:
                raise Invalid(_("This is missing."), field=field.name, code="missing")
        elif not field.is_good(body[field.name]):
            raise Invalid(_("This is not what is asked for here."), field=field.name)
    if len(body) > sum(field.name in body for field in fields):
        unknown = next(name for name in body if name not in {field.name for field in fields})
        raise Invalid(_("There is no such field here."), field=unknown[:40])
    return dict(body)


@cache
def _fields(shape: type) -> tuple[_Field, ...]:
    needed: frozenset[str] = getattr(shape, "__required_keys__")  # noqa: B009 - of a TypedDict
    hints = get_type_hints(shape)  # without NotRequired
    return tuple(_Field(name, name in needed, _check(hint)) for name, hint in hints.items())


def _check(hint: Any) -> Check:
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        choices = [_check(part) for part in get_args(hint)]
        return lambda value: any(choice(value) for choice in choices)
    if origin is Literal:
        allowed = get_args(hint)
        return lambda value: isinstance(value, str | int) and value in allowed
    if origin is NotRequired:
        return _check(get_args(hint)[0])
    if origin is list:
        item = _check(get_args(hint)[0])
        return lambda value: (
            isinstance(value, list) and len(value) <= LIST_MAX and all(map(item, value))
        )
    if origin is dict:
        key, of = (_check(part) for part in get_args(hint))
        return lambda value: (
            isinstance(value, dict)
            and len(value) <= LIST_MAX
            and all(map(key, value))
            and all(map(of, value.values()))
        )
    return _PLAIN[hint]


def _is_whole(value: Any) -> bool:
    return type(value) is int and -NUMBER_MAX <= value <= NUMBER_MAX


_PLAIN: dict[Any, Check] = {
    str: lambda value: isinstance(value, str),
    bool: lambda value: isinstance(value, bool),
    int: _is_whole,
    float: lambda value: type(value) is float or _is_whole(value),
    type(None): lambda value: value is None,
}
