"""The decisions about files that are played as live, without I/O."""

from typing import Final

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Conflict, Invalid
from showfloor.media.files.ports import FileFacts
from showfloor.shows.models import ShowState

ENDINGS: Final = (".mp4", ".m4v", ".mov", ".mkv", ".flv", ".ts")
HOURS_MAX: Final = 12
FIELD: Final = "played_file"


def check_facts(name: str, facts: FileFacts | None) -> FileFacts:
    """Return the facts of a file that can be played; Invalid says what is wrong with it."""
    if facts is None or facts.duration_s <= 0:
        raise _invalid(_("%(name)s is no film that can be read to its end."), name)
    if facts.video != "h264":
        raise _invalid(
            _("The picture of %(name)s is %(codec)s: make it H.264 first."), name, facts.video
        )
    if facts.audio not in {"", "aac"}:
        raise _invalid(
            _("The sound of %(name)s is %(codec)s: make it AAC first."), name, facts.audio
        )
    if facts.duration_s > HOURS_MAX * 3600:
        raise _invalid(_("%(name)s is longer than twelve hours."), name)
    return facts


def check_may_change(state: str) -> None:
    if state not in {ShowState.DRAFT, ShowState.SCHEDULED}:
        raise Conflict(_("The show has begun: what it plays stays."), code="has-begun", field=FIELD)


def _invalid(words: str, name: str, codec: str = "") -> Invalid:
    return Invalid(words % {"name": name, "codec": codec}, field=FIELD, code="bad-file")
