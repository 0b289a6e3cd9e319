"""Notices between processes over NATS (core, not JetStream: the database is the log).

A failure of NATS costs delay and nothing else: no caller waits for it, unsent notices are bounded,
and a lost connection is made again for ever.
"""

import asyncio
import contextlib
import json
import logging
import random
import threading
from collections.abc import Callable, Sequence
from typing import Any, override

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from showfloor.timeline.bus import Bus, Link, Payload

log = logging.getLogger(__name__)

PENDING_MAX = 4096  # notices; beyond it the oldest is dropped, and followers read on by themselves
PAYLOAD_BYTES_MAX = 64 * 1024
CONNECT_WITHIN_S = 2
PING_EVERY_S = 5  # two missed answers end a dead connection
RETRY_S_MIN, RETRY_S_MAX = 0.1, 2.0
SEND_WITHIN_S = 5.0
LEAVE_WITHIN_S = 0.5


class NatsLink(Link):
    """`start` and `stop` belong to the event loop; `send` to any thread."""

    def __init__(
        self, bus: Bus, servers: Sequence[str], namespace: str, *,
        ping_every_s: float = PING_EVERY_S,
    ) -> None:  # fmt: skip
        """`servers`: `nats://[user:password@]host:4222`, one or the nodes of a cluster.
        `namespace`: one per installation, so that two can share a NATS."""
        assert servers, "a link needs a server"
        self.dropped = 0
        self._bus = bus
        self._ping_every_s = ping_every_s
        self._servers = list(servers)
        self._prefix = f"showfloor.{namespace}."
        self._lock = threading.Lock()
        self._pending: dict[tuple[str, bytes], None] = {}  # a notice that waits twice waits once
        self._something = asyncio.Event()
        self._sent = asyncio.Event()  # nothing is waiting any more
        self._up = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._detach: Callable[[], None] = lambda: None

    @property
    def connected(self) -> bool:
        return self._up.is_set()

    def start(self) -> None:
        """Begin to connect; return at once, with or without a server."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._keep_connected(), name="nats-link")
        self._detach = self._bus.attach(self)

    async def stop(self) -> None:
        """Send waiting notices, if that is quick, and disconnect."""
        self._detach()
        if self._task is None:
            return
        if self.connected and self._pending:
            self._sent.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._sent.wait(), LEAVE_WITHIN_S)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._loop = None

    @override
    def send(self, topic: str, payload: Payload) -> None:
        data = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        if len(data) > PAYLOAD_BYTES_MAX:  # no reason to fail the caller
            log.error("notice_too_large topic=%s bytes=%s", topic, len(data))
            return
        with self._lock:
            was_empty = not self._pending
            self._pending[topic, data] = None
            if len(self._pending) > PENDING_MAX:
                del self._pending[next(iter(self._pending))]
                self.dropped += 1
        if was_empty and self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                self._loop.call_soon_threadsafe(self._something.set)

    async def _keep_connected(self) -> None:
        pause_s = RETRY_S_MIN
        while True:
            random.shuffle(self._servers)
            for server in self._servers:
                try:
                    await self._serve(server)
                except (Error, OSError, TimeoutError) as error:
                    log.info("nats_away reason=%s", type(error).__name__)
                except Exception:  # the loop goes on, whatever its client raises
                    log.exception("nats_failed")
                if self._up.is_set():
                    pause_s = RETRY_S_MIN
                    self._up.clear()
            # Jitter: a hundred processes that lost one server must not come back at once.
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311 - not a secret
            pause_s = min(pause_s * 2, RETRY_S_MAX)

    async def _serve(self, server: str) -> None:
        """Hold one connection, from its beginning to its end."""
        # The client's own reconnecting gives up where a server refuses it once.
        client, ended = Client(), asyncio.Event()

        async def on_closed() -> None:
            ended.set()

        async def on_error(error: Exception) -> None:
            log.debug("nats_error %r", error)

        try:
            async with asyncio.timeout(CONNECT_WITHIN_S * 2):
                await client.connect(
                    servers=[server], allow_reconnect=False, connect_timeout=CONNECT_WITHIN_S,
                    # It sleeps for this long, so a fraction is fine.
                    ping_interval=self._ping_every_s,  # type: ignore[arg-type]
                    max_outstanding_pings=2, no_echo=True,
                    closed_cb=on_closed, error_cb=on_error, name="showfloor",
                )  # fmt: skip
                await client.subscribe(f"{self._prefix}*", cb=self._heard)
                await client.flush(CONNECT_WITHIN_S)
            log.info("nats_connected")
            self._up.set()
            await self._send_until(client, ended)
        finally:
            with contextlib.suppress(Exception):  # the connection is gone either way
                async with asyncio.timeout(CONNECT_WITHIN_S):
                    await client.close()

    async def _send_until(self, client: Client, ended: asyncio.Event) -> None:
        ending = asyncio.create_task(ended.wait())
        try:
            while not ended.is_set():
                something = asyncio.create_task(self._something.wait())
                try:
                    await asyncio.wait({ending, something}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    something.cancel()
                self._something.clear()
                await self._send_pending(client)
        finally:
            ending.cancel()

    async def _send_pending(self, client: Client) -> None:
        with self._lock:
            notices, self._pending = self._pending, {}
        for topic, data in notices:
            async with asyncio.timeout(SEND_WITHIN_S):
                await client.publish(self._prefix + topic, data)
        self._sent.set()

    async def _heard(self, message: Msg) -> None:
        topic = message.subject.removeprefix(self._prefix)
        payload: Any = None
        if len(message.data) <= PAYLOAD_BYTES_MAX:
            with contextlib.suppress(ValueError, RecursionError):
                payload = json.loads(message.data)
        try:
            self._bus.receive(topic, payload)
        except Exception:  # one listener's error ends neither the link nor the others
            log.exception("notice_failed topic=%s", topic)
