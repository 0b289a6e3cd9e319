"""Rules about responses and media files find what breaks them; a whole check of our own streams,
and of a server that breaks them."""

import argparse
import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import override

import httpx
import pytest

from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.edge.hls.endpoint import HlsApp, ShowMedia
from showfloor.hls_check import command
from showfloor.hls_check.boxes import tracks_of
from showfloor.hls_check.check import Report, check
from showfloor.hls_check.findings import Finding, exit_code
from showfloor.hls_check.playlist import Part, Segment
from showfloor.hls_check.reader import Limits, Reader
from showfloor.hls_check.rules import captions, media_files, responses
from showfloor.hls_check.rules.responses import Asked, Response
from showfloor.kernel.errors import Invalid
from showfloor.media.hls.caption_tracks import CaptionTrack, TimedCue
from showfloor.media.hls.origin import LiveStream
from showfloor.media.hls.playlist import DateRange
from showfloor.media.packaging.fmp4 import (
    VIDEO_TRACK,
    Sample,
    TrackRun,
    fragment,
    init_segment,
)
from showfloor.media.packaging.segmenter import Part as MadePart
from showfloor.media.packaging.segmenter import Segmenter
from tests.hls_check.samples import swapped
from tests.media.test_segmenter import feed_all, rungs
from tests.support.media import AAC_RECORD, AVC_RECORD, T0, FixedClock
from tests.support.waiting import pace

URL = "http://shop.test/hls/spring/720p.m3u8"
FPS = 30


def names(findings: Iterator[Finding]) -> set[str]:
    return {finding.rule.name for finding in findings}


# --- responses ---

PLAYLIST = Response(
    URL, 200,
    {
        "content-type": "application/vnd.apple.mpegurl", "content-encoding": "gzip",
        "cache-control": "max-age=2", "access-control-allow-origin": "*",
    },
    b"#EXTM3U\n" * 40,
)  # fmt: skip
KEPT = {**PLAYLIST.headers, "cache-control": "max-age=24"}
REFUSAL = Response(URL, 400, {"cache-control": "max-age=2"})


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in PLAYLIST.headers.items() if key != name}


def looked_at(response: Response, asked: Asked = Asked.PLAYLIST) -> Iterator[Finding]:
    return responses.check(response, asked, 4)


RESPONSES: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
    ("not-available", lambda: looked_at(replace(PLAYLIST, status=404))),
    ("content-type", lambda: looked_at(
        Response("http://shop.test/live", 200, without("content-type")))),
    ("not-gzipped", lambda: looked_at(replace(PLAYLIST, headers=without("content-encoding")))),
    ("no-cache-control", lambda: looked_at(replace(PLAYLIST, headers=without("cache-control")))),
    ("cached-too-long", lambda: looked_at(replace(PLAYLIST, headers=KEPT))),
    ("cached-too-short", lambda: looked_at(PLAYLIST, Asked.BLOCKING)),
    ("cross-origin", lambda: looked_at(
        replace(PLAYLIST, headers=without("access-control-allow-origin")))),
    ("part-without-msn", lambda: responses.check_refusals(PLAYLIST, REFUSAL, 4)),
    ("msn-far-ahead", lambda: responses.check_refusals(REFUSAL, PLAYLIST, 4)),
    ("error-cached", lambda: responses.check_refusals(
        replace(REFUSAL, headers={"cache-control": "max-age=17"}), REFUSAL, 4)),
    ("hint-unavailable", lambda: responses.check_hint(replace(PLAYLIST, status=404))),
    ("blocks-after-end", lambda: responses.check_ended(replace(PLAYLIST, took_s=4.1), 4)),
]  # fmt: skip


def test_sound_responses_break_no_rule() -> None:
    assert names(looked_at(PLAYLIST)) == set()
    assert names(looked_at(replace(PLAYLIST, headers=KEPT), Asked.BLOCKING)) == set()
    assert names(responses.check_refusals(REFUSAL, REFUSAL, 4)) == set()
    assert names(responses.check_hint(PLAYLIST)) == set()
    assert names(responses.check_ended(PLAYLIST, 4)) == set()


# --- media files ---


def run(time: int, *, is_sync: bool = True) -> TrackRun:
    return TrackRun(VIDEO_TRACK, time, [Sample(b"picture", 500_000, is_sync=is_sync)] * 2)


INIT = init_segment(avc_record=AVC_RECORD, width=320, height=180, aac_record=AAC_RECORD)
TRACKS = tracks_of(INIT)
FIRST, SECOND = fragment(1, [run(0)]), fragment(2, [run(1_000_000)])
KEYLESS = fragment(1, [run(0, is_sync=False)])
SEGMENT = Segment(1, 0, uri="1.m4s", duration_s=1.0)
PART = Part(1, "1.0.m4s", 1.0, independent=True, is_gap=False)
UNTIMED = FIRST.replace(b"tfdt", b"free")


