"""Goods to fight over, and the invariants that must hold whatever happened."""

from datetime import UTC, datetime, timedelta

from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.stock import services
from showfloor.stock.models import Stock

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
TTL = timedelta(minutes=10)
# The notices that listeners of the stock get: free units before and after, by variant id.
type Notices = list[dict[str, tuple[int, int]]]


def make_variant(brand: Brand, sku: str, on_hand: int, price: int = 1990) -> Variant:
    """A variant on sale in the brand's currency, `price` in minor units."""
    product = Product.objects.all_brands().create(brand=brand, reference=sku, name=f"Product {sku}")
    variant = Variant.objects.all_brands().create(brand=brand, product=product, sku=sku)
    Price.objects.all_brands().create(variant=variant, currency=brand.currency, amount=price)
    services.set_level(brand.pk, variant.pk, on_hand)
    return variant


def level(variant: Variant) -> tuple[int, int]:
    """(on hand, reserved)."""
    row = Stock.objects.for_brand(variant.brand_id).get(variant=variant)
    return row.on_hand, row.reserved


def broken_invariants() -> list[str]:
    """SKUs whose counters are not what their holds and movements add up to, in all and at each
    location; empty when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.sku, s.on_hand, s.reserved,"
            " COALESCE(SUM(CASE WHEN h.state = 'active' THEN h.quantity END), 0),"
            " (SELECT COALESCE(SUM(change), 0) FROM stock_stockmovement WHERE stock_id = s.id)"
            " FROM stock_stock s JOIN catalogue_variant v ON v.id = s.variant_id"
            " LEFT JOIN stock_hold h ON h.stock_id = s.id"
            " GROUP BY v.sku, s.id, s.on_hand, s.reserved ORDER BY v.sku"
        )
        broken = [
            f"{sku}: on hand {on_hand}, reserved {reserved}, active holds {held}, moved {moved}"
            for sku, on_hand, reserved, held, moved in cursor.fetchall()
            if not (reserved == held and 0 <= reserved <= on_hand == moved)
        ]
        cursor.execute(
            "SELECT v.sku, place.name, COALESCE(part.on_hand, 0),"
            " (SELECT COALESCE(SUM(change), 0) FROM stock_stockmovement"
            "   WHERE stock_id = s.id AND location_id = place.id),"
            " s.on_hand - (SELECT COALESCE(SUM(on_hand), 0) FROM stock_locationstock"
            "   WHERE stock_id = s.id),"
            " (SELECT COALESCE(SUM(change), 0) FROM stock_stockmovement"
            "   WHERE stock_id = s.id AND location_id IS NULL)"
            " FROM stock_stock s JOIN catalogue_variant v ON v.id = s.variant_id"
            " JOIN stock_location place ON place.brand_id = s.brand_id AND NOT place.is_main"
            " LEFT JOIN stock_locationstock part"
            "   ON part.stock_id = s.id AND part.location_id = place.id"
        )
        return broken + [
            f"{sku} at {name}: {units}, moved {moved}; main {main}, moved {main_moved}"
            for sku, name, units, moved, main, main_moved in cursor.fetchall()
            if not (units == moved and 0 <= main == main_moved)
        ]
