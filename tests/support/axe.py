"""Looking at a page as people with other eyes, hands and devices do: axe-core, and what it leaves
out. Findings are collected, so that one run tells about every page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

from tests.support.browser import DESKTOP, PHONE, TURNED, screenshot
from tests.support.live import ROOT

_AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
_LOOK = Path(__file__).parent / "axe.js"
_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# The same page in other colours has the same names, roles and places.
_COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
_SIZES = {"phone": PHONE, "turned": TURNED, "desktop": DESKTOP}


@dataclass(frozen=True, slots=True)
class Theirs:
    """Faults of a library's own pages: they are reported there and not mended here."""

    parts: Sequence[str] = ()  # CSS selectors that are left out
    only_grave: bool = False  # nothing below serious
    is_dark_at_load: bool = False  # light or dark is decided while the page loads


@dataclass
class Review:
    """Findings on all pages that were looked at."""

    found: list[str] = field(default_factory=list)

    def look(
        self,
        page: Page,
        name: str,
        *,
        sizes: Sequence[str] = ("phone", "desktop"),
        dark: bool = False,
        theirs: Theirs | None = None,
    ) -> None:
        """Look at the page in each size and keep a picture of it; with `dark`, in the first size
        in the dark, too."""
        self._prepare(page)
        loaded = "light"
        for size in sizes:
            page.set_viewport_size(_SIZES[size])
            for scheme in ("light", "dark") if dark and size == sizes[0] else ("light",):
                page.emulate_media(color_scheme=scheme)
                if theirs and theirs.is_dark_at_load and scheme != loaded:
                    page.reload()
                    self._prepare(page)
                    loaded = scheme
                page.evaluate("() => sfLook.settle()")
                where = f"{name}, {size}, {scheme}"
                screenshot(page, f"page-{name}-{size}-{scheme}")
                rules = _RULES if scheme == "light" else _COLOUR_RULES
                self._note(where, self._axe(page, rules, theirs))
                if size != "desktop" and scheme == "light":
                    self._note(where, self._by_hand(page, theirs))
        page.emulate_media(color_scheme="light")
        if loaded == "dark":
            page.reload()

    def check(self) -> None:
        assert not self.found, f"{len(self.found)} findings:\n" + "\n".join(self.found)

    def _prepare(self, page: Page) -> None:
        """Scripts by way of the debugger: the pages' content security policy allows no others."""
        if page.evaluate("() => typeof window.sfLook === 'undefined'"):
            page.evaluate(_AXE.read_text("utf-8"))
            page.evaluate(_LOOK.read_text("utf-8"))

    def _axe(self, page: Page, rules: Mapping[str, object], theirs: Theirs | None) -> list[str]:
        options = {"runOnly": rules}
        parts = [[part] for part in (theirs.parts if theirs else ())]
        found = page.evaluate(
            "([options, parts]) => sfLook.violations(options, parts)", [options, parts]
        )
        grave = {"serious", "critical"}
        return [
            f"{one['rule']} ({one['impact']}): {one['help']}\n    " + "\n    ".join(one["targets"])
            for one in found
            if one["impact"] in grave or not (theirs and theirs.only_grave)
        ]

    def _by_hand(self, page: Page, theirs: Theirs | None) -> list[str]:
        sideways: list[str] = page.evaluate("() => sfLook.sideways()")
        small: list[str] = [] if theirs else page.evaluate("() => sfLook.smallTargets()")
        return [*sideways, *small]

    def _note(self, where: str, findings: list[str]) -> None:
        self.found += [f"{where}: {finding}" for finding in findings]
