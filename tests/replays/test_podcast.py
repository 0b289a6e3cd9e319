"""The podcast of a brand: its feed, its episodes, and who never gets one."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.replays import file_job, services
from showfloor.replays.models import ReplayFile, replay_files
from showfloor.shows.models import OpenTo, Show

IMAGE = "{http://www.itunes.com/dtds/podcast-1.0.dtd}image"


@pytest.fixture
def episode(show: Show, brand: Brand) -> ReplayFile:
    """The podcast audio of a public replay, whose title is no good XML."""
    change(show, published=True, title="Balm & <Lips>\x07", cover="covers/a.webp")
    Brand.objects.filter(pk=brand.pk).update(icon="brands/icon.png")
    file = services.order_file(show, "sound")
    assert file_job.make_next()
    file.refresh_from_db()
    return file


def change(show: Show, **fields: object) -> None:
    Show.objects.for_brand(show.brand_id).filter(pk=show.pk).update(**fields)


def episodes(client: Client, brand: Brand) -> list[ElementTree.Element]:
    answer = client.get(f"/feeds/{brand.slug}/podcast.xml")
    return ElementTree.fromstring(answer.content).findall("./channel/item")


def test_public_replay_is_an_episode_with_its_sound(
    client: Client, show: Show, brand: Brand, episode: ReplayFile
) -> None:
    answer = client.get(f"/feeds/{brand.slug}/podcast.xml")
    channel = ElementTree.fromstring(answer.content).find("channel")
    assert channel is not None
    picture, item = channel.find(IMAGE), channel.find("item")
    assert item is not None
    assert picture is not None
    assert picture.get("href") == "http://localhost:8000/uploads/brands/icon.png"
    path = f"/shows/{show.slug}/podcast/{episode.pk}.m4a"
    enclosure, cover = item.find("enclosure"), item.find(IMAGE)
    assert enclosure is not None
    assert cover is not None
    assert enclosure.attrib == {
        "url": f"http://localhost:8000{path}", "length": str(episode.bytes), "type": "audio/mp4"
    }  # fmt: skip
    assert (item.findtext("title"), item.findtext("guid")) == ("Balm & <Lips>", show.pk)
    assert cover.get("href") == "http://localhost:8000/uploads/covers/a.webp"
    assert (answer["Content-Type"], answer["Cache-Control"]) == (
        "application/rss+xml; charset=utf-8", "public, max-age=300"
    )  # fmt: skip
    again = client.get(f"/feeds/{brand.slug}/podcast.xml", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert again.status_code == 304
    home = client.get(f"/brands/{brand.slug}/").content.decode()
    assert f'type="application/rss+xml" title="{brand.name}: podcast"' in home


def test_player_gets_the_parts_that_it_asks_for(
    client: Client, show: Show, episode: ReplayFile
) -> None:
    path = f"/shows/{show.slug}/podcast/{episode.pk}.m4a"
    data = Path(replay_files().path(episode.name)).read_bytes()
    whole = client.get(path)
    assert (b"".join(whole), whole["Content-Length"]) == (data, str(len(data)))
    assert (whole["Content-Type"], whole["Accept-Ranges"]) == ("audio/mp4", "bytes")
    for asked, start, end in (("4-7", 4, 8), ("-5", len(data) - 5, len(data))):
        part = client.get(path, HTTP_RANGE=f"bytes={asked}")
        assert (part.status_code, b"".join(part)) == (206, data[start:end])
        assert part["Content-Range"] == f"bytes {start}-{end - 1}/{len(data)}"
        assert part["Content-Length"] == str(end - start)
    beyond = client.get(path, HTTP_RANGE=f"bytes={len(data)}-")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(data)}")
    head = client.head(path)
    head.close()
    assert head["Content-Length"] == str(len(data))


def test_replay_that_is_not_for_everyone_is_no_episode(
    client: Client, show: Show, brand: Brand, episode: ReplayFile, producer: User
) -> None:
    path = f"/shows/{show.slug}/podcast/{episode.pk}.m4a"
    client.force_login(producer)
    hidden: list[tuple[str, object, object]] = [
        ("open_to", OpenTo.MEMBERS, OpenTo.EVERYONE), ("open_to", OpenTo.TICKET, OpenTo.EVERYONE),
        ("published", False, True), ("is_test", True, False),
        ("recording_deleted_at", show.ended_at, None),
    ]  # fmt: skip
    for field, value, usual in hidden:
        change(show, **{field: value})
        assert (episodes(client, brand), client.get(path).status_code) == ([], 404)
        change(show, **{field: usual})
    assert len(episodes(client, brand)) == 1
    clip = services.make_clip(show, "A clip", 1, 4)
    services.order_file(show, "sound", clip.pk)
    assert file_job.make_next()
    made = ReplayFile.objects.for_brand(brand).get(clip=clip)
    assert len(episodes(client, brand)) == 1
    assert client.get(f"/shows/{show.slug}/podcast/{made.pk}.m4a").status_code == 404
    services.trim(show, 2, None)  # what is cut off is nowhere
    assert (episodes(client, brand), client.get(path).status_code) == ([], 404)
    assert "application/rss+xml" not in client.get(f"/brands/{brand.slug}/").content.decode()
