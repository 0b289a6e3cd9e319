"""Writes entries in a process of its own, as a busy `showfloor web` would; told how many by lines
on standard input: `<entries> <pause between transactions, s>`. Says `done` after each."""

import asyncio
import os
import sys
import threading
import time

import django

django.setup()

from django.conf import settings  # noqa: E402

from showfloor.roles.links import nats_link  # noqa: E402
from showfloor.timeline import services  # noqa: E402
from showfloor.timeline.log import NewEntry  # noqa: E402


def main() -> None:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def connect() -> None:
        link = nats_link(settings.SHOWFLOOR)
        assert link is not None
        link.start()
        while not link.connected:  # noqa: ASYNC110 - bounded by `result` below
            await asyncio.sleep(0)

    asyncio.run_coroutine_threadsafe(connect(), loop).result(10)
    timeline_id = os.environ["TIMELINE"]
    for line in sys.stdin:
        count, pause_s = line.split()
        for number in range(int(count)):
            with services.write():
                services.append(timeline_id, [NewEntry("show.note", {"n": number})])
            time.sleep(float(pause_s))  # the pace of the burst, not a wait for something
        sys.stdout.write("done\n")
        sys.stdout.flush()


main()
