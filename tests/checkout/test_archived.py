"""Goods that are taken out of the shop while people hold them or have bought them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, User
from showfloor.catalogue.models import Product, Variant
from showfloor.checkout.models import OrderLine
from showfloor.shows import queries as shows
from showfloor.shows.models import RundownItem
from showfloor.shows.services import ShowDraft, create_show
from tests.checkout.shopping import Shopper
from tests.stock.helpers import level, make_variant
from tests.support.forms import fields


@pytest.fixture
def office(producer: User) -> Client:
    client = Client()
    client.force_login(producer)
    return client


def page(variant: Variant) -> str:
    return reverse("admin:catalogue_product_change", args=[variant.product_id])


def delete_on_page(office: Client, variant: Variant) -> Any:
    sent = fields(office.get(page(variant))) | {"variants-0-DELETE": "on"}
    return office.post(page(variant), sent)


def exists(variant: Variant) -> bool:
    return Variant.objects.for_brand(variant.brand_id).filter(pk=variant.pk).exists()


def test_held_variant_is_not_deleted_and_can_be_paid(
    shopper: Shopper, brand: Brand, office: Client
) -> None:
    cream = make_variant(brand, "CREAM", 5)
    checkout = shopper.ready("CREAM")

    refused = delete_on_page(office, cream)

    assert refused.status_code == 200
    assert "Archive it instead of deleting it." in refused.content.decode()
    assert (exists(cream), level(cream)) == (True, (5, 1))
    assert shopper.pay(checkout).status == 200
    assert OrderLine.objects.for_brand(brand).get().variant_id == cream.pk


@pytest.mark.parametrize("way", ["page", "product", "list", "variant"])
def test_sold_variant_is_not_deleted(
    shopper: Shopper, brand: Brand, office: Client, way: str
) -> None:
    cream = make_variant(brand, "CREAM", 5)
    assert shopper.pay(shopper.ready("CREAM")).status == 200

    if way == "page":
        delete_on_page(office, cream)
    elif way == "list":
        office.post(
            reverse("admin:catalogue_product_changelist"),
            {"action": "delete_selected", "_selected_action": [cream.product_id], "post": "yes"},
        )
    else:
        row = cream if way == "variant" else cream.product
        name = f"admin:catalogue_{row._meta.model_name}_delete"
        office.post(reverse(name, args=[row.pk]), {"post": "yes"})

    assert exists(cream)
    assert OrderLine.objects.for_brand(brand).get().variant_id == cream.pk


def test_variant_that_nobody_wanted_is_deleted(brand: Brand, office: Client) -> None:
    cream = make_variant(brand, "CREAM", 5)
    assert delete_on_page(office, cream).status_code == 302
    assert not exists(cream)


def test_archived_variant_is_neither_listed_nor_sold(
    shopper: Shopper, rival: Shopper, brand: Brand, office: Client
) -> None:
    cream = make_variant(brand, "CREAM", 5)
    show = create_show(brand, ShowDraft(title="Evening"))
    RundownItem.objects.create(show=show, product=cream.product, position=1)
    checkout = shopper.ready("CREAM")
    rival.add("CREAM")

    archived = fields(office.get(page(cream))) | {"variants-0-archived": "on"}
    assert office.post(page(cream), archived).status_code == 302

    [shown] = shows.products_payload(show)
    assert (shown["variants"], shown["on_sale"]) == ([], False)
    assert rival.cart()["items"] == []
    assert rival.add("CREAM").status == 404
    more = rival.call("PATCH", "/cart/items/CREAM", {"quantity": 3})
    assert more.status == 404
    assert rival.begin().body["code"] == "no-longer-sold"
    assert shopper.pay(checkout).status == 200  # who holds it buys it
    assert level(cream) == (5, 1)
    assert Product.objects.for_brand(brand).get().pk == cream.product_id


def test_product_that_was_taken_out_is_shown_in_past_shows_and_not_sold(
    shopper: Shopper, brand: Brand
) -> None:
    cream = make_variant(brand, "CREAM", 5)
    show = create_show(brand, ShowDraft(title="Evening"))
    RundownItem.objects.create(show=show, product=cream.product, position=1)
    shopper.add("CREAM")
    Product.objects.for_brand(brand).update(published=False)
    [shown] = shows.products_payload(show)
    assert (shown["name"], shown["variants"], shown["on_sale"]) == ("Product CREAM", [], False)
    assert shopper.add("CREAM").status == 404
    assert shopper.begin().body["code"] == "no-longer-sold"
