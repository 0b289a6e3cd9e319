"""How much work may go into looking for a brand's word rules, so that no list of rules and no text
can hold up others. Standard library only.

The unit is one comparison of a letter of a pattern, about a microsecond. A text that anyone would
write costs some dozens; a text made to fit thousands of rules nearly is given up on, and a person
looks at it instead.
"""

from showfloor.community.textfilter.patterns import TypedWord, Word
from showfloor.kernel.allowance import Allowances

TEXT_UNITS_MAX = 20_000  # for one text
BRAND_UNITS_PER_S = 100_000  # for all texts of a brand, in one process
BRAND_UNITS_BURST = 300_000
BRANDS_MAX = 1_000


class BudgetSpent(Exception):
    """The search for words in a text has cost too much and ends here."""


class MatchBudget:
    """What is left for one text. It keeps the words of that text laid out for comparison."""

    def __init__(self, units: int = TEXT_UNITS_MAX) -> None:
        self.left = units
        self._typed: dict[str, TypedWord] = {}

    def spend(self, units: int) -> None:
        """BudgetSpent when there is no more."""
        self.left -= units
        if self.left < 0:
            raise BudgetSpent

    def fits(self, word: Word, chars: str) -> bool:
        """`Word.fits`, paid for. BudgetSpent."""
        self.spend(1 + len(word.elements))
        typed = self._typed.get(chars)
        if typed is None:
            self.spend(len(chars) // 4)
            typed = self._typed[chars] = TypedWord(chars)
        return word.fits(typed)


class BrandBudget:
    """What all texts of one brand may cost: each is granted work while something is left."""

    def __init__(self, brand_id: str, allowances: Allowances) -> None:
        self._brand_id = brand_id
        self._allowances = allowances

    @property
    def left(self) -> int:
        """What there is now."""
        return max(0, int(self._allowances.left(self._brand_id)))

    def grant(self) -> MatchBudget:
        """Work for one text; none when the brand has used up its share of the moment."""
        return MatchBudget(min(TEXT_UNITS_MAX, self.left))

    def charge(self, units: int) -> None:
        """Take what a text has cost."""
        self._allowances.charge(self._brand_id, units)


_of_brands = Allowances(BRAND_UNITS_BURST, BRAND_UNITS_PER_S, BRANDS_MAX)


def of_brand(brand_id: str) -> BrandBudget:
    return BrandBudget(brand_id, _of_brands)
