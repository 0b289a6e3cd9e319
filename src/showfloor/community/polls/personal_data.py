"""Columns of polls with personal data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.accounts.row_values import row_values
from showfloor.community.polls.models import Ballot
from showfloor.kernel.slices import PersonalColumns


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the ballots of this person."""
    ballots = Ballot.objects.for_brand(brand_id).filter(voter=subject)
    return {
        "ballots": row_values(
            ballots, show="poll__show__slug", question="poll__question", options="options",
            cast_at="cast_at",
        )
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "community.Ballot", ("voter", "options",),
        "one ballot for each person", "until the show is deleted",
        "the ballot counts on, for an id that nobody has",
    ),
)  # fmt: skip
