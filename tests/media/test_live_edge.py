"""The live edge of one channel: fragments of one picture, and who gets which."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import override

from showfloor.media.live_edge.feed import LiveFeed, LiveRung, LiveViewer
from showfloor.media.live_edge.fragments import LiveFragment, LiveFragments
from showfloor.media.packaging.segmenter import SILENCE
from showfloor.media.packets import MediaPacket
from tests.support import media
from tests.support.media import INITS, RUNGS, T0, find

FRAME_MS = 1000 / 30


def maker(*, has_audio: bool = True) -> LiveFragments:
    return LiveFragments(
        RUNGS, lambda segment: T0 + timedelta(seconds=2 * segment), has_audio=has_audio
    )


def frame(number: int) -> MediaPacket:
    is_key = number % 60 == 0
    return media.picture(1000 + round(number * FRAME_MS), b"p%d" % number, is_key=is_key)


def fragment(number: int) -> LiveFragment:
    """The fragment of a picture without sound."""
    made = maker(has_audio=False)
    return [made.picture(0, frame(one)) for one in range(number + 1)][-1]


class Viewer(LiveViewer):
    """Notes in words what it gets."""

    def __init__(self, *, preview: bool = False, wanted: int = 0) -> None:
        self.got: list[str] = []
        self._preview = preview
        self.place = wanted

    @property
    @override
    def sees_preview(self) -> bool:
        return self._preview

    @property
    @override
    def wanted(self) -> int:
        return self.place

    @override
    def begin(self, rung: LiveRung, rungs: Sequence[LiveRung]) -> None:
        self.got.append(f"{rung.number}:{rung.rung.name} of {len(rungs)}")

    @override
    def give(self, fragment: LiveFragment) -> None:
        self.got.append(("K" if fragment.is_key else "") + str(fragment.picture_ms - T0_MS))

    @override
    def off(self) -> None:
        self.got.append("off")

    @override
    def over(self) -> None:
        self.got.append("over")


T0_MS = int(T0.timestamp() * 1000)
LINE = [fragment(number) for number in range(62)]


def test_fragment_is_one_picture_with_its_moment_and_the_sound_so_far() -> None:
    made = maker()
    made.sound(media.sound(1000, b"s0"))
    made.sound(media.sound(1021, b"s1"))
    first = made.picture(0, frame(0))
    made.sound(media.sound(1043, b"s2"))
    second = made.picture(0, frame(1))
    other = made.picture(1, frame(0))  # a rung that is a picture behind

    assert first.is_key
    assert not second.is_key
    assert [find(one.body, "mdat") for one in (first, second, other)] == [
        [b"p0s0s1"], [b"p1s2"], [b"p0s0s1s2"]
    ]  # fmt: skip
    assert find(second.body, "prft") == [
        bytes.fromhex("01000008 00000001")
        + (T0_MS // 1000 + 2_208_988_800).to_bytes(4) + (33 * 2**32 // 1000).to_bytes(4)
        + (33_333).to_bytes(8)
    ]  # fmt: skip
    times = [int.from_bytes(body[4:]) for body in find(second.body, "moof", "traf", "tfdt")]
    assert times == [33_333, 2048]
    assert second.body is second.body  # made once


def test_silence_takes_the_place_of_sound_that_does_not_come() -> None:
    made = maker()
    bodies = [find(made.picture(0, frame(number)).body, "mdat")[0] for number in range(8)]
    # 150 ms are waited; 8 pictures are 267 ms.
    assert bodies[:4] == [b"p0", b"p1", b"p2", b"p3"]
    assert bodies[7].count(SILENCE) + bodies[6].count(SILENCE) + bodies[5].count(SILENCE) >= 3
    made.sound(media.sound(1000, b"late"))
    assert b"late" not in made.picture(0, frame(8)).body


def test_viewer_begins_with_the_pictures_since_the_key_frame() -> None:
    feed, early, late = LiveFeed(), Viewer(), Viewer()
    feed.set_public(True)
    feed.join(early)
    feed.start(RUNGS, INITS)
    for one in LINE[:3]:
        feed.add(1, 0, one)
    feed.join(late)
    feed.add(1, 0, LINE[3])
    assert early.got == ["off", "1:720p of 3", "K0", "33", "66", "100"]
    assert late.got == ["1:720p of 3", "K0", "33", "66", "100"]

    feed.leave(late)
    feed.stop(1)
    assert early.got[-1] == "off"
    assert late.got[-1] == "100"
    feed.start(RUNGS, INITS)
    feed.add(2, 0, LINE[0])
    feed.add(1, 0, LINE[4])  # the run before has some left
    feed.stop(1)
    assert early.got[-2:] == ["2:720p of 3", "K0"]


def test_viewer_changes_the_rung_with_its_next_key_frame() -> None:
    feed, viewer = LiveFeed(), Viewer()
    feed.set_public(True)
    feed.start(RUNGS, INITS)
    for place in range(3):
        feed.add(1, place, LINE[0])
    feed.join(viewer)
    viewer.place = 9  # there are three: the last
    for place in range(3):
        feed.add(1, place, LINE[59])
    feed.add(1, 0, LINE[60])
    feed.add(1, 2, LINE[60])
    feed.add(1, 0, LINE[61])
    feed.add(1, 2, LINE[61])
    assert viewer.got == [
        "1:720p of 3", "K0", "1966", "K2000", "1:360p of 3", "K2000", "2033"
    ]  # fmt: skip


def test_only_staff_see_pictures_that_are_not_public() -> None:
    feed, staff, viewer = LiveFeed(), Viewer(preview=True), Viewer()
    feed.start(RUNGS, INITS)
    feed.join(staff)
    feed.join(viewer)
    feed.add(1, 0, LINE[0])
    feed.set_public(True)  # in the middle of a segment, as for HLS
    feed.add(1, 0, LINE[1])
    assert viewer.got == ["off"]
    feed.add(1, 0, LINE[60])
    feed.set_public(False)
    feed.add(1, 0, LINE[61])
    assert viewer.got == ["off", "1:720p of 3", "K2000", "off"]
    assert staff.got == ["off", "1:720p of 3", "K0", "33", "K2000", "2033"]
    feed.end()
    assert (staff.got[-1], viewer.got[-1]) == ("over", "over")


def test_audio_times_of_a_long_run_have_no_gap() -> None:
    made, at, ends = maker(), 0, set[int]()
    for number in range(240):
        while at * 1024 * 30 <= (number - 2) * 48_000:
            made.sound(media.sound(round(1000 + at * 1024 / 48), b"s"))
            at += 1
        body = made.picture(0, frame(number)).body
        for other in (1, 2):
            made.picture(other, frame(number))
        traf = find(body, "moof", "traf", "tfdt")
        runs = find(body, "moof", "traf", "trun")
        if len(traf) == 2:
            start = int.from_bytes(traf[1][4:])
            assert not ends or start in ends
            ends = {start + 1024 * int.from_bytes(runs[1][4:8])}
    assert Fraction(max(ends), 48_000) > Fraction(230, 30)
