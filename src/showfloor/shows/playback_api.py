"""What players tell of their picture, and the producer's view of it."""

import time
from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.kernel.errors import Conflict
from showfloor.shows import playback_quality, queries
from showfloor.shows.permissions import show_to_watch
from showfloor.shows.playback_quality import PlaybackQuality

router = Router(tags=["shows"])

_quality: Final = PlaybackQuality()


class PlaybackOut(Schema):
    viewers: int = Field(description="Players of this process that told something lately: a sample")
    stalling: float = Field(description="The share of them whose picture stood still, 0 to 1")
    latency_ms: int | None = Field(description="Median, of live pictures; null without any")


@router.post(
    "/shows/{slug}/playback", response={204: None}, summary="Tell how the picture does (CMCD v2)"
)
@permissions.public
def post_playback(request: HttpRequest, slug: str) -> Status[None]:
    """One line of CMCD version 2 in its event mode: `v=2`, `sid` (made up by the page when it is
    opened), and where they are known `ltc`, `bsd` (of the last half a minute) and `dfa`. It is kept
    for 90 seconds, in memory, and says nothing of a person. A brand may want none: Conflict."""
    show = show_to_watch(request, slug)
    if not show.brand.takes_playback_reports:
        raise Conflict(_("This brand takes no reports of players."), code="reports-off")
    report = playback_quality.parse(request.body)
    _quality.note(show.pk, report, time.monotonic())
    return Status(204, None)


@router.get(
    "/shows/{slug}/playback", response=PlaybackOut, summary="How the picture does at viewers"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def get_playback(request: StaffRequest, slug: str) -> PlaybackOut:
    show = queries.find(slug, [request.brand.pk])
    found = _quality.summary(show.pk, time.monotonic())
    return PlaybackOut(viewers=found.viewers, stalling=found.stalling, latency_ms=found.latency_ms)
