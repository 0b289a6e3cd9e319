"""The slice of waitlists."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from showfloor.accounts.row_deletion import delete_some
from showfloor.accounts.row_values import row_values
from showfloor.kernel.jobs import Job
from showfloor.kernel.retention import Keep
from showfloor.kernel.slices import Erasure, PersonalColumns, PersonalData
from showfloor.shows.slices import ShowSlice
from showfloor.waitlists import queries, queue, services
from showfloor.waitlists.commands import COMMANDS
from showfloor.waitlists.models import Wait


def _erase(order: Erasure) -> Mapping[str, int]:
    return {"waits": services.forget(order.brand_id, order.subject)}


def _take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    waits = Wait.objects.for_brand(brand_id).filter(owner=subject)
    return {
        "waits": row_values(
            waits, product="variant__product__name", sku="variant__sku", email="email",
            state="state", joined_at="joined_at", offered_at="offered_at",
        )
    }  # fmt: skip


def _forget(before: datetime, limit: int) -> int:
    return delete_some(
        Wait.objects.all_brands().filter(joined_at__lt=before).order_by("joined_at"), limit
    )


_COLUMNS: Final = (
    PersonalColumns(
        "waitlists.Wait", ("owner", "email", "language"),
        "to offer somebody who waits what comes back", "waits", "deleted",
    ),
)  # fmt: skip

SLICE = ShowSlice(
    "waitlists",
    jobs=(Job("offer_returned_units", 5.0, queue.offer_returned),),
    privacy=PersonalData(
        _erase, take_out=_take_out, columns=_COLUMNS, keeps=(Keep("waits", 180, _forget),)
    ),
    commands=COMMANDS,
    mine=queries.mine,
)
