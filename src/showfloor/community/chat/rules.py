"""What may be said, and how often. Pure decisions."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Invalid

TEXT_CHARS_MAX = 200
CLIENT_ID_CHARS_MAX = 64
BURST = 5  # messages at once
NETWORK_BURST = 20  # the same for all guests of a network together: a new cookie is no new burst
WINDOW = timedelta(seconds=5)  # in which the burst is all there is: one a second in the long run

_JOINERS = {"\u200c", "\u200d"}  # Persian and Indic writing and emoji need them
_LINK = re.compile(
    r"\b[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:"
    r"|[\w-]+\.(?:com|net|org|info|biz|io|co|me|ly|gg|tv|de|at|ch|fr|it|es|nl|be|uk|eu|us|ru|cn|in"
    r"|app|dev|shop|store|online|site|link|click|live|club|xyz|top|vip|page|website)\b(?![\w.]*@)",
    re.IGNORECASE,
)


def clean_text(text: str, *, may_link: bool) -> str:
    """What will be shown: one line, without characters that draw nothing or turn the line round.

    Invalid when nothing or too much is left, or for a link from someone who may not post one.
    """
    visible = "".join(
        char if char in _JOINERS or unicodedata.category(char)[0] != "C" else " "
        for char in unicodedata.normalize("NFC", text)
    )
    line = " ".join(visible.split()).strip("\u200c\u200d")
    if not line:
        raise Invalid(_("Write something first."), field="text", code="message-empty")
    if len(line) > TEXT_CHARS_MAX:
        raise Invalid(
            _("Keep it below %(count)s characters.") % {"count": TEXT_CHARS_MAX + 1},
            field="text", code="message-too-long",
        )  # fmt: skip
    if not may_link and _LINK.search(line):
        raise Invalid(_("Links can't be posted here."), field="text", code="message-link")
    return line


def wait_s(sent: Sequence[datetime], now: datetime, burst: int = BURST) -> float:
    """How long someone who sent messages at these times has to wait; 0 when not at all."""
    recent = sorted(moment for moment in sent if moment > now - WINDOW)
    if len(recent) < burst:
        return 0.0
    return (recent[-burst] + WINDOW - now).total_seconds()
