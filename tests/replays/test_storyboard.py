"""The storyboard: small pictures of a show, drawn from its key frames."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from showfloor.adapters.ffmpeg.key_frames import FfmpegKeyFrames
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.kernel.clock import utc_now
from showfloor.media.signer import pass_signer
from showfloor.replays import keeping, services, storyboard
from showfloor.replays.models import replay_files
from showfloor.shows import recorded_time
from showfloor.shows.models import OpenTo, Show, ShowState
from tests.support.media import T0

T0_MS = int(T0.timestamp() * 1000)
NOW = T0 + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture every 2 s, so that a show of six seconds has three."""
    monkeypatch.setattr(storyboard, "EVERY_S", 2)
    monkeypatch.setattr(storyboard, "_key_frames", FfmpegKeyFrames())


def test_pictures_are_drawn_while_the_show_runs_and_stand_in_one_sheet(show: Show) -> None:
    Show.objects.for_brand(show.brand_id).update(state=ShowState.LIVE, ended_at=None)
    assert storyboard.draw_due(NOW) == 3
    assert storyboard.draw_due(NOW) == 0
    answer = Client().get(f"/shows/{show.slug}/storyboard.json")
    assert answer["Cache-Control"] == "max-age=30"
    told = answer.json()
    assert told["pictures"] == [T0_MS, T0_MS + 2000, T0_MS + 4000]
    assert (told["width"], told["height"], told["columns"]) == (160, 90, 10)
    (url,) = told["sheets"]
    with Image.open(BytesIO(Client().get(url).content)) as sheet:
        assert sheet.size == (1600, 900)
        # A test card in each of the three tiles, and nothing in the fourth.
        colours = [
            len(sheet.crop((n * 160, 0, n * 160 + 160, 90)).getcolors(1 << 16) or [])
            for n in range(4)
        ]
    assert min(colours[:3]) > 500
    assert colours[3] < 50
    assert Client().get(url.replace("/0.jpg", "/1.jpg")).status_code == 404


def test_later_pictures_go_on_in_the_sheet(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storyboard, "AT_ONCE", 2)
    assert [storyboard.draw_due(NOW) for _run in range(3)] == [2, 1, 0]
    board = storyboard.load(show)
    assert board is not None
    assert (len(board.pictures), board.sheets) == (3, 1)


def test_running_show_waits_for_some_pictures(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storyboard, "NEW_MIN", 4)
    Show.objects.for_brand(show.brand_id).update(state=ShowState.LIVE, ended_at=None)
    assert storyboard.draw_due(NOW) == 0
    assert Client().get(f"/shows/{show.slug}/storyboard.json").status_code == 404


def test_damaged_segment_is_told_and_draws_nothing(
    show: Show, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / show.channel_id / "1" / "360p" / "1.m4s").write_bytes(b"damaged")
    assert storyboard.draw_due(NOW) == 0
    assert "storyboard_not_drawn" in caplog.text


def test_line_missing_in_one_index_leaves_the_other_shows_their_pictures(
    show: Show, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index = folder / show.channel_id / "index.jsonl"
    index.write_text("".join(index.read_text().splitlines(keepends=True)[1:]))  # the broadcast's
    assert storyboard.draw_due(NOW) == 0
    assert "storyboard_not_drawn" in caplog.text


def test_storyboard_of_a_show_for_some_needs_their_pass(show: Show) -> None:
    storyboard.draw_due(NOW)
    Show.objects.for_brand(show.brand_id).update(open_to=OpenTo.TICKET)
    path = f"/shows/{show.slug}/storyboard.json"
    assert Client().get(path).status_code == 403
    assert Client().get(f"{path}?pass=x").status_code == 403
    given = pass_signer().issue(show.pk, utc_now()).text
    told = Client().get(f"{path}?pass={given}")
    assert told["Cache-Control"] == "private, no-store"
    (url,) = told.json()["sheets"]
    assert Client().get(url).status_code == 200
    assert Client().get(url.partition("?")[0]).status_code == 403


def test_pictures_outside_of_the_trim_are_blank(show: Show) -> None:
    storyboard.draw_due(NOW)
    url = f"/shows/{show.slug}/storyboard/0.jpg"
    whole = Client().get(url).content

    def seen() -> list[bool]:
        with Image.open(BytesIO(Client().get(url).content)) as sheet:
            tiles = [sheet.crop((n * 160, 0, n * 160 + 160, 90)) for n in range(3)]
            return [len(tile.getcolors(1 << 16) or []) > 500 for tile in tiles]

    services.trim(show, 1.5, None)
    assert seen() == [False, True, True]
    services.trim(show, None, 3.5)
    assert seen() == [True, True, False]
    services.trim(show, None, None)
    assert Client().get(url).content == whole


def test_track_of_thumbnails_counts_the_seconds_of_the_trimmed_recording(show: Show) -> None:
    path = f"/shows/{show.slug}/storyboard.vtt"
    assert Client().get(path).status_code == 404
    storyboard.draw_due(NOW)
    runs = [(T0, T0 + timedelta(seconds=2)), (T0 + timedelta(seconds=3.5), show.ended_at)]
    recorded_time.use(lambda _channel: runs)
    sheet = f"/shows/{show.slug}/storyboard/0.jpg"
    answer = Client().get(path)
    assert answer["Content-Type"].startswith("text/vtt")
    assert answer.content.decode() == (
        f"WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n{sheet}#xywh=0,0,160,90\n"
        f"\n00:00:02.000 --> 00:00:02.500\n{sheet}#xywh=160,0,160,90\n"
        f"\n00:00:02.500 --> 00:00:04.500\n{sheet}#xywh=320,0,160,90\n"
    )
    services.trim(show, 3.0, None)
    assert Client().get(path).content.decode().count("-->") == 1
    recorded_time.use(lambda _channel: [])


def test_storyboard_goes_with_the_recording(show: Show, folder: Path) -> None:
    storyboard.draw_due(NOW)
    cut_off = f"{show.pk}/{storyboard.PREFIX}-0.jpg.new"  # by a stop of the server
    replay_files().save(cut_off, ContentFile(b"half"))
    assert [keeping.sweep_files() for _run in range(2)] == [1, 0]
    assert not replay_files().exists(cut_off)
    Show.objects.for_brand(show.brand_id).update(recording_deleted_at=utc_now())
    FileRecording(folder / show.channel_id).delete()
    assert keeping.sweep_files() == 2
    assert storyboard.load(show) is None
