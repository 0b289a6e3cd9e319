from collections.abc import AsyncIterator

import pytest

from showfloor.media.rtmp.publisher import Dialer
from showfloor.media.rtmp.server import RtmpServer
from tests.media.restream.support import HERE, QUICK, Stage
from tests.media.rtmp.support import FakeIngest
from tests.support.media import AUDIO, VIDEO


@pytest.fixture
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """The parameter: the tracks that are known at the beginning."""
    dialer = Dialer(allows=lambda address: address == HERE, limits=QUICK)
    stage = Stage(dialer, getattr(request, "param", (VIDEO, AUDIO)))
    yield stage
    stage.restreams.apply([])
    await stage.restreams.stopped()
    stage.hub.close()
    await stage.hub.closed()


@pytest.fixture
async def server() -> AsyncIterator[tuple[RtmpServer, FakeIngest]]:
    ingest = FakeIngest()
    server = RtmpServer(ingest, "127.0.0.1", 0)
    await server.start()
    yield server, ingest
    await server.close()
