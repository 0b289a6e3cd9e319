"""The timeline protocol from outside, as docs/reference/timeline-protocol.md describes it."""

import itertools
import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

WITHIN_S = 15.0  # for anything that happens at once, on a slow machine
EMPTY_WITHIN_S = 40.0  # for a tick in which nothing happens
RANGE = 500
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PROBLEM = "application/problem+json"
type Frame = dict[str, Any]


class Timeline:
    """A timeline's address and those who may act there."""

    def __init__(
        self, http: httpx.Client, url: str, tokens: list[str], command: tuple[str, str]
    ) -> None:
        self.http = http
        self.url = url
        self.ws_url = "ws" + url.removeprefix("http")
        self._tokens = itertools.cycle(tokens) if tokens else None
        self._name, self._body = command

    def get(self, path: str = "", token: str = "", **headers: str) -> httpx.Response:
        """`path` begins with a slash; underscores in names of headers are dashes."""
        return self.ask("GET", path, token, **headers)

    def ask(self, method: str, path: str, token: str = "", **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["authorization"] = f"Bearer {token}"
        return self.http.request(method, self.url + path, headers=sent)

    def position(self) -> Frame:
        position: Frame = self.get().raise_for_status().json()
        return position

    def frame(self, number: int) -> Frame:
        frame: Frame = self.get(f"/ticks/{number}").raise_for_status().json()
        return frame

    @property
    def token(self) -> str:
        if self._tokens is None:
            pytest.skip("no --viewer-token")
        return next(self._tokens)

    def command(self, text: str = "", identity: str = "") -> Frame:
        """One that causes an entry, as the body of a request."""
        body = json.loads(self._body.replace("{text}", text or some_text()))
        return {"id": identity or uuid.uuid4().hex, "name": self._name, "body": body}

    def send(self, body: Any, token: str = "") -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = self.http.post(f"{self.url}/commands", json=body, headers=headers)
        if answer.status_code == 501:
            pytest.skip("this server takes no commands")
        return answer

    def cause(self, text: str = "") -> Frame:
        """Have an entry written, waiting as long as the server says; the acknowledgement."""
        deadline = time.monotonic() + EMPTY_WITHIN_S
        while True:
            answer = self.send(self.command(text), self.token)
            if answer.status_code not in {429, 503}:
                acknowledged: Frame = answer.raise_for_status().json()
                return acknowledged
            assert time.monotonic() < deadline, answer.text
            pause_s = float(answer.json()["retry_after_s"])
            time.sleep(min(pause_s, WITHIN_S))

    @contextmanager
    def follow(self, hello: Frame | None = None, path: str = "") -> Iterator["Socket"]:
        """A WebSocket that has said hello."""
        with connect(self.ws_url + path, compression=None, max_size=None) as connection:
            socket = Socket(connection)
            if hello is not None:
                socket.say({"type": "hello", **hello})
            yield socket

    @contextmanager
    def stream(self, path: str = "", **headers: str) -> Iterator["Events"]:
        """A stream of server-sent events."""
        sent = {"accept": "text/event-stream"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        with self.http.stream("GET", self.url + path, headers=sent) as answer:
            yield Events(answer)


class Socket:
    """A WebSocket client of the protocol."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def say(self, frame: Any) -> None:
        self.connection.send(json.dumps(frame))

    def text(self, kind: str = "", where: Callable[[Frame], bool] = lambda frame: True) -> str:
        """The text of the next frame, or of the next one of this type."""
        deadline = time.monotonic() + WITHIN_S
        while True:
            text = self.connection.recv(timeout=max(0.0, deadline - time.monotonic()))
            assert isinstance(text, str), "frames are text"
            frame = json.loads(text)
            if kind in {"", frame["type"]} and where(frame):
                return text

    def next(self, kind: str = "", where: Callable[[Frame], bool] = lambda frame: True) -> Frame:
        frame: Frame = json.loads(self.text(kind, where))
        return frame

    def answer(self, identity: str) -> Frame:
        """The acknowledgement of a command, or its problem."""
        return self.next(where=lambda f: f["type"] in {"ack", "problem"} and f["id"] == identity)

    def entries(self, after: int, upto: int) -> list[Frame]:
        """All entries behind `after`, `upto` among them; fails on a gap."""
        entries: list[Frame] = []
        while after < upto:
            frame = self.next("entries")
            check_frame(frame, after)
            entries += frame["entries"]
            after = frame["to"]
        return entries

    def close_code(self) -> int | None:
        """What the server ends the connection with."""
        try:
            while True:
                self.connection.recv(timeout=WITHIN_S)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else None


class Events:
    """Server-sent events as a browser reads them."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.last_id = ""
        self.retry_ms: list[int] = []
        self._lines = answer.iter_lines()

    def text(self, kind: str = "") -> str:
        data: list[str] = []
        for line in self._lines:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if not line and data:
                text, data = "\n".join(data), []
                if kind in {"", json.loads(text)["type"]}:
                    return text
            elif name == "data":
                data.append(value)
            elif name == "id":
                self.last_id = value
            elif name == "retry":
                self.retry_ms.append(int(value))
        raise AssertionError("the stream has ended")

    def next(self, kind: str = "") -> Frame:
        frame: Frame = json.loads(self.text(kind))
        return frame


def some_text() -> str:
    return "conformance " + uuid.uuid4().hex[:12]


def check_frame(frame: Frame, after: int | None = None) -> None:
    """A frame of entries: what it must have, and that nothing is missing behind `after`."""
    assert frame["type"] == "entries"
    assert frame["tick"] >= 1
    if after is not None:
        assert frame["from"] == after + 1, "a gap, or something twice"
    seqs = [entry["seq"] for entry in frame["entries"]]
    assert seqs == sorted(set(seqs))
    assert all(frame["from"] <= seq <= frame["to"] for seq in seqs)
    for entry in frame["entries"]:
        assert set(entry) <= {"seq", "at", "kind", "body", "picture_at"}, "nothing private"
        assert {"seq", "at", "kind", "body"} <= set(entry)
        assert ISO.fullmatch(entry["at"])
        assert isinstance(entry["kind"], str)
        assert isinstance(entry["body"], dict)
    times = [entry["at"] for entry in frame["entries"]]
    assert times == sorted(times), "a clock that was set back must reorder nothing"


def check_problem(answer: httpx.Response, status: int, field: str | None = None) -> Frame:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith(PROBLEM)
    problem: Frame = answer.json()
    assert problem["status"] == status
    assert isinstance(problem["code"], str)
    assert isinstance(problem["detail"], str)
    if field is not None:
        assert problem["field"] == field
    return problem


def caching(answer: httpx.Response) -> dict[str, str]:
    parts = answer.headers["cache-control"].lower().split(",")
    return {name.strip(): value for name, _, value in (part.partition("=") for part in parts)}


@pytest.fixture(scope="module")
def timeline(
    timeline_url: str, viewer_tokens: list[str], command: tuple[str, str]
) -> Iterator[Timeline]:
    with httpx.Client(timeout=EMPTY_WITHIN_S) as http:
        yield Timeline(http, timeline_url, viewer_tokens, command)


@pytest.fixture(scope="module")
def written(timeline: Timeline) -> int:
    """The last of some entries that are there for sure, and in ticks."""
    seq = max(timeline.cause()["seq"] for _ in range(4))
    deadline = time.monotonic() + WITHIN_S
    while (position := timeline.position())["seq"] < seq:
        assert time.monotonic() < deadline
        timeline.get(f"/ticks/{position['tick'] + 1}")
    return int(seq)


# --- where it stands -----------------------------------------------------------------------------


def test_a_position_is_a_seq_an_epoch_a_tick_and_the_time(timeline: Timeline) -> None:
    answer = timeline.get()
    position = answer.json()
    assert {"seq", "epoch", "tick", "now"} <= set(position)
    assert isinstance(position["seq"], int)
    assert isinstance(position["tick"], int)
    assert position["epoch"]
    assert ISO.fullmatch(position["now"])
    assert "set-cookie" not in answer.headers
    assert int(caching(answer).get("max-age", 0)) <= 1


def test_pages_of_anyone_may_read_what_is_public(timeline: Timeline) -> None:
    for path in ("", "/ticks/1", "/snapshot"):
        answer = timeline.get(path, origin="https://elsewhere.example")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


def test_a_snapshot_says_as_of_which_entry_it_is(timeline: Timeline, written: int) -> None:
    answer = timeline.get("/snapshot")
    if answer.status_code == 501:
        pytest.skip("this server makes no snapshots")
    snapshot = answer.json()
    deadline = time.monotonic() + WITHIN_S
    while snapshot["timeline"]["seq"] < written:  # it may be a second old
        assert time.monotonic() < deadline
        snapshot = timeline.get("/snapshot").json()
    assert snapshot["timeline"]["epoch"] == timeline.position()["epoch"]
    assert int(caching(answer)["max-age"]) <= 1


# --- ticks ---------------------------------------------------------------------------------------


def test_ticks_follow_each_other_without_a_gap(timeline: Timeline, written: int) -> None:
    position = timeline.position()
    numbers = range(max(1, position["tick"] - 40), position["tick"] + 1)
    after = timeline.frame(numbers[0])["from"] - 1
    if numbers[0] == 1:
        assert after == 0
    last_at = ""
    for number in numbers:
        frame = timeline.frame(number)
        assert frame["tick"] == number
        check_frame(frame, after)
        for entry in frame["entries"]:
            assert entry["at"] >= last_at
            last_at = entry["at"]
        after = frame["to"]
    assert after >= written


def test_a_tick_is_the_same_bytes_for_everyone_and_may_be_kept(
    timeline: Timeline, written: int
) -> None:
    number = timeline.position()["tick"]
    first, again = (
        timeline.get(f"/ticks/{number}"),
        timeline.get(f"/ticks/{number}", timeline.token),
    )
    assert first.content == again.content
    kept = caching(first)
    assert "public" in kept
    assert 0 < int(kept["max-age"]) <= 60  # so that what is taken back is gone after a minute
    assert "immutable" not in kept


def test_the_next_tick_is_waited_for(timeline: Timeline, written: int) -> None:
    position = timeline.position()
    with ThreadPoolExecutor(5) as threads:
        path = f"/ticks/{position['tick'] + 1}"
        waiting = [threads.submit(timeline.get, path) for _ in range(5)]
        seq = timeline.cause()["seq"]
        answers = [request.result() for request in waiting]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    check_frame(answers[0].json(), position["seq"])
    assert answers[0].json()["to"] <= seq  # not behind what it waited for


def test_a_wait_ends_in_an_answer_that_may_be_kept(timeline: Timeline) -> None:
    """Also where nothing happens, so that caches never hold an answer that says nothing."""
    position = timeline.position()
    answer = timeline.get(f"/ticks/{position['tick'] + 1}")
    assert answer.status_code == 200
    assert int(caching(answer)["max-age"]) > 0
    frame = answer.json()
    check_frame(frame, position["seq"])
    if not frame["entries"]:
        assert frame["to"] == frame["from"] - 1


def test_ticks_that_nobody_has_closed_are_not_there(timeline: Timeline) -> None:
    for number in (0, timeline.position()["tick"] + 1000):
        answer = timeline.get(f"/ticks/{number}")
        check_problem(answer, 404)
        assert int(caching(answer).get("max-age", 0)) <= 1


# --- ranges --------------------------------------------------------------------------------------


def ranges(timeline: Timeline) -> tuple[str, int]:
    """The address of ranges, and how many are complete."""
    position = timeline.position()
    return f"/ranges/{position['epoch']}", position["seq"] // RANGE


def test_ranges_are_aligned_and_hold_every_entry(timeline: Timeline, written: int) -> None:
    top, complete = ranges(timeline)
    for number in range(max(0, complete - 2), complete + 1):
        answer = timeline.get(f"{top}/{number}").raise_for_status()
        body = answer.json()
        seqs = [entry["seq"] for entry in body["entries"]]
        assert seqs == list(range(number * RANGE + 1, body["to"] + 1))
        assert body["from"] == number * RANGE + 1
        assert body["complete"] == (body["to"] == (number + 1) * RANGE)
        assert ("no-store" in caching(answer)) == (not body["complete"])


def test_an_entry_is_the_same_in_its_range_and_in_its_tick(
    timeline: Timeline, written: int
) -> None:
    frame = timeline.frame(timeline.position()["tick"])
    while not frame["entries"]:
        frame = timeline.frame(frame["tick"] - 1)
    entry = frame["entries"][-1]
    top, _ = ranges(timeline)
    whole = timeline.get(f"{top}/{(entry['seq'] - 1) // RANGE}").json()
    assert entry in whole["entries"]


def test_a_complete_range_is_kept_by_shared_caches_and_has_a_tag(timeline: Timeline) -> None:
    top, complete = ranges(timeline)
    if not complete:
        pytest.skip(f"no range is complete: that takes {RANGE} entries")
    answer = timeline.get(f"{top}/0")
    kept = caching(answer)
    assert "public" in kept
    assert int(kept["max-age"]) == 0  # browsers ask again: no purge reaches them
    assert int(kept["s-maxage"]) > 0
    known = timeline.get(f"{top}/0", if_none_match=answer.headers["etag"])
    assert (known.status_code, known.content) == (304, b"")


def test_ranges_that_have_not_begun_or_of_another_history(timeline: Timeline) -> None:
    top, complete = ranges(timeline)
    check_problem(timeline.get(f"{top}/{complete + 5}"), 404)
    check_problem(timeline.get("/ranges/another/0"), 404)


# --- requests ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [("/ticks/x", 404), ("/ticks/-1", 404), ("/ticks/01", 404), ("/nothing", 404),
     ("/private?after=x", 400), ("/ranges/0", 404)],
)  # fmt: skip
def test_odd_addresses_are_problems(timeline: Timeline, path: str, status: int) -> None:
    problem = check_problem(timeline.get(path), status)
    if status == 400:
        assert problem["field"] == "after"


