"""Columns of safety with personal data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.accounts.row_values import row_values
from showfloor.community.safety.models import Restriction, RestrictionKind
from showfloor.kernel.slices import PersonalColumns


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the restrictions of this person, without shadows, which would show."""
    rows = Restriction.objects.for_brand(brand_id).filter(subject=subject)
    return {
        "restrictions": row_values(
            rows.exclude(kind=RestrictionKind.SHADOW), kind="kind", name="name", reason="reason",
            created_at="created_at", until="until", lifted_at="lifted_at",
        )
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "community.Restriction", ("subject", "address", "network", "name", "reason", "created_by"),
        "warnings, time-outs and shadows", "until the brand is deleted",
        "name and reason are emptied, networks once it is over; it stands for an id",
    ),
    PersonalColumns(
        "community.ReviewItem", ("detail", "taken_by"),
        "messages and questions that wait for a moderator", "until the show is deleted",
        "words are emptied with the message or the question",
    ),
    PersonalColumns(
        "community.AuditEntry",
        (
            "actor", "actor_name", "target", "target_name", "subject", "reason", "detail",
        ),
        "what moderators did, and its undoing", "until the brand is deleted",
        "names and reasons are emptied; what was done stays",
    ),
)  # fmt: skip
