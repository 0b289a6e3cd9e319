"""Pure decisions about captions: their text, their language, their time."""

import re
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from showfloor.community.textfilter.cleaning import draws, one_line
from showfloor.kernel.clock import truncate_ms
from showfloor.kernel.errors import Invalid
from showfloor.media.hls.caption_tracks import LASTS_MAX

TEXT_MAX: Final = 300  # characters
CUE_ID_MAX: Final = 64
TRANSLATED: Final = "mt-"  # begins the ids of cues that are translations
AT_ONCE_MAX: Final = 50  # captions of one request
LANGUAGES_MAX: Final = 12  # of one show
AHEAD_MAX: Final = timedelta(seconds=2)  # a captioner's clock may be a little fast

# People read some 15 to 20 characters a second (EBU, BBC subtitle guidelines).
_READ_PER_S: Final = 17
_SHORTEST: Final = timedelta(seconds=1.5)
_LONGEST: Final = timedelta(seconds=7)

# A language, and where it is needed a script and a region (RFC 5646 section 2.1).
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")


def clean_language(code: str) -> str:
    """Return the tag as RFC 5646 section 2.1.1 writes it (`de`, `pt-BR`); Invalid."""
    parts = code.strip().replace("_", "-").split("-")
    written = "-".join([parts[0].lower(), *(_subtag(part) for part in parts[1:])])
    if len(code) > 16 or _LANGUAGE.fullmatch(written) is None:
        raise Invalid(_("Give a language like de or pt-BR."), field="language")
    return written


def check_cue_id(cue_id: str) -> None:
    """Invalid for an id that a captioner may not give."""
    if not 1 <= len(cue_id) <= CUE_ID_MAX or not cue_id.isprintable():
        raise Invalid(_("Give each caption an id of its own."), field="cue_id")


def cue_of_translation(caption_id: str) -> str:
    """Return the id of the cue that a program makes of a caption in another language."""
    return TRANSLATED + caption_id


def primary(language: str) -> str:
    """Return the language of a tag without its script and region: `pt` of `pt-BR`."""
    return language.partition("-")[0]


def clean_text(text: str) -> str:
    """Return the words as they are shown, at most two lines; Invalid."""
    lines = [one for one in (one_line(line) for line in text.splitlines()) if one]
    words = "\n".join([lines[0], " ".join(lines[1:])] if len(lines) > 1 else lines)
    if not draws(words):
        raise Invalid(_("Write something first."), field="text", code="caption-empty")
    if len(words) > TEXT_MAX:
        raise Invalid(
            _("Keep it below %(count)s characters.") % {"count": TEXT_MAX + 1},
            field="text", code="caption-too-long",
        )  # fmt: skip
    return words


def reading_time(text: str) -> timedelta:
    """Return how long a caption stays when nobody says how long."""
    return min(max(timedelta(seconds=len(text) / _READ_PER_S), _SHORTEST), _LONGEST)


def times(
    starts_at: datetime | None, ends_at: datetime | None, text: str,
    within: tuple[datetime, datetime],
) -> tuple[datetime, datetime]:  # fmt: skip
    """Return the pictures from and to which a caption is shown. `within`: the first and the last
    picture of the show. Invalid when it is said outside, or does not last a millisecond to
    LASTS_MAX."""
    first, last = within
    begins = last if starts_at is None else starts_at
    if not first <= begins <= last + AHEAD_MAX:
        raise Invalid(_("This is not a time of the show."), field="starts_at")
    begins = truncate_ms(min(begins, last))
    ends = truncate_ms(begins + reading_time(text) if ends_at is None else ends_at)
    if not begins < ends <= begins + LASTS_MAX:
        raise Invalid(
            _("A caption ends after it begins, at most %(count)s seconds later.")
            % {"count": int(LASTS_MAX.total_seconds())},
            field="ends_at",
        )  # fmt: skip
    return begins, ends


def _subtag(part: str) -> str:
    return part.upper() if len(part) in {2, 3} else part.title()