def test_head_is_get_without_a_body(timeline: Timeline, written: int) -> None:
    answer = timeline.ask("HEAD", f"/ticks/{timeline.position()['tick']}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_other_methods_are_refused(timeline: Timeline) -> None:
    answer = timeline.ask("DELETE", "/ticks/1")
    check_problem(answer, 405)
    assert "GET" in answer.headers["allow"]


def test_the_own_stream_needs_a_token_and_is_kept_by_nobody(timeline: Timeline) -> None:
    check_problem(timeline.get("/private"), 401)
    answer = timeline.get("/private", timeline.token)
    if answer.status_code == 501:
        pytest.skip("this server has no streams of one's own")
    body = answer.json()
    assert {"type", "from", "to", "more", "entries"} <= set(body)
    assert {"private", "no-store"} <= set(caching(answer))
    assert "access-control-allow-origin" not in answer.headers


# --- who may -------------------------------------------------------------------------------------


def test_a_show_that_is_not_public_is_there_for_staff_alone(
    timeline: Timeline, hidden_url: str, staff_token: str
) -> None:
    hidden = Timeline(timeline.http, hidden_url, [staff_token], ("", "{}"))
    for path in ("", "/snapshot", "/ticks/1", "/ranges/x/0", "/private"):
        for token in ("", timeline.token):
            answer = hidden.get(path, token)
            assert answer.status_code in ({401, 404} if path == "/private" else {404}), path
            assert "public" not in caching(answer)
    with hidden.stream() as events:
        assert events.answer.status_code == 404
    with hidden.follow({"token": timeline.token}) as socket:
        assert socket.close_code() == 4404
    answer = hidden.get("", staff_token)
    assert answer.status_code == 200
    assert {"private", "no-store"} <= set(caching(answer))
    with hidden.follow({"token": staff_token, "after": 0}) as socket:
        socket.next("welcome")


def test_backstage_is_there_for_staff_alone(timeline: Timeline, staff_token: str) -> None:
    for token in ("", timeline.token):
        assert timeline.get("/backstage", token).status_code == 404
    with timeline.follow({"token": timeline.token}, "/backstage") as socket:
        assert socket.close_code() == 4404
    answer = timeline.get("/backstage", staff_token)
    if answer.status_code == 404:
        pytest.skip("this show has no backstage")
    assert {"private", "no-store"} <= set(caching(answer))
    with timeline.follow({"token": staff_token, "after": 0}, "/backstage") as socket:
        assert socket.next("welcome")["epoch"] == answer.json()["epoch"]


def test_a_token_that_is_none_is_refused(timeline: Timeline) -> None:
    answer = timeline.get("", "nonsense")
    check_problem(answer, 401)
    assert "www-authenticate" in answer.headers
    with timeline.follow({"token": "nonsense"}) as socket:
        assert socket.close_code() == 4401


def test_a_show_that_there_is_not(timeline: Timeline) -> None:
    other = Timeline(timeline.http, timeline.url + "-that-there-is-not", [], ("", "{}"))
    check_problem(other.get(), 404)
    with other.follow({}) as socket:
        assert socket.close_code() == 4404


# --- server-sent events --------------------------------------------------------------------------


def test_a_stream_begins_with_a_welcome_and_what_is_missing(
    timeline: Timeline, written: int
) -> None:
    with timeline.stream(f"?after={written - 2}") as events:
        assert events.answer.headers["content-type"].startswith("text/event-stream")
        assert "no-store" in caching(events.answer)
        welcome = events.next()
        assert (welcome["type"], welcome["epoch"]) == ("welcome", timeline.position()["epoch"])
        check_frame(events.next("entries"), written - 2)
        assert events.last_id.rpartition(":")[0] == welcome["epoch"]
        assert events.retry_ms[0] > 0
        assert events.next("count")["count"] >= 1


def test_a_stream_is_resumed_by_its_last_id(timeline: Timeline, written: int) -> None:
    epoch = timeline.position()["epoch"]
    for after in range(written - 3, written):
        with timeline.stream(last_event_id=f"{epoch}:{after}") as events:
            check_frame(events.next("entries"), after)


@pytest.mark.parametrize("case", ["future", "epoch"])
def test_a_position_that_means_nothing_begins_anew_on_a_stream(
    timeline: Timeline, written: int, case: str
) -> None:
    epoch = timeline.position()["epoch"]
    last = f"{epoch}:{written + 100_000}" if case == "future" else f"another:{written}"
    with timeline.stream(last_event_id=last) as events:
        assert events.next("snapshot")["snapshot"]["timeline"]["epoch"] == epoch


def test_the_own_stream_comes_along_where_it_is_asked_for(timeline: Timeline) -> None:
    token = timeline.token
    own = timeline.get("/private?after=0", token).json().get("entries")
    with timeline.stream("?private=0", authorization=f"Bearer {token}") as events:
        assert {"private", "no-store"} <= set(caching(events.answer))
        assert "access-control-allow-origin" not in events.answer.headers
        if own:
            told = events.next("private")["entries"]
            assert told == own[: len(told)]
    check_problem(timeline.get("?private=x", accept="text/event-stream"), 400, "private")


# --- WebSocket -----------------------------------------------------------------------------------


def test_a_hello_is_welcomed(timeline: Timeline) -> None:
    with timeline.follow({}) as socket:
        welcome = socket.next()
    assert {"type", "seq", "epoch", "tick", "now", "retry_ms"} <= set(welcome)
    assert welcome["type"] == "welcome"
    assert ISO.fullmatch(welcome["now"])


def test_it_is_resumed_from_any_position(timeline: Timeline, written: int) -> None:
    epoch = timeline.position()["epoch"]
    first = max(0, written - 20)
    for after in {0, first, *range(written - 4, written)}:
        with timeline.follow({"after": after, "epoch": epoch}) as socket:
            upto = min(written, after + 20)
            frame = socket.next(where=lambda f: f["type"] in {"entries", "snapshot"})
            if frame["type"] == "snapshot":
                assert after == 0, "only what is far back is not resumed"
                continue
            check_frame(frame, after)
            assert frame["to"] >= min(upto, after + 1)


def test_the_position_may_stand_in_the_address(timeline: Timeline, written: int) -> None:
    with timeline.follow({}, f"?after={written - 1}") as socket:
        check_frame(socket.next("entries"), written - 1)
    with timeline.follow({"after": written - 2}, f"?after={written - 1}") as socket:
        check_frame(socket.next("entries"), written - 2)


@pytest.mark.parametrize("case", ["future", "epoch", "none"])
def test_a_position_that_means_nothing_begins_anew(
    timeline: Timeline, written: int, case: str
) -> None:
    epoch = timeline.position()["epoch"]
    hello: Frame = {"after": written, "epoch": "another"}
    if case == "future":
        hello = {"after": written + 100_000, "epoch": epoch}
    with timeline.follow(hello if case != "none" else {}) as socket:
        snapshot = socket.next("snapshot")["snapshot"]
        assert snapshot["timeline"]["epoch"] == epoch
        seq = timeline.cause()["seq"]
        socket.entries(snapshot["timeline"]["seq"], seq)


def test_entries_arrive_in_order_without_gaps(timeline: Timeline, written: int) -> None:
    with timeline.follow({"after": written}) as one, timeline.follow({"after": written}) as two:
        texts = [some_text() for _ in range(4)]
        seqs = [timeline.cause(text)["seq"] for text in texts]
        assert seqs == sorted(set(seqs))
        seen = one.entries(written, seqs[-1])
        assert two.entries(written, seqs[-1]) == seen
    by_seq = {entry["seq"]: json.dumps(entry["body"]) for entry in seen}
    assert [text in by_seq[seq] for seq, text in zip(seqs, texts, strict=True)] == [True] * 4


def test_three_doors_say_the_same_bytes(timeline: Timeline, written: int) -> None:
    with (
        timeline.follow({"after": written}) as socket,
        timeline.stream(f"?after={written}") as events,
    ):
        socket.next("welcome")
        events.next("welcome")
        seq = timeline.cause()["seq"]
        frame: Frame = {"to": 0}
        while frame["to"] < seq:
            text = socket.text("entries")
            assert text == events.text("entries")
            frame = json.loads(text)
            if frame["from"] == timeline.frame(frame["tick"])["from"]:  # else it began in a tick
                assert text == timeline.get(f"/ticks/{frame['tick']}").text


def test_a_ping_is_answered(timeline: Timeline) -> None:
    with timeline.follow({}) as socket:
        socket.next("welcome")
        socket.say({"type": "ping"})
        assert ISO.fullmatch(socket.next("pong")["now"])
        assert socket.connection.ping().wait(WITHIN_S), "and RFC 6455's own"


def test_a_message_in_pieces_is_a_message(timeline: Timeline) -> None:
    with timeline.follow() as socket:
        socket.connection.send(['{"type":', '"hello"', "}"])
        socket.next("welcome")


@pytest.mark.parametrize(
    "sent",
    ["no json", "[]", "{}", '{"type":"hello","after":-1}',
     '{"type":"hello","after":"1"}', '{"type":"hello","after":1.5}', '{"type":"hello","token":1}',
     b'{"type":"hello"}'],
)  # fmt: skip
def test_a_first_frame_that_is_no_hello_ends_it(timeline: Timeline, sent: str | bytes) -> None:
    with timeline.follow() as socket:
        socket.connection.send(sent)
        assert socket.close_code() == 4400


def test_a_frame_that_there_is_not_ends_it(timeline: Timeline) -> None:
    with timeline.follow({}) as socket:
        socket.next("welcome")
        socket.say({"type": "subscribe", "to": "everything"})
        assert socket.close_code() == 4400


def test_a_frame_that_is_too_big_ends_it(timeline: Timeline) -> None:
    with timeline.follow({}) as socket:
        socket.next("welcome")
        socket.connection.send("x" * 1_000_000)
        assert socket.close_code() in {1009, None}  # None: it was cut while we were still sending


def test_too_many_frames_end_it(timeline: Timeline) -> None:
    with timeline.follow({}) as socket:
        socket.next("welcome")
        try:
            for _ in range(2000):
                socket.say({"type": "ping"})
        except ConnectionClosed:
            pass
        assert socket.close_code() in {4429, None}


def test_pages_of_others_open_no_socket(timeline: Timeline) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(timeline.ws_url, origin=Origin("https://elsewhere.example")),
    ):
        pass
    assert refused.value.response.status_code == 403


