"""A viewer's screen: the burnt-in clock, brightness, and cards with their pictures."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from showfloor_demo import clockcode
from tests.support.waiting import wait_until

_SCRIPT = (Path(__file__).parent / "picture.js").read_text("utf-8")
_LAYOUT = {
    "frame": clockcode.FRAME, "left": clockcode.LEFT, "top": clockcode.TOP,
    "columns": clockcode.COLUMNS, "rows": clockcode.ROWS, "block": clockcode.BLOCK_PX,
    "bits": clockcode.BITS, "timeBits": clockcode.TIME_BITS, "weights": clockcode.WEIGHTS,
    "salt": clockcode.SALT,
}  # fmt: skip


class Picture:
    """The picture of one viewer's page. Opening it starts noting when cards come and go."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.evaluate(_SCRIPT, _LAYOUT)

    def frames(self) -> int:
        return int(self._page.evaluate("() => window.showfloor?.player.decodedFrames ?? 0"))

    def brightness(self) -> float:
        return float(self._page.evaluate("() => sfClock.brightness()"))

    def clock_ms(self) -> int | None:
        """Unix ms that the publisher wrote into the picture on screen."""
        read: int | None = self._page.evaluate("() => sfClock.read()")
        return read

    def program_ms(self) -> float | None:
        """Program date time of the picture on screen, Unix ms."""
        read: float | None = self._page.evaluate("() => window.showfloor.player.pictureTimeMs")
        return read

    def latency_ms(self) -> float | None:
        """Glass to glass: now minus the clock in the picture, both taken in the page."""
        read: float | None = self._page.evaluate(
            "() => { const at = sfClock.read(); return at === null ? null : Date.now() - at }"
        )
        return read

    def cards(self) -> list[dict[str, Any]]:
        """`{id, came, cameProgram, went?}`: Unix ms of the picture at which each card came."""
        noted: list[dict[str, Any]] = self._page.evaluate("() => sfClock.cards")
        return noted

    def last_click_ms(self) -> int | None:
        """Unix ms of the picture that was on screen when the page was last clicked."""
        read: int | None = self._page.evaluate("() => sfClock.clicks.at(-1) ?? null")
        return read

    def go_to(self, picture_ms: float) -> None:
        """Seek to a picture by its program date time, and play on."""
        went = self._page.evaluate("ms => window.showfloor.player.seekToPicture(ms)", picture_ms)
        assert went, "that picture is not there"

    def step_back(self, seconds: float) -> None:
        """Watch that much later than now, as a phone on a slow line does.

        A machine that encodes and plays a show three times over can leave the producer's preview
        behind a viewer's picture; what she puts on screen can't reach a picture that has been.
        """
        begins_ms = self.program_ms()
        assert begins_ms is not None
        wait_until(
            lambda: (self.program_ms() or 0) - begins_ms > seconds * 1000,
            60,
            "enough to go back in",
        )
        self._page.evaluate("s => { document.querySelector('video').currentTime -= s }", seconds)

    def wait_playing(self, timeout_s: float = 30.0) -> None:
        """Until decoded frames grow and the picture is not black."""
        wait_until(lambda: self.frames() > 0, timeout_s, "a first frame")
        before = self.frames()
        wait_until(lambda: self.frames() > before + 10, timeout_s, "frames to grow")
        wait_until(lambda: self.brightness() > 8, timeout_s, "a picture that is not black")
