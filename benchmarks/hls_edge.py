"""An edge that passes the video of one origin on; its arguments are its port and the origin's."""

import sys

import uvicorn

from showfloor.edge.hls.origin_proxy import OriginLimits, OriginProxy, origin_client


def main() -> None:
    port, origin = (int(one) for one in sys.argv[1:])

    async def locate(_slug: str) -> str | None:
        return f"http://127.0.0.1:{origin}"

    app = OriginProxy(locate, origin_client(OriginLimits()))
    uvicorn.run(app, port=port, lifespan="off", log_level="warning")


if __name__ == "__main__":
    main()
