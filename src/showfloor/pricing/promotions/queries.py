"""The promotions of a brand. They are asked for with every purchase of a rush, so that they are
kept in memory; their moments are those of the rows, whatever the age of the memory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from showfloor.kernel.fresh import Fresh
from showfloor.pricing.promotions.models import Bundle, FreeGift
from showfloor.pricing.promotions.rules import BundleRule, GiftRule

# A change is known at once to the process that makes it, to others after this.
FRESH_S, STALE_S = 10.0, 20.0
BRANDS_MAX: Final = 2000
BUNDLES_MAX: Final = 30  # published at one brand: every cart answers with them


@dataclass(frozen=True, slots=True)
class Promotions:
    """What a brand has published."""

    gifts: tuple[GiftRule, ...] = ()
    bundles: tuple[BundleRule, ...] = ()

    def gifts_at(self, currency: str, market_id: str, now: datetime) -> tuple[GiftRule, ...]:
        """Return the gifts that count in a market at a moment."""
        return tuple(one for one in self.gifts if one.counts(currency, market_id, now))

    def bundles_at(self, currency: str, market_id: str, now: datetime) -> tuple[BundleRule, ...]:
        """Return the bundles that count in a market at a moment."""
        return tuple(one for one in self.bundles if one.counts(currency, market_id, now))

    @property
    def variants(self) -> set[str]:
        """Return the ids of all variants that they are about."""
        parts = {variant for one in self.bundles for variant, _units in one.items}
        return parts | {one.variant_id for one in self.gifts}


_of_brand = Fresh[str, Promotions](FRESH_S, STALE_S, BRANDS_MAX)


def of_brand(brand_id: str) -> Promotions:
    """Return the promotions that a brand has published."""
    return _of_brand.get(brand_id, lambda: _read(brand_id))


def forget(brand_id: str | None = None) -> None:
    """Read the promotions of this brand (of every brand, for None) anew."""
    _of_brand.forget(lambda key: brand_id is None or key == brand_id)


def _read(brand_id: str) -> Promotions:
    gifts = FreeGift.objects.for_brand(brand_id).filter(published=True)
    bundles = Bundle.objects.for_brand(brand_id).filter(published=True)
    return Promotions(
        tuple(
            GiftRule(*_terms(one), one.amount_from, one.variant_id, one.show) for one in gifts
        ),
        tuple(
            BundleRule(
                *_terms(one), one.price,
                tuple((item.variant_id, item.quantity) for item in one.items.all()),
            )
            for one in bundles.prefetch_related("items")[:BUNDLES_MAX]
        ),
    )  # fmt: skip


def _terms(
    row: FreeGift | Bundle,
) -> tuple[str, str, str | None, str, datetime | None, datetime | None]:
    return row.pk, row.name, row.market_id, row.currency, row.starts_at, row.ends_at
