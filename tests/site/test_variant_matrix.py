"""The table of a product's variants: axes and combinations, cells, stock."""

from typing import Any

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, Role, User
from showfloor.catalogue import variant_matrix as matrix
from showfloor.catalogue.models import OptionValue, Product, Variant
from showfloor.catalogue.services import set_price
from showfloor.catalogue.variant_matrix import Axis
from showfloor.checkout.models import Checkout, CheckoutLine
from showfloor.kernel.clock import utc_now
from showfloor.site.variant_matrix import MatrixPage
from showfloor.stock.models import Stock, StockMovement
from tests.conftest import make_staff
from tests.support.catalogue import make_product
from tests.support.forms import fields
from tests.support.people import sign_in_confirmed

pytestmark = pytest.mark.django_db

SHADES = Axis("Shade", ("Rosé", "Plum"), "Shade")


@pytest.fixture
def lip(brand: Brand) -> Product:
    return make_product(brand, "velvet-lip", shades=("Rosé", "Plum"), on_hand=0)


@pytest.fixture
def office(brand: Brand, client: Client) -> Client:
    sign_in_confirmed(client, make_staff(brand, Role.PRODUCER, "p@example.test"))
    return client


def send(office: Client, product: Product, button: str, **more: str) -> Any:
    """Send the page as it is drawn, with these fields changed."""
    page = f"/admin/catalogue/product/{product.pk}/variants/"
    return office.post(page, fields(office.get(page)) | {button: "1"} | more)


def again(office: Client, drawn: Any, **more: str) -> Any:
    """Save the page that was drawn last, with these fields changed."""
    return office.post(drawn.wsgi_request.path, fields(drawn) | {"save": "1"} | more)


def skus(product: Product, **conditions: Any) -> list[str]:
    rows = Variant.objects.for_brand(product.brand_id).filter(product=product, **conditions)
    return list(rows.order_by("position").values_list("sku", flat=True))


def test_new_axis_makes_combinations_and_keeps_the_variants(office: Client, lip: Product) -> None:
    before = {one.pk: one.sku for one in Variant.objects.for_brand(lip.brand_id)}
    drawn = send(office, lip, "combine", **{"axis-1-name": "Size", "axis-1-values": "S\r\nL"})
    assert drawn.text.count('scope="row"') == 4
    assert skus(lip) == ["VELVET-LIP-ROSÉ", "VELVET-LIP-PLUM"]  # nothing yet
    assert again(office, drawn, **{"row-3-price-EUR": "29.50"}).status_code == 302
    rows = {one.sku: one for one in Variant.objects.for_brand(lip.brand_id)}
    assert {one.pk for one in rows.values()} > set(before)
    assert skus(lip) == [
        "VELVET-LIP-ROSÉ", "VELVET-LIP-ROSÉ-L", "VELVET-LIP-PLUM", "VELVET-LIP-PLUM-L",
    ]  # fmt: skip
    assert rows["VELVET-LIP-PLUM"].options == {"Shade": "Plum", "Size": "S"}
    assert rows["VELVET-LIP-PLUM-L"].options == {"Shade": "Plum", "Size": "L"}
    assert rows["VELVET-LIP-PLUM-L"].prices.get().amount == 2950
    lip.refresh_from_db()
    assert lip.option_names == ["Shade", "Size"]


def test_price_that_changes_while_the_table_is_being_saved_stays(
    office: Client, lip: Product, producer: User
) -> None:
    address = f"/admin/catalogue/product/{lip.pk}/variants/"
    page = MatrixPage(lip, fields(office.get(address)) | {"save": "1", "row-1-sku": "PLUM"})
    sheet = page.sheet()
    rose = Variant.objects.for_brand(lip.brand_id).get(sku="VELVET-LIP-ROSÉ")
    set_price(rose, "EUR", 1234, None)

    assert not page.save(sheet, producer)

    assert "somebody changed this product meanwhile" in sheet.errors[""]
    assert (rose.prices.get().amount, skus(lip)[1]) == (1234, "VELVET-LIP-PLUM")


