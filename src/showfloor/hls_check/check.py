"""The check of one presentation: what is read, in which order, and which rules look at it.

A live playlist is followed as a player follows it. Everything is read once more at the end, so that
each playlist is compared with an earlier version of itself.
"""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from showfloor.hls_check.boxes import Damaged, Track, media_of, tracks_of
from showfloor.hls_check.findings import Finding, Severity
from showfloor.hls_check.playlist import Playlist, Segment, parse, undirected
from showfloor.hls_check.reader import BudgetSpent, Reader, directed
from showfloor.hls_check.rules import (
    captions,
    date_ranges,
    interstitials,
    low_latency,
    media_files,
    multivariant,
    reloads,
    renditions,
    responses,
    segments,
    syntax,
)
from showfloor.hls_check.rules.responses import Asked, Response

GROUPS = (
    syntax, multivariant, segments, low_latency, date_ranges, interstitials, renditions, reloads,
    responses, media_files, captions,
)  # fmt: skip
ALL_RULES = tuple(rule for group in GROUPS for rule in group.RULES)


@dataclass
class Report:
    """The findings, each rule once for an address with its count. `complete`: time and bytes were
    enough for everything."""

    findings: list[Finding] = field(default_factory=list)
    times: dict[tuple[str, str], int] = field(default_factory=dict)
    complete: bool = True
    kind: str = "nothing"
    playlists: int = 0
    requests: int = 0
    bytes: int = 0
    took_s: float = 0.0

    def add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            key = key_of(finding)
            self.times[key] = self.times.get(key, 0) + 1
            if self.times[key] == 1:
                self.findings.append(finding)

    def of(self, severity: Severity) -> list[Finding]:
        return [finding for finding in self.findings if finding.rule.severity is severity]


def key_of(finding: Finding) -> tuple[str, str]:
    """Return the rule and the address without directives."""
    return finding.rule.name, undirected(finding.url)


async def check(url: str, reader: Reader) -> Report:
    """Check the presentation at `url`, a multivariant or a media playlist."""
    run = _Run(reader)
    try:
        await run.presentation(url)
    except BudgetSpent:
        run.report.complete = False
    report = run.report
    report.requests, report.bytes, report.took_s = reader.requests, reader.bytes_read, reader.took_s
    return report


