"""The WebSocket endpoint: resume without gaps or doubles, who is let in, cuts, commands."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, override

import pytest
from websockets.exceptions import InvalidStatus

from showfloor.accounts.tokens import Claims
from showfloor.edge.fanout.limits import FeedLimits, HubLimits
from showfloor.edge.fanout.personal_streams import LOOK_EVERY_S
from showfloor.edge.ports import AdmissionDenied, Told
from showfloor.timeline.commands import Command, Outcome
from tests.edge.socket_harness import (
    BACKSTAGE,
    BRAND,
    EPOCH,
    TIMELINE,
    MemoryPersonalStreams,
    SocketHarness,
    close_code,
    everyone_in,
    frame,
    numbered,
    socket_harness,
    texts_until,
    thin_to,
    turns,
)
from tests.support.commands import MadeUpCommands
from tests.support.waiting import await_until, pace


@pytest.fixture
async def harness() -> AsyncIterator[SocketHarness]:
    async with socket_harness() as made:
        yield made


async def test_a_viewer_gets_what_happened_since_and_what_happens_next(
    harness: SocketHarness,
) -> None:
    harness.say("one", "two", "three")
    async with harness.follow(after=1) as socket:
        welcome = await frame(socket, "welcome")
        assert welcome["epoch"] == EPOCH
        assert welcome["retry_ms"] == 500
        assert await texts_until(socket, 3, after=1) == ["two", "three"]
        harness.say("four")
        assert await texts_until(socket, 4, after=3) == ["four"]


async def test_the_position_can_stand_in_the_address(harness: SocketHarness) -> None:
    harness.say("one", "two", "three")
    async with harness.dial("open?after=2") as socket:
        await socket.send('{"type":"hello"}')
        assert await texts_until(socket, 3, after=2) == ["three"]


async def test_offline_for_a_while_misses_nothing_and_sees_nothing_twice(
    harness: SocketHarness,
) -> None:
    harness.say("one")
    async with harness.follow(after=0) as socket:
        assert await texts_until(socket, 1) == ["one"]
        for number in range(30):
            harness.log.add(f"missed {number}")
            harness.log.cut()
        harness.bus.wake(TIMELINE)
        await texts_until(socket, 31)
    queries = harness.log.queries
    async with harness.follow(after=1) as socket:
        assert await texts_until(socket, 31, after=1) == numbered("missed", range(30))
    assert harness.log.queries - queries <= 2, "resumption is served from memory"


async def test_many_join_at_any_position_while_it_is_written(harness: SocketHarness) -> None:
    total = 400
    chance = random.Random(3)

    async def write() -> None:
        while len(harness.log.entries) < total:
            harness.say(
                *numbered("n", range(len(harness.log.entries), len(harness.log.entries) + 4))
            )
            await pace(0.004)

    async def follow(delay_s: float) -> None:
        await pace(delay_s)
        after = chance.randint(0, len(harness.log.entries))  # also where no tick is closed yet
        async with harness.follow(after) as socket:
            assert await texts_until(socket, total, after) == numbered("n", range(after, total))

    await asyncio.gather(write(), *(follow(chance.random() * 0.4) for _ in range(40)))


async def test_a_lost_wake_up_costs_delay_and_no_entry(harness: SocketHarness) -> None:
    async with harness.follow() as socket:
        await frame(socket, "welcome")
        harness.log.add("nobody was woken")
        assert await texts_until(socket, 1) == ["nobody was woken"]


async def test_a_database_that_is_away_for_a_while_costs_delay(harness: SocketHarness) -> None:
    async with harness.follow() as socket:
        await frame(socket, "welcome")
        harness.log.failing = True
        harness.say("while it was away")
        await socket.send('{"type":"ping"}')
        await frame(socket, "pong")
        harness.log.failing = False
        assert await texts_until(socket, 1) == ["while it was away"]


@pytest.mark.parametrize(
    ("after", "hello"), [(None, {}), (1, {"epoch": "before-the-backup"}), (7, {})]
)
async def test_a_position_that_means_nothing_here_begins_with_a_snapshot(
    harness: SocketHarness, after: int | None, hello: dict[str, str]
) -> None:
    harness.say("one", "two")
    async with harness.follow(after, **hello) as socket:
        snapshot = await frame(socket, "snapshot")
        assert snapshot["snapshot"]["timeline"] == {"seq": 2, "epoch": EPOCH}
        harness.say("three")
        assert await texts_until(socket, 3, after=2) == ["three"]


async def test_client_that_is_too_far_behind_begins_with_a_snapshot() -> None:
    async with socket_harness(hub_limits=HubLimits(feed=FeedLimits(catch_up_max=5))) as harness:
        harness.log.add(*numbered("n", range(10)))
        harness.log.cut()
        async with harness.follow(after=4) as late, harness.follow(after=5) as near:
            assert (await frame(late, "snapshot"))["snapshot"]["timeline"]["seq"] == 10
            assert await texts_until(near, 10, after=5) == numbered("n", range(5, 10))


async def test_history_that_was_replaced_begins_anew_for_everyone(harness: SocketHarness) -> None:
    harness.say("one")
    async with harness.follow() as socket:
        await texts_until(socket, 1)
        harness.log.epoch = "after-the-backup"
        snapshot = await frame(socket, "snapshot")
        assert snapshot["snapshot"]["timeline"]["epoch"] == "after-the-backup"
        harness.say("two")
        assert await texts_until(socket, 2, after=1) == ["two"]


async def test_staff_get_everything_and_the_public_what_it_can_read() -> None:
    async with socket_harness(thin=thin_to(3)) as harness:
        async with harness.follow(token="staff") as staff, harness.follow() as viewer:
            await frame(staff, "welcome")
            await frame(viewer, "welcome")
            harness.say(*numbered("n", range(10)))
            assert await texts_until(staff, 10) == numbered("n", range(10))
            entries = await frame(viewer, "entries")
            assert (entries["from"], entries["to"]) == (1, 10)
            assert [entry["seq"] for entry in entries["entries"]] == [1, 2, 3]
        async with harness.follow(after=2) as viewer:  # in the middle of it
            entries = await frame(viewer, "entries")
            assert (entries["from"], entries["to"]) == (3, 10)
            assert [entry["seq"] for entry in entries["entries"]] == [3]
        async with harness.follow(after=5) as viewer:
            entries = await frame(viewer, "entries")
            assert (entries["from"], entries["to"], entries["entries"]) == (6, 10, [])


async def test_backstage_is_a_second_timeline_for_staff_alone(harness: SocketHarness) -> None:
    harness.backstage.add("psst")
    async with harness.follow(token="staff", path="open/backstage") as staff:
        assert await texts_until(staff, 1) == ["psst"]
        harness.backstage.add("again")
        harness.bus.wake(BACKSTAGE)
        assert await texts_until(staff, 2, after=1) == ["again"]
    async with harness.follow(token="viewer", path="open/backstage") as viewer:
        assert await close_code(viewer) == 4404
    async with harness.follow(token="staff", path="plain/backstage") as staff:
        assert await close_code(staff) == 4404


async def test_the_viewer_count_counts(harness: SocketHarness) -> None:
    async with harness.follow() as first:
        assert (await frame(first, "count")) == {"type": "count", "count": 1, "exact": True}
        async with harness.follow(token="b") as second, harness.follow(token="staff"):
            assert (await frame(second, "count"))["count"] == 1
            assert (await frame(second, "count"))["count"] == 2
    await everyone_in(harness, 0)


async def test_a_ban_ends_the_connections_of_that_person_and_no_other(
    harness: SocketHarness,
) -> None:
    async with harness.follow(token="troll") as troll, harness.follow() as good:
        await frame(troll, "welcome")
        await frame(good, "welcome")
        harness.hub.disconnect(lambda brand, sub, network: sub == "g:troll", 4403, "out")
        assert await close_code(troll) == 4403
        harness.say("still here")
        assert await texts_until(good, 1) == ["still here"]


@pytest.mark.parametrize(
    ("trusted_proxies", "network"), [(0, "net-of-127.0.0.1"), (1, "net-of-192.0.2.7")]
)
async def test_a_cut_is_told_brand_person_and_network(trusted_proxies: int, network: str) -> None:
    asked: list[tuple[str, str, str]] = []

    def covers(brand: str, sub: str, of: str) -> bool:
        asked.append((brand, sub, of))
        return of == network

    forwarded = {"X-Forwarded-For": "198.51.100.1, 192.0.2.7"}
    async with (
        socket_harness(trusted_proxies=trusted_proxies) as harness,
        harness.dial(headers=forwarded) as socket,
    ):
        await socket.send(json.dumps({"type": "hello", "token": "new-cookie"}))
        await frame(socket, "welcome")
        harness.hub.disconnect(covers, 4403, "out")
        assert await close_code(socket) == 4403
    assert asked == [(BRAND, "g:new-cookie", network)]


async def test_a_show_that_is_hidden_keeps_its_staff_only(harness: SocketHarness) -> None:
    async with harness.follow() as guest, harness.follow(token="staff") as staff:
        await frame(guest, "welcome")
        await frame(staff, "welcome")
        harness.hub.disconnect_viewers("another timeline", 4404, "no such show")
        harness.hub.disconnect_viewers(TIMELINE, 4404, "no such show")
        assert await close_code(guest) == 4404
        harness.say("still here")
        assert await texts_until(staff, 1) == ["still here"]


async def test_origins(harness: SocketHarness) -> None:
    for origin in ("http://evil.example", "null"):
        with pytest.raises(InvalidStatus) as rejected:
            async with harness.dial(origin=origin, headers={"Cookie": "sessionid=valid"}):
                pass
        assert rejected.value.response.status_code == 403
    async with harness.dial(origin=f"http://127.0.0.1:{harness.port}") as socket:
        await socket.send('{"type":"hello","after":0}')
        await frame(socket, "welcome")


async def test_denied_client_gets_the_reason(harness: SocketHarness) -> None:
    for path, token, code in (
        ("nowhere", "a", 4404), ("open", "bad", 4401), ("open", "banned", 4403),
    ):  # fmt: skip
        async with harness.follow(token=token, path=path) as socket:
            assert await close_code(socket) == code
    harness.authorizer.failing = True
    async with harness.follow() as socket:
        assert (await frame(socket, "retry"))["after_ms"] >= 200
        assert await close_code(socket) == 1012


async def test_pings_are_answered_with_the_servers_time(harness: SocketHarness) -> None:
    async with harness.follow() as socket:
        await socket.send('{"type":"ping"}')
        await socket.send('{ "type": "ping" }')
        for _ in range(2):
            assert (await frame(socket, "pong"))["now"].endswith("Z")


class Recorder(MadeUpCommands):
    """Does what it is told, when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[Command] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    @override
    def enter(self, command: Command, told: Told) -> None:
        if command.name == "broken":
            raise OSError("the database is away")
        super().enter(command, told)

    @override
    async def submit(self, command: Command) -> Outcome:
        self.commands.append(command)
        await self.may_answer.wait()
        if command.name == "refused":
            return Outcome(problem={"status": 403, "code": "muted", "detail": "Not now."})
        return Outcome(len(self.commands), {"message_id": "m1"})