# --- commands ------------------------------------------------------------------------------------


def test_a_command_over_the_socket_is_acknowledged_and_seen(
    timeline: Timeline, written: int
) -> None:
    with timeline.follow({"after": written, "token": timeline.token}) as socket:
        socket.next("welcome")
        text = some_text()
        command = timeline.command(text)
        socket.say({"type": "command", **command})
        frames, answer = [], None
        while answer is None or not any(f["to"] >= answer["seq"] for f in frames):
            frame = socket.next()
            if frame["type"] == "entries":
                frames.append(frame)
            elif frame["type"] in {"ack", "problem"}:
                answer = frame
                assert answer["id"] == command["id"]
                if answer["type"] == "problem" and answer["status"] == 429:
                    pytest.skip("this person has been slowed down")
                assert answer["type"] == "ack", answer
        [entry] = [entry for f in frames for entry in f["entries"] if entry["seq"] == answer["seq"]]
        assert text in json.dumps(entry["body"])


def test_the_same_command_twice_is_done_once(timeline: Timeline) -> None:
    token, command = timeline.token, timeline.command()
    first = timeline.send(command, token)
    while first.status_code == 429:
        time.sleep(min(float(first.json()["retry_after_s"]), WITHIN_S))
        first = timeline.send(command, token)
    again = timeline.send(command, token)
    assert first.status_code == again.status_code == 200
    assert first.json()["id"] == command["id"]
    assert first.json()["seq"] == again.json()["seq"]
    with timeline.follow({"token": token}) as socket:  # and by whichever door
        socket.next("welcome")
        socket.say({"type": "command", **command})
        assert socket.answer(command["id"])["seq"] == first.json()["seq"]


