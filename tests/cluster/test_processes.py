"""Real processes on a real PostgreSQL with a real NATS: what dies, what is hidden, who is sent out,
and that nobody loses an entry over it."""

import asyncio
import json
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.running_cluster import Cluster, Follower, running_cluster
from tests.support.live import LiveServer
from tests.support.publisher import Publisher, clip
from tests.support.waiting import await_until, wait_until

pytestmark = pytest.mark.timeout(300)

WITHIN_S = 5.0  # of a ban or a log-out
SLOW_S = 60.0  # for what has no such promise, on a machine that does much else


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    # Not pytest's own folder: another run closes that to the user that PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="showfloor-cluster-") as name:
        Path(name).chmod(0o755)
        with running_cluster(Path(name)) as made:
            yield made


async def joined(*followers: Follower) -> None:
    for follower in followers:
        await follower.start()
    await await_until(lambda: all(follower.joined for follower in followers), 20)


async def gone(*followers: Follower) -> None:
    await asyncio.gather(*(follower.stop() for follower in followers))


def head(cluster: Cluster) -> int:
    seq: int = cluster.serve.get_json(f"/timeline/{cluster.made['slug']}")["seq"]
    return seq


async def test_an_edge_dies_and_nats_too_and_nobody_misses_an_entry(cluster: Cluster) -> None:
    doomed, other = cluster.edges
    here = [cluster.address(server) for server in (doomed, other)]
    followers = [Follower(here) for _ in range(6)] + [Follower(here[::-1]) for _ in range(6)]
    await joined(*followers)
    start = max(follower.seq for follower in followers)

    async def all_have(more: int) -> None:
        await await_until(
            lambda: all(follower.seq > start + more for follower in followers), SLOW_S
        )

    try:
        with cluster.writer() as writer:
            burst = asyncio.create_task(writer.burst(300, 0.005))
            await all_have(40)
            doomed.kill()
            await all_have(100)
            cluster.nats.kill()
            await all_have(170)
            cluster.nats.start()
            await burst
    finally:
        cluster.nats.start()
        doomed.start()
    # The process that is asked has nobody who follows, and no wake-ups came while NATS was away.
    await await_until(lambda: head(cluster) >= start + 300, SLOW_S)
    last = head(cluster)
    await await_until(lambda: all(follower.seq == last for follower in followers), SLOW_S)
    for follower in followers:
        assert follower.seqs == list(range(1, last + 1))  # gap-free, in order, nothing twice
        assert "snapshot" not in [frame["type"] for frame in follower.others]
    assert [follower.joined for follower in followers] == [2] * 6 + [1] * 6
    await gone(*followers)


async def test_entry_of_one_process_reaches_the_others_at_once(cluster: Cluster) -> None:
    follower = Follower([cluster.address(cluster.edges[0])])
    await joined(follower)
    delays = []
    with cluster.writer() as writer:
        await writer.burst(1, 0)  # everyone has met everyone
        await await_until(lambda: follower.seq == head(cluster))
        for _ in range(5):
            before, began = follower.seq, time.monotonic()
            await writer.burst(1, 0)
            await await_until(lambda before=before: follower.seq > before)  # type: ignore[misc]
            delays.append(time.monotonic() - began)
    assert sorted(delays)[2] < 0.5, delays  # not by the re-reading of every 2 s
    await gone(follower)


@pytest.mark.parametrize("nats", ["there", "away"])
async def test_a_ban_ends_it_everywhere_within_seconds(cluster: Cluster, nats: str) -> None:
    everywhere = (cluster.serve, cluster.web, *cluster.edges)
    troll = "troll" if nats == "there" else "ben"
    banned = [Follower([cluster.address(server)], cluster.made[troll]) for server in everywhere]
    spared = [Follower([cluster.address(server)], cluster.made["ana"]) for server in everywhere]
    await joined(*banned, *spared)
    if nats == "away":
        cluster.nats.kill()
    try:
        cluster.script(
            "from showfloor.accounts import bans\n"
            f"bans.ban({cluster.made['brand']!r}, 'g:{troll}', name='Troll', by=None)"
        )
        done = time.monotonic()
        await await_until(lambda: all(4403 in follower.codes for follower in banned), WITHIN_S + 5)
        assert max(follower.closed_at for follower in banned) - done < WITHIN_S
        assert [follower.codes for follower in spared] == [[]] * 4
        late = Follower([cluster.address(cluster.edges[0])], cluster.made[troll])
        await late.start()
        await await_until(lambda: 4403 in late.codes)
        await gone(*banned, *spared, late)
    finally:
        if nats == "away":
            cluster.nats.start()


