"""Deals over HTTP, for staff."""

from typing import Any

from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.deals import queries, services
from showfloor.deals.models import Deal
from showfloor.deals.queries import StaffDeal
from showfloor.deals.rules import DealDraft
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.request_bodies import PictureIn, values_of

router = Router(tags=["deals"])
_NULLABLE = {"amount", "percent_bp", "units_max", "per_person"}


class DealIn(Schema):
    """Either `amount` or `percent_bp`; without limits the deal is a sale for its time."""

    title: str = Field(max_length=500, description="At most 80 characters")
    variant_ids: list[str] = Field(max_length=50, description="1 to 20")
    amount: int | None = Field(default=None, description="Price of one unit, minor units")
    percent_bp: int | None = Field(default=None, description="Off today's price, basis points")
    units_max: int | None = Field(default=None, description="Of all variants together")
    per_person: int | None = None
    lasts_s: int = Field(default=120, description="10 s to a day")
    window_ms: int = Field(default=12_000, description="For viewers who are behind, up to 15 s")


class DealPatch(Schema):
    """Fields that are left out stay as they are."""

    title: str | None = Field(default=None, max_length=500)
    variant_ids: list[str] | None = Field(default=None, max_length=50)
    amount: int | None = None
    percent_bp: int | None = None
    units_max: int | None = None
    per_person: int | None = None
    lasts_s: int | None = None
    window_ms: int | None = None


class OpenDealIn(PictureIn):
    countdown_s: int = Field(default=0, description="From now; 0 opens it at your picture")


@router.get("/shows/{slug}/deals", response=list[StaffDeal], summary="The show's deals")
@permissions.staff(Role.PRODUCER)
def list_deals(request: StaffRequest, slug: str) -> list[StaffDeal]:
    return queries.staff_deals(_show(request, slug))


@router.post("/shows/{slug}/deals", response={201: StaffDeal}, summary="Prepare a deal")
@permissions.staff(Role.PRODUCER)
def create_deal(request: StaffRequest, slug: str, body: DealIn) -> Any:
    draft = DealDraft(**body.model_dump())
    return Status(201, queries.staff_deal(services.create(_show(request, slug), draft)))


@router.patch("/shows/{slug}/deals/{deal_id}", response=StaffDeal, summary="Change a prepared deal")
@permissions.staff(Role.PRODUCER)
def patch_deal(request: StaffRequest, slug: str, deal_id: str, body: DealPatch) -> StaffDeal:
    values = values_of(body, _NULLABLE)
    return queries.staff_deal(services.change(_show(request, slug), deal_id, values))


@router.delete(
    "/shows/{slug}/deals/{deal_id}", response={204: None}, summary="Delete a prepared deal"
)
@permissions.staff(Role.PRODUCER)
def delete_deal(request: StaffRequest, slug: str, deal_id: str) -> Any:
    services.delete(_show(request, slug), deal_id)
    return Status(204, None)


@router.post(
    "/shows/{slug}/deals/{deal_id}/open", response=StaffDeal,
    summary="Announce a deal, and open it after a countdown",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def open_deal(request: StaffRequest, slug: str, deal_id: str, body: OpenDealIn) -> StaffDeal:
    show = _show(request, slug)
    deal = services.open_deal(show, deal_id, body.picture_at, body.countdown_s, request.user)
    return _answer(deal)


@router.post("/shows/{slug}/deals/{deal_id}/end", response=StaffDeal, summary="End a deal now")
@permissions.staff(Role.PRODUCER)
def end_deal(request: StaffRequest, slug: str, deal_id: str, body: PictureIn) -> StaffDeal:
    return _answer(services.end(_show(request, slug), deal_id, body.picture_at, request.user))


def _show(request: StaffRequest, slug: str) -> Show:
    return shows.find(slug, [request.brand.pk])


def _answer(deal: Deal) -> StaffDeal:
    return queries.staff_deal(queries.find(deal.show, deal.pk))
