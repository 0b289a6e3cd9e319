"""The wall of a brand's running shows: its own alone, live ones first, and for its staff."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.media.diagnostics import latest
from showfloor.media.diagnostics.findings import Finding, Level
from showfloor.shows import services as shows
from tests.shows.test_stream_health import HEALTH
from tests.support.shows import Caller, make_show


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    latest.report({})


def test_wall_shows_what_runs_or_sends_at_this_brand_alone(
    brand: Brand, other_brand: Brand, producer: User, stranger: User
) -> None:
    sending, running, idle = (make_show(brand, title) for title in ("Sends", "Runs", "Idle"))
    theirs = make_show(other_brand, "Theirs")
    at, caller = f"/brands/{brand.slug}/wall", Caller(user=producer)
    assert caller.call("GET", at) == (200, [])
    shows.start(running, producer)
    black = Finding("picture-black", Level.BAD, 12.0)
    [figures] = HEALTH.figures
    silent = replace(HEALTH, findings=(black,), figures=(replace(figures, silent_s=12.0),))
    latest.report({sending.channel_id: silent, theirs.channel_id: HEALTH})
    status, tiles = caller.call("GET", at)
    assert (status, [one["slug"] for one in tiles]) == (200, [running.slug, sending.slug])
    assert idle.slug not in str(tiles)
    without, black_tile = tiles
    assert (without["state"], without["signal"], without["silent_s"]) == ("live", "none", None)
    assert (black_tile["signal"], black_tile["silent_s"], black_tile["kbps"]) == ("bad", 12.0, 2500)
    assert [one["code"] for one in black_tile["warnings"]] == ["picture-black"]
    assert Caller(user=stranger).call("GET", at)[0] in {403, 404}
    assert Caller().call("GET", at)[0] == 401

    client = Client()
    client.force_login(producer)
    page = client.get(f"/console/wall?brand={brand.slug}").content.decode()
    assert f'<sf-show-wall brand="{brand.slug}">' in page
    assert sending.slug in page
    assert client.get(f"/console/wall?brand={other_brand.slug}").status_code == 404
