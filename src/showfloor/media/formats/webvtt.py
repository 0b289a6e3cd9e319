"""WebVTT (W3C, https://www.w3.org/TR/webvtt1/), as far as captions are written in it."""

import html


def cue(start_s: float, end_s: float, text: str) -> str:
    """Return a cue with the blank line before it."""
    words = html.escape(text, quote=False)
    return f"\n{timestamp(start_s)} --> {timestamp(end_s)}\n{words}\n"


def timestamp(seconds: float) -> str:
    """Return a time like `01:02:03.450`."""
    ms = max(0, round(seconds * 1000))
    minutes, ms = divmod(ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{ms // 1000:02d}.{ms % 1000:03d}"
