"""Holding, claiming, releasing and running out, one buyer after the other."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from showfloor.accounts.models import Brand
from showfloor.kernel.errors import Conflict, Invalid, SoldOut
from showfloor.stock import queries, rules, services
from showfloor.stock.models import Hold, HoldState
from tests.stock.helpers import NOW, TTL, Notices, broken_invariants, level, make_variant

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def invariants(db: None) -> Iterator[None]:
    yield
    assert broken_invariants() == []


def states(brand: Brand, owner: str) -> list[str]:
    holds = Hold.objects.for_brand(brand).filter(owner=owner).order_by("stock__variant__sku")
    return [hold.state for hold in holds]


def test_hold_reserves_until_its_time(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    assert services.hold(brand.pk, "a", [(cream.pk, 3)], NOW, TTL) == NOW + TTL
    assert level(cream) == (5, 3)
    assert queries.available(brand.pk, [cream.pk]) == {cream.pk: 2}


def test_lines_of_one_variant_are_added_up_before_the_check(brand: Brand) -> None:
    """Medusa #16502: each line by itself fits, both together do not."""
    cream = make_variant(brand, "CREAM", 3)
    with pytest.raises(SoldOut) as refused:
        services.hold(brand.pk, "a", [(cream.pk, 2), (cream.pk, 2)], NOW, TTL)
    assert (refused.value.sku, refused.value.available) == ("CREAM", 3)
    assert level(cream) == (3, 0)


def test_hold_is_all_or_nothing(brand: Brand) -> None:
    cream, soap = make_variant(brand, "CREAM", 5), make_variant(brand, "SOAP", 0)
    with pytest.raises(SoldOut) as refused:
        services.hold(brand.pk, "a", [(cream.pk, 1), (soap.pk, 1)], NOW, TTL)
    assert (refused.value.sku, refused.value.available) == ("SOAP", 0)
    assert level(cream) == (5, 0)
    assert states(brand, "a") == []


