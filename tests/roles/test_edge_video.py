"""`showfloor edge` and video: it serves none of its own."""

from pathlib import Path

import httpx
import pytest

from showfloor.kernel.settings import load
from showfloor.roles.edge import Edge


@pytest.mark.parametrize(("origin", "status"), [("", 404), ("http://127.0.0.1:9", 503)])
async def test_edge_passes_video_on_where_it_is_told_of_an_origin(
    tmp_path: Path, origin: str, status: int
) -> None:
    edge = Edge(load({"SHOWFLOOR_DATA_DIR": str(tmp_path), "SHOWFLOOR_ORIGIN_URL": origin}))
    transport = httpx.ASGITransport(edge._dispatch)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge.test") as client:
        assert (await client.get("/hls/spring/index.m3u8")).status_code == status
        assert (await client.get("/")).status_code == 404
