"""Reads the items of an RSS or Atom feed as rows, piece by piece, with the line each begins on.

A document type or an entity is refused before it is read, so a file can neither grow in memory
("billion laughs") nor reach for other files or addresses. Expat is used directly for that, because
it tells the line that it is on, which its SAX and ElementTree wrappers do not.
"""

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from django.utils.translation import gettext as _

from showfloor.catalogue.importing.records import LastRejection, Rejection
from showfloor.catalogue.importing.sources import (
    FIELD_CHARS_MAX,
    REF_CHARS_MAX,
    ROWS_MAX,
    Row,
    too_many_rows,
)

_CHUNK = 64 * 1024
_ITEMS = {"item", "entry"}
_DEPTH_MAX = 50
_FURTHER_PICTURES = "additional_image_link"
_FIELDS_MAX = 500  # of one item: Google's specification knows about a hundred
_ITEM_CHARS_MAX = 1024 * 1024


class _FeedBroken(Exception):
    """The rest of the file can't be read."""


def read(path: Path) -> Iterator[Row | Rejection]:
    items = _Items()
    rows = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            broken = items.feed(chunk)
            while items.ready:
                if rows == ROWS_MAX:
                    yield LastRejection(items.ready[0].line, too_many_rows())
                    return
                rows += 1
                yield items.ready.popleft()
            if broken is not None:
                yield broken
            if broken is not None or not chunk:
                return


class _Items:
    """Collects direct children of each item; deeper elements (`g:shipping/g:price`) are others'."""

    def __init__(self) -> None:
        self.ready: deque[Row] = deque()  # emptied after each chunk of the file
        self._depth = 0
        self._item_depth = 0  # 0: outside of items
        self._item_line = 0
        self._items = 0
        self._fields = 0
        self._item_chars = 0
        self._values: dict[str, str] = {}
        self._text: list[str] = []
        self._chars = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.ExternalEntityRefHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.CharacterDataHandler = self._characters
        self._parser.EndElementHandler = self._end

    def feed(self, chunk: bytes) -> LastRejection | None:
        """Parse more (nothing: the end); the rejection that ends the file when it is broken."""
        try:
            self._parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            sentence = _("The file is broken here (%(error)s); what follows was not read.")
            text = expat.ErrorString(error.code) or ""
            return LastRejection(error.lineno, sentence % {"error": text}, self._ref())
        except _FeedBroken as error:
            return LastRejection(self._parser.CurrentLineNumber, str(error), self._ref())
        return None

    def _refuse(self, *_declaration: object) -> int:
        raise _FeedBroken(_("The file declares a document type or entities; that is refused."))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise _FeedBroken(_("The file is nested too deep; what follows was not read."))
        if not self._item_depth and local in _ITEMS:
            self._item_depth, self._values = self._depth, {}
            self._item_line = self._parser.CurrentLineNumber
            self._items += 1
            self._fields = self._item_chars = 0
        elif self._item_depth and self._depth == self._item_depth + 1:
            self._fields += 1
            if self._fields > _FIELDS_MAX:
                sentence = _("An item has more than %(max)d fields; what follows was not read.")
                raise _FeedBroken(sentence % {"max": _FIELDS_MAX})
            # Atom's links are in an attribute.
            href = attributes.get("href", "") if local == "link" else ""
            self._text, self._chars = [href], len(href)

    def _characters(self, content: str) -> None:
        if self._item_depth and self._depth == self._item_depth + 1:
            self._chars += len(content)
            self._item_chars += len(content)
            if self._item_chars > _ITEM_CHARS_MAX:
                raise _FeedBroken(_("An item is too long; what follows was not read."))
            if self._chars > FIELD_CHARS_MAX:
                raise _FeedBroken(_("A value is too long; what follows was not read."))
            self._text.append(content)

    def _end(self, name: str) -> None:
        if self._depth == self._item_depth:
            self.ready.append(Row(self._item_line, self._values, self._ref()))
            self._item_depth = 0
        elif self._item_depth and self._depth == self._item_depth + 1:
            # `g:price` and a plain `price` are the same; the first one that says something counts.
            text = "".join(self._text).strip()
            local = name.rpartition(" ")[2].lower()
            if text and local == _FURTHER_PICTURES and local in self._values:
                self._values[local] += f",{text}"  # as a table has them
            elif text:
                self._values.setdefault(local, text)
        self._depth -= 1

    def _ref(self) -> str:
        """Return the name of the item that is being read: its id, else its number in the file."""
        if not self._item_depth:
            return ""
        own = self._values.get("id", "")[:REF_CHARS_MAX]
        return own or _("item %(number)d") % {"number": self._items}
