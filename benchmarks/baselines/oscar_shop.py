"""A django-oscar shop that sells one product to many buyers at once, in a Python of its own.

Each buyer does what oscar's checkout does for a person: the product goes into a basket, the basket
is checked for what is available (`is_purchase_permitted`, as the basket page and the payment page
ask), and `OrderCreator` places the order. Arguments: the database's address, buyers, units. The
answer is one line of JSON.
"""

import json
import sys
import threading
import time
from collections import Counter
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings

THREADS = 16


def configure(url: str) -> None:
    from oscar import defaults  # type: ignore[import-not-found]

    parts = urlsplit(url)
    settings.configure(
        **{name: value for name, value in vars(defaults).items() if name.isupper()},
        SECRET_KEY="measured", SITE_ID=1, USE_TZ=True, ROOT_URLCONF="",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DATABASES={"default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": "oscar", "USER": parts.username,
            "HOST": parse_qs(parts.query)["host"][0], "CONN_MAX_AGE": None,
        }},
        HAYSTACK_CONNECTIONS={"default": {
            "ENGINE": "haystack.backends.simple_backend.SimpleEngine",
        }},
        INSTALLED_APPS=[
            "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
            "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles",
            "django.contrib.sites", "django.contrib.flatpages", *_OSCAR,
        ],
    )  # fmt: skip
    django.setup()


_OSCAR = (
    "oscar.config.Shop",
    *(
        f"oscar.apps.{name}"
        for name in (
            "analytics.apps.AnalyticsConfig", "checkout.apps.CheckoutConfig",
            "address.apps.AddressConfig", "shipping.apps.ShippingConfig",
            "catalogue.apps.CatalogueConfig", "catalogue.reviews.apps.CatalogueReviewsConfig",
            "communication.apps.CommunicationConfig", "partner.apps.PartnerConfig",
            "basket.apps.BasketConfig", "payment.apps.PaymentConfig", "offer.apps.OfferConfig",
            "order.apps.OrderConfig", "customer.apps.CustomerConfig", "search.apps.SearchConfig",
            "voucher.apps.VoucherConfig", "wishlists.apps.WishlistsConfig",
            "dashboard.apps.DashboardConfig", "dashboard.reports.apps.ReportsDashboardConfig",
            "dashboard.users.apps.UsersDashboardConfig",
            "dashboard.orders.apps.OrdersDashboardConfig",
            "dashboard.catalogue.apps.CatalogueDashboardConfig",
            "dashboard.offers.apps.OffersDashboardConfig",
            "dashboard.partners.apps.PartnersDashboardConfig",
            "dashboard.pages.apps.PagesDashboardConfig",
            "dashboard.ranges.apps.RangesDashboardConfig",
            "dashboard.reviews.apps.ReviewsDashboardConfig",
            "dashboard.vouchers.apps.VouchersDashboardConfig",
            "dashboard.communications.apps.CommunicationsDashboardConfig",
            "dashboard.shipping.apps.ShippingDashboardConfig",
        )
    ),
    "widget_tweaks", "haystack", "treebeard", "django_tables2",
)  # fmt: skip


def fill(units: int) -> int:
    """Make the product with so many units; return its id."""
    from oscar.core.loading import get_model  # type: ignore[import-not-found]

    kind = get_model("catalogue", "ProductClass").objects.create(name="Goods", track_stock=True)
    product = get_model("catalogue", "Product").objects.create(title="Hot", product_class=kind)
    partner = get_model("partner", "Partner").objects.create(name="Us")
    get_model("partner", "StockRecord").objects.create(
        product=product, partner=partner, partner_sku="HOT", num_in_stock=units,
        price=Decimal("19.90"), price_currency="EUR",
    )  # fmt: skip
    return int(product.pk)


def buy(product_id: int, number: int) -> str:
    """Let one buyer buy; return `sold` or `refused`."""
    from oscar.apps.shipping.methods import Free  # type: ignore[import-not-found]
    from oscar.core.loading import get_class, get_model

    product = get_model("catalogue", "Product").objects.get(pk=product_id)
    basket = get_model("basket", "Basket").objects.create()
    basket.strategy = get_class("partner.strategy", "Selector")().strategy()
    permitted, _why = basket.strategy.fetch_for_product(product).availability.is_purchase_permitted(
        1
    )
    if not permitted:
        return "refused"
    basket.add_product(product, 1)
    line = basket.all_lines().get()
    permitted, _why = line.purchase_info.availability.is_purchase_permitted(line.quantity)
    if not permitted:
        return "refused"
    method = Free()
    charge = method.calculate(basket)
    total = get_class("checkout.calculators", "OrderTotalCalculator")().calculate(basket, charge)
    get_class("order.utils", "OrderCreator")().place_order(
        basket, total, method, charge, order_number=f"N{number}", guest_email="a@example.test"
    )
    basket.submit()
    return "sold"


def run(buyers: int, units: int) -> None:
    from django.core.management import call_command
    from django.db import connection
    from oscar.core.loading import get_model

    call_command("migrate", verbosity=0)
    product_id = fill(units)
    told: Counter[str] = Counter()
    whose = iter(range(buyers))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                number = next(whose, None)
            if number is None:
                connection.close()
                return
            try:
                outcome = buy(product_id, number)
            except Exception as error:  # noqa: BLE001 - a buyer who gets an error page
                print(f"{type(error).__name__}: {error}", file=sys.stderr)
                outcome = "failed"
            with lock:
                told[outcome] += 1

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken_s = time.perf_counter() - began
    lines = get_model("order", "Line").objects.count()
    print(json.dumps({**told, "ordered": lines, "taken_s": taken_s}))


if __name__ == "__main__":
    configure(sys.argv[1])
    run(int(sys.argv[2]), int(sys.argv[3]))
