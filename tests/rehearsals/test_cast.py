"""The cast of a rehearsal as it is: a process of its own in a served installation."""

from pathlib import Path
from typing import Any

from tests.support.shop import LiveShop, live_shop
from tests.support.waiting import wait_until

BOOKS = """
from showfloor.checkout.models import Cart, Checkout, Order
from showfloor.outbox.models import OutgoingMessage
from showfloor.stock.models import Hold
print([one.objects.all_brands().count() for one in (Cart, Checkout, Order, Hold, OutgoingMessage)])
"""


def report(shop: LiveShop) -> dict[str, Any]:
    found: dict[str, Any] = shop.api("GET", "rehearsal", slug=shop.hidden).json()
    return found


def test_cast_comes_talks_and_goes_home_when_the_host_ends_it(tmp_path: Path) -> None:
    with live_shop(tmp_path, entries=1) as shop:
        books = shop.server.python(BOOKS)
        begun = shop.api(
            "POST", "rehearsals", {"viewers": 40, "minutes": 5}, slug=shop.hidden
        ).json()
        assert begun["of"] == shop.hidden

        def is_talking() -> bool:
            said = report(shop)
            assert said["state"] in {"waiting", "running"}, said
            return said["present"] > 0 and any("They wrote" in one for one in said["report"])

        wait_until(is_talking, 40, "the cast to come")
        assert shop.server.get_or_empty(f"/shows/{begun['slug']}") == ""
        shop.api("POST", "rehearsal/stop", slug=begun["slug"])
        wait_until(lambda: report(shop)["state"] == "over", 20, "the cast to leave")
        assert shop.server.python(BOOKS) == books
