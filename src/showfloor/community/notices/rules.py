"""Pure decisions about notices: what a good one says, what its address names, deadlines."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from showfloor.accounts.email_addresses import check_email
from showfloor.community.notices.models import (
    ComplaintSide,
    ContentKind,
    IllegalCategory,
    NoticeState,
)
from showfloor.kernel.errors import Conflict, Invalid

EXPLANATION_MIN: Final = 20  # "sufficiently substantiated", Art. 16(2)(a)
EXPLANATION_MAX: Final = 4000
REASON_MAX: Final = 2000
COMPLAIN_WITHIN: Final = timedelta(days=184)  # six months, Art. 20(1)
_DECIDE_WITHIN: Final = timedelta(days=3)
_DECIDE_AT_ONCE: Final = timedelta(days=1)  # where life or a child may be in danger (Art. 18)
_URGENT: Final = frozenset({IllegalCategory.CHILD_ABUSE, IllegalCategory.THREAT})

_SHOW = re.compile(r"^/shows/([\w-]{1,80})/?$")
_PRODUCT = re.compile(r"^/brands/[\w-]{1,80}/products/([^/]{1,120})/?$")
_PART = re.compile(r"^(message|question|poll|product)-([0-9a-z]{26})$")


@dataclass(frozen=True, slots=True)
class Named:
    """The content of an address: a kind, the slug of a show, and an id or a product's address."""

    kind: ContentKind
    show: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """A notice as somebody typed it."""

    location: str
    category: str
    explanation: str
    name: str = ""
    email: str = ""
    in_good_faith: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as a member of staff typed it. `measure`: what was done, where Showfloor cannot
    do it by itself."""

    state: str
    reason: str
    ground: str = ""
    clause: str = ""
    measure: str = ""


def named(location: str) -> Named:
    """Return what an address names."""
    parts = urlsplit(location)
    # PostgreSQL keeps no NUL, and no address of ours has one.
    path, part = unquote(parts.path).replace("\0", "/"), _PART.fullmatch(parts.fragment)
    if show := _SHOW.fullmatch(path):
        if part is not None:
            return Named(ContentKind(part[1]), show[1], part[2])
        return Named(ContentKind.SHOW, show[1])
    if product := _PRODUCT.fullmatch(path):
        return Named(ContentKind.PRODUCT, target=product[1])
    return Named(ContentKind.OTHER)


def check(draft: NoticeDraft) -> NoticeDraft:
    """Return the notice as it is kept; Invalid names the field that Art. 16(2) asks for."""
    location = "".join(draft.location.split())
    if not location or len(location) > 1000 or not location.isprintable():
        raise Invalid(_("Say where it is: the address of the page."), field="location")
    try:
        urlsplit(location)
    except ValueError:
        raise Invalid(_("Say where it is: the address of the page."), field="location") from None
    if draft.category not in IllegalCategory:
        raise Invalid(_("Choose what is wrong with it."), field="category")
    explanation = _text(draft.explanation)
    if len(explanation) < EXPLANATION_MIN:
        raise Invalid(
            _("Explain in a sentence or two why you think it is illegal."), field="explanation"
        )
    if len(explanation) > EXPLANATION_MAX:
        raise Invalid(_("Keep it below %(count)s characters.") % {"count": EXPLANATION_MAX + 1},
                      field="explanation")  # fmt: skip
    name, email = " ".join(_text(draft.name).split()), draft.email.strip()
    is_anonymous = draft.category == IllegalCategory.CHILD_ABUSE  # Art. 16(2)(c)
    if len(name) > 120 or not (name or is_anonymous):
        raise Invalid(_("Give your name, in at most 120 characters."), field="name")
    if email or not is_anonymous:
        check_email(email)
    if not draft.in_good_faith:
        raise Invalid(
            _("Confirm that what you say is right and complete, as far as you know."),
            field="in_good_faith",
        )
    return NoticeDraft(location, draft.category, explanation, name, email, True)


def check_decision(decision: Decision, kind: str) -> Decision:
    """Return the decision as it is kept; Invalid names the field that Art. 17(3) asks for."""
    if decision.state not in NoticeState or decision.state == NoticeState.OPEN:
        raise Invalid(_("Choose what is decided."), field="state")
    reason = _text(decision.reason)
    if not reason or len(reason) > REASON_MAX:
        raise Invalid(
            _("Give facts and reasons, in at most %(count)d characters.") % {"count": REASON_MAX},
            field="reason",
        )
    if decision.state == NoticeState.LAWFUL:
        return Decision(decision.state, reason)
    clause, measure = " ".join(decision.clause.split()), " ".join(decision.measure.split())
    if decision.ground not in {"law", "terms"}:
        raise Invalid(_("Say whether it is illegal or breaks your terms."), field="ground")
    if not clause or len(clause) > 200:
        raise Invalid(_("Name the law or the clause of your terms."), field="clause")
    by_hand = decision.state == NoticeState.RESTRICTED or kind == ContentKind.OTHER
    if len(measure) > 300 or (by_hand and not measure):
        raise Invalid(_("Say what you have done, in at most 300 characters."), field="measure")
    return Decision(decision.state, reason, decision.ground, clause, measure)


def check_complaint(text: str, email: str) -> tuple[str, str]:
    """Return a complaint as it is kept, and the address for its answer, which may be empty."""
    text, email = _text(text), email.strip()
    if not 10 <= len(text) <= REASON_MAX:
        raise Invalid(
            _("Say in 10 to %(count)d characters why the decision is wrong.")
            % {"count": REASON_MAX}, field="text",
        )  # fmt: skip
    if email:
        check_email(email)
    return text, email


def check_answer(text: str) -> str:
    text = _text(text)
    if not text or len(text) > REASON_MAX:
        raise Invalid(
            _("Give facts and reasons, in at most %(count)d characters.") % {"count": REASON_MAX},
            field="answer",
        )
    return text


def due_at(category: str, now: datetime) -> datetime:
    return now + (_DECIDE_AT_ONCE if category in _URGENT else _DECIDE_WITHIN)


def complain_until(decided_at: datetime) -> datetime:
    return decided_at + COMPLAIN_WITHIN


def check_may_complain(
    state: str, decided_at: datetime | None, side: ComplaintSide, now: datetime
) -> None:
    """Conflict while there is no decision against this side, or after six months."""
    is_lawful = state == NoticeState.LAWFUL
    if decided_at is None or (side == ComplaintSide.AUTHOR and is_lawful):
        raise Conflict(_("There is no decision to complain about."), code="not-decided")
    if now >= complain_until(decided_at):
        raise Conflict(_("The six months for a complaint are over."), code="complaint-late")


def _text(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "").strip()
