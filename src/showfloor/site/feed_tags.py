"""The XML tags of our feeds."""

from xml.sax.saxutils import escape


def tag(name: str, text: str) -> str:
    """Return one tag around a text, without characters that XML 1.0 (2.2) has no place for."""
    clean = "".join(char for char in text if char in "\t\n\r" or char >= " ")
    return f"<{name}>{escape(clean)}</{name}>"
