"""`showfloor move-recordings`: have the server move all recordings now, and follow it."""

import time
from typing import Final

from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Unavailable
from showfloor.kernel.settings import Settings
from showfloor.replays import moving
from showfloor.replays.moving import MoveProgress

LOOK_S: Final = 1.0
STANDS_STILL_S: Final = 180.0


def move_recordings(settings: Settings) -> int:
    """Order every recording of a show that is over, and print the progress until all are moved.
    Conflict without a bucket; Unavailable when nothing moves for three minutes."""
    if not settings.s3_bucket:
        raise Conflict("SHOWFLOOR_S3_BUCKET: there is no storage to move recordings to")
    while moving.order(utc_now()):
        pass
    before, changed_at = None, time.monotonic()
    while (now := moving.progress()).left:
        if now != before:
            print(_words(now), flush=True)
            before, changed_at = now, time.monotonic()
        elif time.monotonic() - changed_at > STANDS_STILL_S:
            raise Unavailable(
                "nothing has moved for three minutes: "
                + (now.failure or "`showfloor serve` does the moving; is it running?")
            )
        time.sleep(LOOK_S)
    print(_words(now))
    return 0


def _words(now: MoveProgress) -> str:
    under_way = f", {now.show}: {now.percent} %" if now.show else ""
    return f"{now.stored} moved, {now.left} to move{under_way}"
