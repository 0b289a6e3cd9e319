"""The acts of staff in the back office, which have the same effect as anywhere else."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import ImageField
from django.test import Client
from django.urls import reverse
from PIL import Image

from showfloor.accounts import admin_base
from showfloor.accounts.bans import is_banned
from showfloor.accounts.models import Ban, Brand, Role, StaffRole, User
from showfloor.accounts.picture_field import PictureFormField
from showfloor.catalogue.models import ImportJob, Product, Variant
from showfloor.checkout import order_emails
from showfloor.checkout.models import Order, Payment
from showfloor.checkout.order_emails import MailKind
from showfloor.shows.models import Host
from tests.catalogue.support import SHOPIFY, prices, stock
from tests.catalogue.test_pictures import bomb
from tests.conftest import make_staff
from tests.site.rows import Rows, make_rows
from tests.support.catalogue import make_product
from tests.support.forms import fields
from tests.support.people import sign_in_confirmed

IMPORT = "/admin/catalogue/product/import/"


@pytest.fixture
def rows(brand: Brand) -> Rows:
    return make_rows(brand, "velvetine")


@pytest.fixture
def office(client: Client, producer: User) -> Client:
    client.force_login(producer)
    return client


def variant_rows(*rows: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    form: dict[str, Any] = {
        "variants-TOTAL_FORMS": len(rows), "variants-INITIAL_FORMS": initial,
    }  # fmt: skip
    for number, row in enumerate(rows):
        form |= {f"variants-{number}-{name}": value for name, value in row.items()}
    return form


def errors(response: Any) -> dict[str, Any]:
    formset = response.context["inline_admin_formsets"][0].formset
    found: dict[str, Any] = dict(response.context["adminform"].form.errors)
    for row in formset.errors:
        found |= row
    return found


PRODUCT = {
    "name": "Velvet Lip", "reference": "velvet-lip", "published": "on", "tax_class": "standard",
    "media-TOTAL_FORMS": 0, "media-INITIAL_FORMS": 0, "condition": "new",
    "option_values-TOTAL_FORMS": 0, "option_values-INITIAL_FORMS": 0,
    "option_names": "Shade, Size", "description": "<p onclick='x()'>Soft</p>",
}  # fmt: skip
ROSE = {
    "sku": "VL-ROSE", "options": "Shade: Rosé / Size: 3 g", "price": "24,90", "compare_at": "29.90",
    "change": "12", "position": 0,
}  # fmt: skip


def test_a_product_is_made_with_variants_prices_and_stock(brand: Brand, office: Client) -> None:
    response = office.post(
        reverse("admin:catalogue_product_add"),
        PRODUCT | variant_rows(ROSE, {"sku": "VL-PLUM", "price": "25", "position": 1}),
    )
    assert response.status_code == 302, errors(response)
    product = Product.objects.for_brand(brand).get()
    assert (product.option_names, product.description) == (["Shade", "Size"], "<p>Soft</p>")
    rose = Variant.objects.for_brand(brand).get(sku="VL-ROSE")
    assert rose.options == {"Shade": "Rosé", "Size": "3 g"}
    assert prices(brand) == {"VL-ROSE": (2490, "EUR", 2990), "VL-PLUM": (2500, "EUR", None)}
    assert stock(brand) == {"VL-ROSE": 12}


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"price": "cheap"}, "price"),
        ({"price": "-1"}, "price"),
        ({"price": "9.999"}, "price"),
        ({"price": "1.500"}, "price"),  # a thousand and a half, or one and a half?
        ({"price": "9" * 20}, "price"),
        ({"compare_at": "9" * 20}, "compare_at"),
        ({"price": ""}, "price"),
        ({"compare_at": "24.90"}, "compare_at"),
        ({"options": "Rosé"}, "options"),
        ({"change": "-1"}, "change"),
        ({"sku": "velvetine-sku"}, "__all__"),  # taken at this brand
    ],
)
def test_a_wrong_variant_says_which_field(
    rows: Rows, office: Client, row: dict[str, Any], field: str
) -> None:
    response = office.post(
        reverse("admin:catalogue_product_add"), PRODUCT | variant_rows(ROSE | row)
    )
    assert response.status_code == 200
    assert set(errors(response)) == {field}
    assert not Product.objects.all_brands().filter(reference="velvet-lip").exists()


def test_a_reference_twice_is_an_error_of_the_form(rows: Rows, office: Client) -> None:
    response = office.post(
        reverse("admin:catalogue_product_add"),
        PRODUCT | {"reference": "velvetine-product"} | variant_rows(),
    )
    assert set(errors(response)) == {"__all__"}


def test_a_product_page_changes_price_and_stock_in_place(
    brand: Brand, rows: Rows, office: Client
) -> None:
    product, variant = rows[Product], rows[Variant]
    page = reverse("admin:catalogue_product_change", args=[product.pk])
    assert b'value="12.50"' in office.get(page).content
    row = {
        "id": variant.pk, "product": product.pk, "sku": "velvetine-sku", "options": "Shade: Rosé",
        "price": "13", "change": "+4", "position": 0,
    }  # fmt: skip
    response = office.post(
        page,
        PRODUCT | {"reference": "velvetine-product"} | variant_rows(row, initial=1),
    )
    assert response.status_code == 302, errors(response)
    assert prices(brand) == {"velvetine-sku": (1300, "EUR", None)}
    assert stock(brand) == {"velvetine-sku": 9}


@pytest.mark.parametrize(
    ("language", "typed", "shown"),
    [("en", "1,500", "1500.00"), ("de", "1.500", "1500,00"), ("de", "1.234,50 €", "1234,50")],
)
def test_price_is_read_and_shown_in_the_language_of_the_form(
    brand: Brand, rows: Rows, office: Client, language: str, typed: str, shown: str
) -> None:
    page = reverse("admin:catalogue_product_change", args=[rows[Product].pk])
    office.cookies["django_language"] = language
    answer = office.post(page, fields(office.get(page)) | {"variants-0-price": typed})
    assert answer.status_code == 302
    assert fields(office.get(page))["variants-0-price"] == shown


def test_shipping_price_of_twenty_digits_is_an_error_of_its_field(
    brand: Brand, client: Client
) -> None:
    client.force_login(make_staff(brand, Role.OWNER, "owner@example.test"))
    page = reverse("admin:checkout_shippingoption_add")
    form = {
        "name": "Parcel", "kind": "delivery", "position": 0, "price": "9" * 20, "currency": "EUR",
        "weight_from_g": 0, "value_from": "0",
    }  # fmt: skip
    answer = client.post(page, form)
    assert set(answer.context["adminform"].form.errors) == {"price"}
    answer = client.post(page, form | {"price": "5", "currency": "E1"})
    assert set(answer.context["adminform"].form.errors) == {"currency"}


def test_every_page_of_every_row_opens(brand: Brand, rows: Rows, client: Client) -> None:
    sign_in_confirmed(client, make_staff(brand, Role.OWNER, "owner@example.test"))
    for model, row in rows.items():
        if model in admin.site._registry and model is not User:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
            response = client.get(reverse(name, args=[row.pk]))
            assert response.status_code == 200, name


def test_money_and_lines_of_an_order_are_readable(rows: Rows, office: Client) -> None:
    page = office.get(reverse("admin:checkout_order_changelist"))
    order = page.context["cl"].result_list[0]
    assert b"12.50 EUR" in page.content
    change = office.get(reverse("admin:checkout_order_change", args=[order.pk])).content.decode()
    assert "velvetine product" in change
    assert "€12.50" in change
    assert "test velvetine-reference" in change


def test_history_of_an_order_is_told_in_order(brand: Brand, rows: Rows, office: Client) -> None:
    """The order, its payment and its mails are one list; each row leads to its own page."""
    order = Order.objects.for_brand(brand).get()
    payment = Payment.objects.for_brand(brand).get()
    order_emails.queue(order, MailKind.ORDER_CONFIRMED, order.placed_at + timedelta(minutes=1))
    event = payment.events.get()
    response = office.get(reverse("admin:checkout_order_change", args=[order.pk]))
    history = response.context["sheet"].history
    assert sorted(history, key=lambda one: one.at) == history
    assert {one.title for one in history} == {
        "Order placed", f"Payment: {event.get_kind_display()}", "Mail: Order confirmation",
    }  # fmt: skip
    assert reverse("admin:checkout_payment_change", args=[payment.pk]) in {
        one.url for one in history
    }


def test_orders_are_not_changed_here(rows: Rows, office: Client) -> None:
    page = reverse("admin:checkout_order_change", args=[rows[Order].pk])
    assert office.post(page, {"number": "X"}).status_code == 403


def test_an_export_is_a_table_that_runs_nothing(brand: Brand, rows: Rows, office: Client) -> None:
    Product.objects.for_brand(brand).update(name="=1+1")
    response = office.post(
        reverse("admin:catalogue_product_changelist"),
        {"action": "export_selected", "_selected_action": [rows[Product].pk]},
    )
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.getvalue().decode("utf-8-sig").splitlines() == [
        '"reference","name","category","vendor","variants","price","published","url","available"',
        '"velvetine-product","\'=1+1","velvetine category","",1,"12.50 EUR",True,"",4',
    ]


def test_export_has_every_row_and_few_in_memory(
    brand: Brand, rows: Rows, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_base, "EXPORT_PAGE", 2)
    made = [make_product(brand, f"product-{number}") for number in range(4)]
    chosen = [rows[Product].pk, *(product.pk for product in made)]
    response: Any = office.post(
        reverse("admin:catalogue_product_changelist"),
        {"action": "export_selected", "_selected_action": chosen},
    )
    parts = [part.decode("utf-8-sig").splitlines() for part in response.streaming_content]
    assert [len(part) for part in parts] == [1, 2, 2, 1]
    exported = [line.partition(",")[0].strip('"') for part in parts[1:] for line in part]
    assert sorted(exported) == sorted(
        ["velvetine-product", *(product.reference for product in made)]
    )


def test_order_that_nobody_paid_for_is_marked(rows: Rows, office: Client) -> None:
    Order.objects.all_brands().update(is_test=True)
    exported = office.post(
        reverse("admin:checkout_order_changelist"),
        {"action": "export_orders", "_selected_action": [rows[Order].pk]},
    ).getvalue()
    heading, line = exported.decode("utf-8-sig").splitlines()
    assert (heading.split(",")[-1], line.split(",")[-1]) == ('"test"', "True")
    change = reverse("admin:checkout_order_change", args=[rows[Order].pk])
    assert "test order" in office.get(change).content.decode().lower()


def test_a_ban_is_lifted(brand: Brand, rows: Rows, office: Client) -> None:
    assert is_banned(brand.pk, "g:velvetine", "")
    office.post(
        reverse("admin:accounts_ban_changelist"),
        {"action": "lift_selected", "_selected_action": [rows[Ban].pk]},
    )
    assert not is_banned(brand.pk, "g:velvetine", "")


def test_nobody_changes_their_own_role(brand: Brand, client: Client) -> None:
    owner = make_staff(brand, Role.OWNER, "owner@example.test")
    sign_in_confirmed(client, owner)
    own = StaffRole.objects.for_brand(brand).get(user=owner)
    page = reverse("admin:accounts_staffrole_change", args=[own.pk])
    assert client.post(page, {"role": "host"}).status_code == 403


def upload(client: Client, text: str, **more: Any) -> Any:
    return client.post(IMPORT, {"file": SimpleUploadedFile("p.csv", text.encode()), **more})


def test_an_import_goes_to_own_brands_only(
    brand: Brand, other_brand: Brand, office: Client
) -> None:
    response = upload(office, SHOPIFY, brand=other_brand.pk)
    assert "brand" in response.context["form"].errors
    assert not ImportJob.objects.all_brands().exists()


def test_importing_needs_the_role(brand: Brand, moderator: User, client: Client) -> None:
    assert client.get(IMPORT).status_code == 302
    client.force_login(moderator)
    assert client.get(IMPORT).status_code == 403
    assert upload(client, SHOPIFY, brand=brand.pk).status_code == 403


def photo() -> bytes:
    """Taken on its side, with the place in it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    made = BytesIO()
    Image.new("RGB", (80, 40), "red").save(made, "JPEG", exif=exif)
    return made.getvalue()


