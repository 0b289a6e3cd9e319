"""The choice between two sources: faults, returns, a person's word, and what packets show."""

import pytest

from showfloor.media.diagnostics.source_content import SourceContent, picture_bytes
from showfloor.media.encoding.failover import (
    Failover,
    FailoverLimits,
    Fault,
    Reason,
    SourceReading,
    fault_of,
)
from showfloor.media.source_role import SourceRole, backup_key, ladder_key, of_key
from tests.support.media import picture, sound

LIMITS = FailoverLimits(loss_s=1, black_s=5, still_s=10, silence_s=8, return_s=10)
PRIMARY, BACKUP = SourceRole.PRIMARY, SourceRole.BACKUP
WELL = SourceReading(0.1)
LOST = SourceReading(1.0)
BLACK = SourceReading(0.1, black_s=5, still_s=5)


class Stage:
    """A failover that is looked at once a second, and does what it decides."""

    def __init__(self) -> None:
        self.failover = Failover(LIMITS)
        self.on_air = PRIMARY
        self.second = 0
        self.told: list[tuple[int, SourceRole, Reason]] = []

    def pass_s(
        self, seconds: int, primary: SourceReading | None, backup: SourceReading | None
    ) -> None:
        readings = {PRIMARY: primary, BACKUP: backup}
        there = {role: one for role, one in readings.items() if one is not None}
        for _ in range(seconds):
            found = self.failover.look(there, self.on_air, float(self.second))
            if found is not None:
                if found[1] not in {Reason.CLEAN, Reason.CHOSEN}:
                    self.failover.fell(self.on_air)
                self.on_air = found[0]
                self.told.append((self.second, *found))
            self.second += 1


@pytest.mark.parametrize(
    ("reading", "fault"),
    [
        (SourceReading(None), Fault.LOST),  # it has had no picture yet
        (LOST, Fault.LOST),
        (BLACK, Fault.BLACK),
        (SourceReading(0.1, still_s=10, silent_s=8), Fault.STILL),
        (SourceReading(0.1, silent_s=8), Fault.SILENT),
        (SourceReading(0.9, black_s=4.9, still_s=9.9, silent_s=7.9), None),
    ],
)
def test_fault_is_the_worst_that_lasts_too_long(
    reading: SourceReading, fault: Fault | None
) -> None:
    assert fault_of(reading, LIMITS) is fault


def test_limit_of_zero_looks_away() -> None:
    limits = FailoverLimits(loss_s=0, black_s=0, still_s=0, silence_s=0)
    assert fault_of(SourceReading(99, black_s=99, still_s=99, silent_s=99), limits) is None


def test_fault_gives_the_air_to_the_backup_until_the_primary_has_been_clean() -> None:
    stage = Stage()
    stage.pass_s(3, WELL, WELL)
    stage.pass_s(2, BLACK, WELL)
    stage.pass_s(30, WELL, WELL)
    # The first clean look is at 5; ten seconds later it is on air again.
    assert stage.told == [(3, BACKUP, Reason.BLACK), (15, PRIMARY, Reason.CLEAN)]


def test_primary_that_left_has_to_be_clean_anew_when_it_comes_back() -> None:
    stage = Stage()
    stage.pass_s(1, WELL, WELL)
    stage.failover.lose(PRIMARY)
    stage.on_air = BACKUP
    stage.pass_s(60, None, WELL)
    stage.pass_s(12, WELL, WELL)
    assert stage.told == [(71, PRIMARY, Reason.CLEAN)]


def test_sources_with_the_same_fault_stay_but_any_picture_is_better_than_none() -> None:
    stage = Stage()
    stage.pass_s(20, BLACK, BLACK)
    stage.pass_s(2, LOST, LOST)
    assert stage.told == []
    stage.pass_s(1, LOST, BLACK)
    assert stage.told == [(22, BACKUP, Reason.LOST)]