def said(number: int, name: str = "message", **more: Any) -> str:
    return json.dumps({"type": "command", "id": f"c{number}", "name": name, "body": {}, **more})


async def test_a_command_is_answered_with_its_seq_or_a_problem() -> None:
    recorder = Recorder()
    async with (
        socket_harness(commands=recorder) as harness,
        harness.follow(language="de") as socket,
    ):
        await frame(socket, "welcome")
        await socket.send(said(1, body={"text": "hello"}))
        ack = await frame(socket, "ack")
        assert ack == {"type": "ack", "id": "c1", "seq": 1, "message_id": "m1"}
        [command] = recorder.commands
        assert (command.name, command.body, command.show_id, command.language) == (
            "message", {"text": "hello"}, "show-1", "de",
        )  # fmt: skip
        assert command.claims.sub == "g:a"
        refusals = [("refused", "muted", None), ("broken", "failed", None)]
        for name, code, field in [*refusals, ("Shouted", "bad-request", "name")]:
            await socket.send(said(2, name))
            problem = await frame(socket, "problem")
            assert (problem["id"], problem["code"], problem.get("field")) == ("c2", code, field)


async def test_commands_are_paced_and_nobody_is_left_without_an_answer() -> None:
    recorder = Recorder()
    async with socket_harness(commands=recorder) as harness, harness.follow() as socket:
        await frame(socket, "welcome")
        recorder.may_answer.clear()
        for number in range(30):
            await socket.send(said(number))
        problems = [await frame(socket, "problem") for _ in range(22)]
        assert {problem["code"] for problem in problems} == {"busy", "rate-limited"}
        assert all(problem["retry_after_s"] > 0 for problem in problems)
        assert len(recorder.commands) == 8
        recorder.may_answer.set()
        assert {(await frame(socket, "ack"))["id"] for _ in range(8)} == {
            f"c{number}" for number in range(8)
        }


