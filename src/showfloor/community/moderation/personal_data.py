"""Columns of moderation with personal data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.accounts.row_values import row_values
from showfloor.community.moderation.models import Report
from showfloor.kernel.slices import PersonalColumns


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the reports that this person made."""
    rows = Report.objects.for_brand(brand_id).filter(reporter=subject)
    return {
        "reports": row_values(
            rows, show="message__show__slug", message="message", reason="reason",
            created_at="created_at",
        )
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "community.Report", ("reporter", "network", "reason"),
        "messages that viewers reported", "until the show is deleted",
        "deleted",
    ),
)  # fmt: skip
