"""What players tell of their picture: read strictly, kept for a minute and a half, and bounded."""

import json

import pytest
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.kernel.errors import Invalid
from showfloor.shows.models import Show
from showfloor.shows.playback_quality import (
    KEPT_S,
    SESSIONS_MAX,
    SHOWS_MAX,
    PlaybackQuality,
    PlaybackReport,
    PlaybackView,
    parse,
)

LINE = b'bl=1000,bsd=600,cid="evening",dfa=3,e=t,ltc=1100,sf=h,sid="abcd-1234",st=l,sta=p,v=2'


def test_line_of_cmcd_is_read() -> None:
    assert parse(LINE) == PlaybackReport("abcd-1234", 1100, 600, 3)
    assert parse(b'sid="abcd-1234",bs,v=2\n') == PlaybackReport("abcd-1234", None, 0, 0)


@pytest.mark.parametrize(
    ("was", "by"),
    [
        (b"v=2", b"v=1"),
        (b'"abcd-1234"', b'"x"'),
        (b"ltc=1100", b"ltc=-1"),
        (b"bsd=600", b"bsd=60001"),
        (b"dfa=3", b"dfa=1.5"),
        (b"e=t", b"{}"),
        (b"e=t", b"e=" + b"t" * 1000),
    ],
)
def test_line_that_is_none_is_refused(was: bytes, by: bytes) -> None:
    with pytest.raises(Invalid):
        parse(LINE.replace(was, by))


def test_summary_counts_each_session_once_and_forgets() -> None:
    quality = PlaybackQuality()
    for number, (latency, stalled) in enumerate([(900, 0), (1100, 700), (5000, 100), (None, 0)]):
        quality.note("show", PlaybackReport(f"session-{number}", latency, stalled, 0), 0.0)
    assert quality.summary("show", KEPT_S) == PlaybackView(4, 0.25, 1100)
    quality.note("show", PlaybackReport("session-1", 1000, 0, 0), 60.0)
    assert quality.summary("show", 60.0) == PlaybackView(4, 0.0, 1000)
    assert quality.summary("show", KEPT_S + 1) == PlaybackView(1, 0.0, 1000)
    assert quality.summary("other", 0.0) == PlaybackView(0, 0.0, None)


def test_sessions_and_shows_are_bounded_until_old_ones_are_forgotten() -> None:
    quality, report = PlaybackQuality(), PlaybackReport("session", 1000, 0, 0)
    for number in range(SESSIONS_MAX + 1):
        quality.note("show", PlaybackReport(str(number), 1000, 0, 0), 0.0)
    assert quality.summary("show", 0.0).viewers == SESSIONS_MAX
    for number in range(SHOWS_MAX):
        quality.note(str(number), report, 1.0)
    assert quality.summary(str(SHOWS_MAX - 1), 1.0).viewers == 0
    quality.note("late", report, KEPT_S + 2)
    assert quality.summary("late", KEPT_S + 2).viewers == 1


def test_players_tell_and_staff_read(show: Show, staff: Client, client: Client) -> None:
    path = f"/api/v1/shows/{show.slug}/playback"
    answer = client.post(path, LINE, content_type="application/cmcd")
    assert answer.status_code == 204, answer.content
    assert client.post(path, b"no", content_type="application/cmcd").status_code == 422
    assert client.post("/api/v1/shows/none/playback", LINE, content_type="x/y").status_code == 404
    assert client.get(path).status_code == 401
    assert json.loads(staff.get(path).content) == {
        "viewers": 1, "stalling": 1.0, "latency_ms": 1100
    }  # fmt: skip
    assert json.loads(client.get(f"/api/v1/shows/{show.slug}").content)["has_playback_reports"]
    Brand.objects.filter(pk=show.brand_id).update(takes_playback_reports=False)
    quiet = LINE.replace(b"abcd-1234", b"efgh-5678")
    refused = client.post(path, quiet, content_type="application/cmcd")
    assert (refused.status_code, refused.json()["code"]) == (409, "reports-off")
    assert json.loads(staff.get(path).content)["viewers"] == 1
    shown = json.loads(client.get(f"/api/v1/shows/{show.slug}").content)
    assert shown["has_playback_reports"] is False
