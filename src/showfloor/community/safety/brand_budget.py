"""Budgets of brands: the work of comparing all texts of one brand with its word rules, in one
process."""

from showfloor.community.textfilter.match_budget import TEXT_UNITS_MAX, MatchBudget
from showfloor.kernel.allowance import Allowances

BRAND_UNITS_PER_S = 100_000
BRAND_UNITS_BURST = 300_000
BRANDS_MAX = 1_000


class BrandBudget:
    """The budget of one brand; a text is granted work while something is left."""

    def __init__(self, brand_id: str, allowances: Allowances) -> None:
        self._brand_id = brand_id
        self._allowances = allowances

    @property
    def left(self) -> int:
        """The units left now."""
        return max(0, int(self._allowances.left(self._brand_id)))

    def grant(self) -> MatchBudget:
        """Return work for one text; none when the brand has used up its share of the moment."""
        return MatchBudget(min(TEXT_UNITS_MAX, self.left))

    def charge(self, units: int) -> None:
        """Take the units that a text has cost."""
        self._allowances.charge(self._brand_id, units)


_of_brands = Allowances(BRAND_UNITS_BURST, BRAND_UNITS_PER_S, BRANDS_MAX)


def of_brand(brand_id: str) -> BrandBudget:
    return BrandBudget(brand_id, _of_brands)
