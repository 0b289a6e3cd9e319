"""People of whom something was shown in a show before, over all slices that people write in.

AutoMod may hold everyone's first message or question (`holds_first`). A slice that needs to know
whose first one it is reads its own rows, and asks here for those of the other slices.
"""

from collections.abc import Callable, Collection

# Takes a show's id and subjects; returns the subjects of whom something was shown.
type ShownBefore = Callable[[str, Collection[str]], set[str]]
_sources: list[ShownBefore] = []


def register(source: ShownBefore) -> None:
    """Register a slice's answer. Again changes nothing."""
    if source not in _sources:
        _sources.append(source)


def shown_before(show_id: str, subjects: Collection[str]) -> set[str]:
    """Return those of these people of whom a registered slice has shown something in this show."""
    return {subject for source in _sources for subject in source(show_id, subjects)}
