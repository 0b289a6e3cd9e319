"""A machine that is too slow for its ladder: the least useful rungs go, and nothing is late."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import override

import pytest

from showfloor.media.diagnostics.findings import Finding, Level
from showfloor.media.encoding.broadcast import BroadcastSettings
from showfloor.media.encoding.overload import Overload, shed
from showfloor.media.ports import Rung
from tests.media.test_broadcast import ScriptedEncoder, Stage
from tests.support.media import T0, FixedClock

FPS = Fraction(30)
LADDER = tuple(
    Rung(f"{side}p", side * 16 // 9, side, side, FPS) for side in (720, 480, 360, 240)
)  # fmt: skip
STEPS = ((180, 300), (120, 200), (90, 100))


@pytest.mark.parametrize(
    ("rungs", "speed", "kept"),
    [
        (LADDER, 1.0, ["720p", "360p", "240p"]),
        (LADDER, 0.8, ["720p", "240p"]),
        (LADDER, 0.4, ["240p"]),
        (LADDER[2:], 1.0, ["240p"]),
        (LADDER[3:], 0.1, ["240p"]),
    ],
)
def test_least_useful_rungs_go_until_the_rest_can_be_on_time(
    rungs: Sequence[Rung], speed: float, kept: list[str]
) -> None:
    assert [rung.name for rung in shed(rungs, speed)] == kept


def test_burst_that_is_worked_off_sheds_nothing() -> None:
    watch = Overload()
    waits = [3.0] * 40 + [0.1] + [3.0] * 40  # 4 s behind in all, but not at one time
    speeds = [
        watch.speed(waited_s, n * 100, T0 + timedelta(seconds=n / 10))
        for n, waited_s in enumerate(waits)
    ]  # fmt: skip
    assert set(speeds) == {None}
    later = T0 + timedelta(seconds=20)
    assert watch.speed(0.1, 9000, later) is None
    assert watch.speed(3.0, 10_000, later) is None
    assert watch.speed(9.0, 12_000, later + timedelta(seconds=4)) == 0.5


class SlowEncoder(ScriptedEncoder):
    """Takes a twentieth of a second for a frame of three rungs, and less for fewer."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__()
        self._clock = clock

    @override
    async def drain(self) -> None:
        self._clock.advance(len(self._rungs) / 60)


async def test_slow_machine_sheds_rungs_skips_to_the_present_and_tells_the_producer(
    tmp_path: Path,
) -> None:
    clock, encoders = FixedClock(), list[SlowEncoder]()

    def new_encoder() -> SlowEncoder:
        encoders.append(SlowEncoder(clock))
        return encoders[-1]

    stage = Stage(tmp_path, new_encoder, BroadcastSettings(STEPS), clock)
    stage.headers()
    for _ in range(300):  # ten seconds of pictures, which come as they should
        stage.frames(1)
        clock.advance(1 / 30)
    await stage.taken()
    assert [rung.name for rung in encoders[0]._rungs] == ["180p", "120p", "90p"]
    stage.frames(60)  # of the present
    await stage.taken()
    assert [rung.name for rung in encoders[1]._rungs] == ["90p"]
    assert len(encoders) == 2
    assert 80 <= len(encoders[0].given) <= 160  # the rest of the ten seconds was skipped
    assert Finding("rungs-shed", Level.BAD, 2) in stage.session.health().findings
    await stage.session.close("ended")
    stage.channel.end()
    await stage.channel.close()