def test_two_who_send_the_same_at_once_are_answered_alike(timeline: Timeline) -> None:
    token, command = timeline.token, timeline.command()
    barrier = threading.Barrier(4)

    def send() -> httpx.Response:
        with httpx.Client(timeout=WITHIN_S) as client:
            barrier.wait()
            return client.post(
                f"{timeline.url}/commands", json=command,
                headers={"authorization": f"Bearer {token}"},
            )  # fmt: skip

    with ThreadPoolExecutor(4) as threads:
        answers = [request.result() for request in [threads.submit(send) for _ in range(4)]]
    done = {answer.json()["seq"] for answer in answers if answer.status_code == 200}
    assert len(done) <= 1


def test_a_command_that_there_is_not_is_a_problem_with_its_id(timeline: Timeline) -> None:
    token, identity = timeline.token, uuid.uuid4().hex
    answer = timeline.send({"id": identity, "name": "nothing.like.it", "body": {}}, token)
    problem = check_problem(answer, answer.status_code, "name")
    assert 400 <= answer.status_code < 500
    assert problem["id"] == identity
    with timeline.follow({"token": token}) as socket:
        socket.next("welcome")
        socket.say({"type": "command", "id": identity, "name": "nothing.like.it", "body": {}})
        said = socket.answer(identity)
    assert (said["type"], said["status"], said["code"]) == (
        "problem", problem["status"], problem["code"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [({"id": ""}, "id"), ({"id": None}, "id"), ({"id": "x" * 100}, "id"), ({"name": 1}, "name"),
     ({"name": "A B"}, "name"), ({"body": []}, "body")],
)  # fmt: skip
def test_malformed_command_names_the_field(timeline: Timeline, change: Frame, field: str) -> None:
    answer = timeline.send({**timeline.command(), **change}, timeline.token)
    check_problem(answer, 400, field)


def test_a_command_needs_a_token(timeline: Timeline) -> None:
    answer = timeline.send(timeline.command())
    check_problem(answer, 401)
    assert "www-authenticate" in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    with timeline.follow({}) as socket:
        socket.next("welcome")
        socket.say({"type": "command", **timeline.command(identity="nameless")})
        problem = socket.answer("nameless")
        assert (problem["type"], problem["status"]) == ("problem", 401)


def test_commands_are_slowed_down_and_each_is_answered(timeline: Timeline) -> None:
    """Thirty at once: some are refused, none is swallowed."""
    with timeline.follow({"token": timeline.token}) as socket:
        socket.next("welcome")
        for number in range(30):
            socket.say({"type": "command", "id": f"c{number}", "name": "nothing.like.it"})
        answers: dict[str, Frame] = {}
        while len(answers) < 30:
            frame = socket.next(where=lambda f: f["type"] in {"ack", "problem"})
            answers[frame["id"]] = frame
        slowed = [frame for frame in answers.values() if frame["status"] == 429]
        assert slowed
        assert all(frame["retry_after_s"] > 0 for frame in slowed)
        socket.say({"type": "ping"})
        socket.next("pong")


def test_a_fresh_token_that_is_none_is_a_problem_and_no_end(timeline: Timeline) -> None:
    with timeline.follow({"token": timeline.token}) as socket:
        socket.next("welcome")
        socket.say({"type": "token", "token": "nonsense"})
        problem = socket.next("problem")
        assert (problem["id"], problem["status"]) == ("", 401)
        socket.say({"type": "ping"})
        socket.next("pong")


def test_someone_else_s_token_is_not_taken_for_a_fresh_one(
    timeline: Timeline, viewer_tokens: list[str]
) -> None:
    if len(set(viewer_tokens)) < 2:
        pytest.skip("no second --viewer-token")
    mine, theirs = viewer_tokens[:2]
    with timeline.follow({"token": mine}) as socket:
        socket.next("welcome")
        socket.say({"type": "token", "token": theirs})
        assert socket.next("problem")["status"] == 401
