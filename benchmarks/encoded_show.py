"""A served show whose encoder is FFmpeg, without a browser, for benchmarks of its video."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from benchmarks.installation import installation
from tests.roles.test_served import Shop
from tests.support.publisher import Publisher, clip
from tests.support.waiting import wait_until

PICTURE_WITHIN_S = 60.0


@contextmanager
def started_show(environ: Mapping[str, str]) -> Iterator[Shop]:
    """Serve an installation with a show that has started."""
    with installation(environ) as server:
        server.start()
        try:
            shop = Shop(server)
            shop.post("start")
            yield shop
        finally:
            server.stop()


@contextmanager
def encoded_show(
    size: str, ladder: str, more: Mapping[str, str] | None = None
) -> Iterator[tuple[Shop, Publisher]]:
    """The same with an encoder whose picture is listed in every rung; `ladder` as in
    `SHOWFLOOR_LADDER`; `more`: of the environment."""
    environ = {
        "SHOWFLOOR_LADDER": ladder, "SHOWFLOOR_ENCODER_PRESET": "ultrafast",
        "SHOWFLOOR_DVR_WINDOW_S": "30", **(more or {}),
    }  # fmt: skip
    rungs = [f"{one.split(':')[0]}p" for one in ladder.split(",")]
    with started_show(environ) as shop:
        server = shop.server
        encoder = Publisher(clip(server.data_dir), f"{server.rtmp_url}/{shop.key}", size)
        encoder.start()
        try:
            wait_until(lambda: all(is_listed(shop, rung) for rung in rungs), PICTURE_WITHIN_S)
            yield shop, encoder
        finally:
            encoder.kill()


def is_listed(shop: Shop, rung: str) -> bool:
    return "#EXTINF" in shop.server.get_or_empty(f"/hls/{shop.slug}/{rung}.m3u8")
