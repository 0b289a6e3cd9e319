"""Free units of variants."""

from collections.abc import Iterable

from showfloor.stock.models import Stock


def available(brand_id: str, variant_ids: Iterable[str]) -> dict[str, int]:
    """Return variant id → free units, for each id asked for; a variant without a stock level has
    none."""
    ids = list(variant_ids)
    rows = Stock.objects.for_brand(brand_id).filter(variant_id__in=ids)
    levels = {row.variant_id: row.available for row in rows}
    return {variant_id: levels.get(variant_id, 0) for variant_id in ids}