def test_value_that_is_taken_away_hides_what_was_sold_and_deletes_the_rest(
    office: Client, lip: Product, brand: Brand
) -> None:
    rose, plum = Variant.objects.for_brand(brand).order_by("position")
    now = utc_now()
    bought = Checkout.objects.create(
        brand=brand, owner="g:1", currency="EUR", subtotal=1900, tax_included=0, total=1900,
        voucher=None, created_at=now, expires_at=now,
    )  # fmt: skip
    line = CheckoutLine.objects.create(
        checkout=bought, variant=plum, position=0, sku=plum.sku, product_name="Lip", quantity=1,
        price=1900,
    )  # fmt: skip
    drawn = send(office, lip, "combine", **{"axis-0-values": "Rosé\r\nNude"})
    assert drawn.text.count("(new)") == 0  # one value in place of another was renamed
    drawn = send(office, lip, "combine", **{"axis-0-values": "Nude"})
    assert "it has orders or units on hand. It is hidden and kept." in drawn.text
    assert "it is deleted." in drawn.text
    refused = again(office, drawn)
    assert (refused.status_code, "Say that these variants may go." in refused.text) == (422, True)
    assert skus(lip, archived=False) == [rose.sku, plum.sku]
    assert again(office, drawn, confirm="on").status_code == 302
    assert skus(lip, archived=False) == ["VELVET-LIP-NUDE"]
    assert skus(lip, archived=True) == [plum.sku]
    assert not Variant.objects.for_brand(brand).filter(pk=rose.pk).exists()
    line.refresh_from_db()
    assert line.variant_id == plum.pk


def test_renamed_value_keeps_its_variant_and_its_look(office: Client, lip: Product) -> None:
    OptionValue.objects.create(product=lip, option="Shade", value="Rosé", swatch="#ff0000")
    rose = Variant.objects.for_brand(lip.brand_id).order_by("position")[0]
    drawn = send(
        office, lip, "combine", **{"axis-0-name": "Colour", "axis-0-values": "Rosy\r\nPlum"}
    )
    assert again(office, drawn).status_code == 302
    rose.refresh_from_db()
    assert rose.options == {"Colour": "Rosy"}
    values = OptionValue.objects.all_brands().filter(product=lip).order_by("position")
    assert [(one.option, one.value, one.swatch) for one in values] == [
        ("Colour", "Rosy", "#ff0000"), ("Colour", "Plum", ""),
    ]  # fmt: skip


def test_options_and_values_stay_in_the_order_they_are_put_into(
    office: Client, lip: Product
) -> None:
    drawn = send(office, lip, "combine", **{"axis-1-name": "Size", "axis-1-values": "L\r\nS"})
    assert again(office, drawn).status_code == 302
    ids = {one.pk for one in Variant.objects.for_brand(lip.brand_id)}
    page = fields(office.get(drawn.wsgi_request.path))
    swapped = {f"axis-{1 - n}-{x}": page[f"axis-{n}-{x}"] for n in (0, 1) for x in ("was", "name")}
    drawn = send(
        office, lip, "combine", **swapped,
        **{"axis-0-values": "S\r\nL", "axis-1-values": "Plum\r\nRosé"},
    )  # fmt: skip
    assert drawn.text.count("(new)") == 0
    assert again(office, drawn).status_code == 302
    lip.refresh_from_db()
    assert lip.option_names == ["Size", "Shade"]
    rows = Variant.objects.for_brand(lip.brand_id).order_by("position")
    assert [tuple(row.options.values()) for row in rows] == [
        ("S", "Plum"), ("S", "Rosé"), ("L", "Plum"), ("L", "Rosé"),
    ]  # fmt: skip
    assert {row.pk for row in rows} == ids


