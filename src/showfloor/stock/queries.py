"""Free units of variants."""

from collections.abc import Iterable

from django.db import connection

from showfloor.accounts import batch_sql


def available(brand_id: str, variant_ids: Iterable[str]) -> dict[str, int]:
    """Return variant id → free units, for each id asked for; a variant without a stock level has
    none."""
    ids = list(variant_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT variant_id, on_hand - reserved FROM stock_stock"  # noqa: S608 - only names
            f" WHERE brand_id = %s AND {batch_sql.among('variant_id')}",
            (brand_id, batch_sql.many(ids)),
        )
        levels = dict(cursor.fetchall())
    return {variant_id: levels.get(variant_id, 0) for variant_id in ids}
