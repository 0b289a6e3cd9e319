"""Columns of deals with personal data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.accounts.row_values import row_values
from showfloor.deals.models import DealRequest
from showfloor.kernel.slices import PersonalColumns


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the deals that this person asked for."""
    rows = DealRequest.objects.for_brand(brand_id).filter(owner=subject)
    return {
        "deal_requests": row_values(
            rows, show="deal__show__slug", deal="deal__title", asked_by="asked_by",
            quantity="quantity", state="state", arrived_ms="arrived_ms", delay_ms="delay_ms",
            response_ms="response_ms",
        )
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "deals.DealRequest",
        (
            "owner",
            "asked_by",
            "variant_id",
            "quantity",
            "key",
            "show_time_s",
            "arrived_ms",
            "delay_ms",
            "response_ms",
            "reservation_id",
        ),
        "the order in which people asked for few units, and how many each has",
        "until the show is deleted",
        "what was won counts on, for an id that nobody has; what is undecided is lost",
    ),
)
