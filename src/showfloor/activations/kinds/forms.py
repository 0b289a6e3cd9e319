"""The kinds that are little more than a form: sample, sign-up, download, link, answer."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from showfloor.activations.kinds.registry import (
    ActivationKind,
    FormField,
    Payload,
    field,
    read_count,
    read_url,
    register,
)
from showfloor.community.textfilter.cleaning import one_line
from showfloor.kernel.errors import Invalid

STOCK_MAX, OPTIONS_MAX, OPTION_CHARS_MAX = 1_000_000, 20, 80
_ALL: Final = "all"  # the one pool of a sample's stock


def _read_sample(given: Mapping[str, Any]) -> Payload:
    stock = given.get("stock")
    return {"stock": None if stock is None else read_count(given, "stock", 1, STOCK_MAX)}


def _sample_fields(_payload: Payload) -> list[FormField]:
    return [
        field("name"), field("address", "area", chars_max=500),
        field("email", "email", required=False, chars_max=254),
    ]  # fmt: skip


def _sample_pools(payload: Payload) -> Mapping[str, int]:
    return {} if payload["stock"] is None else {_ALL: payload["stock"]}


def _nothing(_given: Mapping[str, Any]) -> Payload:
    return {}


def _email(_payload: Payload) -> list[FormField]:
    return [field("email", "email", chars_max=254)]


def _address(given: Mapping[str, Any]) -> Payload:
    return {"url": read_url(given)}


def _read_answer(given: Mapping[str, Any]) -> Payload:
    told = given.get("options") or []
    if not isinstance(told, list):
        raise Invalid(_("Give 2 to %(count)d answers.") % {"count": OPTIONS_MAX}, field="options")
    options = [one_line(str(one)) for one in told]
    if options and not 2 <= len(set(options)) <= OPTIONS_MAX:
        raise Invalid(_("Give 2 to %(count)d answers.") % {"count": OPTIONS_MAX}, field="options")
    if any(not 1 <= len(one) <= OPTION_CHARS_MAX for one in options):
        raise Invalid(
            _("Write between 1 and %(count)d characters.") % {"count": OPTION_CHARS_MAX},
            field="options",
        )
    return {"options": list(dict.fromkeys(options))}


def _answer_fields(payload: Payload) -> list[FormField]:
    if payload["options"]:
        return [field("answer", "choice", chars_max=80, options=payload["options"])]
    return [field("answer", "area", chars_max=1000)]


KINDS: Final = (
    ActivationKind("sample", _read_sample, _sample_fields, _sample_pools, can_cancel=True),
    ActivationKind("sign_up", _nothing, _email, asks_consent=True, confirms=True),
    ActivationKind("download", _address, reward="url"),
    ActivationKind("link", _address, reward="url"),
    ActivationKind("answer", _read_answer, _answer_fields),
)
for _one in KINDS:
    register(_one)