def segment_found(data: bytes, told_s: float = 1.0) -> Iterator[Finding]:
    segment = replace(SEGMENT, duration_s=told_s)
    return media_files.check_segment(URL, data, segment, TRACKS, independent=True)


FILES: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
    ("bad-init", lambda: media_files.check_init(URL, FIRST, "")),
    ("bad-media", lambda: segment_found(FIRST[:-1])),
    ("no-decode-time", lambda: segment_found(UNTIMED)),
    ("codec-unnamed", lambda: media_files.check_init(URL, INIT, "avc1.64001f")),
    ("length-differs", lambda: segment_found(FIRST, 1.2)),
    ("starts-without-key", lambda: segment_found(KEYLESS)),
    ("part-without-key", lambda: media_files.check_part(URL, KEYLESS, PART, TRACKS)),
    ("time-jump", lambda: media_files.check_order(URL, SECOND, FIRST, TRACKS)),
    ("parts-differ", lambda: media_files.check_parts(URL, FIRST, [FIRST, SECOND])),
]
VTT = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:01.000,MPEGTS:90000\n\n00:03.500 --> 00:05.000\nHello\n"


def captions_found(was: str = "", by: str = "") -> Iterator[Finding]:
    return captions.check(URL, swapped(VTT, was, by).encode(), (4.0, 6.0))


CAPTIONS: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
    ("not-webvtt", lambda: captions_found("WEBVTT", "WEBVTTT")),
    ("no-timestamp-map", lambda: captions_found("X-TIMESTAMP-MAP", "X-OTHER")),
    ("cue-times", lambda: captions_found("00:05.000", "00:03.000")),
    ("cue-elsewhere", lambda: captions_found("MPEGTS:90000", "MPEGTS:900000")),
]
FILES += CAPTIONS
SAMPLED = {name for name, _ in (*RESPONSES, *FILES)}


@pytest.mark.parametrize(
    ("rule", "found"), [*RESPONSES, *FILES], ids=[name for name, _ in (*RESPONSES, *FILES)]
)
def test_rule_finds_what_breaks_it(rule: str, found: Callable[[], Iterator[Finding]]) -> None:
    assert rule in names(found())


def test_sound_files_break_no_rule() -> None:
    assert names(media_files.check_init(URL, INIT, "avc1.64001f,mp4a.40.2")) == set()
    assert names(segment_found(FIRST)) == set()
    assert names(media_files.check_part(URL, FIRST, PART, TRACKS)) == set()
    assert names(media_files.check_order(URL, FIRST, SECOND, TRACKS)) == set()
    assert names(media_files.check_parts(URL, FIRST + SECOND, [FIRST, SECOND])) == set()
    assert names(captions_found()) == set()


# --- whole streams ---


@pytest.fixture(scope="module")
def parts() -> list[MadePart]:
    """Twenty seconds of a broadcast."""
    return feed_all(Segmenter(rungs(FPS), has_audio=True), FPS, 20 * FPS)


class Show:
    """A show of ours, whose media is real as far as boxes go; and its server in this process."""

    def __init__(self, folder: Path, *, window_s: int = 600) -> None:
        self.clock = FixedClock()
        recording = FileRecording(folder)
        self.channel = LiveStream(
            "c", recording, recording.load(), window_s=window_s, clock=self.clock
        )
        self.channel.set_public(True)
        self.ended = False
        self.app = HlsApp(self._resolve, self._authorise)
        edges = "http://edge-1.test", "http://edge-2.test"
        self.steered = HlsApp(self._resolve, self._authorise, edges)

    async def _resolve(self, _slug: str, _pass: str | None) -> ShowMedia:
        return ShowMedia(self.channel, self.ended, public=True)

    async def _authorise(self, _token: str, _slug: str) -> bool:
        return False

    def begin(self) -> None:
        cutter = Segmenter(rungs(FPS), has_audio=True)
        feed_all(cutter, FPS, 1)
        assert cutter.inits is not None
        self.channel.begin_broadcast(rungs(FPS), cutter.inits)

    async def add(self, parts: list[MadePart]) -> None:
        for part in parts:
            self.channel.add_part(part, self.clock() if part.index == 0 else None)
            self.clock.advance(float(part.duration))
        await self.channel.settled()

    @asynccontextmanager
    async def running(self, parts: list[MadePart]) -> AsyncIterator[None]:
        """Add parts faster than time, as long as the block runs."""

        async def feed() -> None:
            for part in parts:
                await self.add([part])
                await pace(0.02)

        task = asyncio.create_task(feed())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def text(self, path: str) -> str:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            return (await client.get(f"/hls/spring/{path}")).text

    async def check(
        self, path: str = "index.m3u8", limits: Limits | None = None, app: HlsApp | None = None
    ) -> Report:
        transport = httpx.ASGITransport(app or self.app)
        reader = Reader(limits or Limits(total_s=20, rounds=7), transport)
        try:
            return await check(f"http://shop.test/hls/spring/{path}", reader)
        finally:
            await reader.close()


