"""Pure decisions about shows: changes of state, times, and the picture of a highlight."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.kernel.errors import Conflict, Invalid
from showfloor.shows.watched_show import EVERYONE

PRODUCTS_ON_SCREEN_MAX = 3
PICTURE_AGE_MAX = timedelta(seconds=15)  # how far behind a producer's preview may be
START_GRACE = timedelta(minutes=5)  # "now", and the form took a moment to fill in
START_AHEAD_MAX = timedelta(days=3660)
RUNDOWN_MAX = 200
HOSTS_MAX = 20

# Only a person moves a show on; the encoder never does.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"scheduled", "live"}),
    "scheduled": frozenset({"draft", "live"}),
    "live": frozenset({"ended"}),
    "ended": frozenset(),
}
_REFUSALS = {
    "draft": gettext_lazy("The show is not live."),
    "scheduled": gettext_lazy("The show is not live."),
    "live": gettext_lazy("The show is live already."),
    "ended": gettext_lazy("The show has ended."),
}


def check_transition(state: str, wanted: str) -> None:
    """Raise Conflict when a show in `state` cannot become `wanted`."""
    if wanted not in TRANSITIONS[state]:
        raise Conflict(str(_REFUSALS[state]), code=f"show-{state}")


def planned_state(starts_at: datetime | None) -> str:
    """Return the state before the start: scheduled with a time, a draft without."""
    return "draft" if starts_at is None else "scheduled"


def check_start(starts_at: datetime, now: datetime) -> None:
    """Raise Invalid for a start that has passed, or that is too far ahead."""
    if starts_at < now - START_GRACE:
        raise Invalid(
            _("This time has passed. Choose one to come, or none to keep the show as a draft."),
            field="starts_at", code="start-passed",
        )  # fmt: skip
    if starts_at > now + START_AHEAD_MAX:
        raise Invalid(_("This is too far ahead: check the year."), field="starts_at")


def both_ai_made(one: str, other: str) -> str:
    """Return the label of a recording in which each of two labels was true at some time."""
    if not one or not other or one == other:
        return one or other
    return "host-and-voice"


def is_public(state: str, *, published: bool) -> bool:
    """Return whether people who are not staff may know of the show."""
    return published and state != "draft"


def is_open(state: str, *, published: bool, open_to: str) -> bool:
    """Return whether everyone may watch the show."""
    return is_public(state, published=published) and open_to == EVERYONE


def show_time_s(started_at: datetime, picture: datetime) -> float:
    """Return the show time of a picture, by the wall clock. After the loss of a broadcast the
    recording is shorter; the player finds the place in it from the playlist."""
    return round((picture - started_at).total_seconds(), 3)


def check_on_screen(product_ids: list[str]) -> None:
    """Raise Invalid unless there are one to three different products."""
    if not 1 <= len(product_ids) <= PRODUCTS_ON_SCREEN_MAX:
        raise Invalid(
            _("Choose 1 to %(count)d products to highlight.") % {"count": PRODUCTS_ON_SCREEN_MAX},
            field="product_ids",
        )
    if len(set(product_ids)) != len(product_ids):
        raise Invalid(_("A product can be highlighted once at a time."), field="product_ids")


def picture_time(seen: datetime | None, now: datetime, not_before: datetime) -> datetime:
    """Return the picture that a producer's action belongs to: the one she saw, made plausible.

    A wrong time is clamped, not rejected, because her action must not fail in mid-show over a
    clock. The result is never in the future, at most 15 s back, and never before `not_before` (the
    show's start, the last highlight's).
    """
    picture = now if seen is None else min(seen, now)
    return max(picture, now - PICTURE_AGE_MAX, not_before)


def with_followers(
    items: Sequence[tuple[str, str | None]], product_ids: Sequence[str]
) -> list[tuple[str, str | None]]:
    """Return a plan with these products in this order. `items`: the plan so far, each an item's id
    and its product's, None for an item of another kind. Such an item stays behind the product that
    it follows, and behind the nearest one before it that is left when that product goes."""
    wanted = set(product_ids)
    followers: dict[str, list[tuple[str, str | None]]] = {"": []}
    before = ""
    for item_id, product_id in items:
        if product_id is None:
            followers[before].append((item_id, None))
        elif product_id in wanted:
            before = product_id
            followers[product_id] = []
    plan = list(followers[""])
    for product_id in product_ids:
        plan.append(("", product_id))
        plan += followers.get(product_id, [])
    return plan
