"""Products to sell in a test, written as rows: the shortest way to a shop."""

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.kernel.clock import utc_now
from showfloor.stock.models import MovementReason, Stock, StockMovement


def make_product(
    brand: Brand,
    reference: str,
    *,
    price: int = 1900,
    on_hand: int = 5,
    shades: tuple[str, ...] = (),
) -> Product:
    """A product with one variant for each shade (or one without), its price and its stock."""
    product = Product(
        brand=brand, reference=reference, name=reference.replace("-", " ").capitalize(),
        option_names=["Shade"] if shades else [],
    )  # fmt: skip
    product.save()
    for position, shade in enumerate(shades or ("",)):
        sku = f"{reference}-{shade}".strip("-").upper()
        options = {"Shade": shade} if shade else {}
        variant = Variant(brand=brand, product=product, sku=sku, options=options, position=position)
        variant.save()
        Price(variant=variant, currency=brand.currency, amount=price + 100 * position).save()
        count(variant, on_hand)
    return product


def count(variant: Variant, on_hand: int) -> None:
    """A first count, and its line in the ledger."""
    stock = Stock(brand_id=variant.brand_id, variant=variant, on_hand=on_hand)
    stock.save()
    StockMovement(
        stock=stock, at=utc_now(), change=on_hand, on_hand=on_hand, reason=MovementReason.OPENING
    ).save()


def only_variant(product: Product) -> Variant:
    return Variant.objects.for_brand(product.brand_id).get(product=product)
