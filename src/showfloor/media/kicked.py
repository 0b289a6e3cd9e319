"""Taking media until its sink sends the source away."""

import asyncio
from collections.abc import Callable, Coroutine

from showfloor.media.ports import MediaSink, PublishRejected


async def take_until_kicked(
    media: Coroutine[None, None, None],
    sink: MediaSink,
    refuse: Callable[[PublishRejected], None],
) -> None:
    """Run `media` to its end, and raise what it raises. Where the sink kicks the source first,
    `refuse` gets the reason, and `media` is cancelled."""
    taking = asyncio.create_task(media)
    kicked = asyncio.create_task(sink.kicked.wait())
    try:
        await asyncio.wait({taking, kicked}, return_when=asyncio.FIRST_COMPLETED)
        if not taking.done():
            refuse(sink.kick_reason)
    finally:
        kicked.cancel()
        taking.cancel()
        await asyncio.wait({taking, kicked})
    if not taking.cancelled():
        taking.result()
