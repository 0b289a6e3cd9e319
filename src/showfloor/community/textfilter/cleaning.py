"""Text as it can be shown: one line, without characters that draw nothing."""

import unicodedata

_JOINERS = {"\u200c", "\u200d"}  # needed by Persian and Indic writing, and by emoji
# Marks of possible word breaks are left out: a blank in their place would take a word apart.
_BREAKS = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
_UNSEEN = {"Mn", "Cf", "Cc", "Zs"}  # marks without a letter among them
DRAWS_NOTHING = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")


def one_line(text: str) -> str:
    """Return the text as one line, without characters that draw nothing or reverse the line."""
    visible = unicodedata.normalize("NFC", text)
    if not visible.isprintable():  # line ends, joiners, and characters meant to deceive
        visible = visible.translate(_BREAKS)
        visible = "".join(
            char if char in _JOINERS or unicodedata.category(char)[0] != "C" else " "
            for char in visible
        )
    return " ".join(visible.split()).strip("\u200c\u200d")


def draws(text: str) -> bool:
    """Return whether the text shows anything but blanks, fillers, and marks without a letter."""
    return any(
        char not in DRAWS_NOTHING and unicodedata.category(char) not in _UNSEEN for char in text
    )
