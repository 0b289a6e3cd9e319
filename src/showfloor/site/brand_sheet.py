"""A brand's own style sheet: the tokens that it overrides."""

from collections.abc import Mapping

from showfloor.accounts.display_fonts import DisplayFont
from showfloor.site import colours

# The families stand in `frontend/src/styles/fonts.css`.
_FAMILIES: Mapping[str, str] = {
    DisplayFont.WARM_SERIF: "'Newsreader', 'Georgia', 'Times New Roman', serif",
    DisplayFont.FINE_SERIF: "'Playfair Display', 'Didot', 'Georgia', serif",
    DisplayFont.GEOMETRIC: "'Jost', 'Futura', 'Century Gothic', sans-serif",
    DisplayFont.PLAIN: "'Source Sans 3', 'Segoe UI', system-ui, sans-serif",
}


def css(accent: str, display_font: str) -> str:
    """Return the sheet. The accent is exact on filled areas; text and lines get what reads."""
    light, dark = _declare(accent, dark=False), _declare(accent, dark=True)
    family = _FAMILIES.get(display_font, _FAMILIES[DisplayFont.WARM_SERIF])
    return (
        f":root {{ {light} --sf-font-display: {family}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    )


def _declare(colour: str, *, dark: bool) -> str:
    made = colours.accent(colour, dark=dark)
    return (
        f"--sf-accent: {made.fill}; --sf-on-accent: {made.on_fill}; "
        f"--sf-accent-hover: {made.hover}; --sf-accent-edge: {made.edge}; "
        f"--sf-accent-soft: {made.soft}; --sf-accent-ink: {made.ink};"
    )
