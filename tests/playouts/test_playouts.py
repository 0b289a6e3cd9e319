"""Files that go live at a set time: chosen in the show's form, started and ended by themselves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from showfloor.media.files import ports
from showfloor.media.files.ports import FileFacts
from showfloor.media.recording.object_store import ObjectStore
from showfloor.playouts import queries, services
from showfloor.playouts.models import Playout
from showfloor.replays import recordings, stored_files
from showfloor.replays.models import FileKind, FileState, ReplayFile
from showfloor.shows import services as shows
from showfloor.shows.models import Show, ShowState
from showfloor.timeline import queries as timeline
from tests.support.forms import fields

pytestmark = pytest.mark.django_db
FILM = FileFacts("h264", "aac", 90.5)


class Probe:
    """`ports.FileProbe` with the facts of each file by its name."""

    def __init__(self) -> None:
        self.by_name: dict[str, FileFacts | None] = {"winter.mp4": FILM}

    def facts(self, path: str) -> FileFacts | None:
        return self.by_name[Path(path).name]


@pytest.fixture
def probe() -> Iterator[Probe]:
    made = Probe()
    ports.use_probe(made)
    yield made
    ports.use_probe(None)


@pytest.fixture
def films(brand: Brand, tmp_path: Path, settings: Any, probe: Probe) -> Path:
    """The folder of the brand's files, with one film and something that is none."""
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, data_dir=tmp_path)
    folder = queries.folder(brand)
    folder.mkdir(parents=True)
    for name in ("winter.mp4", "notes.txt"):
        (folder / name).write_bytes(b"x")
    return folder


@pytest.fixture
def show(brand: Brand) -> Show:
    draft = shows.ShowDraft(title="Winter", starts_at=utc_now() + timedelta(hours=1))
    return shows.create_show(brand, draft)


def save(client: Client, show: Show, **values: str) -> Any:
    page = f"/console/shows/{show.slug}/edit"
    return client.post(page, fields(client.get(page)) | values)


def test_file_goes_live_at_its_time_and_the_show_ends_with_it(
    client: Client, producer: User, show: Show, films: Path
) -> None:
    client.force_login(producer)
    page = client.get(f"/console/shows/{show.slug}/edit").content.decode()
    assert ("winter.mp4" in page, "notes.txt" in page) == (True, False)
    assert save(client, show, played_file="file:winter.mp4").status_code == 302
    row = Playout.objects.for_brand(show.brand_id).get()
    assert '"plays": "winter.mp4"' in client.get(f"/console/shows/{show.slug}").content.decode()
    assert (row.name, row.duration_ms, row.set_by) == ("winter.mp4", 90_500, producer)
    assert (services.start_due(), queries.places()) == (0, [])

    due = show.starts_at
    assert due is not None
    assert services.start_due(due) == 1
    assert services.start_due(due) == 0
    [place] = queries.places()
    assert (place.path, place.duration_s) == (str(films / "winter.mp4"), 90.5)
    began = services.began(place)
    assert services.began(place) == began  # also after a restart
    assert save(client, show, played_file="file:winter.mp4", title="Deep winter").status_code == 302
    refused = save(client, show, played_file="")
    assert "what it plays stays" in refused.content.decode()

    again = client.post(f"/console/shows/{show.slug}/duplicate")
    assert again.status_code == 302
    assert Playout.objects.for_brand(show.brand_id).latest("pk").began_at is None

    services.over(place)
    services.over(place)
    show.refresh_from_db()
    assert (show.state, queries.places()) == (ShowState.ENDED, [])
    kinds = [one.kind for one in timeline.read(show.timeline_id, 0)]
    assert (kinds.count("show.started"), kinds.count("show.ended")) == (1, 1)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (None, "winter.mp4 is no film"),
        (FileFacts("hevc", "aac", 90), "The picture of winter.mp4 is hevc"),
        (FileFacts("h264", "ac3", 90), "The sound of winter.mp4 is ac3"),
        (FileFacts("h264", "", 12 * 3600 + 1), "winter.mp4 is longer than twelve hours"),
    ],
)
def test_file_that_cannot_be_played_is_refused_by_its_name(
    client: Client, producer: User, show: Show, films: Path, probe: Probe,
    facts: FileFacts | None, words: str,
) -> None:  # fmt: skip
    client.force_login(producer)
    probe.by_name["winter.mp4"] = facts
    refused = save(client, show, played_file="file:winter.mp4", title="Other")
    assert (refused.status_code, words in refused.content.decode()) == (422, True)
    show.refresh_from_db()
    assert (show.title, Playout.objects.for_brand(show.brand_id).count()) == ("Winter", 0)


@pytest.mark.parametrize("named", ["file:../showfloor.sqlite3", "file:notes.txt", "replay:1"])
def test_no_other_file_of_the_server_can_be_named(
    client: Client, producer: User, show: Show, films: Path, named: str
) -> None:
    client.force_login(producer)
    assert save(client, show, played_file=named).status_code == 422
    assert not Playout.objects.for_brand(show.brand_id).exists()


