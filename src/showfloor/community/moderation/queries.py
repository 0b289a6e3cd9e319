"""Reading what a person is told by moderators."""

from typing import TypedDict

from showfloor.community.moderation.models import Restriction, RestrictionKind
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.shows.models import Show


class OwnWarning(TypedDict):
    warning_id: str
    reason: str


class ModerationMine(TypedDict):
    """`time_out_until`: until when this person may not write. `warning`: to be acknowledged."""

    time_out_until: str | None
    warning: OwnWarning | None


def mine(show: Show, subject: str) -> ModerationMine:
    """What stands against this person (a token's `sub`) at the show's brand."""
    rows = Restriction.objects.for_brand(show.brand_id).filter(
        subject=subject, lifted_at__isnull=True
    )
    time_outs = rows.filter(kind=RestrictionKind.TIME_OUT, until__gt=utc_now())
    until = time_outs.order_by("-until").values_list("until", flat=True).first()
    warning = rows.filter(kind=RestrictionKind.WARNING, acknowledged_at__isnull=True).first()
    return {
        "time_out_until": iso_ms(until) if until is not None else None,
        "warning": (
            {"warning_id": warning.pk, "reason": warning.reason} if warning is not None else None
        ),
    }