@pytest.mark.parametrize(
    ("model", "field", "form"),
    [
        (Product, "image", PRODUCT | variant_rows()),
        (Host, "picture", {"name": "Mara"}),
        (Brand, "logo", None),
    ],
)
def test_picture_that_staff_bring_says_nothing_of_where_it_was_taken(
    brand: Brand, client: Client, settings: Any, tmp_path: Path, model: Any, field: str, form: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    client.force_login(make_staff(brand, Role.OWNER, "owner@example.test"))
    label = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    page = reverse(f"{label}_add") if form else reverse(f"{label}_change", args=[brand.pk])
    sent = form or fields(client.get(page))
    answer = client.post(page, sent | {field: SimpleUploadedFile("IMG_1.jpg", photo())})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = model.objects.get() if model is Brand else model.objects.for_brand(brand).get()
    with Image.open(getattr(row, field).path) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (40, 80), {})


def test_picture_of_too_many_pixels_is_an_error_of_its_field(brand: Brand, office: Client) -> None:
    sent = PRODUCT | variant_rows() | {"image": SimpleUploadedFile("b.png", bomb(16_000, 16_000))}
    answer = office.post(reverse("admin:catalogue_product_add"), sent)
    assert answer.context["adminform"].form.errors == {
        "image": ["The picture has too many pixels; make it smaller first."]
    }


def test_every_picture_of_the_back_office_is_made_anew(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(brand, Role.OWNER, "owner@example.test"))
    request = client.get("/admin/").wsgi_request
    found = set()
    for model, page in admin.site._registry.items():
        for source in [page, *page.get_inline_instances(request)]:
            for db_field in source.model._meta.get_fields():
                if isinstance(db_field, ImageField):
                    made = source.formfield_for_dbfield(db_field, request)
                    assert isinstance(made, PictureFormField), f"{model.__name__}.{db_field.name}"
                    found.add(f"{source.model.__name__}.{db_field.name}")
    assert found == {
        "Brand.hero", "Brand.icon", "Brand.logo", "Host.picture", "Product.image", "Show.cover",
        "Variant.image", "ProductMedium.image", "OptionValue.image",
    }  # fmt: skip


def test_each_page_marks_its_main_part(office: Client, rows: Rows) -> None:
    for path in ("/admin/", "/admin/catalogue/product/", "/admin/catalogue/product/add/", IMPORT):
        page = office.get(path).content.decode()
        assert page.count('role="main"') == 1, path
        assert page.count("<main") == 0, path
