"""The sale of a show over HTTP, for staff."""

from typing import Any

from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.checkout.pauses import queries as pauses
from showfloor.checkout.pauses.queries import PauseView
from showfloor.selling import services
from showfloor.shows import queries as shows
from showfloor.shows.models import Show

router = Router(tags=["selling"])


class PauseIn(Schema):
    reason: str = Field(max_length=20, description="price, technical or other")
    words: str = Field(
        default="", max_length=500,
        description="At most 120 characters, for everyone; needed with `other`",
    )  # fmt: skip


class SellOutIn(Schema):
    product_id: str = Field(max_length=26)


class RestockIn(Schema):
    product_id: str = Field(max_length=26)
    variant_id: str | None = Field(
        default=None, max_length=26, description="Null: as many of each variant"
    )
    units: int = Field(description="To add, at most 10,000")


class UnitsView(Schema):
    units: int = Field(description="Taken away or added in all")


@router.put("/shows/{slug}/selling-pause", response=PauseView, summary="Pause the sale")
@permissions.staff(Role.PRODUCER)
def put_pause(request: StaffRequest, slug: str, body: PauseIn) -> PauseView:
    """Nothing of the show can be bought, its timers stand still, and everyone is told why."""
    return pauses.view(services.pause(_show(request, slug), body.reason, body.words, request.user))


@router.delete("/shows/{slug}/selling-pause", response={204: None}, summary="Go on with the sale")
@permissions.staff(Role.PRODUCER)
def delete_pause(request: StaffRequest, slug: str) -> Any:
    services.resume(_show(request, slug), request.user)
    return Status(204, None)


@router.post("/shows/{slug}/sold-out", response=UnitsView, summary="Take a product off sale")
@permissions.staff(Role.PRODUCER)
def post_sold_out(request: StaffRequest, slug: str, body: SellOutIn) -> Any:
    """All free units of it are taken away; what people hold stays theirs."""
    return {"units": services.sell_out(_show(request, slug), body.product_id, request.user)}


@router.post("/shows/{slug}/restock", response=UnitsView, summary="Add units of a product")
@permissions.staff(Role.PRODUCER)
def post_restock(request: StaffRequest, slug: str, body: RestockIn) -> Any:
    """Those who wait for it are offered the units first."""
    show = _show(request, slug)
    units = services.restock(show, body.product_id, body.variant_id, body.units, request.user)
    return {"units": units}


def _show(request: StaffRequest, slug: str) -> Show:
    return shows.find(slug, [request.brand.pk])
