"""Columns of reactions with personal data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.accounts.row_values import row_values
from showfloor.community.reactions.models import ReactionShare
from showfloor.kernel.slices import PersonalColumns


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return what this person sent as reactions."""
    shares = ReactionShare.objects.for_brand(brand_id).filter(person=subject)
    return {
        "reactions": row_values(
            shares, show="show__slug", totals="totals", updated_at="updated_at"
        )
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "community.ReactionShare", ("person", "session", "totals",),
        "an allowance of reactions for each person", "an hour after the show",
        "deleted; the show's totals stay",
    ),
)  # fmt: skip
