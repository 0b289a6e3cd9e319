"""The page about the timeline protocol says what the code does."""

import json
import re

import pytest

from showfloor.edge import endpoints
from showfloor.edge.commands import endpoint as command_endpoint
from showfloor.edge.commands import rate_limit
from showfloor.edge.endpoints import PRIVATE_MAX
from showfloor.edge.fanout.limits import FeedLimits
from showfloor.edge.sse import streams
from showfloor.edge.ticks import endpoint as tick_endpoint
from showfloor.edge.ticks import ranges
from showfloor.edge.websocket import connection
from showfloor.edge.websocket_frames import CloseCode
from showfloor.timeline import log
from tests.repo.sources import ROOT

PAGE = (ROOT / "docs" / "reference" / "timeline-protocol.md").read_text("utf-8")
RFC_6455 = {CloseCode.NORMAL, CloseCode.PROTOCOL, CloseCode.NOT_UTF8}  # as the RFC describes them


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose first heading is this."""
    [table] = re.findall(rf"(?m)^\| {re.escape(heading)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_every_close_code_is_explained() -> None:
    assert {int(row[0]) for row in rows("Close code")} == set(CloseCode) - RFC_6455


def test_documented_cache_headers_are_the_answered_ones() -> None:
    said = {row[0]: row[1] for row in rows("Address")}
    assert said["`ticks/<n>`, closed"] == f"`{tick_endpoint.KEPT}`"
    assert said["`ticks/<n>`, not yet"] == f"404, `{tick_endpoint.AHEAD}`"
    assert said["`ranges/<epoch>/<k>`, complete"] == f"`{ranges.IS_COMPLETE}` and `ETag`"
    assert said["`snapshot`, and where it stands"] == f"`{endpoints._NOW}`"


@pytest.mark.parametrize("text", re.findall(r"(?s)```json\n(.*?)```", PAGE))
def test_examples_can_be_read(text: str) -> None:
    assert isinstance(json.loads(text), dict)


def test_every_frame_of_ours_is_named() -> None:
    kinds = {"welcome", "entries", "snapshot", "skip", "count", "private", "ack", "problem",
             "retry", "pong", "close"}  # fmt: skip
    assert {json_type(row[0]) for row in rows("From the server")} == kinds
    assert {json_type(row[0]) for row in rows("From the client")} == {"ping", "command", "token"}


def json_type(cell: str) -> str:
    return str(re.findall(r'"type":"([a-z]+)"', cell)[0])


def test_documented_limits_match_the_code() -> None:
    said = {row[0]: row[1] for row in rows("What")}
    assert said == {
        "entry's `body`": f"{log.BODY_BYTES_MAX:,} characters",
        "entries in a tick, in a range": f"{log.TICK_ENTRIES_MAX}",
        "frame from a client": f"{connection.FRAME_BYTES_MAX} bytes;"
        f" {connection.FRAMES_MAX} frames and {connection.PINGS_MAX} pings"
        f" in {connection.WINDOW_S:.0f} s",
        "commands of one person": f"{rate_limit.BURST} at once, then"
        f" {rate_limit.PER_S:.0f}/s, over all endpoints;"
        f" {connection.IN_FLIGHT_MAX} unanswered over a socket",
        "body of a `POST`": f"{command_endpoint.BODY_BYTES_MAX} bytes, within 10 s",
        "entries behind, to be resumed": f"{FeedLimits().catch_up_max:,}",
        "entries in an answer of one's own stream": f"{PRIVATE_MAX}",
    }
    assert log.RANGE_ENTRIES == log.TICK_ENTRIES_MAX


def test_documented_times_match_the_code() -> None:
    events, waits = streams.StreamLimits(), tick_endpoint.TickLimits()
    assert (events.life_s, events.life_spread_s) == (600, 120)  # eight to twelve minutes
    assert (events.silence_s, events.take_within_s) == (15, 15)
    assert waits.empty_after_s == 20
