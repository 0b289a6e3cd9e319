"""A clip as the trailer of another show: whose it may be, where it is played, and its end."""

import json
import re
from datetime import timedelta
from fractions import Fraction

import pytest

from showfloor.accounts import setup
from showfloor.accounts.models import Brand, User
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid
from showfloor.media.hls.playlist import ListedSegment, MediaPlaylist, render_media
from showfloor.replays import services, trailers
from showfloor.replays.models import Clip, Trailer
from showfloor.shows import services as shows
from showfloor.shows.models import OpenTo, Show, ShowState
from showfloor.site import show_page
from showfloor.timeline import queries as timeline
from tests.support.media import T0
from tests.support.reducer import verifier
from tests.support.shows import Caller, make_show


@pytest.fixture
def clip(show: Show) -> Clip:
    return services.make_clip(show, "The balm", 1.0, 4.5)


@pytest.fixture
def coming(brand: Brand) -> Show:
    return shows.create_show(
        brand, shows.ShowDraft(title="Next", starts_at=utc_now() + timedelta(days=1))
    )


def page_data(show: Show) -> dict[str, object]:
    _, page = Caller().text(f"/shows/{show.slug}")
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data: dict[str, object] = json.loads(found[1])
    return data


def test_producer_chooses_a_trailer_which_the_page_plays_until_the_show_has_ended(
    clip: Clip, coming: Show, producer: User
) -> None:
    caller, path = Caller(user=producer), f"/shows/{coming.slug}/trailer"
    start = int(T0.timestamp() * 1000)
    playlist = f"/hls/{clip.show.slug}/cut/{start + 1000}-{start + 4500}/index.m3u8"
    for _again in range(2):
        told = caller.call("PUT", path, {"clip_id": clip.pk})
        assert told == (
            200,
            {"clip_id": clip.pk, "title": "The balm", "playlist": playlist, "length_s": 3.5},
        )
    assert page_data(coming)["trailer"] == {"playlist": playlist, "length_s": 3.5}
    shows.end(shows.start(coming, producer), producer)
    show_page.forget(coming.slug)
    assert page_data(coming)["trailer"] is None
    assert caller.call("PUT", path, {"clip_id": None}) == (200, None)
    assert Trailer.objects.for_brand(coming.brand_id).count() == 0


def test_clip_that_its_viewers_could_not_watch_is_refused(
    clip: Clip, coming: Show, show: Show
) -> None:
    other = make_show(setup.create_brand("Other", "else@example.test", "enough-123"))
    for wrong in ("nothing", clip.pk):
        with pytest.raises(Invalid) as refused:
            trailers.choose(other, wrong)
        assert refused.value.field == "clip_id"
    with pytest.raises(Invalid, match="another show"):
        trailers.choose(show, clip.pk)
    Show.objects.for_brand(show.brand_id).filter(pk=show.pk).update(open_to=OpenTo.MEMBERS)
    with pytest.raises(Invalid, match="open to everyone"):
        trailers.choose(coming, clip.pk)
    assert Trailer.objects.all_brands().count() == 0
    assert Caller().call("PUT", f"/shows/{coming.slug}/trailer", {"clip_id": clip.pk})[0] == 401


def test_open_pages_are_told_of_a_trailer_that_begins_changes_and_goes(
    clip: Clip, coming: Show, show: Show, producer: User
) -> None:
    verify, other = verifier(coming), services.make_clip(show, "The brush", 2.0, 3.0)
    told = ["trailer.changed"]
    assert verify(lambda: trailers.choose(coming, clip.pk)) == told
    assert verify(lambda: trailers.choose(coming, clip.pk)) == []
    assert verify(lambda: trailers.choose(coming, other.pk)) == told
    assert verify(lambda: services.delete_clip(show, clip.pk)) == []
    assert verify(lambda: services.delete_clip(show, other.pk)) == told
    assert verify(lambda: trailers.choose(coming, None)) == []
    assert timeline.read(coming.timeline_id, after=0)[-1].body == {"trailer": None}
    third = services.make_clip(show, "The end", 1.0, 2.0)
    assert verify(lambda: trailers.choose(coming, third.pk)) == told
    ended = verify(lambda: shows.end(shows.start(coming, producer), producer))
    assert ended[-1] == "show.ended"
    assert verify(lambda: services.delete_clip(show, third.pk)) == []  # nobody would see it


def test_trailer_goes_with_its_clip_and_while_the_clips_show_is_closed(
    clip: Clip, coming: Show, show: Show
) -> None:
    trailers.choose(coming, clip.pk)
    rows = Show.objects.for_brand(show.brand_id).filter(pk=show.pk)
    rows.update(published=False)
    assert trailers.snapshot(coming) == {"trailer": None}
    rows.update(published=True)
    assert trailers.snapshot(coming) != {"trailer": None}
    services.delete_clip(show, clip.pk)
    assert trailers.snapshot(coming) == {"trailer": None}


def test_replay_begins_with_it_for_players_of_others(clip: Clip, coming: Show) -> None:
    trailers.choose(coming, clip.pk)
    found = trailers.snapshot(coming)["trailer"]
    assert found is not None
    playlist = found["playlist"]
    assert trailers.look(coming.pk, None) == ()
    Show.objects.for_brand(coming.brand_id).filter(pk=coming.pk).update(
        state=ShowState.ENDED, started_at=T0, ended_at=T0 + timedelta(seconds=6)
    )
    ranges = trailers.look(coming.pk, None)
    assert trailers.look(coming.pk, ranges) is ranges
    segment = ListedSegment("1.m4s", "init.mp4", T0, Fraction(2))
    text = render_media(MediaPlaylist(0, 0, [segment], ended=True, ranges=ranges))
    (line,) = [one for one in text.splitlines() if "EXT-X-DATERANGE" in one]
    name = f"trailer-{clip.pk}"
    assert line.startswith(f'#EXT-X-DATERANGE:ID="{name}",CLASS="com.apple.hls.interstitial"')
    assert f'{playlist}?_HLS_interstitial_id={name}"' in line
    assert line.endswith(',X-RESUME-OFFSET=0,X-CONTENT-MAY-VARY="NO"')
    assert ',CUE="PRE,ONCE",X-ASSET-URI="http' in line
