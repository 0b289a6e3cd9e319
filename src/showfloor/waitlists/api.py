"""Waitlists over HTTP."""

from typing import Annotated

from django.http import HttpResponse, JsonResponse
from django.utils.translation import get_language
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from showfloor.accounts import network_quota
from showfloor.accounts import permissions as access
from showfloor.accounts.email_addresses import EMAIL_CHARS_MAX
from showfloor.accounts.models import Brand
from showfloor.accounts.permissions import ViewerRequest
from showfloor.kernel.clock import utc_now
from showfloor.waitlists import commands, queries, services
from showfloor.waitlists.queries import WaitView
from showfloor.waitlists.services import JoinRequest

router = Router(tags=["waitlists"])


class WaitIn(Schema):
    model_config = ConfigDict(extra="forbid")

    sku: Annotated[str, Field(max_length=commands.SKU_CHARS_MAX)]
    show: Annotated[str, Field(max_length=commands.SHOW_CHARS_MAX)] | None = None
    email: Annotated[str, Field(max_length=EMAIL_CHARS_MAX)] | None = None


@router.get("/waits", response=list[WaitView], summary="Where the viewer waits, and at which place")
@access.viewer
def get_waits(request: ViewerRequest) -> HttpResponse:
    claims = request.viewer
    return _json(queries.waits_of(claims.brand, claims.sub))


@router.post("/waits", response=WaitView, summary="Wait for a unit of what is sold out")
@access.viewer
def post_wait(request: ViewerRequest, body: WaitIn) -> HttpResponse:
    brand = Brand.objects.get(pk=request.viewer.brand)
    asked = JoinRequest(
        request.viewer.sub, body.sku, body.show or "", body.email or "", get_language() or "",
        network_quota.share_of(request.viewer),
    )  # fmt: skip
    return _json(services.join(brand, asked, utc_now()))


@router.delete("/waits/{path:sku}", response={204: None}, summary="Wait no longer")
@access.viewer
def delete_wait(request: ViewerRequest, sku: str) -> HttpResponse:
    services.leave(request.viewer.brand, request.viewer.sub, sku, utc_now())
    return HttpResponse(status=204)


def _json(body: object) -> HttpResponse:
    response = JsonResponse(body, safe=False)
    response["Cache-Control"] = "no-store"
    return response
