"""Django Channels: a group send through the in-memory layer, under uvicorn on uvloop.

`python -m benchmarks.baselines.channels_server TEXT`; see `benchmarks.rig` for what it obeys.
The layer's queues are made long enough that nothing is lost, and a text is sent as it is.
"""

import asyncio
import sys
from typing import Any

import uvicorn
import uvloop
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter
from django.conf import settings

from benchmarks.orders import obey

GROUP = "show"


class Viewer(AsyncWebsocketConsumer):  # type: ignore[misc]
    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def tick(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])


def configure() -> None:
    layer = {
        "BACKEND": "channels.layers.InMemoryChannelLayer",
        "CONFIG": {"capacity": 1_000_000, "expiry": 600, "group_expiry": 86_400},
    }
    settings.configure(CHANNEL_LAYERS={"default": layer}, SECRET_KEY="x" * 50)


async def main(text: str) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            ProtocolTypeRouter({"websocket": Viewer.as_asgi()}), host="127.0.0.1", port=0,
            ws="websockets-sansio", ws_per_message_deflate=False, ws_ping_interval=None,
            lifespan="off", log_level="warning", backlog=4096,
        )
    )  # fmt: skip
    serving = asyncio.create_task(server.serve())
    while not server.started:  # uvicorn has a flag for it, and nothing to wait for  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    print(f"ready {server.servers[0].sockets[0].getsockname()[1]}", flush=True)
    layer, under_way = get_channel_layer(), set[asyncio.Task[None]]()

    def send() -> None:
        task = asyncio.create_task(layer.group_send(GROUP, {"type": "tick", "text": text}))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    await obey(send)
    server.force_exit = server.should_exit = True
    await serving


if __name__ == "__main__":
    configure()
    uvloop.run(main(sys.argv[1]))