@pytest.fixture
async def show(tmp_path: Path) -> AsyncIterator[Show]:
    show = Show(tmp_path)
    show.begin()
    yield show
    await show.channel.close()


def said(*spans: tuple[float, float]) -> tuple[CaptionTrack, ...]:
    """Captions that are said from one second of the show to another."""
    cues = [
        TimedCue(str(n), f"Number {n} & more", T0 + timedelta(seconds=start),
                 T0 + timedelta(seconds=end))
        for n, (start, end) in enumerate(spans)
    ]  # fmt: skip
    return CaptionTrack("en", "English", cues), CaptionTrack("pt-BR", "Português (BR)", cues[:1])


def texts(report: Report) -> list[str]:
    return command.as_text(report).splitlines()[:-1]


async def test_our_live_stream_breaks_no_rule_before_and_after_a_discontinuity(
    show: Show, parts: list[MadePart]
) -> None:
    show.channel.set_captions(said((1, 2.5), (13.5, 14.5), (15, 60)))
    await show.add(parts[:46])
    async with show.running(parts[46:]):
        report = await show.check()
    assert texts(report) == []
    assert (report.kind, report.playlists, report.complete) == ("live", 5, True)
    show.channel.end_broadcast()
    show.clock.advance(40)
    show.begin()
    await show.add(parts[:21])
    async with show.running(parts[21:]):
        report = await show.check()
    assert texts(report) == []
    assert report.requests > 20


def ranged(start_s: float, end_s: float | None) -> DateRange:
    end = None if end_s is None else T0 + timedelta(seconds=end_s)
    names = (("TITLE", 'A "warm"\ncoat'),)
    return DateRange("h1", "org.showfloor.highlight", T0 + timedelta(seconds=start_s), end, names)


async def test_our_rewind_and_our_highlights_break_no_rule(
    tmp_path: Path, parts: list[MadePart]
) -> None:
    show = Show(tmp_path, window_s=6)
    show.begin()
    await show.add(parts[:46])
    show.channel.set_ranges((ranged(1, None),))
    show.channel.set_captions(said((14, 15.5)))
    async with show.running(parts[46:]):
        assert texts(await show.check()) == []
    show.channel.end_broadcast()
    show.begin()
    await show.add(parts[:8])
    show.channel.set_ranges((ranged(1, 9),))
    async with show.running(parts[8:]):
        report = await show.check("rewind/index.m3u8", Limits(total_s=20, rounds=2))
    assert (texts(report), report.kind, report.playlists) == ([], "live", 5)
    window, rewound = await show.text("0p.m3u8"), await show.text("rewind/0p.m3u8")
    assert "h1" not in window  # its dates have left that playlist
    assert (
        '#EXT-X-DATERANGE:ID="h1",CLASS="org.showfloor.highlight",'
        'START-DATE="2026-03-01T18:30:01.000Z",END-DATE="2026-03-01T18:30:09.000Z",'
        'X-SHOWFLOOR-TITLE="A \u201dwarm\u201d coat"\n'
    ) in rewound
    assert rewound.count("#EXTINF") > 9 > window.count("#EXTINF")
    assert "\n../1/0p/0.m4s\n" in rewound
    await show.channel.close()


async def test_rewind_waits_for_segments_and_ends_as_the_replay(
    show: Show, parts: list[MadePart]
) -> None:
    await show.add(parts[:56])
    waiting = asyncio.create_task(show.text("rewind/0p.m3u8?_HLS_msn=9&_HLS_skip=YES"))
    await show.add(parts[56:59])
    assert not waiting.done()
    show.channel.end_broadcast()
    delta = await waiting
    assert delta.startswith("#EXTM3U\n#EXT-X-VERSION:9\n")
    assert "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n" in delta
    assert "\n../1/0p/9.m4s\n" in delta
    show.channel.end()
    await show.channel.settled()
    show.ended = True
    replay, rewound = await show.text("0p.m3u8"), await show.text("rewind/0p.m3u8")
    assert rewound.replace("../", "") == replay


