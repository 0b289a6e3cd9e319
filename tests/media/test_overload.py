"""A machine that is too slow for its ladder: the least useful rungs go, and nothing is late."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import override

import pytest

from showfloor.media.diagnostics.findings import Finding, Level
from showfloor.media.encoding.broadcast import BroadcastSettings
from showfloor.media.encoding.idle_cores import SPAN_S, TICK_S, IdleCores
from showfloor.media.encoding.overload import CALM_S, Overload, returning, shed
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


def test_shed_rung_waits_for_a_calm_time_that_doubles_when_it_came_back_too_early() -> None:
    watch = Overload()

    def calm_until(at_s: float, *, is_late: bool = False) -> bool:
        now = T0 + timedelta(seconds=at_s)
        if is_late:
            watch.speed(3.0, 0, now - timedelta(seconds=4))
        watch.speed(3.0 if is_late else 0.1, 1000, now)
        return watch.is_calm(now)

    assert [calm_until(at_s) for at_s in (0, CALM_S - 1, CALM_S)] == [False, False, True]
    watch.came_back(T0 + timedelta(seconds=CALM_S))
    assert calm_until(CALM_S + 1) is False  # the next one waits anew
    assert calm_until(100, is_late=True) is False
    assert [calm_until(at_s) for at_s in (110, 110 + CALM_S, 110 + 2 * CALM_S)] == [
        False, False, True,
    ]  # fmt: skip


def test_cheapest_shed_rung_comes_back_where_there_is_room_for_it() -> None:
    needed = 854 * 480 * 30 / 60e6
    assert returning(LADDER[:2], (1.4 * needed).__ge__, 1.0) is None
    assert returning(LADDER[:2], (1.6 * needed).__ge__, 1.0) == LADDER[1]
    assert returning(LADDER[:2], (1.6 * needed).__ge__, 1.6) is None
    assert returning((), (8.0).__ge__, 1.0) is None


class Machine:
    """A machine of two cores that were idle for as long as the test says."""

    def __init__(self, folder: Path) -> None:
        self._stat, self._now, self._idle_s = folder / "stat", 100.0, 50.0
        self.idle = IdleCores(2.0, lambda: self._now, self._stat)
        self.passes(0, 0)

    def passes(self, seconds: float, idle_cores: float) -> None:
        self._now += seconds
        self._idle_s += seconds * idle_cores
        ticks = round(self._idle_s / TICK_S)
        self._stat.write_text(f"cpu  1 2 3 {ticks} 5 6\ncpu0 1 2 3 4\n")

    def tells_nothing(self, seconds: float) -> None:
        self._now += seconds
        self._stat.unlink()


def test_idle_cores_are_those_of_a_whole_span_within_the_share(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    take = machine.idle.take
    assert not take(0.1)
    machine.passes(SPAN_S / 2, 1.5)
    assert not take(0.1)
    machine.passes(SPAN_S / 2, 1.5)
    assert not take(1.51)
    assert take(1.49)
    machine.passes(SPAN_S, 7.5)
    assert not take(0.1)
    machine.passes(SPAN_S, 7.5)
    assert not take(2.01)
    machine.tells_nothing(SPAN_S)
    assert not take(0.1)


def test_idle_core_is_given_to_one_channel_and_the_next_one_asks_again(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    assert not machine.idle.take(0.8)
    machine.passes(SPAN_S, 1.0)
    assert [machine.idle.take(cores) for cores in (1.2, 0.8, 0.8)] == [False, True, False]
    machine.passes(0.1, 1.0)
    assert not machine.idle.take(0.1)  # a span begins, in which the first has its core
    machine.passes(SPAN_S, 0.2)
    assert not machine.idle.take(0.8)
    machine.passes(SPAN_S, 0.9)
    assert machine.idle.take(0.8)


def test_idle_cores_of_hours_ago_count_for_nothing(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    assert not machine.idle.take(0.5)
    machine.passes(3600, 2.0)
    machine.passes(SPAN_S, 0.0)
    assert not machine.idle.take(0.5)
    machine.passes(SPAN_S, 0.6)
    assert machine.idle.take(0.5)


class SlowEncoder(ScriptedEncoder):
    """Takes a twentieth of a second for a frame of three rungs, and less for fewer."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__()
        self._clock = clock

    @override
    async def drain(self) -> None:
        self._clock.advance(len(self._rungs) / 60)


async def test_slow_machine_sheds_rungs_skips_to_the_present_and_takes_them_back(
    tmp_path: Path,
) -> None:
    clock, encoders = FixedClock(), list[SlowEncoder]()

    def new_encoder() -> SlowEncoder:
        encoders.append(SlowEncoder(clock))
        return encoders[-1]

    idle = [0.0]
    settings = BroadcastSettings(STEPS, take_idle_cores=lambda cores: cores <= idle[0])
    stage = Stage(tmp_path, new_encoder, settings, clock)
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

    async def calm(seconds: int) -> None:
        for _ in range(seconds):
            stage.frames(30)
            await stage.taken()
            clock.advance(1 - 30 / 60)  # the encoder has taken half of it

    await calm(round(CALM_S) + 2)
    assert len(encoders) == 2  # the machine has no room
    idle[0] = 1.0
    await calm(2)
    assert [rung.name for rung in encoders[2]._rungs] == ["120p", "90p"]
    assert encoders[1].finished
    assert len(encoders) == 3
    assert Finding("rungs-shed", Level.BAD, 1) in stage.session.health().findings
    assert stage.listener.heard == ["picture", "picture", "picture"]
    await stage.session.close("ended")
    stage.channel.end()
    await stage.channel.close()
