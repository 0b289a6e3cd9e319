"""Rules of deals: drafts, prices, states, taps. Pure decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from showfloor.deals.models import TITLE_CHARS_MAX, DealState, RequestState
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.kernel.money import RATE_WHOLE_BP, share_of
from showfloor.shows import delivery_clocks as clocks

VARIANTS_MAX: Final = 20
UNITS_MAX: Final = 100_000
PER_PERSON_MAX: Final = 10
LASTS_S_MIN, LASTS_S_MAX = 10, 24 * 3600
COUNTDOWN_S_MAX: Final = 600
DEALS_MAX: Final = 50  # of a show, those taken back not counted
UNDO_WITHIN: Final = timedelta(seconds=10)
KEPT_FOR: Final = timedelta(minutes=10)  # what somebody has won, until it is paid for

# The states that staff may set. Only a deal that nobody has seen can be changed or deleted.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    DealState.DRAFT: frozenset({DealState.ANNOUNCED, DealState.OPEN}),
    DealState.ANNOUNCED: frozenset({DealState.OPEN, DealState.ENDED, DealState.WITHDRAWN}),
    DealState.OPEN: frozenset({DealState.ENDED}),
    DealState.ENDED: frozenset(),
    DealState.WITHDRAWN: frozenset(),
}


@dataclass(frozen=True, slots=True)
class DealDraft:
    """A deal as someone prepares it: either `amount`, minor units of the brand's currency for one
    unit, or `percent_bp` off. None of `units_max` and `per_person`: no limit."""

    title: str
    variant_ids: Sequence[str]
    amount: int | None = None
    percent_bp: int | None = None
    units_max: int | None = None
    per_person: int | None = None
    lasts_s: int = 120
    window_ms: int = clocks.WINDOW_MS


def clean_draft(draft: DealDraft) -> DealDraft:
    """Return the draft without stray blanks; Invalid names the field that is wrong."""
    title = " ".join(draft.title.split())
    if not 1 <= len(title) <= TITLE_CHARS_MAX:
        raise _invalid("title", _("At most %(count)d characters.") % {"count": TITLE_CHARS_MAX})
    if not 1 <= len(draft.variant_ids) <= VARIANTS_MAX:
        raise _invalid(
            "variant_ids", _("Choose 1 to %(count)d variants.") % {"count": VARIANTS_MAX}
        )
    if len(set(draft.variant_ids)) != len(draft.variant_ids):
        raise _invalid("variant_ids", _("Choose each variant once."))
    _check_price(draft)
    _check_between("units_max", draft.units_max, 1, UNITS_MAX)
    _check_between("per_person", draft.per_person, 1, PER_PERSON_MAX)
    _check_between("lasts_s", draft.lasts_s, LASTS_S_MIN, LASTS_S_MAX)
    _check_between("window_ms", draft.window_ms, 0, clocks.WINDOW_MAX_MS)
    if draft.units_max is not None and (draft.per_person or 0) > draft.units_max:
        raise _invalid("per_person", _("One person can't have more than there is."))
    return replace(draft, title=title)


def _check_price(draft: DealDraft) -> None:
    if (draft.amount is None) == (draft.percent_bp is None):
        raise _invalid("amount", _("Give either a price or a percentage."))
    if draft.amount is not None and draft.amount < 1:
        raise _invalid("amount", _("The price is at least one cent."))
    if draft.percent_bp is not None and not 100 <= draft.percent_bp < RATE_WHOLE_BP:
        raise _invalid("percent_bp", _("Between 1 and 99 percent."))


def _check_between(field: str, value: int | None, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        said = _("Between %(least)d and %(most)d.") % {"least": least, "most": most}
        raise _invalid(field, said)


def _invalid(field: str, said: str) -> Invalid:
    return Invalid(said, field=field)


def price_of(amount: int | None, percent_bp: int | None, today: int) -> int:
    """Return what one unit costs in the deal; Invalid for a price that is not below today's."""
    price = amount if amount is not None else today - share_of(today, percent_bp or 0)
    if not 0 < price < today:
        field = "amount" if amount is not None else "percent_bp"
        raise Invalid(_("A deal is below today's price."), field=field, code="deal-above-price")
    return price


def check_transition(state: str, wanted: str) -> None:
    """Raise Conflict when a deal in `state` cannot become `wanted`."""
    if wanted not in TRANSITIONS[state]:
        raise Conflict(_("The deal is past that."), code=f"deal-{state}")


def check_unused(state: str) -> None:
    """Raise Conflict for a deal that people have seen."""
    if state != DealState.DRAFT:
        raise Conflict(_("People have seen this deal."), code=f"deal-{state}")


def may_undo_opening(opens_at: datetime, acted_at: datetime, now: datetime) -> bool:
    """Return whether an opening can still be taken back: during the countdown, and for some seconds
    after people could tap. `opens_at`: a picture, which can lie before the act at `acted_at`."""
    return now <= max(opens_at, acted_at) + UNDO_WITHIN


def opens_at(countdown_s: int, picture: datetime) -> datetime:
    """Return the picture at which a deal opens; Invalid for a countdown into the past."""
    if not 0 <= countdown_s <= COUNTDOWN_S_MAX:
        said = _("Between %(least)d and %(most)d.") % {"least": 0, "most": COUNTDOWN_S_MAX}
        raise Invalid(said, field="countdown_s")
    return picture + timedelta(seconds=countdown_s)


@dataclass(frozen=True, slots=True)
class Opening:
    """The moments of a deal that counts, Unix time in ms; `ends_ms`: as it stands now."""

    opened_ms: int
    ends_ms: int
    window_ms: int


@dataclass(frozen=True, slots=True)
class Timing:
    """A tap's times: the delay that counted, the response, and when it may be decided."""

    arrived_ms: int
    delay_ms: int
    response_ms: int
    decided_ms: int


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap as its row has it, without the cost of a model: thousands come in a second."""

    id: str
    deal_id: str
    variant_id: str
    owner: str
    asked_by: str
    quantity: int
    key: str
    show_time_s: float | None
    arrived_ms: int
    delay_ms: int
    response_ms: int
    decided_ms: int
    state: str = RequestState.PENDING.value
    reason: str = ""
    reservation_id: str = ""


def timing(
    deal: Opening, shown_ms: int | None, arrived_ms: int, delivery: clocks.Delivery,
    unproven_ms: int,
) -> Timing:  # fmt: skip
    """Return the times of a tap; Conflict for one before the opening or after the end, at the
    picture that its sender saw."""
    if arrived_ms < deal.opened_ms:
        raise Conflict(_("This deal has not begun."), code="deal-not-open")
    shown = arrived_ms if shown_ms is None else shown_ms
    delay = clocks.delay_ms(
        deal.opened_ms, shown, arrived_ms, delivery, deal.window_ms, unproven_ms
    )
    if not clocks.is_in_time(deal.ends_ms, arrived_ms, delay):
        raise deal_over()
    response = clocks.response_ms(deal.opened_ms, arrived_ms, delay)
    decided = clocks.decided_at_ms(deal.opened_ms, response, deal.window_ms)
    return Timing(arrived_ms, delay, response, decided)


def deal_over() -> Conflict:
    return Conflict(_("This deal is over."), code="deal-over")


def is_enough_for_all(left: int, pending: int, people: int, per_person: int | None) -> bool:
    """Return whether the units that are left suffice for everybody who asked and who still can, so
    that waiting cannot change who gets some. `people`: those who are there; as many again may come
    while the deal is decided."""
    most = per_person if per_person is not None else PER_PERSON_MAX
    return left - pending >= (2 * people + 20) * most