async def test_our_replay_and_our_sound_break_no_rule(show: Show, parts: list[MadePart]) -> None:
    await show.add(parts[:20])
    async with show.running(parts[20:]):
        report = await show.check("audio.m3u8")
    assert texts(report) == []
    show.channel.set_captions(said((1, 2.5), (17, 17.5)))
    show.channel.end_broadcast()
    show.channel.end()
    await show.channel.settled()
    show.ended = True
    report = await show.check()
    assert texts(report) == []
    assert (report.kind, report.playlists, exit_code(report.findings)) == ("replay", 5, 0)
    begin_ms = round(T0.timestamp() * 1000)
    steered = await show.check(app=show.steered)
    assert (texts(steered), steered.playlists) == ([], 10)
    clip = await show.check(f"cut/{begin_ms + 1500}-{begin_ms + 7500}/index.m3u8")
    assert (texts(clip), clip.kind, clip.playlists) == ([], "replay", 5)


class Spoilt(httpx.AsyncBaseTransport):
    """Our server with its playlists changed on the way."""

    def __init__(self, show: Show, change: Callable[[str, str], str]) -> None:
        self._inner = httpx.ASGITransport(show.app)
        self._change = change

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        if ".m3u8" not in request.url.path or answer.status_code != 200:
            return answer
        text = (await answer.aread()).decode()
        changed = gzip.compress(self._change(str(request.url), text).encode())
        headers = {**answer.headers, "content-length": str(len(changed))}
        return httpx.Response(200, headers=headers, content=changed, request=request)


def _with_a_slower_sound(url: str, text: str) -> str:
    return text.replace("TARGETDURATION:2", "TARGETDURATION:3") if "audio" in url else text


STUCK: dict[str, str] = {}
SPOILT: list[tuple[str, Callable[[str, str], str]]] = [
    ("no-preload-hint", lambda _url, text: text.replace("#EXT-X-PRELOAD-HINT", "#EXT-X-NOTHING")),
    ("hint-unavailable", lambda _url, text: re.sub(
        r'(HINT:TYPE=PART,URI=")[^"]*', r"\g<1>9/0p/9.9.m4s", text)),
    ("not-available", lambda _url, text: re.sub(r"\n1/1p/(\d+)\.m4s", r"\n2/1p/\1.m4s", text)),
    ("target-differs", _with_a_slower_sound),
    ("not-advanced", lambda url, text: text if "0p" not in url else STUCK.setdefault("0p", text)),
    ("length-differs", lambda _url, text: text.replace("#EXTINF:2.00000", "#EXTINF:1.50000")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "change"), SPOILT, ids=[name for name, _ in SPOILT])
async def test_check_of_a_spoilt_server_finds_the_broken_rule(
    show: Show, parts: list[MadePart], rule: str, change: Callable[[str, str], str]
) -> None:
    await show.add(parts[:14])
    async with show.running(parts[14:]):
        reader = Reader(Limits(total_s=20, rounds=2), Spoilt(show, change))
        report = await check("http://shop.test/hls/spring/index.m3u8", reader)
    assert rule in {finding.rule.name for finding in report.findings}
    assert exit_code(report.findings) > 0


class Silent(httpx.AsyncBaseTransport):
    """A server that accepts a request, and says nothing."""

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError(request)


async def test_check_ends_in_time_and_after_its_bytes(show: Show, parts: list[MadePart]) -> None:
    reader = Reader(Limits(total_s=5, request_s=0.05), Silent())
    report = await check(URL, reader)
    assert [(f.rule.name, f.detail) for f in report.findings] == [("not-available", "status 0")]
    spent = await check(URL, Reader(Limits(total_s=0.05, request_s=5), Silent()))
    assert (spent.complete, spent.findings) == (False, [])
    await show.add(parts[:14])
    small = await show.check(limits=Limits(bytes_max=2000))
    assert not small.complete
    assert small.bytes < 2000 + 65_536


def test_command_tells_an_unreachable_server_and_refuses_other_addresses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def told(*words: str) -> int:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        return command.run(parser.parse_args(words))

    assert told("http://127.0.0.1:9/index.m3u8", "--json") == 2
    report = json.loads(capsys.readouterr().out)
    [found] = report["findings"]
    assert (found["rule"], found["clause"], found["severity"]) == (
        "not-available",
        "6.2.1",
        "error",
    )
    assert report["kind"] == "nothing"
    with pytest.raises(Invalid) as refused:
        told("file:///etc/passwd")
    assert refused.value.field == "url"
    with pytest.raises(Invalid) as refused:
        told("http://127.0.0.1:9/", "--seconds", "0")
    assert refused.value.field == "seconds"
