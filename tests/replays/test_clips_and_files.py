"""Clips, files of a recording, the trim of a replay, and the end of a recording."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.models import Brand, User
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.replays import file_job, keeping, queries, recordings, rules, services
from showfloor.replays.models import Clip, FileState, ReplayFile, replay_files
from showfloor.shows.models import OpenTo, Show, ShowState
from tests.media.test_mp4_file import frames, recorded
from tests.support.media import T0, ffmpeg
from tests.support.shows import Caller, guest, make_show, product_ids


def of(show: Show, model: type[Clip] | type[ReplayFile]) -> list[str]:
    return list(model.objects.for_brand(show.brand_id).values_list("pk", flat=True))


def content(file: ReplayFile) -> bytes:
    file.refresh_from_db()
    assert file.state == FileState.READY, file.failure
    data = Path(replay_files().path(file.name)).read_bytes()
    assert (len(data), file.percent) == (file.bytes, 100)
    return data


# --- clips ---


def test_clip_has_its_products_and_plays_from_the_show(show: Show) -> None:
    clip = services.make_clip(show, "  The  balm ", 1.0, 4.5)
    start = int(T0.timestamp() * 1000)
    assert queries.clip_view(clip) == {
        "clip_id": clip.pk,
        "title": "The balm",
        "start_s": 1.0,
        "end_s": 4.5,
        "views": 0,
        "path": f"/clips/{clip.pk}",
        "playlist": f"cut/{start + 1000}-{start + 4500}/index.m3u8",
        "product_ids": product_ids(show)[:1],
    }
    before = services.make_clip(show, "Before", 0, 2.4)
    assert queries.clip_view(before)["product_ids"] == []


@pytest.mark.parametrize(
    ("title", "start_s", "end_s", "field"),
    [
        ("", 0, 2, "title"),
        ("x" * 121, 0, 2, "title"),
        ("x", 6, 7, "start_s"),
        ("x", 5, 8, "end_s"),
        ("x", 3, 3.9, "end_s"),
        ("x", 4, 2, "end_s"),
    ],
)
def test_range_that_is_no_clip_is_refused_by_its_field(
    show: Show, title: str, start_s: float, end_s: float, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.make_clip(show, title, start_s, end_s)
    assert refused.value.field == field
    assert of(show, Clip) == []


def test_clip_is_at_most_half_an_hour(show: Show) -> None:
    started = utc_now() - timedelta(hours=2)
    Show.objects.for_brand(show.brand_id).update(
        state=ShowState.LIVE, started_at=started, ended_at=None
    )
    with pytest.raises(Invalid, match="30 minutes"):
        services.make_clip(show, "x", 0, 1801)
    assert services.make_clip(show, "x", 0, 1800).pk  # of a running show


def test_show_that_has_not_started_has_no_clips(brand: Brand) -> None:
    with pytest.raises(Conflict):
        services.make_clip(make_show(brand), "x", 0, 2)


def test_looks_are_counted(show: Show) -> None:
    clip = services.make_clip(show, "x", 0, 2)
    services.count_view(clip)
    services.count_view(clip)
    assert queries.clip_to_show(clip.pk).views == 2


@pytest.mark.parametrize(
    ("text", "seconds"), [("1:02:03", 3723), ("2:03.5", 123.5), ("75:00", 4500), (" 0:07,25", 7.25)]
)
def test_show_times_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert rules.parse_show_time(text, "start_s") == seconds


@pytest.mark.parametrize("text", ["", "7", "1:60", "1:60:00", "-1:00", "1:2", "a:bc"])
def test_other_show_times_are_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.parse_show_time(text, "end_s")
    assert refused.value.field == "end_s"


# --- files ---


def test_file_of_a_clip_is_exact_and_has_its_chapters(show: Show) -> None:
    clip = services.make_clip(show, "The balm", 1.5, 4.5)
    file = services.order_file(show, "video", clip.pk)
    assert file_job.make_next()
    data = content(file)
    init, segments = recorded()
    assert frames(data) == frames(init + b"".join(segments))[45:135]
    _, log = ffmpeg("-i", "-", "-map", "0:v", "-c", "copy", "-f", "null", "-", stdin=data)
    assert "start 1.000000, end 3.000000" in log  # the product came at 2.5 s of the show
    opened, name = queries.ready_file(show, file.pk)
    with opened:
        assert (opened.read(), name) == (data, f"{show.slug}-183001.mp4")
    assert not file_job.make_next()


def test_podcast_is_the_sound_of_the_trimmed_replay(show: Show) -> None:
    services.trim(show, 1.0, 5.0)
    file = services.order_file(show, "sound")
    assert file_job.make_next()
    pcm, log = ffmpeg("-i", "-", "-f", "s16le", "-", stdin=content(file))
    assert len(pcm) / 4 == pytest.approx(4 * 48_000, abs=1)
    assert "Video:" not in log


def test_file_is_made_once_and_anew_after_a_failure(show: Show, folder: Path) -> None:
    first = services.order_file(show, "video")
    assert services.order_file(show, "video").pk == first.pk
    (folder / show.channel_id / "1" / "720p" / "1.m4s").write_bytes(b"damaged")
    assert file_job.make_next()
    first.refresh_from_db()
    assert (first.state, first.failure) == ("failed", "damaged")
    assert list(Path(replay_files().location).rglob("*.mp4")) == []
    again = services.order_file(show, "video")
    assert (again.pk != first.pk, of(show, ReplayFile)) == (True, [again.pk])


def test_file_of_a_damaged_index_fails_and_the_next_one_is_made(show: Show, folder: Path) -> None:
    index = folder / show.channel_id / "index.jsonl"
    lines = index.read_text().splitlines(keepends=True)
    index.write_text("".join(lines[1:]))  # without the line of the broadcast
    first, second = (services.order_file(show, kind) for kind in ("video", "sound"))
    assert file_job.make_next()
    first.refresh_from_db()
    assert (first.state, first.failure) == ("failed", "damaged")
    index.write_text("".join(lines))
    assert file_job.make_next()
    assert content(second)[8:12] == b"M4A "


def test_file_that_does_not_fit_is_refused_before_a_byte(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings.archives(), "may_write", lambda size: size < 1000)
    file = services.order_file(show, "video")
    assert file_job.make_next()
    file.refresh_from_db()
    assert (file.state, file.failure) == ("failed", "disk-full")


def test_file_deleted_while_it_is_made_is_given_up(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = services.order_file(show, "video")
    monkeypatch.setattr(file_job, "PERCENT_EVERY_S", 0.0)
    read = queries.chapters

    def deletes(*given: Any) -> object:
        services.delete_file(show, file.pk)
        return read(*given)

    monkeypatch.setattr(queries, "chapters", deletes)
    assert file_job.make_next()
    assert of(show, ReplayFile) == []
    assert list(Path(replay_files().location).rglob("*.mp4")) == []


def test_file_half_done_by_a_stopped_server_is_made_again(show: Show) -> None:
    file = services.order_file(show, "sound")
    ReplayFile.objects.for_brand(show.brand_id).update(state=FileState.WORKING, percent=40)
    assert file_job.make_next()
    assert content(file)[8:12] == b"M4A "


def test_whole_file_waits_for_the_end_of_the_show(show: Show) -> None:
    Show.objects.for_brand(show.brand_id).update(state=ShowState.LIVE, ended_at=None)
    with pytest.raises(Conflict):
        services.order_file(show, "video")


# --- trim ---


def test_trim_can_be_undone_and_drops_files_of_the_whole_show(show: Show) -> None:
    clip = services.make_clip(show, "x", 0, 2)
    services.order_file(show, "video")
    of_clip = services.order_file(show, "video", clip.pk)
    trimmed = services.trim(show, 1.25, None)
    assert (trimmed.replay_from, trimmed.replay_until) == (T0 + timedelta(seconds=1.25), None)
    assert of(show, ReplayFile) == [of_clip.pk]
    whole = services.trim(show, None, None)
    assert (whole.replay_from, whole.replay_until) == (None, None)
    with pytest.raises(Invalid) as refused:
        services.trim(show, 5.5, 6)
    assert refused.value.field == "end_s"


# --- the end of a recording ---


def test_recording_is_deleted_for_real_when_its_days_are_over(show: Show, folder: Path) -> None:
    brand = show.brand
    clip = services.make_clip(show, "x", 0, 2)
    services.order_file(show, "video", clip.pk)
    file_job.make_next()
    at = T0 + timedelta(days=30)
    assert keeping.delete_old_recordings(at) == 0  # the brand keeps them
    brand.replay_days = 30
    brand.save()
    assert keeping.delete_old_recordings(at) == 0
    assert (folder / show.channel_id / "index.jsonl").exists()
    at += timedelta(seconds=7)
    with CaptureQueriesContext(connection) as captured:
        assert keeping.delete_old_recordings(at) == 1
    writes = [q["sql"] for q in captured if q["sql"].startswith(("UPDATE", "DELETE"))]
    assert "shows_show" in writes[0]  # it is locked before its clips are looked for
    assert keeping.sweep_files() == 1
    assert list(folder.rglob("*")) == []
    assert list(Path(replay_files().location).rglob("*")) == []
    assert (of(show, Clip), of(show, ReplayFile)) == ([], [])
    show.refresh_from_db()
    assert show.recording_deleted_at == at
    with pytest.raises(Conflict):
        services.make_clip(show, "x", 0, 2)
    assert keeping.delete_old_recordings(at) == 0


def test_deletion_that_was_cut_off_goes_on(show: Show, folder: Path) -> None:
    Show.objects.for_brand(show.brand_id).update(recording_deleted_at=utc_now())
    assert keeping.delete_old_recordings(utc_now()) == 1
    assert not (folder / show.channel_id).exists()
    assert keeping.delete_old_recordings(utc_now()) == 0


def test_file_of_a_deleted_clip_is_swept_and_others_stay(show: Show) -> None:
    clip = services.make_clip(show, "x", 0, 2)
    services.order_file(show, "sound", clip.pk)
    whole = services.order_file(show, "sound")
    assert file_job.make_next()
    assert file_job.make_next()
    services.delete_clip(show, clip.pk)
    assert keeping.sweep_files() == 1
    assert content(whole)
    with pytest.raises(NotFound):
        services.delete_clip(show, clip.pk)


def test_sweep_looks_at_every_folder(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "FOLDERS_AT_ONCE", 1)
    for folder in (show.pk, "a", "b"):
        replay_files().save(f"{folder}/x.mp4", ContentFile(b"x"))
    assert keeping.sweep_files() == 3
    assert [path.name for path in Path(replay_files().location).iterdir()] == [show.pk]


# --- the API ---


def test_producers_make_clips_and_viewers_of_the_show_see_them(
    show: Show, producer: User, moderator: User, brand: Brand
) -> None:
    path = f"/shows/{show.slug}"
    body = {"title": "The balm", "start_s": 1, "end_s": 4}
    for stranger in (Caller(), Caller(viewer=guest(brand)), Caller(user=moderator)):
        assert stranger.call("POST", f"{path}/clips", body)[0] in {401, 403}
    staff = Caller(user=producer)
    status, made = staff.call("POST", f"{path}/clips", body)
    assert status == 201
    clip_id = made["clip_id"]
    assert Caller().call("GET", f"{path}/clips") == (200, [made])
    assert staff.call("POST", f"{path}/clips", {**body, "end_s": 0})[1]["field"] == "end_s"
    ask = {"kind": "video", "clip_id": clip_id}
    status, ordered = staff.call("POST", f"{path}/replay-files", ask)
    assert (status, ordered["state"]) == (202, "waiting")
    assert Caller(user=moderator).call("GET", f"{path}/replay-files")[0] == 403
    assert staff.call("PUT", f"{path}/trim", {"start_s": 1, "end_s": None}) == (
        200, {"replay_from": "2026-03-01T18:30:01.000Z", "replay_until": None}
    )  # fmt: skip
    assert staff.call("DELETE", f"{path}/replay-files/{ordered['file_id']}")[0] == 204
    assert staff.call("DELETE", f"{path}/clips/{clip_id}")[0] == 204
    assert (of(show, Clip), of(show, ReplayFile)) == ([], [])


def test_clips_of_a_show_for_ticket_holders_are_for_them(show: Show, producer: User) -> None:
    services.make_clip(show, "x", 0, 2)
    Show.objects.for_brand(show.brand_id).update(open_to=OpenTo.TICKET)
    path = f"/shows/{show.slug}/clips"
    assert Caller().call("GET", path)[0] == 403
    assert Caller(user=producer).call("GET", path)[0] == 200
