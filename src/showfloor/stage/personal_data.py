"""The personal data of the stage, and how long an invitation stays that nobody has used."""

from datetime import datetime
from typing import Final

from showfloor.accounts.row_deletion import delete_some
from showfloor.kernel.retention import Keep
from showfloor.kernel.slices import PersonalColumns
from showfloor.stage.models import StageGuest


def _forget_invitations(before: datetime, limit: int) -> int:
    """Delete invitations to which nobody came; an agreement to be shown stays with its show."""
    unused = StageGuest.objects.all_brands().filter(
        consented_at__isnull=True, expires_at__lt=before
    )
    return delete_some(unused.order_by("expires_at"), limit)


KEPT: Final = [Keep("stage_invitations", 30, _forget_invitations, every_s=3600.0)]

COLUMNS: Final = (
    PersonalColumns(
        "stage.StageGuest", ("name", "consent_version", "consented_at"),
        "the name plate of a guest on stage, and her agreement to be shown and recorded",
        "until the show is deleted; an invitation that nobody used: `stage_invitations`",
        "by hand: the agreement is the brand's proof for as long as it keeps the recording",
    ),
)  # fmt: skip
