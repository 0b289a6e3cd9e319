"""An invented order, by which a brand looks at its mails before anyone has bought. It is never
stored."""

from showfloor.accounts.models import Brand
from showfloor.checkout.models import Checkout, Order, OrderLine, OrderState
from showfloor.kernel.clock import utc_now
from showfloor.kernel.money import included_tax


def sample_order(brand: Brand, language: str) -> Order:
    """Return an order of two things at one rate of tax."""
    now = utc_now()
    total = 2 * 1990 + 500 + 490
    tax = included_tax(total, brand.tax_rate_bp)
    order = Order(
        brand=brand, checkout=Checkout(brand=brand), number="ABCD-1234", state=OrderState.CONFIRMED,
        email="anna@example.com", name="Anna Muster", line1="Lange Straße 1", postal_code="10115",
        city="Berlin", country="DE", language=language, currency=brand.currency,
        subtotal=2 * 1990 + 500, shipping=490, shipping_name="Standard", tax_included=tax,
        total=total, placed_at=now, confirmed_at=now,
        taxes=[{"rate_bp": brand.tax_rate_bp, "net": total - tax, "tax": tax, "exemption": ""}],
    )  # fmt: skip
    lines = OrderLine.objects.all_brands().none()
    lines._result_cache = [
        OrderLine(order=order, position=0, sku="CREAM-50", product_name="Crème", quantity=2,
                  options={"Size": "50 ml"}, price=1990),
        OrderLine(order=order, position=1, sku="BRUSH", product_name="Brush", quantity=1,
                  price=500),
    ]  # fmt: skip
    order._prefetched_objects_cache = {"lines": lines}  # type: ignore[attr-defined]
    return order
