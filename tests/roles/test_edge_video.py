"""`showfloor edge` and video: it serves none of its own."""

from pathlib import Path
from typing import Any, override

import httpx
import pytest

from showfloor.accounts.database_threads import Database
from showfloor.kernel.settings import load
from showfloor.roles import edge as roles_edge
from showfloor.roles.edge import Edge


class NoLease(Database):
    """No process has taken the show's media."""

    @override
    async def run(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        return None


@pytest.mark.parametrize("origin", ["", "http://127.0.0.1:9"])
async def test_edge_without_an_origin_that_answers_is_busy_and_has_no_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    monkeypatch.setattr(roles_edge, "Database", NoLease)
    edge = Edge(load({"SHOWFLOOR_DATA_DIR": str(tmp_path), "SHOWFLOOR_ORIGIN_URL": origin}))
    transport = httpx.ASGITransport(edge._dispatch)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge.test") as client:
        answer = await client.get("/hls/spring/index.m3u8")
        assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
        assert (await client.get("/")).status_code == 404