async def test_a_command_is_done_though_its_sender_has_left() -> None:
    recorder = Recorder()
    async with socket_harness(commands=recorder) as harness:
        recorder.may_answer.clear()
        async with harness.follow() as socket:
            await frame(socket, "welcome")
            await socket.send(said(1))
            await await_until(lambda: recorder.commands)
        await everyone_in(harness, 0)
        recorder.may_answer.set()


@pytest.mark.parametrize(("token", "code"), [(None, "token-required"), ("late-a", "token-expired")])
async def test_writing_takes_a_token_that_is_fresh(token: str | None, code: str) -> None:
    recorder = Recorder()
    async with socket_harness(commands=recorder) as harness, harness.follow(token=token) as socket:
        await frame(socket, "welcome")
        await socket.send(said(1))
        assert (await frame(socket, "problem"))["code"] == code
        assert recorder.commands == []
        if token is not None:
            await socket.send(json.dumps({"type": "token", "token": "someone-else"}))
            assert (await frame(socket, "problem"))["id"] == ""
            await socket.send(json.dumps({"type": "token", "token": "a"}))
            await socket.send(said(2))
            assert (await frame(socket, "ack"))["id"] == "c2"


async def test_without_a_gate_commands_are_not_offered(harness: SocketHarness) -> None:
    async with harness.follow() as socket:
        await frame(socket, "welcome")
        await socket.send(said(1))
        assert (await frame(socket, "problem"))["status"] == 501