def test_cells_are_written_and_stock_moves_with_its_reason(
    office: Client, lip: Product, brand: Brand
) -> None:
    sent = {
        "row-0-barcode": "4006381333931", "row-0-weight": "120", "row-0-price-EUR": "17,50",
        "row-0-move-0": "+7", "row-1-move-0": "2", "reason": "counted", "note": "Shelf",
    }  # fmt: skip
    assert send(office, lip, "save", **sent | {"reason": "received"}).status_code == 302
    rose, plum = Variant.objects.for_brand(brand).order_by("position")
    assert (rose.barcode, rose.weight_g, rose.prices.get().amount) == ("4006381333931", 120, 1750)
    moved = StockMovement.objects.for_brand(brand).filter(note="Shelf", reason="received")
    assert dict(moved.values_list("stock__variant", "change")) == {rose.pk: 7, plum.pk: 2}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"row-1-sku": "VELVET-LIP-ROSÉ"}, "Another variant has this SKU."),
        ({"row-1-sku": ""}, "Write a SKU of up to 120 characters."),
        ({"row-0-price-EUR": "cheap"}, "Write an amount of EUR"),
        ({"row-0-price-EUR": ""}, "Write a price."),
        ({"row-1-weight": "light"}, "Write a whole number."),
        ({"row-0-move-0": "-1"}, "Only 0"),
        ({"axis-0-values": ""}, "Write at least one value"),
    ],
)
def test_wrong_cell_is_named_and_nothing_is_written(
    office: Client, lip: Product, brand: Brand, sent: dict[str, str], said: str
) -> None:
    answer = send(office, lip, "save", **{"row-0-barcode": "123", "row-1-move-0": "5", **sent})
    assert answer.status_code == 422
    assert said in answer.text
    assert not Variant.objects.for_brand(brand).exclude(barcode="").exists()
    assert not Stock.objects.for_brand(brand).filter(on_hand__gt=0).exists()


def test_table_that_others_changed_is_shown_again(office: Client, lip: Product) -> None:
    page = f"/admin/catalogue/product/{lip.pk}/variants/"
    drawn = office.get(page)
    Variant.objects.for_brand(lip.brand_id).filter(sku="VELVET-LIP-PLUM").update(barcode="9")
    answer = again(office, drawn, **{"row-0-barcode": "1"})
    assert (answer.status_code, "changed this product meanwhile" in answer.text) == (422, True)
    assert Variant.objects.for_brand(lip.brand_id).get(sku="VELVET-LIP-ROSÉ").barcode == ""


def test_table_is_for_producers_of_the_brand(
    lip: Product, brand: Brand, other_brand: Brand, client: Client
) -> None:
    page = f"/admin/catalogue/product/{lip.pk}/variants/"
    sign_in_confirmed(client, make_staff(other_brand, Role.PRODUCER, "o@example.test"))
    assert client.get(page).status_code == 404
    sign_in_confirmed(client, make_staff(brand, Role.MODERATOR, "m@example.test"))
    assert client.get(page).status_code in {403, 404}


def variant(number: int, archived: bool = False, **options: str) -> Variant:
    return Variant(id=f"v{number}", options=options, archived=archived)


def test_axis_that_goes_leaves_the_first_variant_of_each_combination() -> None:
    rows = [
        variant(1, Shade="Rosé", Size="S"), variant(2, Shade="Rosé", Size="L"),
        variant(3, Shade="Plum", Size="L"), variant(4, archived=True, Shade="Plum", Size="S"),
    ]  # fmt: skip
    sizes = Axis("Size", ("S", "L"), "Size")
    found = matrix.plan(rows, [SHADES, sizes], [SHADES])
    assert [one.variant_id for one in found.combinations] == ["v1", "v3"]
    assert found.gone == ("v2",)
    same = matrix.plan(rows, [SHADES, sizes], [SHADES, sizes])
    assert [(one.variant_id, one.is_wanted) for one in same.combinations] == [
        ("v1", False), ("v2", False), ("v4", False), ("v3", False),
    ]  # fmt: skip
    assert same.gone == ()
