"""Columns of activation points with personal data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.accounts.row_values import row_values
from showfloor.activations.models import ActivationAnswer
from showfloor.kernel.slices import PersonalColumns


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return what this person booked, asked for and answered."""
    rows = ActivationAnswer.objects.for_brand(brand_id).filter(person=subject)
    return {
        "activation_answers": row_values(
            rows, show="activation__show__slug", kind="activation__kind",
            title="activation__title", answered_by="answered_by", values="values",
            consent="consent", given_at="given_at", confirmed_at="confirmed_at",
            cancelled_at="cancelled_at",
        )
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "activations.ActivationAnswer",
        ("person", "answered_by", "values", "language", "consent", "pool"),
        "what somebody booked, asked for, signed up to or answered, and what they agreed to",
        "activation_answers", "deleted; a booked place is free again",
    ),
)  # fmt: skip
