"""HLS over HTTP: addresses, headers, status codes, and who may see what."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.edge.hls.endpoint import HlsApp, ShowMedia, parse_directives
from showfloor.kernel.clock import to_epoch_ms
from showfloor.media.hls.blocking_reload import BadDirective, Directives, ReloadLimits
from showfloor.media.hls.origin import LiveStream
from showfloor.media.hls.playlist import DateRange
from showfloor.timeline.served_pictures import served
from tests.support.media import INITS, RUNGS, T0, FixedClock, part, payload

TOKEN = "staff-token"
PLAYLIST = "application/vnd.apple.mpegurl"
CORS = {"access-control-allow-origin": "*", "access-control-expose-headers": "Age, Date"}


class Site:
    """A live show with one complete segment and two parts of the next."""

    def __init__(self, folder: Path, limits: ReloadLimits | None = None) -> None:
        recording = FileRecording(folder)
        self.channel = LiveStream(
            "c", recording, recording.load(), limits=limits, clock=FixedClock()
        )
        self.ended = False
        self.public = self.announced = True
        self.number = 0
        self.asked: list[str] = []
        transport = httpx.ASGITransport(HlsApp(self.resolve, self.authorise))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://shop.test")

    async def resolve(self, slug: str, viewing_pass: str | None) -> ShowMedia | None:
        self.asked.append(slug)
        if slug != "spring":
            return None
        left_s = None if viewing_pass is None else {"good": 7}.get(viewing_pass, 0)
        return ShowMedia(self.channel, self.ended, self.public, self.announced, left_s)

    async def authorise(self, token: str, slug: str) -> bool:
        return (token, slug) == (TOKEN, "spring")

    async def parts(self, count: int) -> None:
        for _ in range(count):
            self.channel.add_part(part(self.number))
            self.number += 1
        await self.channel.settled()

    async def get(self, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(f"/hls/spring/{path}", headers=named)

    def start(self, path: str) -> asyncio.Task[httpx.Response]:
        return asyncio.create_task(self.get(path))


@pytest.fixture
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """A live show; the parameter is the limits of blocked reloads."""
    site = Site(tmp_path, getattr(request, "param", None))
    site.channel.set_public(True)
    site.channel.begin_broadcast(RUNGS, INITS)
    await site.parts(8)
    yield site
    await site.client.aclose()
    await site.channel.close()


async def test_multivariant_playlist_is_cacheable_for_a_second(site: Site) -> None:
    answer = await site.get("index.m3u8")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == PLAYLIST
    assert answer.headers["cache-control"] == "max-age=1"
    assert answer.text.startswith("#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\n")
    assert CORS.items() <= dict(answer.headers).items()


async def test_edges_are_pathways_below_the_folder_that_was_asked_for(site: Site) -> None:
    site.announced, site.public = True, False
    app = HlsApp(site.resolve, site.authorise, ["https://a.example", "https://b.example"])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test/hls") as client:
        entry = await client.get("/spring/pass/good/rewind/index.m3u8")
        told = await client.get("/spring/pass/good/steering.json?_HLS_pathway=edge-1")
        refused = await client.get("/spring/pass/old/steering.json")
        preview = await client.get(
            "/spring/preview/index.m3u8", headers={"Authorization": f"Bearer {TOKEN}"}
        )
    assert 'SERVER-URI="/hls/spring/pass/good/steering.json",PATHWAY-ID="edge-1"' in entry.text
    assert "\nhttps://b.example/hls/spring/pass/good/rewind/720p.m3u8\n" in entry.text
    assert told.json() == {"VERSION": 1, "TTL": 10, "PATHWAY-PRIORITY": ["edge-1", "edge-2"]}
    assert told.headers["cache-control"] == "max-age=5"
    assert told.headers["access-control-allow-origin"] == "*"
    assert (refused.status_code, "STEERING" in preview.text) == (403, False)
    assert (await site.get("steering.json")).status_code == 403
    site.public = True
    assert (await site.get("steering.json")).status_code == 404


async def test_a_playlist_is_compressed_for_those_who_can_read_it(site: Site) -> None:
    packed = await site.get("480p.m3u8", accept_encoding="br, gzip;q=0.5")
    plain = await site.get("480p.m3u8", accept_encoding="gzip;q=0, identity")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert len(gzip.compress(plain.content, 6)) == int(packed.headers["content-length"])


async def test_every_address_in_a_playlist_answers(site: Site) -> None:
    for rung in RUNGS:
        base = f"1/{rung.name}"
        init = await site.get(f"{base}/init.mp4")
        assert (init.status_code, init.content) == (200, rung.name.encode())
        segment = await site.get(f"{base}/0.m4s")
        parts = [await site.get(f"{base}/0.{index}.m4s") for index in range(6)]
        assert segment.content == b"".join(p.content for p in parts)
        assert (await site.get(f"{base}/1.1.m4s")).content == payload(1, rung.name, 1, 1)
        for answer in (init, segment, *parts):
            assert answer.headers["content-type"] == "video/mp4"
            assert answer.headers["cache-control"] == "max-age=86400, immutable"
            assert int(answer.headers["content-length"]) == len(answer.content)
            assert CORS.items() <= dict(answer.headers).items()


SEGMENT = b"".join(payload(1, "720p", 0, index) for index in range(6))


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ("bytes=0-4", slice(0, 5)),
        ("bytes=5-", slice(5, None)),
        ("Bytes=-7", slice(-7, None)),
        ("bytes=0-999999", slice(None)),
        ("bytes=-999999", slice(None)),
    ],
)
async def test_range_of_a_segment_is_answered_with_its_bytes(
    site: Site, wanted: str, sent: slice
) -> None:
    answer = await site.get("1/720p/0.m4s", range=wanted)
    assert (answer.status_code, answer.content) == (206, SEGMENT[sent])
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    start, end, _ = sent.indices(len(SEGMENT))
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(SEGMENT)}"
    assert answer.headers["cache-control"] == "max-age=86400, immutable"


@pytest.mark.parametrize("wanted", ["bytes=200-", "bytes=200-300", "bytes=-0"])
async def test_range_behind_the_end_is_not_satisfiable(site: Site, wanted: str) -> None:
    assert len(SEGMENT) < 200
    answer = await site.get("1/720p/0.m4s", range=wanted)
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(SEGMENT)}"


@pytest.mark.parametrize(
    "headers",
    [
        {"range": "bytes=0-1,4-5"},
        {"range": "bytes=5-4"},
        {"range": "bytes=-"},
        {"range": "pages=1-2"},
        {"range": "bytes=0-4", "if_range": '"tag"'},
        {},
    ],
)
async def test_other_ranges_get_the_whole_segment(site: Site, headers: dict[str, str]) -> None:
    answer = await site.get("1/720p/0.m4s", **headers)
    assert (answer.status_code, answer.content) == (200, SEGMENT)
    assert answer.headers["accept-ranges"] == "bytes"


async def test_range_is_for_media_got_and_not_for_playlists_or_heads(site: Site) -> None:
    part_of = await site.get("1/720p/1.1.m4s", range="bytes=1-2")
    assert (part_of.status_code, part_of.content) == (206, payload(1, "720p", 1, 1)[1:3])
    assert (await site.get("720p.m3u8", range="bytes=0-4")).status_code == 200
    head = await site.client.head("/hls/spring/1/720p/0.m4s", headers={"range": "bytes=0-4"})
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(SEGMENT)))


async def test_a_blocking_reload_is_held_and_may_be_cached(site: Site) -> None:
    asked = site.start("720p.m3u8?_HLS_msn=1&_HLS_part=2")
    await asyncio.sleep(0)
    assert not asked.done()
    await site.parts(1)
    answer = await asked
    assert answer.status_code == 200
    assert "1/720p/1.2.m4s" in answer.text
    assert answer.headers["cache-control"] == "max-age=12"


@pytest.mark.parametrize("site", [ReloadLimits(outage_answer_s=0.02)], indirect=True)
async def test_an_unchanged_answer_is_not_stored(site: Site) -> None:
    answer = await site.get("720p.m3u8?_HLS_msn=1&_HLS_part=2")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")


async def test_rewind_lists_the_show_from_its_first_segment_on(site: Site) -> None:
    answer = await site.get("rewind/480p.m3u8")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "max-age=1")
    assert "\n#EXT-X-PLAYLIST-TYPE:EVENT\n" in answer.text
    assert "\n../1/480p/0.m4s\n" in answer.text
    assert "#EXT-X-PART" not in answer.text
    assert (await site.get("rewind/index.m3u8")).text == (await site.get("index.m3u8")).text
    blocked = await site.get("rewind/480p.m3u8?_HLS_msn=0")
    assert (blocked.text, blocked.headers["cache-control"]) == (answer.text, "max-age=12")
    assert (await site.get("rewind/480p.m3u8?_HLS_msn=9")).status_code == 400
    assert (await site.get("rewind/1080p.m3u8")).status_code == 404


async def test_a_hinted_part_is_held_until_it_is_whole(site: Site) -> None:
    asked = site.start("1/360p/1.2.m4s")
    await asyncio.sleep(0)
    assert not asked.done()
    await site.parts(1)
    assert (await asked).content == payload(1, "360p", 1, 2)


async def test_a_delta_update(site: Site) -> None:
    await site.parts(6 * 10)
    answer = await site.get("720p.m3u8?_HLS_skip=YES&_HLS_msn=11&_HLS_part=1")
    assert "#EXT-X-SKIP:SKIPPED-SEGMENTS=5\n" in answer.text
    assert answer.text.count("#EXTINF") == 6
    whole = await site.get("720p.m3u8?_HLS_skip=MAYBE&_HLS_push=1&utm_source=mail")
    assert "#EXT-X-SKIP" not in whole.text


@pytest.mark.parametrize(
    "query",
    ["_HLS_part=1", "_HLS_msn=-1", "_HLS_msn=x", "_HLS_msn=", "_HLS_msn=1e3", "_HLS_msn=4",
     "_HLS_msn=99999999999", "_HLS_msn=1&_HLS_part=NaN", "_HLS_msn=1&_HLS_part=11",
     "&".join(f"a{n}=1" for n in range(40))],
)  # fmt: skip
async def test_bad_directives_are_bad_requests(site: Site, query: str) -> None:
    answer = await site.get(f"720p.m3u8?{query}")
    assert answer.status_code == 400
    assert answer.headers["cache-control"] == "max-age=1"
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (400, "bad-request")
    assert body.get("field", "_HLS_msn") in {"_HLS_msn", "_HLS_part"}


async def test_missing_show_is_this_problem_for_players_of_any_origin(site: Site) -> None:
    answer = await site.client.get("/hls/autumn/index.m3u8")
    assert answer.json() == {
        "type": "/problems/not-found", "title": "Not found", "status": 404, "code": "not-found",
        "detail": "There is no such show.",
    }  # fmt: skip
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("site", [ReloadLimits(waiters_max=0)], indirect=True)
async def test_too_many_waiting_are_asked_to_come_again(site: Site) -> None:
    answer = await site.get("720p.m3u8?_HLS_msn=1&_HLS_part=2")
    assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    "path",
    ["1080p.m3u8", "1/720p/7.m4s", "1/720p/1.m4s", "1/720p/1.5.m4s", "1/720p/0.6.m4s",
     "2/720p/0.m4s", "1/1080p/0.m4s", "1/720p/00.m4s", "1/720p/init.mp3", "1/../../etc/passwd",
     "1/720p/%2e%2e", "", "index.m3u", "1/720p/99999999999.m4s", "1/1080p/init.mp4",
     "9/720p/init.mp4", "1/720p/1.5"],
)  # fmt: skip
async def test_unlisted_address_is_not_found(site: Site, path: str) -> None:
    answer = await site.get(path)
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "max-age=1"


async def test_a_show_that_is_not_public_answers_only_its_preview(site: Site) -> None:
    site.public = site.announced = False
    for path in ("index.m3u8", "720p.m3u8", "1/720p/init.mp4", "1/720p/0.m4s", "1/720p/0.0.m4s"):
        assert (await site.get(path)).status_code == 404
        answer = await site.get(f"preview/{path}", authorization=f"Bearer {TOKEN}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, no-store"


async def test_show_for_some_is_opened_by_a_pass_and_kept_no_longer_than_it(site: Site) -> None:
    site.public = False
    kept = {"index.m3u8": "max-age=1", "1/720p/0.m4s": "max-age=7, immutable"}
    kept |= {"1/720p/init.mp4": "max-age=7, immutable", "1/720p/0.0.m4s": "max-age=7, immutable"}
    for path, cache in kept.items():
        for refused in (path, f"pass/stale/{path}"):
            answer = await site.get(refused)
            assert (answer.status_code, answer.json()["code"]) == (403, "pass-required")
            assert answer.headers["cache-control"] == "private, no-store"
        answer = await site.get(f"pass/good/{path}")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, cache)


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer other", f"Basic {TOKEN}", TOKEN]
)
async def test_the_preview_needs_a_staff_token(site: Site, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    for path in ("index.m3u8", "720p.m3u8", "1/720p/init.mp4", "1/720p/0.m4s", "1/720p/1.2.m4s"):
        answer = await site.get(f"preview/{path}", **headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["cache-control"] == "no-store"
    assert site.asked == []  # nothing is looked up for a stranger


async def test_after_the_end_directives_are_ignored(site: Site) -> None:
    site.channel.end_broadcast()
    await site.channel.settled()
    site.ended = True
    for query in ("", "?_HLS_msn=1", "?_HLS_msn=500", "?_HLS_part=3", "?_HLS_skip=YES"):
        answer = await site.get(f"720p.m3u8{query}")
        assert answer.status_code == 200
        assert answer.text.endswith("1/720p/1.m4s\n#EXT-X-ENDLIST\n")
        assert answer.headers["cache-control"] == "max-age=10"
    assert (await site.get("1/720p/1.m4s")).status_code == 200


async def test_head_and_options_and_other_methods(site: Site) -> None:
    head = await site.client.head("/hls/spring/1/720p/0.m4s")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len((await site.get("1/720p/0.m4s")).content)
    options = await site.client.options("/hls/spring/preview/index.m3u8")
    assert options.status_code == 204
    assert options.headers["access-control-allow-headers"] == "Authorization, Range, CMCD-Session"
    post = await site.client.post("/hls/spring/index.m3u8")
    assert (post.status_code, post.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"", Directives()),
        (b"_HLS_msn=12&_HLS_part=3", Directives(12, 3)),
        (b"_HLS_part=3&_HLS_msn=012&_HLS_skip=v2", Directives(12, 3, skip=True)),
        (b"_HLS_skip=NO&_HLS_report=x&%ff=%00", Directives()),
    ],
)
def test_directives_are_read_in_any_order(query: bytes, expected: Directives) -> None:
    assert parse_directives(query) == expected


def test_a_directive_that_is_no_number_is_refused() -> None:
    with pytest.raises(BadDirective):
        parse_directives(b"_HLS_msn=%EF%BC%91")  # a full-width 1


async def test_early_viewer_waits_for_the_first_segment(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert (await site.get("index.m3u8")).status_code == 404, "nothing is coming"
    site.channel.begin_broadcast(RUNGS, INITS)
    assert (await site.get("index.m3u8")).status_code == 404, "the public waits for *Start*"
    site.channel.set_public(True)
    asked = site.start("index.m3u8")
    await site.parts(5)
    assert not asked.done()
    await site.parts(1)
    assert (await asked).text.startswith("#EXTM3U\n")
    await site.client.aclose()
    await site.channel.close()


async def test_cut_of_a_running_show_is_complete_and_begins_exactly(site: Site) -> None:
    await site.parts(6 * 3 - 2)  # four whole segments, each from its wall clock
    start = int(T0.timestamp() * 1000)
    path = f"cut/{start + 500}-{start + 1500}"
    answer = await site.get(f"{path}/720p.m3u8")
    assert (answer.status_code, answer.headers["content-type"]) == (200, PLAYLIST)
    assert answer.headers["cache-control"] == "max-age=10"
    lines = answer.text.splitlines()
    assert "#EXT-X-START:TIME-OFFSET=0.50000,PRECISE=YES" in lines
    assert '#EXT-X-MAP:URI="../../1/720p/init.mp4"' in lines
    assert lines[-1] == "#EXT-X-ENDLIST"
    assert "../../1/720p/0.m4s" in lines
    assert not [line for line in lines if "PART" in line]
    media = await site.client.get(f"/hls/spring/{path}/../../1/720p/0.m4s")
    assert media.content == SEGMENT
    assert (await site.get(f"{path}/index.m3u8")).text == (await site.get("index.m3u8")).text
    sound = await site.get(f"{path}/audio.m3u8")
    assert "../../1/audio/0.m4s" in sound.text


@pytest.mark.parametrize("seconds", [(-20, -10), (10, 20), (5, 5), (9, 3), (0, 86_401)])
async def test_cut_without_a_recorded_picture_is_not_found(
    site: Site, seconds: tuple[int, int]
) -> None:
    start, until = (int((T0.timestamp() + one) * 1000) for one in seconds)
    assert (await site.get(f"cut/{start}-{until}/720p.m3u8")).status_code == 404


async def test_cut_of_a_show_for_some_needs_their_pass(site: Site) -> None:
    site.public = False
    start = int(T0.timestamp() * 1000)
    path = f"cut/{start}-{start + 1000}/720p.m3u8"
    assert (await site.get(path)).status_code == 403
    assert (await site.get(f"pass/bad/{path}")).status_code == 403
    answer = await site.get(f"pass/good/{path}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "max-age=7")
    site.announced = False
    assert (await site.get(path)).status_code == 404


async def test_trimmed_replay_begins_and_ends_elsewhere_and_hides_the_rest(site: Site) -> None:
    for number in range(8, 30):  # five whole segments, the later ones each at its time
        site.channel.add_part(part(number), T0 + timedelta(seconds=number // 6 * 2))
    site.channel.end_broadcast()
    await site.channel.settled()
    site.ended = True
    whole = (await site.get("720p.m3u8")).text
    shown = {"before": (0, 4.5), "across": (3, 5), "open": (7, 99), "after": (8, 9)}
    at = {name: [T0 + timedelta(seconds=s) for s in span] for name, span in shown.items()}
    site.channel.set_ranges(tuple(DateRange(name, "k", at[name][0], at[name][1]) for name in at))
    site.channel.trim(T0 + timedelta(seconds=4.5), T0 + timedelta(seconds=8))
    text = (await site.get("720p.m3u8")).text
    assert re.findall(r'EXT-X-DATERANGE:ID="(\w+)"', text) == ["across", "open"]
    assert re.findall(r"^1/.*", text, re.MULTILINE) == ["1/720p/2.m4s", "1/720p/3.m4s"]
    assert "#EXT-X-START:TIME-OFFSET=0.50000,PRECISE=YES\n" in text
    assert "#EXT-X-MEDIA-SEQUENCE:2\n" in text
    statuses = [(await site.get(f"1/720p/{msn}.m4s")).status_code for msn in range(5)]
    assert statuses == [404, 404, 200, 200, 404]
    site.channel.trim(None, None)
    site.channel.set_ranges(())
    assert (await site.get("720p.m3u8")).text == whole


async def test_served_part_is_the_evidence_of_its_session(site: Site) -> None:
    """CTA-5004, 3.2: the session is a string in a header, which is no part of a cache's key."""
    before = await site.get("1/720p/0.m4s")
    named = {"CMCD-Session": 'sid="session-of-hls-1"'}
    for path in ("1/720p/init.mp4", "1/720p/0.0.m4s"):
        answer = await site.get(path, **named)
        assert answer.status_code == 200
    assert (
        before.headers["cache-control"]
        == (await site.get("1/720p/0.m4s", **named)).headers["cache-control"]
    )
    found = served.find("session-of-hls-1")
    assert found is not None
    assert found.show == "spring"
    assert found.first_served_ms(to_epoch_ms(T0)) is not None
    assert found.first_served_ms(to_epoch_ms(T0) + 60_000) is None
