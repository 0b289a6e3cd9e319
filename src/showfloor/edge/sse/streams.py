"""`GET /timeline/<show>` as server-sent events: the frames of the WebSocket, for clients that only
listen.

    retry: 2417
    id: <epoch>:<seq>
    data: {"type":"entries",…}

A browser reconnects by itself with the last `id` in `Last-Event-ID`, and resumes there without a
gap. Events have no name: `type` says what a frame is, as over a WebSocket. `&private=<seq>` adds
the bearer's own stream; its events have no `id`. A stream ends by itself after some ten minutes,
each at its own moment, so that clients move to processes with room.
"""

import asyncio
import json
import logging
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from showfloor.accounts.tokens import Claims
from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.fanout.feed import Feed
from showfloor.edge.fanout.hub import Hub, is_nameless
from showfloor.edge.fanout.personal_streams import PersonalStreams
from showfloor.edge.fanout.ring import touches
from showfloor.edge.http import responses
from showfloor.edge.http.connection_slots import ConnectionSlot, ConnectionSlots, Target
from showfloor.edge.http.responses import ClientDisconnected, RequestRejected, Response, problem
from showfloor.edge.ports import AdmissionDenied, Snapshots
from showfloor.edge.token_expiry import TokenExpiry
from showfloor.kernel.clock import Clock, iso_ms, utc_now
from showfloor.kernel.json_text import json_bytes

log = logging.getLogger(__name__)

CONTENT_TYPE: Final = b"text/event-stream"
_COMMENT: Final = b":\n\n"  # keeps the connection alive
_RETRY_MS_MIN: Final = 500
_PERSONAL_FRAMES_MAX: Final = 64  # that may wait; a slower client is disconnected
_HEADERS: Final = (
    (b"content-type", CONTENT_TYPE),
    (b"x-accel-buffering", b"no"),  # nginx would buffer the events
    (b"x-content-type-options", b"nosniff"),
)


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """`streams_max`: streams in this process; `per_network`: of one network (0: no bound). Times in
    seconds."""

    streams_max: int = 2000
    per_network: int = 0
    life_s: float = 600.0
    life_spread_s: float = 120.0
    silence_s: float = 15.0  # a comment after so long without an event
    take_within_s: float = 15.0  # a client that takes nothing for this long is dropped
    look_s: float = 5.0  # to check the viewer count and the epoch


@dataclass(frozen=True, slots=True)
class Position:
    """A client's position. `after` None: it has nothing yet. `epoch` empty: not given. `personal`:
    its position in the person's own stream; None: not asked for."""

    after: int | None = None
    epoch: str = ""
    personal: int | None = None


def read_position(scope: Scope) -> Position:
    """Return the position from `Last-Event-ID`, which a returning browser sends, or from the
    address."""
    fields = responses.query(scope, "after", "epoch", "private")
    personal = (
        responses.position_from(fields["private"], "private") if "private" in fields else None
    )
    last = responses.header(scope, b"last-event-id").strip()
    if last:
        epoch, _, seq = last.rpartition(":")
        return Position(
            responses.position_from(seq, "Last-Event-ID"), _epoch(epoch, "Last-Event-ID"), personal
        )
    after = fields.get("after")
    return Position(
        responses.position_from(after, "after") if after is not None else None,
        _epoch(fields.get("epoch", ""), "epoch"),
        personal,
    )


def _epoch(text: str, field: str) -> str:
    if len(text) > 64 or not text.isascii() or not text.isprintable():
        raise RequestRejected(problem(400, "bad-request", "Must be an epoch.", field=field))
    return text


