"""Real processes on a real PostgreSQL with a real NATS: what dies, what is hidden, who is sent out,
and that nobody loses an entry over it."""

import asyncio
import json
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.house import Fan, House, running_house
from tests.support.live import LiveServer
from tests.support.waiting import await_until, wait_until

pytestmark = pytest.mark.timeout(300)

WITHIN_S = 5.0  # of a ban or a log-out
SLOW_S = 60.0  # for what has no such promise, on a machine that does much else


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    # Not pytest's own folder: another run closes that to the user that PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="showfloor-house-") as name:
        Path(name).chmod(0o755)
        with running_house(Path(name)) as made:
            yield made


async def joined(*fans: Fan) -> None:
    for fan in fans:
        await fan.start()
    await await_until(lambda: all(fan.joined for fan in fans), 20)


async def gone(*fans: Fan) -> None:
    await asyncio.gather(*(fan.stop() for fan in fans))


def head(house: House) -> int:
    seq: int = house.serve.get_json(f"/timeline/{house.made['slug']}")["seq"]
    return seq


async def test_an_edge_dies_and_nats_too_and_nobody_misses_an_entry(house: House) -> None:
    doomed, other = house.edges
    here = [house.address(server) for server in (doomed, other)]
    fans = [Fan(here) for _ in range(6)] + [Fan(here[::-1]) for _ in range(6)]
    await joined(*fans)
    start = max(fan.seq for fan in fans)

    async def all_have(more: int) -> None:
        await await_until(lambda: all(fan.seq > start + more for fan in fans), SLOW_S)

    try:
        with house.writer() as writer:
            burst = asyncio.create_task(writer.burst(300, 0.005))
            await all_have(40)
            doomed.kill()
            await all_have(100)
            house.nats.kill()
            await all_have(170)
            house.nats.start()
            await burst
    finally:
        house.nats.start()
        doomed.start()
    # The process that is asked has nobody who follows, and no wake-ups came while NATS was away.
    await await_until(lambda: head(house) >= start + 300, SLOW_S)
    last = head(house)
    await await_until(lambda: all(fan.seq == last for fan in fans), SLOW_S)
    for fan in fans:
        assert fan.seqs == list(range(1, last + 1))  # gap-free, in order, nothing twice
        assert "snapshot" not in [frame["type"] for frame in fan.others]
    assert [fan.joined for fan in fans] == [2] * 6 + [1] * 6
    await gone(*fans)


async def test_entry_of_one_process_reaches_the_others_at_once(house: House) -> None:
    fan = Fan([house.address(house.edges[0])])
    await joined(fan)
    delays = []
    with house.writer() as writer:
        await writer.burst(1, 0)  # everyone has met everyone
        await await_until(lambda: fan.seq == head(house))
        for _ in range(5):
            before, began = fan.seq, time.monotonic()
            await writer.burst(1, 0)
            await await_until(lambda before=before: fan.seq > before)  # type: ignore[misc]
            delays.append(time.monotonic() - began)
    assert sorted(delays)[2] < 0.5, delays  # not by the re-reading of every 2 s
    await gone(fan)


@pytest.mark.parametrize("nats", ["there", "away"])
async def test_a_ban_ends_it_everywhere_within_seconds(house: House, nats: str) -> None:
    everywhere = (house.serve, house.web, *house.edges)
    troll = "troll" if nats == "there" else "ben"
    banned = [Fan([house.address(server)], house.made[troll]) for server in everywhere]
    spared = [Fan([house.address(server)], house.made["ana"]) for server in everywhere]
    await joined(*banned, *spared)
    if nats == "away":
        house.nats.kill()
    try:
        house.script(
            "from showfloor.accounts import bans\n"
            f"bans.ban({house.made['brand']!r}, 'g:{troll}', name='Troll', by=None)"
        )
        done = time.monotonic()
        await await_until(lambda: all(4403 in fan.codes for fan in banned), WITHIN_S + 5)
        assert max(fan.closed_at for fan in banned) - done < WITHIN_S
        assert [fan.codes for fan in spared] == [[]] * 4
        late = Fan([house.address(house.edges[0])], house.made[troll])
        await late.start()
        await await_until(lambda: 4403 in late.codes)
        await gone(*banned, *spared, late)
    finally:
        if nats == "away":
            house.nats.start()


