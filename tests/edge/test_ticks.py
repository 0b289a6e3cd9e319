"""Ticks and ranges by GET: bytes, waiting, caching, and what was taken back."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from showfloor.edge.ticks.endpoint import TickLimits
from tests.edge.endpoint_harness import (
    BACKSTAGE,
    BANNED,
    EPOCH,
    GUEST,
    STAFF,
    EndpointHarness,
    endpoint_harness,
    texts,
)
from tests.support.waiting import await_until

QUICK = TickLimits(waiting_max=3, empty_after_s=0.2, give_up_s=0.2)
TICK = "public, max-age=60"
NOT_YET = "public, max-age=1"
OURS = "private, no-store"


@pytest.fixture
async def harness() -> AsyncIterator[EndpointHarness]:
    async with endpoint_harness() as harness:
        yield harness


@pytest.fixture
async def hasty() -> AsyncIterator[EndpointHarness]:
    """One that waits for nobody long."""
    async with endpoint_harness(ticks=QUICK) as harness:
        yield harness


def waiting(
    harness: EndpointHarness, path: str, token: str | None = None
) -> asyncio.Task[httpx.Response]:
    return asyncio.create_task(harness.get(path, token))


async def test_a_closed_tick_is_one_text_that_may_be_kept_for_a_minute(
    harness: EndpointHarness,
) -> None:
    harness.log.add("one", "two")
    harness.log.cut()
    answer = await harness.get("open/ticks/1")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == TICK
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    at = '"at":"1970-01-01T00:00:01.000Z","kind":"said"'
    assert answer.text == (
        '{"type":"entries","tick":1,"from":1,"to":2,"entries":['
        f'{{"seq":1,{at},"body":{{"text":"one"}}}},{{"seq":2,{at},"body":{{"text":"two"}}}}]}}'
    )


async def test_the_next_tick_is_waited_for(harness: EndpointHarness) -> None:
    request = waiting(harness, "open/ticks/1")
    await await_until(lambda: harness.ticks.waiting == 1)
    assert harness.viewers == 0  # who asks is no viewer: a cache may stand for thousands
    harness.say("one")
    answer = await request
    assert (answer.status_code, answer.headers["cache-control"]) == (200, TICK)
    assert texts(answer.json()) == ["one"]
    assert harness.ticks.waiting == 0


async def test_one_after_the_next_is_not_there_yet(harness: EndpointHarness) -> None:
    harness.log.cut()
    for number in ("0", "3", "500"):
        answer = await harness.get(f"open/ticks/{number}")
        assert (answer.status_code, answer.headers["cache-control"]) == (404, NOT_YET), number


async def test_a_client_may_come_from_a_process_that_is_ahead(harness: EndpointHarness) -> None:
    await harness.get("open")
    assert (await harness.get("open/ticks/9")).status_code == 404  # the feed is open, and has none
    harness.log.add("one")
    harness.log.cut()  # by another process, of which nobody told us
    request = waiting(harness, "open/ticks/2")
    await await_until(lambda: harness.ticks.waiting == 1)
    harness.say("two")
    assert texts((await request).json()) == ["two"]


async def test_quiet_timeline_ends_the_wait_with_an_empty_tick(hasty: EndpointHarness) -> None:
    requests = [waiting(hasty, "open/ticks/1") for _ in range(3)]
    answers = await asyncio.gather(*requests)
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert {answer.text for answer in answers} == {
        '{"type":"entries","tick":1,"from":1,"to":0,"entries":[]}'
    }
    assert len(hasty.log.cuts["timeline"]) == 1  # one of them has closed it for all
    assert answers[0].headers["cache-control"] == TICK


async def test_waiting_request_beyond_the_limit_is_refused(hasty: EndpointHarness) -> None:
    requests = [waiting(hasty, "open/ticks/1") for _ in range(3)]
    await await_until(lambda: hasty.ticks.waiting == 3)
    answer = await hasty.get("open/ticks/1")
    assert answer.status_code == 503
    assert answer.json()["code"] == "too-many-connections"
    assert (answer.headers["retry-after"], answer.headers["cache-control"]) == ("2", "no-store")
    hasty.say("one")
    await asyncio.gather(*requests)
    assert (await hasty.get("open/ticks/1")).status_code == 200


async def test_a_log_that_fails_meanwhile_is_a_503(hasty: EndpointHarness) -> None:
    request = waiting(hasty, "open/ticks/1")
    await await_until(lambda: hasty.ticks.waiting == 1)
    hasty.log.fails = True
    answer = await request
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["cache-control"] == "no-store"


async def test_banned_person_stops_waiting(harness: EndpointHarness) -> None:
    banned = waiting(harness, "open/ticks/1", f"{GUEST}-ana")
    other = waiting(harness, "open/ticks/1", f"{GUEST}-ben")
    await await_until(lambda: harness.ticks.waiting == 2)
    harness.hub.disconnect(lambda _, subject, __: subject.endswith("ana"), 4403, "sent out")
    answer = await asyncio.wait_for(banned, 5)
    assert (answer.status_code, answer.json()["code"]) == (403, "banned")
    assert answer.headers["cache-control"] == OURS
    assert harness.ticks.waiting == 1
    harness.say("one")
    assert (await other).status_code == 200


async def test_a_restart_sends_everyone_away(harness: EndpointHarness) -> None:
    request = waiting(harness, "open/ticks/1")
    await await_until(lambda: harness.ticks.waiting == 1)
    harness.hub.disconnect(lambda *_: True, 1012, "restarting")
    answer = await asyncio.wait_for(request, 5)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_a_hidden_show_ends_the_waiting(harness: EndpointHarness) -> None:
    request = waiting(harness, "open/ticks/1")
    await await_until(lambda: harness.ticks.waiting == 1)
    harness.hub.disconnect_viewers("timeline", 4404, "no such show")
    answer = await asyncio.wait_for(request, 5)
    assert (answer.status_code, answer.headers["cache-control"]) == (404, OURS)


async def test_cacheable_response_is_the_same_for_a_banned_network(
    harness: EndpointHarness,
) -> None:
    """A cache asks for all: the network it asks from, or asks for, must not decide for others."""
    harness.log.cut()
    harness.authorizer.banned_networks.add("127.0.0.1")
    assert (await harness.get("open/ticks/1")).status_code == 200
    assert (await harness.get("open/ticks/1", BANNED)).status_code == 403  # known by their token


async def test_redacted_text_is_absent_from_ticks(harness: EndpointHarness) -> None:
    harness.say("rude")
    assert texts((await harness.get("open/ticks/1")).json()) == ["rude"]
    harness.redact(1)
    await await_until(lambda: harness.log.reads > 1)
    assert texts((await harness.get("open/ticks/1")).json()) == [""]


async def test_backstage_is_another_timeline_for_staff_alone(harness: EndpointHarness) -> None:
    harness.log.add("between us", to=BACKSTAGE)
    harness.log.cut(BACKSTAGE)
    for path in ("", "/ticks/1", f"/ranges/{EPOCH}/0"):
        for token in (None, GUEST):
            assert (await harness.get(f"open/backstage{path}", token)).status_code == 404
        answer = await harness.get(f"open/backstage{path}", STAFF)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, OURS)
    answer = await harness.get("open/backstage/ticks/1", STAFF)
    assert texts(answer.json()) == ["between us"]
    assert (await harness.get("draft/backstage", STAFF)).status_code == 404


async def test_a_complete_range_may_be_kept_until_it_is_purged(harness: EndpointHarness) -> None:
    harness.log.add(*map(str, range(1, 1001)))
    for number, first in ((0, 1), (1, 501)):
        answer = await harness.get(f"open/ranges/{EPOCH}/{number}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=0, s-maxage=31536000"
        body = answer.json()
        assert [entry["seq"] for entry in body.pop("entries")] == [*range(first, first + 500)]
        assert body == {
            "type": "range", "epoch": EPOCH, "range": number,
            "from": first, "to": first + 499, "complete": True,
        }  # fmt: skip


async def test_one_that_is_not_complete_is_kept_by_nobody(harness: EndpointHarness) -> None:
    harness.log.add(*map(str, range(1, 502)))
    answer = await harness.get(f"open/ranges/{EPOCH}/1")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (answer.json()["from"], answer.json()["to"]) == (501, 501)
    assert answer.json()["complete"] is False
    for path in (f"ranges/{EPOCH}/2", "ranges/another/0"):
        answer = await harness.get(f"open/{path}")
        assert (answer.status_code, answer.headers["cache-control"]) == (404, NOT_YET)


async def test_the_next_range_is_there_before_its_first_entry(harness: EndpointHarness) -> None:
    answer = await harness.get(f"open/ranges/{EPOCH}/0")
    assert answer.json()["entries"] == []
    assert (answer.json()["from"], answer.json()["to"]) == (1, 0)


@pytest.mark.parametrize("weak", ["", "W/"])
async def test_client_with_the_bytes_gets_304(harness: EndpointHarness, weak: str) -> None:
    harness.log.add(*map(str, range(500)))
    path = f"open/ranges/{EPOCH}/0"
    tag = (await harness.get(path)).headers["etag"]
    again = await harness.get(path, if_none_match=f'"other", {weak}{tag}')
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert again.headers["cache-control"] == "public, max-age=0, s-maxage=31536000"
    harness.redact(3)
    await asyncio.sleep(0)
    fresh = await harness.get(path, if_none_match=tag)
    assert fresh.status_code == 200
    assert fresh.headers["etag"] != tag
    assert texts(fresh.json())[2] == ""


@pytest.mark.parametrize("entries", [500, 499])
async def test_a_crowd_costs_one_reading(harness: EndpointHarness, entries: int) -> None:
    harness.log.add(*map(str, range(entries)))
    path = f"open/ranges/{EPOCH}/0"
    answers = await asyncio.gather(*(harness.get(path) for _ in range(30)))
    assert len({answer.content for answer in answers}) == 1
    assert harness.log.reads == 1
    harness.log.add("another")
    assert (await harness.get(path)).json()["to"] == min(entries + 1, 500)


async def test_head_is_get_without_the_body(harness: EndpointHarness) -> None:
    harness.log.add("one")
    harness.log.cut()
    for path in ("open", "open/ticks/1", f"open/ranges/{EPOCH}/0", "open/snapshot"):
        got, head = await harness.get(path), await harness.ask("HEAD", path)
        assert head.content == b""
        assert dict(head.headers) == dict(got.headers), path


async def test_a_show_that_is_not_public_is_staffs_and_nobody_learns_of_it(
    harness: EndpointHarness,
) -> None:
    harness.log.add("one")
    harness.log.cut()
    for path in ("", "/snapshot", "/ticks/1", f"/ranges/{EPOCH}/0", "/private"):
        for slug, token in (("draft", None), ("draft", GUEST), ("none", None), ("none", GUEST)):
            if path == "/private" and token is None:
                continue
            answer = await harness.get(slug + path, token)
            assert (answer.status_code, answer.headers["cache-control"]) == (404, OURS), path
            assert answer.json() == (await harness.get("none")).json()
        answer = await harness.get(f"draft{path}", STAFF)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, OURS), path


async def test_a_show_for_some_is_thinned_as_one_for_everyone_is_and_in_no_cache(
    harness: EndpointHarness,
) -> None:
    harness.hub._thin = lambda entries: entries[:1]
    harness.log.add("one", "two")
    harness.log.cut()
    for slug, token, said, cache in (
        ("open", GUEST, ["one"], TICK), ("open", STAFF, ["one"], TICK),
        ("some", GUEST, ["one"], OURS), ("some", STAFF, ["one", "two"], OURS),
    ):  # fmt: skip
        answer = await harness.get(f"{slug}/ticks/1", token)
        found = texts(answer.json()), answer.headers["cache-control"]
        assert found == (said, cache), (slug, token)
    refused = await harness.get("some/ticks/1")
    assert (refused.status_code, refused.json()["code"]) == (403, "no-right")
    assert refused.headers["cache-control"] == OURS


async def test_position_of_a_timeline(harness: EndpointHarness) -> None:
    harness.log.add("one", "two")
    harness.log.cut()
    answer = await harness.get("open")
    body = json.loads(answer.text)
    assert body.pop("now").endswith("Z")
    assert body == {"seq": 2, "epoch": EPOCH, "tick": 1}
    assert (answer.headers["cache-control"], answer.headers["vary"]) == (NOT_YET, "Accept")
    assert (await harness.get("lost")).status_code == 404
    harness.say("three")  # the timeline is followed from then on
    await await_until(lambda: len(harness.log.cuts["timeline"]) == 2)
