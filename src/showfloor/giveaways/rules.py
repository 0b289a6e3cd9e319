"""Rules of giveaways: drafts, states, who enters and until when. Pure decisions."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from showfloor.accounts.email_addresses import check_email
from showfloor.community.textfilter.cleaning import one_line
from showfloor.giveaways.models import EntryRule, GiveawayState, PrizeState
from showfloor.kernel.errors import Conflict, Invalid

TITLE_MAX, PRIZE_MAX, TERMS_MAX = 120, 200, 10_000
WINNERS_MAX, SUBSTITUTES_MAX, ENTRIES_MAX = 100, 200, 100_000
CLAIM_HOURS_MAX: Final = 720
OPEN_S_MIN, OPEN_S_MAX = 10, 86_400
GIVEAWAYS_MAX: Final = 50  # of a show, those taken back not counted
NAME_MAX, ADDRESS_MAX = 120, 500
# An entry that was sent at the last picture is on its way for as long as a viewer may be behind.
LATE: Final = timedelta(seconds=15)

TRANSITIONS: Final[Mapping[str, frozenset[str]]] = {
    GiveawayState.DRAFT: frozenset({GiveawayState.OPEN}),
    GiveawayState.OPEN: frozenset({GiveawayState.CLOSED, GiveawayState.WITHDRAWN}),
    # Nobody takes a draw back whose list is fixed: a result that one does not like must stand.
    GiveawayState.CLOSED: frozenset({GiveawayState.DRAWN}),
    GiveawayState.DRAWN: frozenset(),
    GiveawayState.WITHDRAWN: frozenset(),
}
# Rules by which a viewer gives an e-mail address.
ASKS_EMAIL: Final = frozenset({EntryRule.EMAIL, EntryRule.ORDER})


@dataclass(frozen=True, slots=True)
class GiveawayDraft:
    """A giveaway as someone prepares it."""

    title: str
    prize: str
    terms: str
    rule: str = EntryRule.VIEWER
    winners: int = 1
    substitutes: int = 2
    entries_max: int = ENTRIES_MAX
    claim_hours: int = 168


@dataclass(frozen=True, slots=True)
class PrizeClaim:
    """Where a prize goes."""

    name: str
    address: str
    email: str = ""


def clean_draft(draft: GiveawayDraft) -> GiveawayDraft:
    """Return the draft without stray blanks; Invalid names the field that is wrong."""
    if draft.rule not in EntryRule.values:
        raise Invalid(_("Choose who counts as one person."), field="rule")
    return GiveawayDraft(
        title=_text(draft.title, "title", TITLE_MAX),
        prize=_text(draft.prize, "prize", PRIZE_MAX),
        terms=_terms(draft.terms),
        rule=draft.rule,
        winners=_number(draft.winners, "winners", 1, WINNERS_MAX),
        substitutes=_number(draft.substitutes, "substitutes", 0, SUBSTITUTES_MAX),
        entries_max=_number(draft.entries_max, "entries_max", draft.winners, ENTRIES_MAX),
        claim_hours=_number(draft.claim_hours, "claim_hours", 1, CLAIM_HOURS_MAX),
    )


def _text(given: str, field: str, chars_max: int) -> str:
    text = one_line(given)
    if not 1 <= len(text) <= chars_max:
        raise Invalid(
            _("Write between 1 and %(count)d characters.") % {"count": chars_max}, field=field
        )
    return text


def _terms(given: str) -> str:
    """A draw without terms is not allowed: people must know how it works before they enter."""
    text = "\n".join(map(one_line, given.splitlines())).strip()
    if not text:
        raise Invalid(_("A draw needs its terms of participation."), field="terms")
    if len(text) > TERMS_MAX:
        raise Invalid(_("At most %(count)d characters.") % {"count": TERMS_MAX}, field="terms")
    return text


def _number(given: int, field: str, least: int, most: int) -> int:
    if not least <= given <= most:
        raise Invalid(
            _("Choose a number from %(least)d to %(most)d.") % {"least": least, "most": most},
            field=field,
        )
    return given


def closes_at(seconds: int, now: datetime) -> datetime:
    """Return the end of a giveaway that opens now; Invalid."""
    return now + timedelta(seconds=_number(seconds, "seconds", OPEN_S_MIN, OPEN_S_MAX))


def check_transition(state: str, wanted: str) -> None:
    if wanted not in TRANSITIONS[GiveawayState(state)]:
        raise Conflict(
            _("The giveaway does not stand so that this is possible."), code="giveaway-state"
        )


def check_unused(state: str) -> None:
    if state != GiveawayState.DRAFT:
        raise Conflict(
            _("Only a giveaway that was never open can be changed."), code="giveaway-state"
        )


def check_enterable(
    state: str, closes: datetime | None, picture_at: datetime | None, now: datetime
) -> None:
    """Conflict unless an entry counts: until the end, and after it for as long as a viewer may be
    behind, when it was sent at an earlier picture. A false claim gains seconds and no chance: the
    order of entries does not decide."""
    assert closes is not None or state != GiveawayState.OPEN, "an open giveaway has an end"
    is_in_time = closes is not None and (
        now <= closes or (picture_at is not None and picture_at <= closes and now <= closes + LATE)
    )
    if state != GiveawayState.OPEN or not is_in_time:
        raise Conflict(_("The giveaway is closed."), code="giveaway-closed")


def clean_email(given: str) -> str:
    """Return an e-mail address in lower case; Invalid."""
    email = given.strip().lower()
    check_email(email)
    return email


def mailbox(email: str) -> str:
    """Return what two spellings of one mailbox have in common: no `+tag`."""
    local, _at, domain = email.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def identity(key: bytes, rule: str, value: str) -> str:
    """Return the keyed hash (64 characters) that one person has by a rule."""
    return hmac.digest(key, f"{rule}:{value}".encode(), "sha256").hex()


def clean_claim(claim: PrizeClaim) -> PrizeClaim:
    """Return the address of a claim without stray blanks; Invalid."""
    address = "\n".join(map(one_line, claim.address.splitlines())).strip()
    if not 5 <= len(address) <= ADDRESS_MAX:
        raise Invalid(
            _("Write the whole address, in at most %(count)d characters.")
            % {"count": ADDRESS_MAX}, field="address",
        )  # fmt: skip
    email = clean_email(claim.email) if claim.email.strip() else ""
    return PrizeClaim(_text(claim.name, "name", NAME_MAX), address, email)


def check_claimable(state: str, claim_until: datetime | None, now: datetime) -> None:
    """Conflict unless the prize can be taken or declined now."""
    is_late = claim_until is not None and claim_until <= now
    if state == PrizeState.LAPSED or (state == PrizeState.OFFERED and is_late):
        raise Conflict(_("The time to claim this prize is over."), code="prize-lapsed")
    if state != PrizeState.OFFERED:
        raise Conflict(_("This prize is not waiting for an answer."), code="prize-settled")
