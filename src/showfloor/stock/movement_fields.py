"""Fields of forms that change a count by a movement."""

from typing import Any, override

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from showfloor.stock.models import MovementReason
from showfloor.stock.rules import ON_HAND_MAX

STAFF_REASONS = [
    (reason.value, reason.label)
    for reason in (
        MovementReason.RECEIVED, MovementReason.RETURNED, MovementReason.DAMAGED,
        MovementReason.CORRECTION, MovementReason.COUNTED,
    )
]  # fmt: skip


class ChangeField(forms.IntegerField):
    """`+12` or `-3` units."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_value=-ON_HAND_MAX, max_value=ON_HAND_MAX, required=False,
            widget=UnfoldAdminTextInputWidget(
                attrs={"inputmode": "text", "placeholder": "±0", "style": "min-width: 5rem"}
            ),
            **kwargs,
        )  # fmt: skip

    @override
    def to_python(self, value: Any) -> int | None:
        # A typographic minus comes from spreadsheets.
        text = str(value or "").strip().replace("\u2212", "-").replace("±", "")
        return super().to_python(text)
