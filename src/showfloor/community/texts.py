"""Rules for what people write, before anyone else sees it."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from showfloor.community.textfilter.cleaning import draws, one_line
from showfloor.kernel.errors import Invalid


def usable(clean_text: Callable[[str], str], text: str) -> str:
    """Return what `clean_text` leaves of a text; an empty one where it refuses."""
    try:
        return clean_text(text)
    except Invalid:
        return ""


def clean(text: str, chars_max: int, of: str) -> str:
    """Return the text as one line, as it is shown. Invalid with the code `<of>-empty` or
    `<of>-too-long` when nothing or too much is left."""
    line = one_line(text)
    if not draws(line):
        raise Invalid(_("Write something first."), field="text", code=f"{of}-empty")
    if len(line) > chars_max:
        raise Invalid(
            _("Keep it below %(count)s characters.") % {"count": chars_max + 1},
            field="text", code=f"{of}-too-long",
        )  # fmt: skip
    return line
