"""`WS /timeline/<show>`: the WebSocket door to a show's timeline.

    client: {"type":"hello","token"?: str,"after": seq,"epoch": str}  first, within 10 s
    server: {"type":"welcome","seq": head,"epoch": str,"now": iso}
            {"type":"entries","from": a,"to": b,"entries":[…]}        gap-free from `after` on
            {"type":"count","count": n}                               on change, at most every 5 s
            {"type":"restart"}                                        position unknown: new snapshot
    client: {"type":"ping"}  server: {"type":"pong","now": iso}

Cookies mean nothing here: who someone is comes from the token alone.
Close codes: 4400 bad frame, 4401 token (no good, or its rights have changed: take a new one), 4403
banned, 4404 no such show, 4408 too slow.
"""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from showfloor.accounts.network import client_address
from showfloor.edge.feed import COUNT_EVERY_S, REREAD_S, Feed
from showfloor.edge.hub import Follower, Hub
from showfloor.edge.ports import Door, Turned
from showfloor.edge.types import Receive, Scope, Send
from showfloor.kernel.clock import Clock, iso_ms, utc_now
from showfloor.timeline.log import NoTimeline

HELLO_WITHIN_S = 10.0
SILENT_FOR_S = 75.0  # clients ping every 25 s; three missed pings end the connection
SEND_WITHIN_S = 15.0  # a viewer who takes nothing for this long is cut
FRAME_BYTES_MAX = 4096
CATCH_UP_MAX = 20_000  # further behind than this, a snapshot is cheaper

BAD_FRAME, BAD_TOKEN, BANNED, NO_SHOW, TOO_SLOW = 4400, 4401, 4403, 4404, 4408

_PATH = re.compile(r"^/timeline/(?P<slug>[-a-zA-Z0-9_]{1,80})$")


class TimelineApp:
    """The ASGI application for WebSocket connections below `/timeline/`."""

    def __init__(
        self, hub: Hub, door: Door, allows_origin: Callable[[str | None, str], bool],
        clock: Clock = utc_now, trusted_proxies: int = 0,
    ) -> None:  # fmt: skip
        self._trusted_proxies = trusted_proxies
        self._hub = hub
        self._door = door
        self._allows_origin = allows_origin
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _PATH.match(scope["path"])
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        await receive()  # websocket.connect
        origin_ok = self._allows_origin(headers.get("origin"), headers.get("host", ""))
        if found is None or not origin_ok:
            await send({"type": "websocket.close"})  # refuses the handshake with 403
            return
        await send({"type": "websocket.accept"})
        connection = _Connection(receive, send, self._clock)
        address = self._address(scope)
        try:
            await self._serve(connection, found["slug"], address)
        except Turned as turned:
            await connection.close(turned.code, turned.reason)
        except _Gone:
            pass

    def _address(self, scope: Scope) -> str:
        """The visitor's, as the site sees it: a ban by network holds here, too."""
        remote = scope["client"][0] if scope.get("client") else ""
        hops = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        return client_address(remote, b",".join(hops).decode("latin-1"), self._trusted_proxies)

    async def _serve(self, connection: "_Connection", slug: str, address: str) -> None:
        hello = await connection.hello()
        admission, claims = await self._door.admit(slug, hello.token, address)
        follower = Follower(claims, admission.brand_id, admission.timeline_id)
        try:
            feed = await self._hub.join(follower)
        except NoTimeline:
            raise Turned(NO_SHOW, "no such show") from None
        try:
            await connection.follow(feed, follower, hello)
        finally:
            self._hub.leave(feed, follower)


class _Gone(Exception):
    """The client has left."""


class _Hello:
    """The client's first frame, checked."""

    def __init__(self, frame: dict[str, Any]) -> None:
        self.token = frame.get("token")
        self.after = frame.get("after", 0)
        self.epoch = frame.get("epoch", "")
        sound = (
            frame.get("type") == "hello"
            and (self.token is None or isinstance(self.token, str))
            and isinstance(self.after, int)
            and not isinstance(self.after, bool)
            and 0 <= self.after < 1 << 53
            and isinstance(self.epoch, str)
        )
        if not sound:
            raise Turned(BAD_FRAME, "the first frame must be a hello")


class _Connection:
    """One WebSocket: what it may say, and how what happened is sent to it."""

    def __init__(self, receive: Receive, send: Send, clock: Clock) -> None:
        self._receive = receive
        self._asgi_send = send
        self._clock = clock

    async def hello(self) -> _Hello:
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                return _Hello(await self._frame())
        except TimeoutError:
            raise Turned(BAD_FRAME, "no hello") from None

    async def follow(self, feed: Feed, follower: Follower, hello: _Hello) -> None:
        """Send everything after the client's position until one side ends it."""
        cursor = hello.after
        behind = feed.head - cursor
        await self._send(
            {"type": "welcome", "seq": feed.head, "epoch": feed.epoch, "now": self._now()}
        )
        if (hello.epoch and hello.epoch != feed.epoch) or not 0 <= behind <= CATCH_UP_MAX:
            await self._send({"type": "restart"})
            cursor = feed.head
        tasks = [
            asyncio.ensure_future(task)
            for task in (self._send_entries(feed, cursor), self._send_counts(feed), self._listen())
        ]
        try:
            ends: list[asyncio.Future[Any]] = [*tasks, follower.cut]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if follower.cut.done():
                raise Turned(*follower.cut.result())
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in ended:
            if isinstance(outcome, Turned | _Gone):
                raise outcome

    async def close(self, code: int, reason: str) -> None:
        await self._asgi_send({"type": "websocket.close", "code": code, "reason": reason})

    async def _send_entries(self, feed: Feed, cursor: int) -> None:
        while True:
            await feed.wait_for(cursor)
            redactions = feed.redactions
            frames = await feed.frames_after(cursor)
            if not frames:  # a log with less in it than its head says: not to be asked in a spin
                await asyncio.sleep(REREAD_S)
            for frame in frames:
                if redactions != feed.redactions:
                    break  # what was taken back meanwhile is asked for anew
                await self._send_text(frame.text)
                cursor = frame.last

    async def _send_counts(self, feed: Feed) -> None:
        said = -1
        while True:
            if feed.viewers != said:
                said = feed.viewers
                await self._send({"type": "count", "count": said})
            await asyncio.sleep(COUNT_EVERY_S)

    async def _listen(self) -> None:
        while True:
            try:
                async with asyncio.timeout(SILENT_FOR_S):
                    frame = await self._frame()
            except TimeoutError:
                raise Turned(TOO_SLOW, "nothing heard") from None
            if frame.get("type") != "ping":
                raise Turned(BAD_FRAME, "only pings are expected")
            await self._send({"type": "pong", "now": self._now()})

    async def _frame(self) -> dict[str, Any]:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise _Gone
        text = message.get("text")
        if not isinstance(text, str) or len(text) > FRAME_BYTES_MAX:
            raise Turned(BAD_FRAME, "a frame must be short JSON text")
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            frame = None
        if not isinstance(frame, dict):
            raise Turned(BAD_FRAME, "a frame must be a JSON object")
        return frame

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._send_text(json.dumps(frame, separators=(",", ":")))

    async def _send_text(self, text: str) -> None:
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                await self._asgi_send({"type": "websocket.send", "text": text})
        except TimeoutError:
            raise Turned(TOO_SLOW, "took nothing") from None
        except OSError:
            raise _Gone from None

    def _now(self) -> str:
        return iso_ms(self._clock())