@pytest.mark.parametrize("who", ["mia", "owner"])
async def test_a_log_out_ends_it_everywhere_and_the_old_token_with_it(
    cluster: Cluster, who: str
) -> None:
    everywhere = (cluster.serve, *cluster.edges)
    followers = [Follower([cluster.address(server)], cluster.made[who]) for server in everywhere]
    other = Follower([cluster.address(cluster.edges[1])], cluster.made["ana"])
    await joined(*followers, other)
    email = f"{who}@example.test"
    cluster.script(
        "from showfloor.accounts import token_revocation as tokens\n"
        "from showfloor.accounts.models import User\n"
        f"tokens.revoke_person_tokens(User.objects.get(email={email!r}))"
    )
    done = time.monotonic()
    await await_until(lambda: all(4401 in follower.codes for follower in followers), WITHIN_S + 5)
    assert max(follower.closed_at for follower in followers) - done < WITHIN_S
    assert other.codes == []
    again = Follower([cluster.address(cluster.edges[0])], cluster.made[who])
    await again.start()
    await await_until(lambda: 4401 in again.codes)
    await gone(*followers, other, again)


async def test_a_show_that_is_hidden_is_hidden_everywhere(cluster: Cluster) -> None:
    followers = [Follower([cluster.address(server)]) for server in (cluster.serve, *cluster.edges)]
    await joined(*followers)
    change = (
        "from showfloor.shows import services\nfrom showfloor.shows.models import Show\n"
        f"show = Show.objects.all_brands().get(slug={cluster.made['slug']!r})\n"
        "services.update_show(show, services.ShowChanges({'published': %s}))"
    )
    cluster.script(change % False)
    try:
        await await_until(
            lambda: all(4404 in follower.codes for follower in followers), WITHIN_S + 5
        )
    finally:
        cluster.script(change % True)
    await gone(*followers)


async def test_the_processes_count_viewers_together(cluster: Cluster) -> None:
    first, second = cluster.edges
    followers = [
        Follower([cluster.address(first)], cluster.made["ana"]),
        Follower([cluster.address(second)], cluster.made["ana"]),  # her other tab
        Follower([cluster.address(first)]),
        Follower([cluster.address(second)]),
        Follower([cluster.address(cluster.serve)]),
    ]
    await joined(*followers)
    await await_until(
        lambda: (
            [(follower.count.get("count"), follower.count.get("exact")) for follower in followers]
            == [(4, True)] * len(followers)
        ),
        30,
    )
    assert [server.get_json("/healthz")["viewers"] for server in (first, second)] == [2, 2]
    await gone(*followers)


async def test_a_command_to_one_process_is_an_entry_at_all(cluster: Cluster) -> None:
    followers = [Follower([cluster.address(server)]) for server in (cluster.web, *cluster.edges)]
    await joined(*followers)
    answer = await asyncio.to_thread(
        command, cluster, cluster.web, {"id": "c1", "name": "message", "body": {"text": "hello"}}
    )
    await await_until(lambda: all(follower.seq >= answer["seq"] for follower in followers))
    again = await asyncio.to_thread(
        command,
        cluster,
        cluster.edges[0],
        {"id": "c1", "name": "message", "body": {"text": "hello"}},
    )
    assert again["seq"] == answer["seq"]  # sent again to another: done once
    await gone(*followers)


