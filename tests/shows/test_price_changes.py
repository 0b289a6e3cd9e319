"""Prices that change while a show runs: its timeline says so, so that open cards change."""

from datetime import timedelta

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.catalogue.services import set_price
from showfloor.kernel.clock import utc_now
from showfloor.pricing.models import PriceList, PriceListItem
from showfloor.shows import queries, services
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from tests.support.catalogue import make_product, only_variant

pytestmark = pytest.mark.django_db


def told(show: Show) -> list[list[str]]:
    """Return the variants of each entry about prices."""
    entries = timeline.read(show.timeline_id, after=0)
    return [list(one.body["variant_ids"]) for one in entries if one.kind == "price.changed"]


def test_live_show_that_lists_the_goods_is_told_of_a_new_price(
    brand: Brand, show: Show, producer: User
) -> None:
    variant = only_variant(queries.rundown_products(show)[0])
    set_price(variant, "EUR", 1500, None)
    assert told(show) == []  # it is not live
    services.start(show, producer)
    set_price(variant, "EUR", 1400, None)
    set_price(only_variant(make_product(brand, "elsewhere")), "EUR", 100, None)
    assert told(show) == [[variant.pk]]


def test_list_is_told_once_when_it_begins_and_once_when_it_ends(
    brand: Brand, show: Show, producer: User
) -> None:
    services.start(show, producer)
    variant, now = only_variant(queries.rundown_products(show)[0]), utc_now()
    hour = timedelta(hours=1)
    sale = PriceList(brand=brand, name="S", starts_at=now, ends_at=now + hour, published=True)
    sale.save()
    PriceListItem(price_list=sale, variant=variant, percent_bp=1000, since=now).save()
    assert services.announce_due(now - timedelta(seconds=1)) == 0
    assert [services.announce_due(now) for _again in range(2)] == [1, 0]
    assert told(show) == [[variant.pk]]
    assert [services.announce_due(now + hour) for _again in range(2)] == [1, 0]
    assert told(show) == [[variant.pk]] * 2
