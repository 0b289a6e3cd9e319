"""The first page of a printable document.

The library that draws would take a third of each process's start: the first document loads it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from showfloor.fulfilment.documents.paper import FileInfo

if TYPE_CHECKING:
    from showfloor.fulfilment.documents.pages import Paper


def begin(info: FileInfo, texts: Iterable[str]) -> "Paper":
    """Return the first page. `texts`: all that will be written, by which the fonts are chosen."""
    from showfloor.fulfilment.documents.pages import Paper

    return Paper(info, texts)
