"""The benchmark of the back office at 100,000 orders, with the indexes made for it and without.

Each page is asked for as a clerk's browser would, through Django, in a process that has the
database to itself: the median of some tries. Afterwards the indexes are dropped, and the same pages
are asked for again: `before`. A search without its index is the same search, not the older one.
"""

import json
from collections.abc import Iterator

from benchmarks.append import postgres
from benchmarks.figures import CannotMeasure, Figure
from benchmarks.installation import installation
from tests.support.live import ROOT

ORDERS, TRIES = 100_000, 5
TIMEOUT_S = 300
_PAGES = (
    "orders", "orders_year", "search_number", "search_email", "search_name", "search_product",
    "mails", "mails_to", "payments", "payment_of", "dashboard",
)  # fmt: skip
_MEASURE = """
import json, sys, time
sys.path.insert(0, sys.argv[3])
from django.conf import settings
from django.db import connection
from django.test import Client
from benchmarks import grown_shop
from showfloor.accounts.models import User
settings.ALLOWED_HOSTS = ["*"]
order = grown_shop.grow(int(sys.argv[1]))
owner = User.objects.get()
client = Client()
client.force_login(owner)
orders, mails = "/admin/checkout/order/", "/admin/outbox/outgoingmessage/"
payments = "/admin/checkout/payment/"
year = order.placed_at.year - 1
pages = {
    "orders": (orders, {}), "orders_year": (orders, {"placed_at__year": year}),
    "search_number": (orders, {"q": order.number}), "search_email": (orders, {"q": order.email}),
    "search_name": (orders, {"q": "Hoffm"}), "search_product": (orders, {"q": "SKU-00123"}),
    "mails": (mails, {}), "mails_to": (mails, {"q": order.email}), "payments": (payments, {}),
    "payment_of": (payments, {"q": order.number}), "dashboard": ("/admin/", {}),
}
def median_ms(path, asked):
    taken = []
    for _try in range(int(sys.argv[2])):
        began = time.perf_counter()
        answer = client.get(path, asked)
        taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, (path, asked, answer.status_code)
    return sorted(taken)[len(taken) // 2]
def measured():
    return {name: median_ms(*page) for name, page in pages.items()}
after = measured()
with connection.cursor() as cursor:
    for name in ("order_by_time", "order_words", "order_line_words", "message_by_time",
                 "message_by_recipient", "payment_by_time", "payment_by_reference"):
        cursor.execute(f"DROP INDEX {name}")
print(json.dumps({"after": after, "before": measured()}))
"""
FIGURES = tuple(
    f"grown_{page}_{what}_{database}"
    for database in ("sqlite", "pg")
    for page in _PAGES
    for what in ("ms", "before_ms")
)


def run() -> Iterator[Figure]:
    yield from _measure("sqlite", {})
    with postgres() as url:
        yield from _measure("pg", {"DATABASE_URL": url})


def _measure(name: str, environ: dict[str, str]) -> Iterator[Figure]:
    with installation(environ) as server:
        output = server.python(_MEASURE, str(ORDERS), str(TRIES), str(ROOT), timeout_s=TIMEOUT_S)
    told = json.loads(output.splitlines()[-1])
    if set(told["after"]) != set(_PAGES):
        raise CannotMeasure(f"{name}: not every page was measured: {told}")
    for page, taken in told["after"].items():
        yield Figure(f"grown_{page}_ms_{name}", taken, "ms", "<= 250")
        yield Figure(f"grown_{page}_before_ms_{name}", told["before"][page], "ms")