async def test_personal_stream_goes_only_to_the_persons_connections() -> None:
    streams = MemoryPersonalStreams()
    streams.add("g:ana", "old", "paid")
    async with (
        socket_harness(personal=streams) as harness,
        harness.follow(token="ana", private={"after": 1}) as phone,
        harness.follow(token="ana", private={"after": 0}) as laptop,
        harness.follow(token="ben", private={"after": 0}) as other,
    ):
        assert (await frame(phone, "private"))["entries"][0]["body"] == {"text": "paid"}
        assert (await frame(laptop, "private"))["to"] == 2
        await frame(other, "welcome")
        streams.add("g:ana", "sent")
        harness.bus.wake_person(BRAND, "g:ana")
        for socket in (phone, laptop):
            got = await frame(socket, "private")
            assert (got["from"], got["to"]) == (3, 3)
            assert got["entries"][0]["kind"] == "told"
        await other.send('{"type":"ping"}')
        await asyncio.wait_for(_nothing_private_until_pong(other), 10)


async def test_own_news_of_which_nobody_told_us_comes_a_little_later() -> None:
    streams = MemoryPersonalStreams()
    streams.add("g:ana", "old")
    async with (
        socket_harness(personal=streams) as harness,
        harness.follow(token="ana", private={"after": 0}) as phone,
        harness.follow(token="ben", private={"after": 0}) as other,
    ):
        assert (await frame(phone, "private"))["to"] == 1
        await frame(other, "welcome")
        streams.add("g:ana", "sent")
        reads = streams.reads
        for call in harness.hub.on_sweep:
            call(time.monotonic() + LOOK_EVERY_S + 1)
        got = await frame(phone, "private")
        assert (got["from"], got["to"]) == (2, 2)
        assert streams.reads <= reads + 2  # for her alone: what is new, and that it is all


async def test_recreated_personal_stream_goes_on_after_old_seqs() -> None:
    """As when it was forgotten, or restored from a backup: the gap is nothing to wait for."""
    streams = MemoryPersonalStreams()
    streams.add("g:ana", *map(str, range(7)))
    async with (
        socket_harness(personal=streams) as harness,
        harness.follow(token="ana", private={"after": 7}) as phone,
        harness.follow(token="ana", private={"after": 5}) as laptop,
    ):
        assert (await frame(laptop, "private"))["to"] == 7
        entries = streams.streams["g:ana"]
        entries[:] = [replace(entry, seq=entry.seq + 1000) for entry in entries[-2:]]
        harness.bus.wake_person(BRAND, "g:ana")
        for socket in (phone, laptop):
            got = await frame(socket, "private")
            assert (got["from"], got["to"], len(got["entries"])) == (1006, 1007, 2)


async def _nothing_private_until_pong(socket: Any) -> None:
    while (kind := json.loads(await socket.recv())["type"]) != "pong":
        assert kind != "private"


async def test_a_restart_spreads_when_they_come_back(harness: SocketHarness) -> None:
    async with harness.follow() as one, harness.follow(token="b") as other:
        await frame(one, "welcome")
        await frame(other, "welcome")
        ending = asyncio.create_task(harness.sockets.shutdown())
        delays = {(await frame(socket, "retry"))["after_ms"] for socket in (one, other)}
        assert all(200 <= delay <= 700 for delay in delays)
        assert [await close_code(socket) for socket in (one, other)] == [1012, 1012]
        await ending
        with pytest.raises(InvalidStatus) as rejected:
            async with harness.dial():
                pass
        assert rejected.value.response.status_code == 503


async def test_ban_that_arrives_while_the_timeline_opens_is_not_missed() -> None:
    """Nobody is connected yet whom it could cut, and they have been let in already."""
    banned: set[str] = set()

    def check_again(claims: Claims) -> None:
        if claims.sub in banned:
            raise AdmissionDenied(4403, "sent out of this show")

    async with socket_harness() as harness:
        harness.hub.check_again = check_again
        harness.log.may_open.clear()
        async with harness.follow(token="a") as rude, harness.follow(token="b") as polite:
            await await_until(lambda: harness.log.queries > 0)
            banned.add("g:a")
            harness.hub.disconnect(
                lambda _brand, subject, _network: subject in banned, 4403, "sent out"
            )
            await turns()
            harness.log.may_open.set()
            assert await close_code(rude) == 4403
            await frame(polite, "welcome")
            await everyone_in(harness, 1)
