"""What people write, before anyone else sees it."""

import unicodedata

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
