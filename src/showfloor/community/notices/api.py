"""Counters of notice-and-action over HTTP."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Path, Router

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.community.exports import csv_answer
from showfloor.community.notices import figures

router = Router(tags=["moderation"])


@router.get(
    "/brands/{brand}/notices/{year}.csv", summary="Notices of a year, for the transparency report"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def export_figures(
    request: StaffRequest, brand: str, year: Annotated[int, Path(ge=2000, le=2999)]
) -> HttpResponse:
    return csv_answer(f"notices-{year}", figures.of_year(request.brand, year))