class EventStreams:
    """Belongs to the event loop."""

    def __init__(
        self, hub: Hub, snapshots: Snapshots | None, limits: StreamLimits | None = None,
        *, personal: PersonalStreams | None = None, clock: Clock = utc_now,
    ) -> None:  # fmt: skip
        self._hub = hub
        hub.on_redacted = self.redacted
        self._snapshots = snapshots
        self._limits = limits or StreamLimits()
        self._slots = ConnectionSlots(self._limits.streams_max, self._limits.per_network)
        self._personal = personal
        self._clock = clock
        self._open: dict[_Stream, None] = {}
        TokenExpiry(hub, lambda: self._open, clock)

    @property
    def streams(self) -> int:
        return self._slots.taken

    async def follow(
        self, target: Target, position: Position, scope: Scope, receive: Receive, send: Send
    ) -> Response | None:
        """Send events until one side ends the stream; None, because the response is sent here."""
        hub, is_viewer = self._hub, not target.claims.is_staff
        personal = position.personal if not is_nameless(target.claims.sub) else None
        with self._slots.take(target) as slot:
            async with hub.following(target.timeline_id) as feed:
                stream = _Stream(self, feed, slot, send, self._limits)
                with (
                    hub.registered(slot, viewer=is_viewer),
                    hub.receiving_personal(stream),
                    self._opened(stream),
                ):
                    await send(_start(for_all=target.public and personal is None))
                    if scope["method"] == "HEAD":
                        await send({"type": "http.response.body", "body": b""})
                    else:
                        if self._personal is not None and personal is not None:
                            self._personal.follow(stream, personal)
                        await self._run(stream, slot, position, receive)
        return None

    def redacted(self, timeline_id: str, seqs: Sequence[int]) -> None:
        """Keep the text of these redacted entries from every client, also where it waits in a
        transport."""
        for stream in list(self._open):
            if stream.timeline_id == timeline_id:
                stream.take_back(seqs)

    def retry_ms(self, timeline_id: str) -> int:
        """Return when one client of many should come back."""
        spread = self.spread_ms(timeline_id)
        return _RETRY_MS_MIN + int(random.random() * spread)  # noqa: S311 - no secret

    def spread_ms(self, timeline_id: str) -> int:
        """Return the time over which all should come back when they were lost together."""
        return self._hub.spread_ms(timeline_id)

    def counted(self, timeline_id: str) -> tuple[int, bool] | None:
        return self._hub.counted(timeline_id)

    async def snapshot(self, timeline_id: str) -> bytes:
        """Return the snapshot; RequestRejected where this server makes none."""
        if self._snapshots is None:
            raise RequestRejected(problem(501, "not-offered", "This server makes no snapshots."))
        return await self._snapshots.snapshot(timeline_id)

    @contextmanager
    def _opened(self, stream: "_Stream") -> Iterator[None]:
        self._open[stream] = None
        try:
            yield
        finally:
            del self._open[stream]

    async def _run(
        self, stream: "_Stream", slot: ConnectionSlot, position: Position, receive: Receive
    ) -> None:
        limits = self._limits
        writing = asyncio.ensure_future(stream.run(position, iso_ms(self._clock())))
        gone = asyncio.ensure_future(responses.until_gone(receive))
        ends: set[asyncio.Future[Any]] = {writing, gone, slot.ended}
        life_s = limits.life_s + random.uniform(-1, 1) * limits.life_spread_s  # noqa: S311
        try:
            done, _ = await asyncio.wait(ends, timeout=life_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (writing, gone):
                task.cancel()
            await asyncio.gather(writing, gone, return_exceptions=True)
        if gone not in done:
            await stream.end(slot.ended.result() if slot.ended in done else None)
        if (
            writing in done
            and (error := writing.exception())
            and not isinstance(error, ClientDisconnected)
        ):
            log.error("stream_failed timeline=%s", stream.timeline_id, exc_info=error)


def _start(*, for_all: bool) -> dict[str, Any]:
    """Return the start of the response. `for_all`: everyone may read it, from pages of any
    origin."""
    cache = b"no-store" if for_all else b"private, no-store"
    headers = [*_HEADERS, (b"cache-control", cache), responses.vary("Accept")]
    if for_all:
        headers += responses.PUBLIC_CORS
    return {"type": "http.response.start", "status": 200, "headers": headers}


class _Stream:
    """One client's stream: a cursor, and the writing of events."""

    def __init__(
        self,
        streams: EventStreams,
        feed: Feed,
        slot: ConnectionSlot,
        send: Send,
        limits: StreamLimits,
    ) -> None:
        self.timeline_id = slot.timeline_id
        self.brand_id = slot.brand_id
        self.claims: Claims = slot.claims
        self.is_public = slot.is_public
        self.disconnect = slot.disconnect
        self.personal_seq = -1  # of the own stream; -1: not followed
        self._streams = streams
        self._feed = feed
        self._epoch = feed.epoch
        self._full = slot.claims.is_staff
        self._send = send
        self._limits = limits
        self._cursor = 0  # the last entry that was sent
        self._unsent_from = 0  # waiting bytes are of entries after this one
        self._counted: tuple[int, bool] | None = None
        self._spread_ms = 0  # the time for coming back that was sent last
        self._personal: list[bytes] = []  # frames of the own stream that are still to be sent
        self._waits: asyncio.Timeout | None = None
        self._silent_s = 0.0
        self._given_up = False

    def send_personal(self, frame: bytes) -> None:
        """Queue JSON text for this person alone."""
        if len(self._personal) >= _PERSONAL_FRAMES_MAX:
            self._give_up()
            return
        self._personal.append(frame)
        if self._waits is not None and not self._waits.expired():
            self._waits.reschedule(asyncio.get_running_loop().time())

    async def run(self, position: Position, now: str) -> None:
        """Send events until the timeline's history is replaced; ClientDisconnected when the client
        takes nothing any more."""
        feed, after = self._feed, position.after
        welcome = {
            "type": "welcome", "seq": feed.head, "epoch": feed.epoch, "tick": feed.tick, "now": now,
            "retry_ms": self._streams.retry_ms(self.timeline_id),
        }  # fmt: skip
        self._spread_ms = self._streams.spread_ms(self.timeline_id)
        await self._write(self._retry() + _event(json_bytes(welcome)))
        known = position.epoch in {"", feed.epoch} and after is not None and await feed.knows(after)
        if known and after is not None:
            self._cursor = self._unsent_from = after
        else:
            await self._begin_anew()
        while feed.epoch == self._epoch:
            await self._write_count()
            await self._write_personal()
            frames = await feed.frames_after(self._cursor, full=self._full)
            if frames is None:
                await self._begin_anew()
            elif frames:
                events = [_event(frame.text, self._id(frame.last)) for frame in frames]
                await self._write_entries(frames[-1].last, b"".join(events))
            else:
                await self._wait()

    async def end(self, denied: AdmissionDenied | None) -> None:
        """Send the reason, and when to come back."""
        chunk = self._retry() + b"\n"
        if denied is not None:
            frame = {"type": "close", "code": denied.code, "reason": denied.reason}
            chunk += _event(json_bytes(frame))
        try:
            await self._write(chunk)
            async with asyncio.timeout(self._limits.take_within_s):
                await self._send({"type": "http.response.body", "body": b""})
        except (ClientDisconnected, TimeoutError, OSError):
            responses.abort(self._send)

    def take_back(self, seqs: Sequence[int]) -> None:
        """Drop the client where redacted text waits in its transport, which cannot be taken back:
        it comes back for the redacted entries."""
        if touches(seqs, self._unsent_from, self._cursor) and responses.unsent(self._send):
            self._give_up()

    async def _begin_anew(self) -> None:
        """Send a snapshot in place of missing entries, and continue behind it."""
        body = await self._streams.snapshot(self.timeline_id)
        seq = int(json.loads(body)["timeline"]["seq"])
        frame = b'{"type":"snapshot","snapshot":' + body + b"}"
        self._cursor = -1  # a snapshot may hold the text of any entry
        await self._write_entries(seq, _event(frame, self._id(seq)))

    async def _write_count(self) -> None:
        counted = self._streams.counted(self.timeline_id)
        if counted is None or counted == self._counted:
            return
        self._counted = counted
        chunk = _event(json_bytes({"type": "count", "count": counted[0], "exact": counted[1]}))
        spread_ms = self._streams.spread_ms(self.timeline_id)
        # browsers follow the `retry` line, other clients the frame
        if spread_ms >= 2 * self._spread_ms:
            self._spread_ms = spread_ms
            chunk += self._retry()
            chunk += _event(json_bytes({"type": "retry", "within_ms": spread_ms}))
        await self._write(chunk)

    async def _write_personal(self) -> None:
        while self._personal:
            chunk, self._personal = self._personal, []
            await self._write(b"".join(_event(frame) for frame in chunk))

    async def _wait(self) -> None:
        """Wait for an event, with a comment in time to keep the connection alive."""
        if self._personal:
            return
        try:
            async with asyncio.timeout(self._limits.look_s) as self._waits:
                await self._feed.wait_after(self._cursor)
        except TimeoutError:
            if self._personal:
                return
            self._silent_s += self._limits.look_s
            if self._silent_s >= self._limits.silence_s:
                await self._write(_COMMENT)
        finally:
            self._waits = None

    def _id(self, seq: int) -> bytes:
        return b"id: %s:%d\n" % (self._epoch.encode(), seq)

    def _retry(self) -> bytes:
        return b"retry: %d\n" % self._streams.retry_ms(self.timeline_id)

    async def _write_entries(self, seq: int, chunk: bytes) -> None:
        waits = responses.unsent(self._send)
        self._unsent_from = min(self._unsent_from, self._cursor) if waits else self._cursor
        self._cursor = seq
        await self._write(chunk)

    async def _write(self, chunk: bytes) -> None:
        if self._given_up:
            raise ClientDisconnected
        self._silent_s = 0.0
        try:
            async with asyncio.timeout(self._limits.take_within_s):
                await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        except (TimeoutError, OSError):
            self._give_up()
            raise ClientDisconnected from None

    def _give_up(self) -> None:
        """Send nothing more to this client, waiting bytes included."""
        self._given_up = True
        responses.abort(self._send)


def _event(text: bytes, identity: bytes = b"") -> bytes:
    """Return one event. `text` has no line breaks. Without an id the client keeps its last one."""
    return identity + b"data: " + text + b"\n\n"
