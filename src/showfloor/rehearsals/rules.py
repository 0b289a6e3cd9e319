"""The decisions about rehearsals, without I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Final, Self

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Conflict, Invalid
from showfloor.shows.models import ShowState

VIEWERS_MAX: Final = 200
MINUTES_MAX: Final = 120
SILENT_AFTER: Final = timedelta(seconds=30)  # a cast tells how it stands every two seconds
CARD: Final = "4242424242424242"  # the test card that pays; every other one is declined


@dataclass(frozen=True, slots=True)
class Goods:
    """One variant at the till. `amount`: its price in minor units."""

    name: str
    amount: int
    currency: str
    units: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What a cast tells of itself. `done` and `refused` count deeds and reasons by name; answers in
    ms; the load of the machine in percent of all its cores."""

    present: int = 0
    came: int = 0
    done: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    answer_p50_ms: int = 0
    answer_p95_ms: int = 0
    load_mean: int = 0
    load_max: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**stored)


def check_wanted(viewers: int, minutes: int) -> None:
    """Raise Invalid, with the field, for a size that no machine is asked for."""
    if not 1 <= viewers <= VIEWERS_MAX:
        raise Invalid(_("Choose 1 to %(max)d viewers.") % {"max": VIEWERS_MAX}, field="viewers")
    if not 1 <= minutes <= MINUTES_MAX:
        raise Invalid(_("Choose 1 to %(max)d minutes.") % {"max": MINUTES_MAX}, field="minutes")


def check_may_rehearse(state: str, *, is_rehearsal: bool) -> None:
    """Raise Conflict for a show that has begun, or is a rehearsal itself."""
    if is_rehearsal:
        raise Conflict(_("This is a rehearsal already."), code="is-rehearsal")
    if state not in {ShowState.DRAFT, ShowState.SCHEDULED}:
        raise Conflict(_("Only a show that has not begun can be rehearsed."), code="has-begun")


def bought(left: Mapping[str, Any], sku: str, card: str) -> dict[str, Any]:
    """Return what is left at the till after one unit was bought. Invalid for goods that are not
    here, Conflict for the last one gone or a card that was declined."""
    found = left.get(sku)
    if found is None:
        raise Invalid(_("There is no such product here."), field="sku")
    if card.replace(" ", "") != CARD:
        raise Conflict(_("The card was declined."), code="card-declined")
    if found["units"] < 1:
        raise Conflict(_("This is sold out."), code="sold-out")
    return {**left, sku: {**found, "units": found["units"] - 1}}


def quantile(sorted_ms: Sequence[float], share: float) -> int:
    """Return the value below which this share of the sorted ones lies; 0 of none."""
    if not sorted_ms:
        return 0
    return round(sorted_ms[min(len(sorted_ms) - 1, int(share * len(sorted_ms)))])