def test_variant_without_a_level_is_sold_out(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    cream.stock.delete()
    with pytest.raises(SoldOut) as refused:
        services.hold(brand.pk, "a", [(cream.pk, 1)], NOW, TTL)
    assert refused.value.available == 0


def test_another_brands_stock_cannot_be_held(brand: Brand, other_brand: Brand) -> None:
    theirs = make_variant(other_brand, "THEIRS", 5)
    with pytest.raises(Invalid) as refused:
        services.hold(brand.pk, "a", [(theirs.pk, 1)], NOW, TTL)
    assert refused.value.field == "variant_id"
    assert level(theirs) == (5, 0)


def test_one_buyer_cannot_hold_everything(brand: Brand) -> None:
    variants = [make_variant(brand, f"V{n}", 1000) for n in range(6)]
    with pytest.raises(Invalid) as too_many:
        services.hold(brand.pk, "a", [(variants[0].pk, rules.QUANTITY_MAX + 1)], NOW, TTL)
    assert too_many.value.field == "quantity"
    for variant in variants[:5]:
        services.hold(brand.pk, "a", [(variant.pk, rules.QUANTITY_MAX)], NOW, TTL)
    with pytest.raises(Conflict) as refused:
        services.hold(brand.pk, "a", [(variants[5].pk, 1)], NOW, TTL)
    assert refused.value.code == "hold-limit"
    assert level(variants[5]) == (1000, 0)


def test_claim_sells_what_was_held(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    services.hold(brand.pk, "a", [(cream.pk, 2)], NOW, TTL)
    services.claim(brand.pk, "a", [(cream.pk, 2)], NOW + MINUTE)
    assert level(cream) == (3, 0)
    assert states(brand, "a") == [HoldState.CLAIMED]


def test_claim_after_its_hold_expired_takes_free_units(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    services.hold(brand.pk, "a", [(cream.pk, 2)], NOW, TTL)
    assert services.expire_due(NOW + TTL) == 1
    services.claim(brand.pk, "a", [(cream.pk, 2)], NOW + TTL)
    assert level(cream) == (3, 0)
    assert states(brand, "a") == [HoldState.EXPIRED, HoldState.CLAIMED]


def test_claim_without_free_units_takes_nothing(brand: Brand) -> None:
    cream, soap = make_variant(brand, "CREAM", 1), make_variant(brand, "SOAP", 1)
    services.hold(brand.pk, "a", [(cream.pk, 1), (soap.pk, 1)], NOW, TTL)
    services.expire_due(NOW + TTL)
    services.hold(brand.pk, "b", [(soap.pk, 1)], NOW + TTL, TTL)
    with pytest.raises(SoldOut) as refused:
        services.claim(brand.pk, "a", [(cream.pk, 1), (soap.pk, 1)], NOW + TTL)
    assert refused.value.sku == "SOAP"
    assert level(cream) == (1, 0)
    assert level(soap) == (1, 1)


def test_expired_hold_stops_no_buyer_before_the_expiry_job_runs(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 1)
    services.hold(brand.pk, "a", [(cream.pk, 1)], NOW, TTL)
    with pytest.raises(SoldOut):
        services.hold(brand.pk, "b", [(cream.pk, 1)], NOW + TTL - MINUTE, TTL)
    services.hold(brand.pk, "b", [(cream.pk, 1)], NOW + TTL, TTL)
    assert states(brand, "a") == [HoldState.EXPIRED]
    assert level(cream) == (1, 1)


def test_release_gives_back_once(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    services.hold(brand.pk, "a", [(cream.pk, 2)], NOW, TTL)
    assert services.release(brand.pk, "a") == 1
    assert services.release(brand.pk, "a") == 0
    assert services.expire_due(NOW + TTL) == 0
    assert level(cream) == (5, 0)


def test_extended_hold_outlives_its_first_time(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    services.hold(brand.pk, "a", [(cream.pk, 2)], NOW, TTL)
    services.extend(brand.pk, "a", NOW + 2 * TTL)
    services.extend(brand.pk, "a", NOW + TTL)  # never shorter
    assert services.expire_due(NOW + TTL) == 0
    assert services.expire_due(NOW + 2 * TTL) == 1


def test_cancelled_sale_is_on_hand_again(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    services.hold(brand.pk, "a", [(cream.pk, 2)], NOW, TTL)
    services.claim(brand.pk, "a", [(cream.pk, 2)], NOW)
    services.put_back(brand.pk, "a")
    services.put_back(brand.pk, "a")
    assert level(cream) == (5, 0)


def test_stock_level_cannot_be_set_below_the_held_units(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    services.hold(brand.pk, "a", [(cream.pk, 2)], NOW, TTL)
    with pytest.raises(Conflict) as refused:
        services.set_level(brand.pk, cream.pk, 1)
    assert (refused.value.code, level(cream)) == ("stock-held", (5, 2))
    services.set_level(brand.pk, cream.pk, 2)
    assert level(cream) == (2, 2)


def test_followers_are_told_once_per_transaction(brand: Brand, told: Notices) -> None:
    cream, soap = make_variant(brand, "CREAM", 5), make_variant(brand, "SOAP", 5)
    told.clear()
    with services.writing():
        services.hold(brand.pk, "a", [(soap.pk, 1), (cream.pk, 1)], NOW, TTL)
        services.hold(brand.pk, "b", [(cream.pk, 2)], NOW, TTL)
        services.release(brand.pk, "a")
        assert told == []
    assert told == [{cream.pk: (5, 3)}]
    with pytest.raises(SoldOut):
        services.hold(brand.pk, "a", [(cream.pk, 6)], NOW, TTL)
    services.claim(brand.pk, "b", [(cream.pk, 2)], NOW)  # as many are free as before
    assert len(told) == 1
    services.put_back(brand.pk, "b")
    assert told[1:] == [{cream.pk: (3, 5)}]
