"""Columns of giveaways with personal data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.accounts.row_values import row_values
from showfloor.giveaways.models import DrawEntry, Prize
from showfloor.kernel.slices import PersonalColumns


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return this person's entries in draws, and their prizes."""
    entries = DrawEntry.objects.for_brand(brand_id).filter(owner=subject)
    prizes = Prize.objects.for_brand(brand_id).filter(entry__owner=subject)
    return {
        "draw_entries": row_values(
            entries, show="giveaway__show__slug", giveaway="giveaway__title", number="number",
            entrant="entrant", seal="seal", salt="salt", email="email", entered_at="entered_at",
        ),
        "prizes": row_values(
            prizes, giveaway="giveaway__title", prize="giveaway__prize", state="state",
            name="name", address="address", email="email", claim_until="claim_until",
        ),
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "giveaways.DrawEntry",
        ("entrant", "owner", "identity", "email", "language", "salt", "seal"),
        "one entry for each person, and telling the winners", "draw_entrants",
        "the person goes; seal and number stay, which say nothing without the salt",
    ),
    PersonalColumns(
        "giveaways.Prize", ("name", "address", "email"),
        "sending the prize", "draw_entrants", "emptied; an unclaimed prize goes to a substitute",
    ),
)  # fmt: skip
