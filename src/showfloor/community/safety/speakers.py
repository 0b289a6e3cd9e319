"""People of whom something was shown in a show before, as the slices tell it that people write in.

AutoMod may hold everyone's first message or question (`holds_first`). A slice that asks this knows
its own rows; for those of the other slices it asks here.
"""

from collections.abc import Callable, Collection

# Is given the show's id and subjects; returns the subjects of whom something was shown.
type ShownBefore = Callable[[str, Collection[str]], set[str]]
_sources: list[ShownBefore] = []


def register(source: ShownBefore) -> None:
    """Let a slice tell whom it has shown. Again changes nothing."""
    if source not in _sources:
        _sources.append(source)


def shown_before(show_id: str, subjects: Collection[str]) -> set[str]:
    """Return those of these people of whom a registered slice has shown something in this show."""
    return {subject for source in _sources for subject in source(show_id, subjects)}
