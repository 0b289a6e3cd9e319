"""The reports of one show's picture, whichever of its publishers sends it."""

import functools
from collections.abc import Callable

from showfloor.kernel.ids import new_id
from showfloor.shows import services as shows


class PictureReport:
    """Reports a broadcast when its picture is there, and its loss once when it is gone.

    `report` runs a verb after this channel's earlier ones.
    """

    def __init__(self, show_id: str, report: Callable[[Callable[[], object]], None]) -> None:
        self._show_id = show_id
        self._report = report
        self._broadcast_id = ""  # of the picture that is there; empty without one

    def opened(self, encoder: str) -> None:
        """Report a picture that begins."""
        self._broadcast_id = new_id()
        self._report(
            functools.partial(
                shows.broadcast_opened, self._show_id, encoder=encoder,
                broadcast_id=self._broadcast_id,
            )
        )  # fmt: skip

    def lost(self) -> None:
        """Report the loss of a picture that was there; do nothing the second time.

        Another process may have the show's lease meanwhile: its picture is not lost.
        """
        broadcast_id, self._broadcast_id = self._broadcast_id, ""
        if broadcast_id:
            self._report(
                functools.partial(shows.broadcast_lost, self._show_id, broadcast_id=broadcast_id)
            )
