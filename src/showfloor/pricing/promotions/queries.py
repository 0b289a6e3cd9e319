"""The promotions of a brand. They are asked for with every purchase of a rush, so that they are
kept in memory; their moments are those of the rows, whatever the age of the memory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from showfloor.kernel.fresh import Fresh
from showfloor.pricing.promotions.models import FreeGift
from showfloor.pricing.promotions.rules import GiftRule

# A change is known at once to the process that makes it, to others after this.
FRESH_S, STALE_S = 10.0, 20.0
BRANDS_MAX: Final = 2000


@dataclass(frozen=True, slots=True)
class Promotions:
    """What a brand has published."""

    gifts: tuple[GiftRule, ...] = ()

    def gifts_at(self, currency: str, market_id: str, now: datetime) -> tuple[GiftRule, ...]:
        """Return the gifts that count in a market at a moment."""
        return tuple(one for one in self.gifts if one.counts(currency, market_id, now))


_of_brand = Fresh[str, Promotions](FRESH_S, STALE_S, BRANDS_MAX)


def of_brand(brand_id: str) -> Promotions:
    """Return the promotions that a brand has published."""
    return _of_brand.get(brand_id, lambda: _read(brand_id))


def forget(brand_id: str | None = None) -> None:
    """Read the promotions of this brand (of every brand, for None) anew."""
    _of_brand.forget(lambda key: brand_id is None or key == brand_id)


def _read(brand_id: str) -> Promotions:
    gifts = FreeGift.objects.for_brand(brand_id).filter(published=True)
    return Promotions(
        tuple(
            GiftRule(
                one.pk, one.name, one.market_id, one.currency, one.starts_at, one.ends_at,
                one.amount_from, one.variant_id, one.show,
            )
            for one in gifts
        )
    )  # fmt: skip
