"""What a kind of activation point declares: its payload, the fields of its form, what it hands out.
Everything else (limits, consent, cards, export, *Mine*) is the same for all kinds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from django.utils.translation import gettext as _

from showfloor.community.chat.rules import clean_link
from showfloor.kernel.errors import Invalid

type Payload = dict[str, Any]
URL_MAX = 500


class FormField(TypedDict):
    """A field of the card's form. `type`: text, area, email, choice. `options` of a choice."""

    name: str
    type: str
    required: bool
    chars_max: int
    options: list[str]


def field(name: str, type: str = "text", *, required: bool = True, chars_max: int = 120,
          options: Sequence[str] = ()) -> FormField:  # fmt: skip
    return {
        "name": name, "type": type, "required": required, "chars_max": chars_max,
        "options": list(options),
    }  # fmt: skip


def _no_fields(_payload: Payload) -> list[FormField]:
    return []


def _no_pools(_payload: Payload) -> Mapping[str, int]:
    return {}


def _never(_pool: str, _now: datetime) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ActivationKind:
    """`read` checks what a producer sent and returns what is kept; Invalid names the field.
    `fields`: the form. `pools`: places by name, of which an answer takes one: the value of the
    field `pool_field`, or the only pool. `reward`: the key of the payload's address that a person
    gets for the answer. `asks_consent`: there is none without a consent. `confirms`: the e-mail
    address is confirmed by a link before it counts. `can_cancel`: a person can take it back.
    `is_over`: whether the time of a pool has come, so that nobody gets a place there."""

    name: str
    read: Callable[[Mapping[str, Any]], Payload]
    fields: Callable[[Payload], list[FormField]] = _no_fields
    pools: Callable[[Payload], Mapping[str, int]] = _no_pools
    pool_field: str = ""
    reward: str = ""
    asks_consent: bool = False
    confirms: bool = False
    can_cancel: bool = False
    is_over: Callable[[str, datetime], bool] = _never


_kinds: dict[str, ActivationKind] = {}


def register(kind: ActivationKind) -> None:
    _kinds[kind.name] = kind


def named(name: str) -> ActivationKind:
    """Return a registered kind; Invalid for any other."""
    if name not in _kinds:
        raise Invalid(_("There is no such kind of activation point."), field="kind")
    return _kinds[name]


def confirming() -> list[str]:
    """Return the names of the kinds whose address is confirmed by a link."""
    return [one.name for one in _kinds.values() if one.confirms]


def read_url(given: Mapping[str, Any]) -> str:
    """Return the address that a producer typed; Invalid unless it is one of the web."""
    url = clean_link(str(given.get("url", "")), URL_MAX)
    if not url:
        raise Invalid(_("Give the whole address, with https://."), field="url")
    return url


def read_count(given: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = given.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Invalid(
            _("Choose a number from %(least)d to %(most)d.") % {"least": least, "most": most},
            field=name,
        )
    return value
