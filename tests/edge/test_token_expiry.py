"""Connections with extra rights end when their token expires."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import override

import pytest

from showfloor.accounts.tokens import TOKEN_TTL, Claims
from showfloor.edge.fanout.hub import Hub
from showfloor.edge.ports import Admission
from showfloor.edge.token_expiry import GRACE_S, LOOK_EVERY_S
from showfloor.edge.websocket.connection import Connection
from showfloor.kernel.clock import to_epoch_ms, utc_now
from tests.edge.endpoint_harness import (
    GUEST,
    STAFF,
    EndpointHarness,
    MemoryAuthorizer,
    served_endpoints,
)
from tests.edge.socket_harness import (
    MemoryPersonalStreams,
    OpenAuthorizer,
    SocketHarness,
    close_code,
    frame,
    socket_harness,
)
from tests.edge.test_sse import following


@pytest.fixture
async def harness() -> AsyncIterator[SocketHarness]:
    async with socket_harness(personal=MemoryPersonalStreams()) as made:
        yield made


class Draft(OpenAuthorizer):
    """The show is not public yet."""

    @override
    async def admit(self, slug: str, token: str | None, address: str) -> tuple[Admission, Claims]:
        admission, claims = await super().admit(slug, token, address)
        return replace(admission, public=False), claims


def look(hub: Hub, round_: int = 1) -> None:
    """As the sweep does a little later, and later still."""
    for call in hub.on_sweep:
        call(time.monotonic() + round_ * LOOK_EVERY_S)


@pytest.mark.parametrize("path", ["open", "open/backstage"])
async def test_staff_with_a_token_of_long_ago_come_in_anew(
    harness: SocketHarness, path: str
) -> None:
    async with harness.follow(token="late-staff", path=path) as socket:
        assert await close_code(socket) == 4401


async def test_personal_stream_ends_with_the_token(harness: SocketHarness) -> None:
    async with harness.follow(token="late-ana", private={"after": 0}) as socket:
        assert await close_code(socket) == 4401


async def test_a_show_that_is_not_public_ends_with_the_token(harness: SocketHarness) -> None:
    harness.sockets.authorizer = Draft()
    async with harness.follow(token="late-ana") as socket:
        assert await close_code(socket) == 4401


async def test_public_entries_can_be_read_with_an_expired_token(harness: SocketHarness) -> None:
    async with harness.follow(token="late-ana") as old, harness.follow(token=None) as nobody:
        for socket in (old, nobody):
            await frame(socket, "welcome")
        look(harness.hub)
        for socket in (old, nobody):
            await socket.send('{"type":"ping"}')
            await frame(socket, "pong")


async def test_client_with_a_fresh_token_stays(harness: SocketHarness) -> None:
    async with harness.follow(token="staff") as socket:
        await frame(socket, "welcome")
        [connection] = harness.sockets._live()
        assert isinstance(connection, Connection)
        over = to_epoch_ms(utc_now() - TOKEN_TTL - timedelta(seconds=GRACE_S))
        connection.claims = replace(connection.claims, issued_at=over + 10_000)
        look(harness.hub, 1)
        connection.claims = replace(connection.claims, issued_at=over - 10_000)
        await socket.send('{"type":"token","token":"staff"}')
        await socket.send('{"type":"ping"}')
        await frame(socket, "pong")
        look(harness.hub, 2)
        await socket.send('{"type":"ping"}')
        await frame(socket, "pong")
        connection.claims = replace(connection.claims, issued_at=over - 10_000)
        look(harness.hub, 3)
        assert await close_code(socket) == 4401


class OldTokens(MemoryAuthorizer):
    """Everyone's is of long ago."""

    @override
    async def admit(self, slug: str, token: str | None, address: str) -> tuple[Admission, Claims]:
        admission, claims = await super().admit(slug, token, address)
        return admission, replace(claims, issued_at=1) if token else claims


@pytest.fixture
async def streams() -> AsyncIterator[EndpointHarness]:
    async with served_endpoints() as made:
        made.app._authorizer = OldTokens()
        yield made


@pytest.mark.parametrize(
    ("path", "token"),
    [
        ("open?after=0", STAFF),
        ("open/backstage?after=0", STAFF),
        ("draft?after=0", STAFF),
        ("open?after=0&private=0", f"{GUEST}-ana"),
    ],
)
async def test_event_streams_end_with_the_token(
    streams: EndpointHarness, path: str, token: str
) -> None:
    async with following(streams, path, token) as events:
        assert (await events.next("close")) == {
            "type": "close", "code": 4401, "reason": "the token has run out",
        }  # fmt: skip


async def test_public_event_streams_go_on(streams: EndpointHarness) -> None:
    async with following(streams, token=f"{GUEST}-ana") as events:
        await events.next("welcome")
        look(streams.hub)
        streams.say("one")
        assert (await events.next("entries") or {})["to"] == 1
