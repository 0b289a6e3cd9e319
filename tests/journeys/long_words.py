"""A shop with the longest words that a catalogue has, and a show in each state that needs no
encoder."""

LONG = "Feuchtigkeitsspendendes Lippenpflegeöl-Geschenkset"
TITLE = "Geschenkideen: Feuchtigkeitsspendende Lippenpflegeöle"
ABROAD = "Nur in der Schweiz"

# A product and shows with long names, and a product without a price in the shop's currency; one
# show in each state that needs no encoder.
ROWS = f"""
from datetime import UTC, datetime, timedelta
from showfloor.accounts.models import Brand, User
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.shows import services
brand, owner = Brand.objects.get(), User.objects.get()
brand.tagline = "Make-up for the hours after dark"
brand.save()
Product.objects.for_brand(brand).filter(name="Night balm").update(name={LONG!r})
abroad = Product(brand=brand, reference="abroad", name={ABROAD!r})
abroad.save()
variant = Variant(brand=brand, product=abroad, sku="ABROAD", options={{}}, position=0)
variant.save()
Price(variant=variant, currency="CHF", amount=4900).save()
products = [product.pk for product in Product.objects.for_brand(brand)]
host = services.create_host(brand, "Anneliese Freifrau von Wolkenstein", "Paints faces")
def show(title, **more):
    return services.create_show(brand, services.ShowDraft(
        title=title, description="What to give, and how to wear it.", product_ids=products,
        host_ids=[host.pk], **more))
show({TITLE!r})
show("Winter skin", starts_at=datetime.now(UTC) + timedelta(days=40, hours=3))
show({TITLE!r}, starts_at=datetime.now(UTC) + timedelta(hours=26))
services.end(services.start(show("Last week's edit"), owner), owner)
"""
LIVE, COMING = "geschenkideen-feuchtigkeitsspendende-lippenpflegeole", "winter-skin"
