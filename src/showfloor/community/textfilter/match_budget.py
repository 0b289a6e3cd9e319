"""Limits on the work of looking for word rules, so that no list of rules and no text can hold up
others.

The unit is one comparison of a letter of a pattern, about a microsecond. A text that anyone would
write costs some dozens; a text made to fit thousands of rules nearly is given up on, and a person
looks at it instead.
"""

from typing import Protocol

from showfloor.community.textfilter.patterns import TypedWord, Word

TEXT_UNITS_MAX = 20_000  # for one text


class BudgetSpent(Exception):
    """The search for words in a text has cost too much and ends here."""


class MatchBudget:
    """The units left for one text. It keeps the words of that text laid out for comparison."""

    def __init__(self, units: int = TEXT_UNITS_MAX) -> None:
        self.left = units
        self._typed: dict[str, TypedWord] = {}

    def spend(self, units: int) -> None:
        """Take units; raise BudgetSpent when there are no more."""
        self.left -= units
        if self.left < 0:
            raise BudgetSpent

    def fits(self, word: Word, chars: str) -> bool:
        """Return `Word.fits` and pay for it; raise BudgetSpent."""
        self.spend(1 + len(word.elements))
        typed = self._typed.get(chars)
        if typed is None:
            self.spend(len(chars) // 4)
            typed = self._typed[chars] = TypedWord(chars)
        return word.fits(typed)


class SharedBudget(Protocol):
    """The budget of all texts that are compared with the same rules."""

    def grant(self) -> MatchBudget:
        """Return work for one text; none when the share of the moment is used up."""

    def charge(self, units: int) -> None:
        """Take the units that a text has cost."""
