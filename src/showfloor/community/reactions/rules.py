"""Allowances of reactions: how many of a person's reactions count. Pure decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Invalid

SORTS = ("heart", "clap", "fire", "laugh", "wow")
PER_S = 10.0  # of a person, in all their pages together
BURST = 30.0
# The guests of a network have as many together as it may bring guests: each once, and then again
# every ten seconds, which leaves room for many who press seldom and for a few who never stop.
NETWORK_AGAIN_S = 10.0
TOTAL_MAX = 1_000_000  # of one sort from one page
SESSION_CHARS_MAX = 64
SESSIONS_MAX = 50  # pages of one person in one show

type Totals = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reactions:
    """The reactions that one page has sent since it was opened."""

    session: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class Allowance:
    """The reactions that a person may still send at once, as of a moment."""

    left: float
    at: datetime

    def by(self, now: datetime, burst: float = BURST, per_s: float = PER_S) -> "Allowance":
        """Return the allowance as it has grown by then."""
        if now <= self.at:
            return self
        grown = self.left + (now - self.at).total_seconds() * per_s
        return Allowance(min(burst, grown), now)


def check(session: str, totals: Mapping[str, int]) -> Reactions:
    """Return the reactions; Invalid names the field that is wrong."""
    if not 1 <= len(session) <= SESSION_CHARS_MAX:
        raise Invalid(_("The page has no usable name."), field="session")
    if not totals.keys() <= set(SORTS):
        raise Invalid(_("There is no such reaction."), field="totals", code="reaction-sort")
    if not all(0 <= total <= TOTAL_MAX for total in totals.values()):
        raise Invalid(_("This is not a number of reactions."), field="totals")
    return Reactions(session, totals)


def added(before: Totals, claimed: Totals) -> dict[str, int]:
    """Return the reactions that are new since `before`. Totals only grow: a smaller one is an older
    message."""
    return {sort: max(0, claimed.get(sort, 0) - before.get(sort, 0)) for sort in SORTS}


def grown(before: Totals, claimed: Totals) -> dict[str, int]:
    """Return the totals that the page is known to have sent by now, counted or not."""
    totals = {sort: max(before.get(sort, 0), claimed.get(sort, 0)) for sort in SORTS}
    return {sort: total for sort, total in totals.items() if total}


def grant(new: Totals, left: float) -> dict[str, int]:
    """Return as many of the new ones as the allowance has left, in the order of the sorts."""
    granted: dict[str, int] = {}
    free = int(left)
    for sort in SORTS:
        granted[sort] = min(new.get(sort, 0), free)
        free -= granted[sort]
    return granted
