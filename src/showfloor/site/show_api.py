"""The HTTP operations on a show that several rooms answer together."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import AwareDatetime

from showfloor.accounts import permissions
from showfloor.accounts import services as accounts
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest, ViewerRequest
from showfloor.community.exports import csv_answer
from showfloor.shows import queries as shows
from showfloor.shows.permissions import show_to_watch
from showfloor.site import (
    console_data,
    health_curves,
    live_sales,
    product_page,
    show_data,
    wall,
)
from showfloor.site.console_data import ConsoleReport
from showfloor.site.health_curves import AFTER_MAX, HealthCurves
from showfloor.site.live_sales import LiveSales
from showfloor.site.product_page import ProductPageAnswer
from showfloor.site.show_data import Mine, Snapshot
from showfloor.site.wall import WallTile

router = Router(tags=["shows"])


@router.get("/shows/{slug}", response=Snapshot, summary="The show at one position of its timeline")
@permissions.public
def get_show(request: HttpRequest, slug: str) -> Snapshot:
    return show_data.snapshot(show_to_watch(request, slug))


@router.get("/shows/{slug}/mine", response=Mine, summary="What this viewer has done in the show")
@permissions.viewer
def get_mine(request: ViewerRequest, slug: str) -> Mine:
    viewer = request.viewer
    show = shows.find(slug, [viewer.brand] if viewer.is_staff else [], viewer)
    return show_data.mine(show, viewer.sub)


@router.get("/shows/{slug}/console", response=ConsoleReport, summary="What the console polls")
@permissions.staff()
def get_console(request: StaffRequest, slug: str) -> ConsoleReport:
    show = shows.find(slug, [request.brand.pk])
    return console_data.console_report(show, accounts.network_of(request))


@router.get(
    "/shows/{slug}/health", response=HealthCurves,
    summary="The health of each source in the last ten minutes, second by second",
)  # fmt: skip
@permissions.staff()
def get_health(
    request: StaffRequest, slug: str, after: Annotated[int, Query(ge=0, le=AFTER_MAX)] = 0
) -> HealthCurves:
    """`after`: seconds since 1970; what is later is returned."""
    return health_curves.since(shows.find(slug, [request.brand.pk]).channel_id, after)


@router.get("/shows/{slug}/health.csv", summary="The health of each source in the whole show")
@permissions.staff()
def get_health_table(request: StaffRequest, slug: str) -> HttpResponse:
    """In steps of ten seconds, as far as the server has been running since."""
    show = shows.find(slug, [request.brand.pk])
    response = HttpResponse(health_curves.table(show.channel_id), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{show.slug}-health.csv"'
    return response


@router.get(
    "/shows/{slug}/sales", response=LiveSales, summary="What the show sells, by product and minute"
)
@permissions.staff(Role.PRODUCER, Role.CLERK)
def get_sales(
    request: StaffRequest, slug: str,
    since: Annotated[AwareDatetime | None, Query(description="null: all minutes")] = None,
) -> LiveSales:  # fmt: skip
    return live_sales.report(shows.find(slug, [request.brand.pk]), since)


@router.get("/shows/{slug}/sales.csv", summary="What was bought, by minute and product")
@permissions.staff(Role.PRODUCER, Role.CLERK)
def get_sales_table(request: StaffRequest, slug: str) -> HttpResponse:
    show = shows.find(slug, [request.brand.pk])
    return csv_answer(f"{show.slug}-sales", live_sales.table(show))


@router.get("/brands/{brand}/wall", response=list[WallTile], summary="What every running show does")
@permissions.staff()
def list_wall(request: StaffRequest, brand: str) -> list[WallTile]:
    return wall.tiles(request.brand)


@router.get(
    "/brands/{brand}/products/{product_id}/answers", response=list[ProductPageAnswer],
    summary="What was answered about a product, for the shop's own page of it",
)  # fmt: skip
@permissions.public
def list_product_answers(
    request: HttpRequest, response: HttpResponse, brand: str, product_id: str
) -> list[ProductPageAnswer]:
    """The latest 50 of the brand's public shows. `product_id`: ours, or the shop's `reference`.
    `url` leads to the show, and into its replay where it was answered on air."""
    response["Access-Control-Allow-Origin"] = "*"  # read by the shop's page; nothing of a person's
    return product_page.answers(permissions.brand_named("brand", brand), product_id)