def test_source_that_falls_again_soon_waits_longer_each_time() -> None:
    stage = Stage()
    for _ in range(3):
        stage.pass_s(1, BLACK, WELL)
        stage.pass_s(50, WELL, WELL)
    back = [at for at, role, _reason in stage.told if role is PRIMARY]
    fallen = [at for at, role, _reason in stage.told if role is BACKUP]
    assert [b - a for a, b in zip(fallen, back, strict=True)] == [11, 21, 41]
    stage.pass_s(120, WELL, WELL)  # it holds: its next fault is a first one again
    stage.pass_s(1, BLACK, WELL)
    stage.pass_s(20, WELL, WELL)
    assert stage.told[-1][0] - stage.told[-2][0] == 11


def test_choice_of_a_person_stands_until_that_source_is_lost() -> None:
    stage = Stage()
    stage.failover.choose(BACKUP)
    stage.pass_s(5, WELL, WELL)
    stage.pass_s(5, WELL, BLACK)  # she may want it black
    stage.pass_s(5, WELL, LOST)
    stage.pass_s(5, WELL, WELL)
    assert stage.told == [
        (0, BACKUP, Reason.CHOSEN), (10, PRIMARY, Reason.LOST), (15, BACKUP, Reason.CHOSEN)
    ]  # fmt: skip
    stage.failover.choose(None)
    stage.pass_s(10, WELL, WELL)
    assert stage.told[-1][1:] == (PRIMARY, Reason.CLEAN)


def test_chosen_source_that_falls_again_and_again_makes_no_see_saw() -> None:
    stage = Stage()
    stage.failover.choose(BACKUP)
    for _ in range(30):  # a line that breaks for a second, and is back for one
        stage.pass_s(1, WELL, LOST)
        stage.pass_s(1, WELL, WELL)
    assert len(stage.told) == 4  # one return at once; the next one has to be clean for a while
    stage.pass_s(15, WELL, WELL)
    assert stage.told[-1] == (69, BACKUP, Reason.CHOSEN)
    stage.pass_s(1, WELL, LOST)
    stage.failover.choose(None)
    stage.failover.choose(BACKUP)  # a person wants it all the same
    stage.pass_s(1, WELL, WELL)
    assert stage.told[-1][1:] == (BACKUP, Reason.CHOSEN)


def test_key_names_the_role() -> None:
    assert of_key("sf_abc") == ("sf_abc", PRIMARY)
    assert of_key(backup_key("sf_abc")) == ("sf_abc", BACKUP)
    assert of_key(ladder_key(backup_key("sf_abc"))) == ("sf_abc", BACKUP)
    assert of_key(ladder_key(ladder_key("sf_abc"))) == ("sf_abc", PRIMARY)


def unit(kind: int, size: int) -> bytes:
    return size.to_bytes(4) + bytes([kind]) + bytes(size - 1)


def test_filler_of_a_constant_bit_rate_hides_no_still_picture() -> None:
    """What a publisher sends at 320 × 180: a card, filled up to its bit rate; then the camera."""
    content = SourceContent()
    still, camera = unit(1, 60) + unit(12, 700), unit(1, 760)
    assert picture_bytes(picture(0, still)) == 4 + 60
    for n in range(601):
        content.take(picture(n * 33, unit(5, 3000) if n % 60 == 0 else still, is_key=n % 60 == 0))
    assert (round(content.still_s), content.black_s) == (20, 0)
    for n in range(601, 722):
        content.take(picture(n * 33, camera, is_key=n % 60 == 0))
    assert content.still_s == 0


def test_silence_of_a_source_is_counted_by_its_stamps() -> None:
    content = SourceContent()
    for n in range(100):
        content.take(sound(n * 20, bytes(6)))
    assert round(content.silent_s, 2) == 1.98
    content.take(sound(60_000, bytes(6)))  # its line was gone for a minute
    assert round(content.silent_s, 2) == 2.98
    content.take(sound(60_020, bytes(200)))
    assert content.silent_s == 0
