"""The curves of a show's sources over HTTP: for its own staff, second by second, and as a table."""

import re
from collections.abc import Iterator

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.media.diagnostics import latest
from tests.shows.test_stream_health import HEALTH
from tests.support.shows import Caller, make_show


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    latest.report({})


def test_staff_of_the_show_read_its_curves_and_take_them_along(
    brand: Brand, producer: User, stranger: User
) -> None:
    show = make_show(brand)
    caller, at = Caller(user=producer), f"/shows/{show.slug}/health"
    assert caller.call("GET", at)[1]["sources"] == []
    latest.report({show.channel_id: HEALTH})
    status, answer = caller.call("GET", at)
    [source] = answer["sources"]
    [[at_s, *values]] = source["points"]
    told = dict(zip(answer["columns"], values, strict=True))
    assert (status, source["role"]) == (200, "primary")
    assert told == {
        "kbps": 2500, "fps": 25.0, "keyframe_s": 2.0, "missing": 0, "duplicated": 0.0,
        "wait_ms": 40, "drift_ms": 3, "still_s": 0.0, "silent_s": 0.0, "round_trip_ms": 35,
        "packets_lost": 1,
    }  # fmt: skip
    assert caller.call("GET", f"{at}?after={at_s}")[1]["sources"][0]["points"] == []
    assert caller.call("GET", f"{at}?after=-1")[0] == 422

    status, report = caller.call("GET", f"/shows/{show.slug}/console")
    assert (status, report["health"]["bitrate_kbps"]) == (200, 2500)
    assert {"findings", "figures", "machine"}.isdisjoint(report["health"])

    status, table = caller.text(f"/api/v1{at}.csv")
    header, row = table.splitlines()
    assert (status, header) == (200, "time,source," + ",".join(told))
    assert re.fullmatch(r"\d{4}-.*Z,primary,2500\.0,25\.0,2\.0,0\.0,40\.0,.*", row)
    for path in (at, f"{at}.csv"):
        assert Caller().call("GET", path)[0] == 401
        assert Caller(user=stranger).call("GET", path)[0] in {403, 404}