@pytest.mark.parametrize("who", ["mia", "owner"])
async def test_a_log_out_ends_it_everywhere_and_the_old_token_with_it(
    house: House, who: str
) -> None:
    everywhere = (house.serve, *house.edges)
    fans = [Fan([house.address(server)], house.made[who]) for server in everywhere]
    other = Fan([house.address(house.edges[1])], house.made["ana"])
    await joined(*fans, other)
    email = f"{who}@example.test"
    house.script(
        "from showfloor.accounts import token_revocation as tokens\n"
        "from showfloor.accounts.models import User\n"
        f"tokens.revoke_person_tokens(User.objects.get(email={email!r}))"
    )
    done = time.monotonic()
    await await_until(lambda: all(4401 in fan.codes for fan in fans), WITHIN_S + 5)
    assert max(fan.closed_at for fan in fans) - done < WITHIN_S
    assert other.codes == []
    again = Fan([house.address(house.edges[0])], house.made[who])
    await again.start()
    await await_until(lambda: 4401 in again.codes)
    await gone(*fans, other, again)


async def test_a_show_that_is_hidden_is_hidden_everywhere(house: House) -> None:
    fans = [Fan([house.address(server)]) for server in (house.serve, *house.edges)]
    await joined(*fans)
    change = (
        "from showfloor.shows import services\nfrom showfloor.shows.models import Show\n"
        f"show = Show.objects.all_brands().get(slug={house.made['slug']!r})\n"
        "services.update_show(show, services.ShowChanges({'published': %s}))"
    )
    house.script(change % False)
    try:
        await await_until(lambda: all(4404 in fan.codes for fan in fans), WITHIN_S + 5)
    finally:
        house.script(change % True)
    await gone(*fans)


async def test_the_processes_count_viewers_together(house: House) -> None:
    first, second = house.edges
    fans = [
        Fan([house.address(first)], house.made["ana"]),
        Fan([house.address(second)], house.made["ana"]),  # her other tab
        Fan([house.address(first)]),
        Fan([house.address(second)]),
        Fan([house.address(house.serve)]),
    ]
    await joined(*fans)
    await await_until(
        lambda: (
            [(fan.count.get("count"), fan.count.get("exact")) for fan in fans]
            == [(4, True)] * len(fans)
        ),
        30,
    )
    assert [server.get_json("/healthz")["viewers"] for server in (first, second)] == [2, 2]
    await gone(*fans)


async def test_a_command_to_one_process_is_an_entry_at_all(house: House) -> None:
    fans = [Fan([house.address(server)]) for server in (house.web, *house.edges)]
    await joined(*fans)
    answer = await asyncio.to_thread(
        command, house, house.web, {"id": "c1", "name": "message", "body": {"text": "hello"}}
    )
    await await_until(lambda: all(fan.seq >= answer["seq"] for fan in fans))
    again = await asyncio.to_thread(
        command, house, house.edges[0], {"id": "c1", "name": "message", "body": {"text": "hello"}}
    )
    assert again["seq"] == answer["seq"]  # sent again to another: done once
    await gone(*fans)


def command(house: House, server: LiveServer, body: Any) -> Any:
    request = urllib.request.Request(
        f"{server.url}/timeline/{house.made['slug']}/commands", json.dumps(body).encode(),
        {"Authorization": f"Bearer {house.made['ana']}", "Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def test_each_role_has_what_is_its_own(house: House) -> None:
    edge, web = house.edges[0], house.web
    # Another test may have ended NATS a moment ago.
    wait_until(lambda: edge.get_json("/healthz")["nats"] == "connected")
    report = edge.get_json("/healthz")
    assert (report["status"], report["role"]) == ("ok", "edge")
    assert web.get_json("/healthz")["role"] == "web"
    assert edge.get_or_empty("/") == ""
    assert edge.get_or_empty("/api/v1/openapi.json") == ""
    assert "Evening" in web.get(f"/shows/{house.made['slug']}")
    assert web.get_or_empty(f"/hls/{house.made['slug']}/index.m3u8") == ""


def test_a_second_serve_is_refused(house: House, tmp_path: Path) -> None:
    second = LiveServer(tmp_path, dict(house.serve.environ))
    with pytest.raises(AssertionError, match="another `showfloor serve` uses this database"):
        second.run("serve")
    again = LiveServer(house.serve.data_dir, dict(house.serve.environ))
    with pytest.raises(AssertionError, match="another Showfloor is serving"):
        again.run("serve")


@pytest.mark.parametrize("role", ["web", "edge"])
def test_on_sqlite_there_is_one_process(tmp_path: Path, role: str) -> None:
    alone = LiveServer(tmp_path, {"SHOWFLOOR_SECRET_KEY": "secret"})
    with pytest.raises(AssertionError, match="needs PostgreSQL"):
        alone.run(role)
    without = LiveServer(tmp_path, {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    with pytest.raises(AssertionError, match="SHOWFLOOR_SECRET_KEY: must be set"):
        without.run(role)
