"""What people write, before anyone else sees it."""

import unicodedata

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Invalid

_JOINERS = {"\u200c", "\u200d"}  # Persian and Indic writing and emoji need them


def one_line(text: str) -> str:
    """One line, without characters that draw nothing or turn the line round."""
    visible = unicodedata.normalize("NFC", text)
    if not visible.isprintable():  # line ends, joiners, and what is meant to deceive
        visible = "".join(
            char if char in _JOINERS or unicodedata.category(char)[0] != "C" else " "
            for char in visible
        )
    return " ".join(visible.split()).strip("\u200c\u200d")


def clean(text: str, chars_max: int, of: str) -> str:
    """What will be shown of a text: one line. Invalid with the code `<of>-empty` or `<of>-too-long`
    when nothing or too much is left."""
    line = one_line(text)
    if not line:
        raise Invalid(_("Write something first."), field="text", code=f"{of}-empty")
    if len(line) > chars_max:
        raise Invalid(
            _("Keep it below %(count)s characters.") % {"count": chars_max + 1},
            field="text", code=f"{of}-too-long",
        )  # fmt: skip
    return line
