"""The live edge of one channel: its fragments, and the viewers who get each as it is made.

A viewer begins with its rung's init segment and the pictures since the last key frame, and goes on
with every next picture. It has no task here: a fragment is given to all of a rung's viewers in one
pass, and a viewer bounds for itself what it has not sent yet. Belongs to the event loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from showfloor.media.live_edge.fragments import LiveFragment
from showfloor.media.packaging.segmenter import RungInit
from showfloor.media.ports import Rung

GROUP_MAX: Final = 240  # pictures since the last key frame: 4 s at the highest rate


@dataclass(frozen=True, slots=True)
class LiveRung:
    """A rung of the run on air. `number` counts the channel's runs: with the next one, times begin
    at zero again."""

    number: int
    place: int  # 0 is the best
    rung: Rung
    init: RungInit


class LiveViewer(Protocol):
    """A viewer at the live edge."""

    @property
    def sees_preview(self) -> bool:
        """Return whether it sees pictures that are for staff alone."""

    @property
    def wanted(self) -> int:
        """Return the place of the rung that it should get, 0 for the best; too high is the last."""

    def begin(self, rung: LiveRung, rungs: Sequence[LiveRung]) -> None:
        """Begin with this rung: the fragments that follow are of it, from a key frame on."""

    def give(self, fragment: LiveFragment) -> None:
        """Take the next fragment of the rung."""

    def off(self) -> None:
        """There is no picture now; `begin` comes with the next."""

    def over(self) -> None:
        """No picture will come: the show has ended."""


class LiveFeed:
    """The fragments of one channel, for any number of viewers."""

    def __init__(self) -> None:
        self._rungs: list[LiveRung] = []
        self._groups: list[list[tuple[LiveFragment, bool]]] = []  # the flag: for everyone
        self._viewers: dict[LiveViewer, LiveRung | None] = {}
        self._on: list[dict[LiveViewer, None]] = []  # the viewers of each rung
        self._is_public = False
        self._is_over = False
        self._shown = [False]  # by rung: whether its open segment is for everyone
        self._number = 0

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    @property
    def is_on_air(self) -> bool:
        return bool(self._rungs)

    # --- the broadcast's side ---

    def start(self, rungs: Sequence[Rung], inits: Sequence[RungInit]) -> int:
        """Begin a run of an encoder, whose fragments follow; return its number. It takes the place
        of the run before, whatever that still gives."""
        self._number += 1
        self._viewers = dict.fromkeys(self._viewers)
        self._rungs = [
            LiveRung(self._number, place, rung, init)
            for place, (rung, init) in enumerate(zip(rungs, inits, strict=True))
        ]
        self._groups = [[] for _ in rungs]
        self._shown = [False] * len(rungs)
        self._on = [{} for _ in rungs]
        return self._number

    def add(self, run: int, place: int, fragment: LiveFragment) -> None:
        """Give a rung's next fragment to its viewers."""
        if run != self._number:
            return
        group = self._groups[place]
        if fragment.is_key:
            group.clear()
            self._shown[place] = self._is_public
        is_shown = self._shown[place] and self._is_public
        if len(group) < GROUP_MAX:
            group.append((fragment, is_shown))
        if fragment.is_key:
            self._change_rungs(place)
        for viewer in list(self._on[place]):
            viewer.give(fragment)

    def _change_rungs(self, place: int) -> None:
        """Let viewers who want this rung and have none, or another, begin with its key frame."""
        for viewer, has in list(self._viewers.items()):
            if self._wanted(viewer).place != place or (has is not None and has.place == place):
                continue
            if self._shown[place] or viewer.sees_preview:
                self._put_on(viewer, self._rungs[place])

    def stop(self, run: int) -> None:
        """End the run: nothing more of it comes."""
        if run != self._number:
            return
        self._all_off()
        self._rungs, self._groups, self._on = [], [], []

    def set_public(self, public: bool) -> None:
        """Say whether everyone may see the segments that open from now on."""
        if self._is_public and not public:
            self._is_public = False
            self._all_off(but_preview=True)
        self._is_public = public

    def end(self) -> None:
        """End for good, because the show has ended."""
        self._is_over = True
        for viewer in list(self._viewers):
            viewer.over()

    # --- the viewers' side ---

    def join(self, viewer: LiveViewer) -> None:
        """Add a viewer: with the pictures since the last key frame, if there are any for it."""
        self._viewers[viewer] = None
        if self._is_over:
            viewer.over()
        elif not (self._rungs and self._begin(viewer, self._wanted(viewer).place)):
            viewer.off()

    def leave(self, viewer: LiveViewer) -> None:
        has = self._viewers.pop(viewer, None)
        if has is not None:
            del self._on[has.place][viewer]

    def _wanted(self, viewer: LiveViewer) -> LiveRung:
        return self._rungs[min(viewer.wanted, len(self._rungs) - 1)]

    def _begin(self, viewer: LiveViewer, place: int) -> bool:
        """Begin with the pictures since the rung's last key frame; return whether there are any."""
        group = self._groups[place]
        seen = [one for one, is_shown in group if is_shown or viewer.sees_preview]
        if not seen or not seen[0].is_key or len(group) >= GROUP_MAX:
            return False
        self._put_on(viewer, self._rungs[place])
        for one in seen:
            viewer.give(one)
        return True

    def _put_on(self, viewer: LiveViewer, rung: LiveRung) -> None:
        has = self._viewers[viewer]
        if has is not None:
            del self._on[has.place][viewer]
        self._viewers[viewer] = rung
        self._on[rung.place][viewer] = None
        viewer.begin(rung, self._rungs)

    def _all_off(self, *, but_preview: bool = False) -> None:
        for viewer in [one for one in self._viewers if not (but_preview and one.sees_preview)]:
            has = self._viewers[viewer]
            if has is not None:
                self._viewers[viewer] = None
                del self._on[has.place][viewer]
                viewer.off()