def test_show_that_may_not_start_says_why_and_is_tried_again_once_it_is_saved(
    client: Client, producer: User, show: Show, films: Path
) -> None:
    client.force_login(producer)
    services.choose(show, services.look(show.brand, "file:winter.mp4"), producer)
    Playout.objects.for_brand(show.brand_id).update(set_by=None)
    assert show.starts_at is not None
    assert [services.start_due(show.starts_at) for _time in range(2)] == [0, 0]
    page = client.get(f"/console/shows/{show.slug}/edit").content.decode()
    assert "It did not start: The person who chose the file has no account" in page
    assert save(client, show).status_code == 302
    assert services.start_due(show.starts_at) == 1


def test_show_on_air_takes_no_file(producer: User, show: Show, films: Path) -> None:
    running = shows.start(show, producer)
    with pytest.raises(Conflict, match="has begun"):
        services.choose(running, services.look(show.brand, "file:winter.mp4"), producer)


def test_show_whose_file_is_gone_does_not_go_live_without_it(
    producer: User, show: Show, films: Path
) -> None:
    services.choose(show, services.look(show.brand, "file:winter.mp4"), producer)
    (films / "winter.mp4").unlink()
    assert services.start_due(show.starts_at) == 0
    show.refresh_from_db()
    assert show.state == ShowState.SCHEDULED
    row = Playout.objects.for_brand(show.brand_id).get()
    assert row.failure == "This file is not there any more."


def test_show_that_a_person_started_can_be_changed_after_its_file_had_failed(
    client: Client, producer: User, show: Show, films: Path
) -> None:
    client.force_login(producer)
    services.choose(show, services.look(show.brand, "file:winter.mp4"), producer)
    Playout.objects.for_brand(show.brand_id).update(failure="It was not there.")
    shows.start(show, producer)
    assert save(client, show, title="Deep winter").status_code == 302
    show.refresh_from_db()
    assert show.title == "Deep winter"


def test_file_beyond_those_that_are_offered_plays_on(
    producer: User, show: Show, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.choose(show, services.look(show.brand, "file:winter.mp4"), producer)
    shows.start(show, producer)
    monkeypatch.setattr(queries, "SOURCES_MAX", 1)
    (films / "autumn.mp4").write_bytes(b"x")
    assert [one.name for one in queries.sources(show.brand)] == ["autumn.mp4"]
    assert [one.name for one in queries.places()] == ["winter.mp4"]


def test_show_ends_with_its_file_although_the_person_who_chose_it_has_left(
    producer: User, show: Show, films: Path
) -> None:
    services.choose(show, services.look(show.brand, "file:winter.mp4"), producer)
    shows.start(show, producer)
    Playout.objects.for_brand(show.brand_id).update(set_by=None)
    services.over(queries.places()[0])
    show.refresh_from_db()
    assert show.state == ShowState.ENDED


def test_replay_that_a_show_plays_stays_on_this_machine(
    brand: Brand, producer: User, show: Show, films: Path, probe: Probe
) -> None:
    earlier = shows.create_show(brand, shows.ShowDraft(title="Autumn"))
    file = ReplayFile(show=earlier, kind=FileKind.VIDEO, state=FileState.READY, name="autumn.mp4")
    file.save()
    probe.by_name["autumn.mp4"] = FILM
    services.choose(show, services.look(brand, f"replay:{file.pk}"), producer)
    recordings.use_store(cast("ObjectStore", object()))
    try:
        assert not stored_files.store_next()
    finally:
        recordings.use_store(None)


def test_replay_in_object_storage_is_offered_and_refused_with_the_way_out(
    client: Client, brand: Brand, producer: User, show: Show, films: Path, probe: Probe
) -> None:
    earlier = shows.create_show(brand, shows.ShowDraft(title="Autumn"))
    file = ReplayFile(show=earlier, kind=FileKind.VIDEO, state=FileState.READY, name="autumn.mp4")
    file.is_stored = True
    file.save()
    client.force_login(producer)
    page = client.get(f"/console/shows/{show.slug}/edit").content.decode()
    assert "Autumn (in object storage)" in page
    answer = save(client, show, played_file=f"replay:{file.pk}")
    assert answer.status_code == 422
    assert f"put it into the folder as-live/{brand.slug}" in answer.content.decode()
    assert not Playout.objects.for_brand(brand).exists()
    probe.by_name["autumn.mp4"] = FILM  # it was here when it was chosen, and is not when it is due
    ReplayFile.objects.for_brand(brand).update(is_stored=False)
    services.choose(show, services.look(brand, f"replay:{file.pk}"), producer)
    ReplayFile.objects.for_brand(brand).update(is_stored=True)
    assert services.start_due(utc_now() + timedelta(hours=2)) == 0
    row = Playout.objects.for_brand(brand).get()
    assert row.failure.startswith("Autumn has moved to object storage")
