"""Pure decisions about ranges of a show: which ones can be a clip, and what a trim may cut off."""

import re
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Invalid

CLIP_MIN_S: Final = 1.0
CLIP_MAX_S: Final = 1800.0
CLIPS_MAX: Final = 200  # of one show
FILES_MAX: Final = 20  # of one show
TITLE_MAX: Final = 120
_CLOCK: Final = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2}(?:[.,]\d{1,3})?)")


def check_range(
    started_at: datetime, over_at: datetime, start_s: float, end_s: float, *,
    longest_s: float | None = None,
) -> tuple[datetime, datetime]:  # fmt: skip
    """Return the moments of a range of show time; Invalid names the field that does not fit.
    `over_at`: the end of the show, or now."""
    lasted_s = (over_at - started_at).total_seconds()
    if not 0 <= start_s < lasted_s:
        raise Invalid(_("The start lies outside the show."), field="start_s")
    if end_s > lasted_s + 1:
        raise Invalid(_("The end lies after the end of the show."), field="end_s")
    if end_s - start_s < CLIP_MIN_S:
        raise Invalid(_("The end comes at least a second after the start."), field="end_s")
    if longest_s is not None and end_s - start_s > longest_s:
        raise Invalid(
            _("A clip lasts at most %(minutes)d minutes.") % {"minutes": longest_s // 60},
            field="end_s",
        )
    return started_at + timedelta(seconds=start_s), started_at + timedelta(seconds=end_s)


def check_title(title: str) -> str:
    """Return the title as it is kept; Invalid for an empty or a long one."""
    clean = " ".join(title.split())
    if not clean:
        raise Invalid(_("A clip needs a title."), field="title")
    if len(clean) > TITLE_MAX:
        raise Invalid(
            _("At most %(count)d characters, please.") % {"count": TITLE_MAX}, field="title"
        )
    return clean


def parse_show_time(text: str, field: str) -> float:
    """Return the seconds of a show time as people write it: 1:02:03, 2:03 or 2:03.5."""
    match = _CLOCK.fullmatch(text.strip())
    if match is not None:
        hours, minutes = int(match[1] or 0), int(match[2])
        seconds = float(match[3].replace(",", "."))
        if seconds < 60 and (minutes < 60 or not match[1]):
            return hours * 3600 + minutes * 60 + seconds
    raise Invalid(_("Write a time of the show, like 1:02:03 or 2:03."), field=field)


def show_time_words(seconds: float) -> str:
    """Return a show time as people write it, to the second: 1:02:03 or 2:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
