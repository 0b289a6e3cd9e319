"""The account pages of a buyer: addresses and payment methods, each brand's by itself."""

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, Member, User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import SavedAddress, SavedMethod, ShippingOption
from showfloor.checkout.services import saved_methods
from showfloor.kernel.clock import utc_now
from tests.checkout.shopping import Shopper
from tests.stock.helpers import make_variant

HOME = {
    "name": "Mia Muster", "country": "DE", "line1": "Lange Straße 1", "line2": "",
    "postal_code": "10115", "city": "Berlin", "action": "save",
}  # fmt: skip
LIST = "/accounts/addresses/"
METHODS = "/accounts/payment-methods/"


@pytest.fixture
def member(brand: Brand, testpay: TestPay, post: ShippingOption) -> Member:
    mia = User.objects.create_user(email="mia@example.test", password=None)
    row: Member = Member.objects.create(brand=brand, user=mia, display_name="Mia")
    return row


@pytest.fixture
def browser(member: Member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


@pytest.fixture
def shopper(member: Member, brand: Brand, testpay: TestPay) -> Shopper:
    return Shopper(Client(), brand, str(member.subject), testpay)


def new(brand: Brand) -> str:
    return f"{LIST}new/{brand.slug}/"


def texts(client: Client, path: str) -> str:
    answer = client.get(path)
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)
    return answer.content.decode()


def test_addresses_are_added_changed_and_deleted(browser: Client, brand: Brand) -> None:
    assert "no-addresses" in texts(browser, LIST)
    assert browser.post(new(brand), HOME).status_code == 302
    assert browser.post(new(brand), {**HOME, "line1": "Am Markt 2"}).status_code == 302
    home, office = SavedAddress.objects.for_brand(brand)
    assert (home.is_default, office.is_default, office.line1) == (True, False, "Am Markt 2")
    page = f"{LIST}{brand.slug}/{office.pk}/"
    assert 'value="Am Markt 2"' in texts(browser, page)
    browser.post(page, {**HOME, "line1": "Am Markt 3", "is_default": "on"})
    shown = texts(browser, LIST)
    assert shown.index("Am Markt 3") < shown.index("Lange Straße 1")
    for action, left in (("default", 2), ("delete", 1)):
        about = {"brand": brand.slug, "address": home.pk, "action": action}
        assert browser.post(LIST, about).status_code == 302
        rest = SavedAddress.objects.for_brand(brand)
        assert (rest.count(), rest[0].pk == home.pk) == (left, action == "default")


def test_wrong_field_is_named_at_its_place_and_nothing_is_kept(
    browser: Client, brand: Brand
) -> None:
    answer = browser.post(new(brand), {**HOME, "postal_code": "1"})
    form = answer.context["form"]
    assert (answer.status_code, list(form.errors)) == (200, ["postal_code"])
    assert form["line1"].value() == "Lange Straße 1"
    assert SavedAddress.objects.for_brand(brand).count() == 0


def test_country_brings_its_own_fields(browser: Client, brand: Brand) -> None:
    answer = browser.post(new(brand), {**HOME, "country": "US", "action": "country"})
    form = answer.context["form"]
    assert (form.is_bound, form["line1"].value()) == (False, "Lange Straße 1")
    assert str(form["postal_code"].label) == "ZIP code"
    assert ("CA", "California") in form.fields["region"].choices
    assert SavedAddress.objects.for_brand(brand).count() == 0


def test_pages_show_nothing_of_others(
    browser: Client, brand: Brand, other_brand: Brand, member: Member
) -> None:
    browser.post(new(brand), HOME)
    address = SavedAddress.objects.for_brand(brand).get()
    stranger = Client()
    stranger.force_login(User.objects.create_user(email="otto@example.test", password=None))
    assert "Lange Straße" not in texts(stranger, LIST)
    page = f"{LIST}{brand.slug}/{address.pk}/"
    assert [stranger.get(page).status_code, stranger.get(new(brand)).status_code] == [404, 404]
    about = {"brand": brand.slug, "address": address.pk, "action": "delete"}
    assert stranger.post(LIST, about).status_code == 404
    assert browser.get(f"{LIST}{other_brand.slug}/{address.pk}/").status_code == 404
    assert SavedAddress.objects.for_brand(brand).count() == 1
    assert [Client().get(path).status_code for path in (LIST, METHODS, page)] == [302, 302, 302]


def test_payment_method_is_listed_and_removed_at_the_provider(
    browser: Client, brand: Brand, shopper: Shopper, testpay: TestPay
) -> None:
    assert "no-methods" in texts(browser, METHODS)
    make_variant(brand, "CREAM", 5)
    body = {"payment_method": shopper.card(), "keep_method": True}
    assert shopper.call("POST", f"/checkouts/{shopper.ready('CREAM')}/pay", body).status == 200
    shown = texts(browser, METHODS)
    assert ("Visa •••• 4242" in shown, "valid until 12/49" in shown) == (True, True)
    (method,) = saved_methods.of(shopper_buyer(shopper))
    assert browser.post(METHODS, {"brand": "nobody", "method": method.pk}).status_code == 404
    assert browser.post(METHODS, {"brand": brand.slug, "method": method.pk}).status_code == 302
    assert "no-methods" in texts(browser, METHODS)
    assert saved_methods.let_providers_forget(utc_now()) == 1
    assert SavedMethod.objects.for_brand(brand).count() == 0


def shopper_buyer(shopper: Shopper) -> Buyer:
    return Buyer(shopper.brand, shopper.sub)
