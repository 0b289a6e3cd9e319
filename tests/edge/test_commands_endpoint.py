"""Commands by POST: outcomes, problems, pace; and whatever else is asked below `/timeline/`."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from showfloor.edge.commands.endpoint import BODY_BYTES_MAX
from showfloor.edge.commands.rate_limit import BURST
from showfloor.edge.ports import AdmissionDenied
from showfloor.kernel.allowance import Allowances
from showfloor.timeline.commands import Outcome
from showfloor.timeline.log import Entry
from tests.edge.endpoint_harness import (
    BANNED,
    EPOCH,
    GUEST,
    STAFF,
    STALE,
    EndpointHarness,
    endpoint_harness,
)

MESSAGE = {"id": "c1", "name": "message", "body": {"text": "Hello"}}
OURS = "private, no-store"


@pytest.fixture
async def harness() -> AsyncIterator[EndpointHarness]:
    async with endpoint_harness() as harness:
        yield harness


async def test_a_command_is_done_and_answered(harness: EndpointHarness) -> None:
    answer = await harness.command(MESSAGE, accept_language="de-AT,de;q=0.9")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, OURS)
    assert answer.json() == {"id": "c1", "seq": 7, "message_id": "m1"}
    [command] = harness.commands.done
    assert (command.id, command.name, command.body) == ("c1", "message", {"text": "Hello"})
    assert (command.show_id, command.language, command.claims.sub) == ("show", "de", f"g:{GUEST}")


async def test_command_over_http_has_the_frame_of_a_socket(harness: EndpointHarness) -> None:
    assert (await harness.command({"type": "command", **MESSAGE})).status_code == 200
    assert (await harness.command({"id": "2", "name": "ping"})).status_code == 200
    assert [dict(command.body) for command in harness.commands.done] == [{"text": "Hello"}, {}]


async def test_failed_command_is_a_problem_with_its_id(harness: EndpointHarness) -> None:
    said = {"status": 409, "code": "not-live", "detail": "The show is not live.", "field": "body"}
    harness.commands.outcome = Outcome(problem={**said, "retry_after_s": 2.4})
    answer = await harness.command(MESSAGE)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers["retry-after"], answer.headers["cache-control"]) == ("2", OURS)
    assert answer.json() == {
        "type": "/problems/not-live", "title": "Not live", **said, "retry_after_s": 2.4, "id": "c1",
    }  # fmt: skip


async def test_nobody_s_page_elsewhere_may_send_one(harness: EndpointHarness) -> None:
    answer = await harness.command(MESSAGE)
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    preflight = await harness.ask("OPTIONS", "open/commands", origin="https://elsewhere.test")
    assert preflight.status_code == 405
    assert not [name for name in preflight.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        (None, 401, "token-required"),
        (STALE, 401, "token-expired"),
        ("nonsense", 401, "bad-token"),
        (BANNED, 403, "banned"),
    ],
)
async def test_denied_person_gets_the_problem_of_the_denial(
    harness: EndpointHarness, token: str | None, status: int, code: str
) -> None:
    answer = await harness.command(MESSAGE, token)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert harness.commands.done == []


@pytest.mark.parametrize("slug", ["draft", "none"])
async def test_command_to_a_hidden_or_unknown_show_is_not_found(
    harness: EndpointHarness, slug: str
) -> None:
    assert (await harness.command(MESSAGE, slug=slug)).status_code == 404
    assert harness.commands.done == []


async def test_only_a_bearer_token_says_who_someone_is(harness: EndpointHarness) -> None:
    answer = await harness.ask(
        "POST", "open/commands", content=json.dumps(MESSAGE).encode(),
        content_type="application/json", cookie=f"sessionid={STAFF}", authorization="Basic YTpi",
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (401, "bad-token")


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        (b"", 400, None),
        (b"[]", 400, None),
        (b'"\xff"', 400, None),
        (b"{", 400, None),
        (b'{"id":"1","name":"a","body":{"n":NaN}}', 400, None),
        (b'{"id":"1","name":"a","body":{"n":"\\ud800"}}', 400, None),
        (b"[" * 5000, 400, None),
        (b'{"id":"' + b"x" * BODY_BYTES_MAX, 413, None),
        ({**MESSAGE, "more": 1}, 400, "more"),
        ({**MESSAGE, "type": "hello"}, 400, "type"),
        ({**MESSAGE, "id": ""}, 400, "id"),
        ({**MESSAGE, "id": "a b"}, 400, "id"),
        ({**MESSAGE, "id": "x" * 65}, 400, "id"),
        ({**MESSAGE, "id": 1}, 400, "id"),
        ({"name": "message"}, 400, "id"),
        ({**MESSAGE, "name": "Message"}, 400, "name"),
        ({**MESSAGE, "name": None}, 400, "name"),
        ({**MESSAGE, "body": []}, 400, "body"),
    ],
)
async def test_malformed_command_is_a_problem_that_names_the_field(
    harness: EndpointHarness, sent: Any, status: int, field: str | None
) -> None:
    answer = await harness.command(sent)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().get("field") == field
    assert harness.commands.done == []


async def test_it_is_json_and_says_so(harness: EndpointHarness) -> None:
    answer = await harness.command(MESSAGE, content_type="text/plain")
    assert (answer.status_code, answer.json()["field"]) == (415, "Content-Type")


async def test_one_person_at_a_time_is_slowed_down(harness: EndpointHarness) -> None:
    statuses = [(await harness.command(MESSAGE)).status_code for _ in range(BURST + 1)]
    assert statuses == [200] * BURST + [429]
    answer = await harness.command(MESSAGE)
    assert 0 < answer.json()["retry_after_s"] <= 0.2
    assert answer.headers["retry-after"] == "1"
    assert (await harness.command(MESSAGE, f"{GUEST}-ben")).status_code == 200


def test_an_allowance_fills_up_again_and_keys_are_forgotten() -> None:
    now = 0.0
    allowances = Allowances(2, 0.5, keys_max=2, clock=lambda: now)
    assert [allowances.take("a") for _ in range(3)] == [0, 0, 2]
    now = 2.0
    assert [allowances.take("a") for _ in range(2)] == [0, 2]
    allowances.take("b")
    allowances.take("c")  # one too many: what is known of `a` goes
    assert allowances.take("a") == 0


async def test_personal_stream_is_read_by_its_person_alone(harness: EndpointHarness) -> None:
    harness.personal.streams[f"g:{GUEST}"] = [
        Entry(seq, 1_000, "order", {"n": seq}) for seq in range(1, 251)
    ]
    first = await harness.get("open/private", GUEST)
    assert (first.status_code, first.headers["cache-control"]) == (200, OURS)
    assert "access-control-allow-origin" not in first.headers
    page = first.json()
    assert (page["type"], page["from"], page["to"], page["more"]) == ("private", 1, 200, True)
    page = (await harness.get("open/private?after=200", GUEST)).json()
    assert [entry["seq"] for entry in page["entries"]] == [*range(201, 251)]
    assert page["more"] is False
    other = (await harness.get("open/private?after=9", f"{GUEST}-ben")).json()
    assert (other["from"], other["to"], other["entries"]) == (10, 9, [])
    assert (await harness.get("open/private")).status_code == 401


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("open?after=x", 400, "after"),
        ("open?after=-1", 400, "after"),
        ("open?after=9007199254740992", 400, "after"),
        ("open?after=%F0%9D%9F%99", 400, "after"),
        ("open?after=1&after=2", 400, "after"),
        ("open?epoch=%00", 400, "epoch"),
        ("open?token=secret", 400, "token"),
        ("open/ticks/1?x=1", 400, "x"),
        (f"open/ranges/{EPOCH}/0?x", 400, "x"),
        ("open/snapshot?after=1", 400, "after"),
        ("open/private?after=1.5", 400, "after"),
        ("open?private=-1", 400, "private"),
        ("open/ticks/01", 404, None),
        ("open/ticks/-1", 404, None),
        ("open/ticks/1.5", 404, None),
        ("open/ticks/9999999999999999", 404, None),
        ("open/ticks/", 404, None),
        ("open/ranges/0", 404, None),
        ("open/snapshot/", 404, None),
        ("open/backstage/snapshot", 404, None),
        ("open/backstage/commands", 404, None),
        ("open//ticks/1", 404, None),
        ("", 404, None),
    ],
)
async def test_odd_addresses(
    harness: EndpointHarness, path: str, status: int, field: str | None
) -> None:
    answer = await harness.get(path, GUEST, accept="text/event-stream")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().get("field") == field


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "open", "GET, HEAD"),
        ("DELETE", "open/ticks/1", "GET, HEAD"),
        ("PURGE", "open/ticks/1", "GET, HEAD"),
        ("GET", "open/commands", "POST"),
        ("HEAD", "open/commands", "POST"),
    ],
)
async def test_other_methods(harness: EndpointHarness, method: str, path: str, allow: str) -> None:
    answer = await harness.ask(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


async def test_a_page_elsewhere_may_ask_what_it_may(harness: EndpointHarness) -> None:
    answer = await harness.ask("OPTIONS", "open/ticks/1", origin="https://elsewhere.test")
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD"
    assert "access-control-allow-credentials" not in answer.headers


async def test_log_that_does_not_answer_gives_a_plain_error(harness: EndpointHarness) -> None:
    harness.log.fails = True
    answer = await harness.get("open")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert (answer.headers["retry-after"], answer.headers["cache-control"]) == ("2", "no-store")


async def test_missing_port_is_answered_with_501(harness: EndpointHarness) -> None:
    harness.app._commands = None
    answer = await harness.command(MESSAGE)
    assert (answer.status_code, answer.json()["code"]) == (501, "not-offered")


async def test_unknown_close_code_of_the_authorizer_is_a_refusal(
    harness: EndpointHarness,
) -> None:
    harness.authorizer.turns_away = AdmissionDenied(4999, "for reasons")
    answer = await harness.get("open")
    assert (answer.status_code, answer.json()["detail"]) == (403, "for reasons")


PATHS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["open", "draft", "open/ticks/1", f"open/ranges/{EPOCH}/0", "open/private"]),
    st.builds("open/ticks/{}".format, st.integers(-5, 1 << 60)),
    st.builds("open/ranges/{}/{}".format, st.text(max_size=8), st.integers(-5, 1 << 60)),
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from([b"accept", b"authorization", b"last-event-id", b"if-none-match",
                         b"content-length", b"content-type", b"x-forwarded-for"]),
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from([b"text/event-stream", b"Bearer staff", b"epoch-1:1", b"epoch-1:-1",
                             b"application/json"]),
        ),
    ),
    max_size=4,
)  # fmt: skip


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PUT"]), path=PATHS,
    query=st.binary(max_size=40), headers=HEADERS, body=st.binary(max_size=60),
)  # fmt: skip
async def test_random_request_never_gets_a_500(
    method: str, path: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    sent: list[Any] = []
    asked = [
        {"type": "http.request", "body": body, "more_body": False}, {"type": "http.disconnect"},
    ]  # fmt: skip

    async def receive() -> Any:
        return asked.pop(0) if len(asked) > 1 else asked[0]

    async def send(message: Any) -> None:
        sent.append(message)

    async with endpoint_harness() as harness:
        harness.log.add("one")
        harness.log.cut()
        scope = {
            "type": "http", "method": method, "path": f"/timeline/{path}", "query_string": query,
            "headers": headers, "client": ("192.0.2.1", 1),
        }  # fmt: skip
        await harness.app(scope, receive, send)
    if not sent:  # who has left while waiting for the next tick
        return
    assert sent[0]["status"] in {200, 204, 304, 400, 401, 404, 405, 413, 415}
    names = [name for name, _ in sent[0]["headers"]]
    assert b"cache-control" in names
    assert all(b"\n" not in value and b"\r" not in value for _, value in sent[0]["headers"])
