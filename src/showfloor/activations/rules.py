"""Rules of activation points: drafts, states, forms, consent. Pure decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from showfloor.accounts.email_addresses import check_email
from showfloor.activations.kinds import registry
from showfloor.activations.kinds.registry import ActivationKind, FormField, Payload
from showfloor.activations.models import ActivationState
from showfloor.community.textfilter.cleaning import one_line
from showfloor.kernel.errors import Conflict, Invalid, RateLimited

TITLE_MAX, TEXT_MAX, CONSENT_MAX = 120, 500, 1000
PER_PERSON_MAX, TAKES_MAX = 20, 1_000_000
MAILS_PER_DAY: Final = 3  # that ask one address to confirm something
MAILS_AGAIN_S: Final = 3600.0
ACTIVATIONS_MAX: Final = 50  # of a show, those taken back not counted

TRANSITIONS: Final[Mapping[str, frozenset[str]]] = {
    ActivationState.DRAFT: frozenset({ActivationState.OPEN}),
    ActivationState.OPEN: frozenset({ActivationState.CLOSED, ActivationState.WITHDRAWN}),
    ActivationState.CLOSED: frozenset({ActivationState.WITHDRAWN}),
    ActivationState.WITHDRAWN: frozenset(),
}


@dataclass(frozen=True, slots=True)
class ActivationDraft:
    """An activation point as someone prepares it. `for_marketing`: what people give is used for
    more than the thing itself, which takes their consent."""

    kind: str
    title: str
    text: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    consent: str = ""
    for_marketing: bool = False
    takes_max: int = 0
    per_person: int = 1
    in_replay: bool = False


def clean_draft(draft: ActivationDraft) -> tuple[ActivationDraft, Payload]:
    """Return the draft without stray blanks, and its payload; Invalid names the field."""
    kind = registry.named(draft.kind)
    title, text, consent = map(one_line, (draft.title, draft.text, draft.consent))
    if not 1 <= len(title) <= TITLE_MAX:
        raise _length("title", TITLE_MAX)
    if len(text) > TEXT_MAX:
        raise _length("text", TEXT_MAX)
    if len(consent) > CONSENT_MAX:
        raise _length("consent", CONSENT_MAX)
    if not consent and (draft.for_marketing or kind.asks_consent):
        raise Invalid(
            _("Write what people agree to: their data are used for more than this."),
            field="consent",
        )
    counts = {"takes_max": draft.takes_max, "per_person": draft.per_person}
    registry.read_count(counts, "takes_max", 0, TAKES_MAX)
    registry.read_count(counts, "per_person", 1, PER_PERSON_MAX)
    clean = ActivationDraft(
        draft.kind, title, text, draft.payload, consent, draft.for_marketing, draft.takes_max,
        draft.per_person, draft.in_replay,
    )  # fmt: skip
    return clean, kind.read(draft.payload)


def _length(name: str, most: int) -> Invalid:
    told = _("Write between 1 and %(count)d characters.") if name == "title" else _(
        "At most %(count)d characters."
    )  # fmt: skip
    return Invalid(told % {"count": most}, field=name)


def check_transition(state: str, wanted: str) -> None:
    if wanted not in TRANSITIONS[ActivationState(state)]:
        raise Conflict(
            _("The activation point does not stand so that this is possible."),
            code="activation-state",
        )


def check_unused(state: str) -> None:
    if state != ActivationState.DRAFT:
        raise Conflict(
            _("Only an activation point that was never open can be changed."),
            code="activation-state",
        )


def check_open(state: str, takes_max: int, taken: int) -> None:
    """Conflict unless people can take part now."""
    if state != ActivationState.OPEN:
        raise Conflict(_("This is closed."), code="activation-closed")
    if takes_max and taken >= takes_max:
        raise Conflict(_("Nothing is left of it."), code="activation-full")


def check_consent(consent: str, agrees: bool) -> None:
    if consent and not agrees:
        raise Invalid(_("This takes your consent: tick the box."), field="agrees")


def clean_values(fields: list[FormField], given: Mapping[str, str]) -> dict[str, str]:
    """Return what somebody typed into the form; Invalid names the field that is wrong, and one
    that nobody asked for."""
    known = {one["name"] for one in fields}
    for name in given:
        if name not in known:
            raise Invalid(_("There is no such field here."), field=name[:40])
    values = {one["name"]: _value(one, given.get(one["name"], "")) for one in fields}
    return {name: value for name, value in values.items() if value}


def _value(form: FormField, given: str) -> str:
    name, lines = form["name"], given.splitlines() if form["type"] == "area" else [given]
    value = "\n".join(map(one_line, lines)).strip()
    if not value and form["required"]:
        raise Invalid(_("This is missing."), field=name, code="missing")
    if len(value) > form["chars_max"]:
        raise _length(name, form["chars_max"])
    if value and form["type"] == "email":
        check_email(value, name)
        value = value.lower()
    if value and form["options"] and value not in form["options"]:
        raise Invalid(_("Choose one of the answers."), field=name)
    return value


def check_mails(sent: int) -> None:
    """RateLimited when an address has had its mails of a day: anybody can type anybody's."""
    if sent >= MAILS_PER_DAY:
        raise RateLimited(
            _("This address has had enough mails today. Confirm one of them."),
            retry_after_s=MAILS_AGAIN_S,
        )


def pool_of(kind: ActivationKind, payload: Payload, values: Mapping[str, str]) -> str:
    """Return the pool whose place an answer takes; empty for none."""
    if kind.pool_field:
        return values[kind.pool_field]
    return next(iter(kind.pools(payload)), "")


def check_pool(
    kind: ActivationKind, payload: Payload, pool: str, taken: Mapping[str, int], now: datetime
) -> None:
    """Conflict unless the pool has a place left, at a time that has not come."""
    if kind.is_over(pool, now):
        raise Conflict(_("This time is over."), code="slot-over")
    places = kind.pools(payload).get(pool)
    if places is not None and taken.get(pool, 0) >= places:
        if kind.pool_field:
            raise Conflict(_("No place is left at that time."), code="slot-full")
        raise Conflict(_("Nothing is left of it."), code="activation-full")
