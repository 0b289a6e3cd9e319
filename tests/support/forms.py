"""The fields that a browser sends for an untouched form of a page."""

from html.parser import HTMLParser
from typing import Any, override

_NOT_SENT = {"submit", "button", "file", "image", "reset"}


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, Any] = {}
        self._select = ""
        self._textarea = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        flags = {name for name, _value in attrs}
        name = found.get("name", "")
        if tag == "input" and name and found.get("type", "text") not in _NOT_SENT:
            ticked = found.get("type") in {"checkbox", "radio"}
            if ticked and "checked" not in flags:
                return
            self.data[name] = found.get("value", "on" if ticked else "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in flags:
            self.data[self._select] = found.get("value", "")
        elif tag == "textarea" and name:
            self._textarea = name
            self.data[name] = ""

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            # A browser drops the line's end that follows the tag, and sends CR LF.
            self.data[self._textarea] = (
                self.data[self._textarea].removeprefix("\n").replace("\n", "\r\n")
            )
            self._textarea = ""

    @override
    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.data[self._textarea] += data


def fields(response: Any) -> dict[str, Any]:
    """Names and values of all fields on the page."""
    parser = _Fields()
    parser.feed(response.content.decode())
    return {
        name: value
        for name, value in parser.data.items()
        if "__prefix__" not in name and not name.startswith("_")
    }