def command(cluster: Cluster, server: LiveServer, body: Any) -> Any:
    request = urllib.request.Request(
        f"{server.url}/timeline/{cluster.made['slug']}/commands", json.dumps(body).encode(),
        {"Authorization": f"Bearer {cluster.made['ana']}", "Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


TWO_SHOWS = """
import json
from showfloor.accounts.models import Brand, User
from showfloor.media import services as media
from showfloor.shows import services as shows
made = []
for title in ("First", "Second"):
    show = shows.create_show(Brand.objects.get(), shows.ShowDraft(title=title))
    shows.start(show, User.objects.order_by("date_joined").first())
    made.append([show.slug, media.stream_key(show.channel)])
print(json.dumps(made))
"""
EXPIRE = """
from django.db.models.functions import Now
from showfloor.media.models import ChannelLease
ChannelLease.objects.all_brands().filter(owner={owner!r}).update(expires_at=Now())
"""


def test_show_goes_on_at_another_ingest_process_when_its_own_is_killed(
    cluster: Cluster, tmp_path: Path
) -> None:
    edge, film = cluster.edges[0], clip(tmp_path)
    (one, one_key), (two, two_key) = json.loads(cluster.script(TWO_SHOWS).splitlines()[-1])
    with ExitStack() as stack:
        servers = [new_ingest(cluster, f"ingest-{n}") for n in range(2)]
        for server in servers:
            stack.callback(server.stop)
        starters = stack.enter_context(ThreadPoolExecutor())  # they end with their threads
        list(starters.map(LiveServer.start, servers))
        here, there = servers

        def publish(server: LiveServer, key: str) -> Publisher:
            publisher = Publisher(film, f"{server.rtmp_url}/{key}", "320x180")
            stack.callback(publisher.kill)
            publisher.start()
            return publisher

        def listed(slug: str, broadcast: int) -> bool:
            return f"{broadcast}/180p/" in edge.get_or_empty(f"/hls/{slug}/180p.m3u8")

        first = publish(here, one_key)
        publish(there, two_key)
        wait_until(lambda: listed(one, 1) and listed(two, 1), SLOW_S, "both through one edge")
        here.kill()
        first.exit_text()
        # Its lease would expire within 15 s.
        cluster.script(EXPIRE.format(owner=(here.data_dir / "owner_name").read_text()))
        publish(there, one_key)
        wait_until(lambda: listed(one, 2), SLOW_S, "the first show at the other process")
        assert listed(one, 1), "what was shown before the kill can be looked back at"
        assert listed(two, 1)
        assert there.get_json("/healthz")["broadcasts"] == 2


def new_ingest(cluster: Cluster, name: str) -> LiveServer:
    folder = cluster.serve.data_dir.parent
    server = LiveServer(folder / name, dict(cluster.serve.environ), role="ingest")
    server.environ |= {
        "SHOWFLOOR_OWN_URL": server.url, "SHOWFLOOR_MEDIA_DIR": str(folder / "media"),
        "SHOWFLOOR_LADDER": "180:250",
    }  # fmt: skip
    return server


def test_each_role_has_what_is_its_own(cluster: Cluster) -> None:
    edge, web = cluster.edges[0], cluster.web
    # Another test may have ended NATS a moment ago.
    wait_until(lambda: edge.get_json("/healthz")["nats"] == "connected")
    report = edge.get_json("/healthz")
    assert (report["status"], report["role"]) == ("ok", "edge")
    assert web.get_json("/healthz")["role"] == "web"
    assert edge.get_or_empty("/") == ""
    assert edge.get_or_empty("/api/v1/openapi.json") == ""
    assert "Evening" in web.get(f"/shows/{cluster.made['slug']}")
    assert web.get_or_empty(f"/hls/{cluster.made['slug']}/index.m3u8") == ""


def test_a_second_serve_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    second = LiveServer(tmp_path, dict(cluster.serve.environ))
    with pytest.raises(AssertionError, match="another `showfloor serve` uses this database"):
        second.run("serve")
    again = LiveServer(cluster.serve.data_dir, dict(cluster.serve.environ))
    with pytest.raises(AssertionError, match="another Showfloor is serving"):
        again.run("serve")


@pytest.mark.parametrize("role", ["web", "edge", "ingest"])
def test_on_sqlite_there_is_one_process(tmp_path: Path, role: str) -> None:
    alone = LiveServer(tmp_path, {"SHOWFLOOR_SECRET_KEY": "secret"})
    with pytest.raises(AssertionError, match="needs PostgreSQL"):
        alone.run(role)
    without = LiveServer(tmp_path, {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    with pytest.raises(AssertionError, match="SHOWFLOOR_SECRET_KEY: must be set"):
        without.run(role)