class _Run:
    def __init__(self, reader: Reader) -> None:
        self.report = Report()
        self._reader = reader
        self._codecs: dict[str, str] = {}
        self._tracks: dict[str, list[Track]] = {}
        self._subtitles: set[str] = set()  # addresses of their playlists
        self._lies: dict[tuple[int, datetime], tuple[float, float]] = {}  # segments of pictures

    async def presentation(self, url: str) -> None:
        entry = await self._read(url, Asked.MULTIVARIANT)
        if entry is None:
            return
        if entry.is_multivariant:
            playlists = await self._renditions(entry)
            for group in _presentations(entry, playlists):
                self.report.add(renditions.check(group))
        else:
            playlists = [entry]
        self.report.playlists = len(playlists)
        if not playlists:
            return
        self.report.kind = "replay" if all(one.is_ended for one in playlists) else "live"
        followed = playlists[0]
        if followed.is_ended:
            await self._ended(followed)
        else:
            await self._refusals(followed)
            followed = await self._follow(followed)
            await self._delta(followed)
        for playlist in playlists:
            await self._again(playlist)

    async def _renditions(self, entry: Playlist) -> list[Playlist]:
        self.report.add(multivariant.check(entry))
        for variant in entry.variants:
            self._codecs.setdefault(entry.address(variant.uri), variant.tag.text("CODECS"))
        tags = [tag for tag in entry.all("EXT-X-MEDIA") if "URI" in tag.attributes]
        media = [tag.text("URI") for tag in tags]
        subtitles = (tag.text("URI") for tag in tags if tag.text("TYPE") == "SUBTITLES")
        self._subtitles = {entry.address(uri) for uri in subtitles}
        uris = [variant.uri for variant in entry.variants if variant.uri] + media
        addresses = list(dict.fromkeys(entry.address(uri) for uri in uris))
        found = [
            await self._read(address, Asked.PLAYLIST)
            for address in addresses[: self._reader.limits.playlists_max]
        ]
        return [playlist for playlist in found if playlist is not None]

    async def _read(self, url: str, asked: Asked) -> Playlist | None:
        """Read a playlist and look at it alone; None when there is none."""
        response = await self._reader.get(url)
        playlist = parse(response.url, response.body.decode("utf-8", "replace"))
        target_s = playlist.target_s or 0
        self.report.add(
            responses.check(response, asked, target_s, is_ended=playlist.is_ended)
        )  # fmt: skip
        if response.status != 200:
            return None
        self.report.add(syntax.check(playlist))
        if not playlist.is_multivariant:
            for group in (segments, low_latency, date_ranges, interstitials):
                self.report.add(group.check(playlist))
        return playlist

    # --- live ---

    async def _follow(self, playlist: Playlist) -> Playlist:
        """Reload as a player does, and return the newest version."""
        before, segment_at = playlist, time.monotonic()
        hinted: asyncio.Task[Response] | None = None
        for _ in range(self._reader.limits.rounds):
            if hinted is None and (hint := _hint_of(before)):
                hinted = asyncio.create_task(self._reader.get(hint))
            try:
                after = await self._reload(before, playlist.url)
            except BudgetSpent:
                await _spent(hinted)
                raise
            if after is None:
                break
            self.report.add(reloads.check(before, after))
            if _last_complete(after) > _last_complete(before):
                segment_at = time.monotonic()
            self.report.add(reloads.check_cadence(after, time.monotonic() - segment_at))
            before = after
            if after.is_ended:
                break
        if hinted is not None:
            self.report.add(responses.check_hint(await hinted))
        return before

    async def _reload(self, before: Playlist, url: str) -> Playlist | None:
        if not before.can_block:
            await asyncio.sleep(min(before.target_s or 1, self._reader.limits.request_s))
            return await self._read(url, Asked.PLAYLIST)
        msn, part = before.next_position
        with_part = part if before.has_parts else None
        address = directed(url, msn=msn, part=with_part)
        after = await self._read(address, Asked.BLOCKING)
        if after is not None:
            self.report.add(reloads.check_blocking(after, (msn, with_part)))
        return after

    async def _delta(self, playlist: Playlist) -> None:
        """Ask for the state that is known by now once more, whole and as a delta update."""
        control = playlist.control
        if playlist.is_ended or control is None or control.number("CAN-SKIP-UNTIL") is None:
            return
        msn, part = playlist.position
        state = {"msn": msn, "part": max(0, part)} if playlist.can_block else {}
        url = undirected(playlist.url)
        full = await self._read(directed(url, **state), Asked.BLOCKING)
        delta = await self._read(directed(url, **state, skip="YES"), Asked.BLOCKING)
        if full is not None and delta is not None:
            self.report.add(reloads.check_delta(full, delta))

    async def _refusals(self, playlist: Playlist) -> None:
        if not playlist.can_block:
            return
        alone = await self._reader.get(directed(playlist.url, part=0))
        ahead = await self._reader.get(directed(playlist.url, msn=playlist.position[0] + 100))
        self.report.add(responses.check_refusals(alone, ahead, playlist.target_s or 0))

    async def _ended(self, playlist: Playlist) -> None:
        """A blocking reload of an ended playlist is answered at once."""
        if playlist.control is None:
            return
        address = directed(playlist.url, msn=playlist.position[0] + 1)
        response = await self._reader.get(address)
        self.report.add(responses.check_ended(response, playlist.target_s or 0))

    # --- media ---

    async def _again(self, playlist: Playlist) -> None:
        """Compare a playlist with its present version, and read media of that."""
        after = await self._read(playlist.url, Asked.PLAYLIST)
        if after is None:
            return
        self.report.add(reloads.check(playlist, after))
        kept = [segment for segment in after.complete if not segment.is_gap]
        chosen = list({segment.msn: segment for segment in (*kept[:1], *kept[-2:])}.values())
        bodies: dict[int, bytes] = {}
        if undirected(playlist.url) in self._subtitles:
            await self._captions(after, chosen)
            return
        for segment in chosen:
            tracks = await self._init(after, segment)
            body = bodies[segment.msn] = await self._media(after.address(segment.uri), after)
            is_independent = after.first("EXT-X-INDEPENDENT-SEGMENTS") is not None
            url = after.address(segment.uri)
            if body and tracks:
                self._note_place(segment, body, tracks)
                self.report.add(
                    media_files.check_segment(
                        url, body, segment, tracks, independent=is_independent
                    )
                )
                before = bodies.get(segment.msn - 1)
                if before and not segment.discontinuity:
                    self.report.add(media_files.check_order(url, before, body, tracks))
        if kept and kept[-1].parts:
            await self._parts(after, kept[-1], bodies[kept[-1].msn])

    def _note_place(self, segment: Segment, body: bytes, tracks: list[Track]) -> None:
        with suppress(Damaged):
            start_s = media_files.start_s(media_of(body), tracks)
            if start_s is not None and segment.starts_at is not None:
                place = start_s, start_s + segment.length_s
                self._lies[segment.dsn, segment.starts_at] = place

    async def _captions(self, playlist: Playlist, chosen: list[Segment]) -> None:
        listed = [(segment, segment.uri) for segment in chosen]
        listed += [(segment, part.uri) for segment in chosen[-1:] for part in segment.parts]
        for segment, uri in listed:
            url = playlist.address(uri)
            body = await self._media(url, playlist)
            if body:
                place = None
                if segment.starts_at is not None:
                    place = self._lies.get((segment.dsn, segment.starts_at))
                self.report.add(captions.check(url, body, place))

    async def _parts(self, playlist: Playlist, segment: Segment, whole: bytes) -> None:
        tracks = await self._init(playlist, segment)
        bodies = []
        for part in segment.parts:
            if part.is_gap:
                return
            url = playlist.address(part.uri)
            bodies.append(await self._media(url, playlist))
            if bodies[-1] and tracks:
                self.report.add(media_files.check_part(url, bodies[-1], part, tracks))
        if whole and all(bodies):
            self.report.add(media_files.check_parts(playlist.address(segment.uri), whole, bodies))

    async def _init(self, playlist: Playlist, segment: Segment) -> list[Track]:
        """Return the tracks of a segment's init segment; none where it has none."""
        url = playlist.address(segment.map_uri)
        if not segment.map_uri or url in self._tracks:
            return self._tracks.get(url, [])
        data = await self._media(url, playlist)
        self._tracks[url] = []
        if data:
            codecs = self._codecs.get(undirected(playlist.url), "")
            self.report.add(media_files.check_init(url, data, codecs))
            with suppress(Damaged):  # it was found above
                self._tracks[url] = tracks_of(data)
        return self._tracks[url]

    async def _media(self, url: str, playlist: Playlist) -> bytes:
        """Return the bytes at an address; empty when they cannot be had, which is a finding."""
        response = await self._reader.get(url)
        self.report.add(responses.check(response, Asked.MEDIA, playlist.target_s or 0))
        return response.body if response.status in {200, 206} else b""


def _presentations(entry: Playlist, playlists: list[Playlist]) -> list[list[Playlist]]:
    """Return the playlists that belong together: those of one pathway, whose servers need not know
    of the others (4.4.6.6)."""
    if entry.first("EXT-X-CONTENT-STEERING") is None:
        return [playlists]
    groups: dict[str, list[Playlist]] = {}
    for playlist in playlists:
        groups.setdefault(playlist.url.rpartition("/")[0], []).append(playlist)
    return list(groups.values())


def _hint_of(playlist: Playlist) -> str:
    for tag in playlist.all("EXT-X-PRELOAD-HINT"):
        if tag.text("TYPE") == "PART" and "BYTERANGE-START" not in tag.attributes:
            return playlist.address(tag.text("URI"))
    return ""


def _last_complete(playlist: Playlist) -> int:
    return playlist.complete[-1].msn if playlist.complete else playlist.first_msn - 1


async def _spent(task: asyncio.Task[Response] | None) -> None:
    """End a request that nobody waits for any more."""
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
