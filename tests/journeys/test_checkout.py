"""Paying beside the show, in a browser: with what a buyer may wish for, through a voucher and a
decline to an order; and through Stripe's fields, a wallet and the bank's page, on a phone.

The show is over and has no recording: what is looked at here is the shop beside it.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.clerk import clerk_sends_refunds_and_closes
from tests.journeys.stage import PASSWORD, Stage, fill_details, pay, staged
from tests.support.axe import Review
from tests.support.browser import HOW_TO_GET_ONE, PHONE, Person, chromium
from tests.support.stripe_server import StripeServer

SHOP = """
from datetime import timedelta
from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Product
from showfloor.checkout.models import ShippingOption
from showfloor.kernel.clock import utc_now
from showfloor.pricing.vouchers.models import Voucher
from showfloor.shows import services
from showfloor.shows.models import Show
brand = Brand.objects.get()
options = ShippingOption.objects.for_brand(brand)
options.filter(name="Standard").update(days_min=2, days_max=4, wrapping_price=350)
ShippingOption(brand=brand, name="Our shop", kind="pickup", price=0, position=9,
               pickup_address="Alte Gasse 3, Mainz", pickup_hours="Mon-Sat 10-19").save()
Voucher(brand=brand, code="TEN", kind="percent", value=1000, limit=9).save()
ids = list(Product.objects.for_brand(brand).values_list("pk", flat=True))
show = services.create_show(brand, services.ShowDraft(
    title="Spring", starts_at=utc_now() + timedelta(days=1), product_ids=ids))
Show.objects.for_brand(brand).filter(pk=show.pk).update(
    state="ended", started_at=utc_now() - timedelta(hours=1), ended_at=utc_now())
from allauth.account.models import EmailAddress
from showfloor.accounts.models import Member, User
mia = User.objects.create_user(email="mia@example.test", password="quite-a-long-password")
EmailAddress.objects.create(user=mia, email=mia.email, verified=True, primary=True)
Member(brand=brand, user=mia, display_name="Mia").save()
print("slug", show.slug)
"""
ADDRESS = {
    "name": "Mia Buyer", "line1": "Hafenstraße 1", "postal_code": "20457", "city": "Hamburg",
}  # fmt: skip
FIRST_PURCHASE_TAPS = 15  # docs/checkout.md says what they are
pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
STRIPE_JS = Path(__file__).parents[1] / "support" / "stripe_js.js"


@pytest.fixture(scope="module")
def stripe() -> Iterator[tuple[StripeServer, str]]:
    server = StripeServer()
    with server.serving() as url:
        yield server, url


@pytest.fixture(scope="module")
def stage(
    tmp_path_factory: pytest.TempPathFactory, stripe: tuple[StripeServer, str]
) -> Iterator[Stage]:
    if chromium() is None:
        pytest.skip(HOW_TO_GET_ONE)
    with staged(tmp_path_factory.mktemp("checkout")) as ready:
        yield ready


def open_balm(page: Page) -> None:
    page.get_by_test_id("products-open").click()
    row = page.get_by_test_id("product-row").filter(has_text="Night balm")
    row.get_by_test_id("product-open").click()


def add_first(page: Page) -> None:
    open_balm(page)
    page.get_by_test_id("product-add").click()
    expect(page.get_by_test_id("toast").first).to_be_visible()
    page.get_by_test_id("panel-close").click()


def check_out(page: Page) -> None:
    page.get_by_test_id("cart-open").click()
    page.get_by_test_id("checkout-start").click()


def wishes_and_a_declined_card(person: Person, slug: str) -> Page:
    page = person.page(f"/shows/{slug}")
    add_first(page)
    check_out(page)
    page.get_by_test_id("voucher-open").click()
    page.get_by_test_id("field-voucher").fill("nothing")
    page.get_by_test_id("voucher-apply").click()
    expect(page.get_by_text("There is no such code.")).to_be_visible()
    page.get_by_test_id("field-voucher").fill("ten")
    page.get_by_test_id("voucher-apply").click()
    expect(page.get_by_test_id("voucher-used")).to_contain_text("TEN")
    page.get_by_test_id("gift-open").click()
    page.get_by_test_id("gift-wrapped").check()
    expect(page.get_by_test_id("total")).to_have_text("€51.05")  # 48.50 - 10 % + 3.50 + 3.90
    page.get_by_test_id("field-country").select_option("US")
    expect(page.get_by_test_id("field-region")).to_be_visible()
    page.get_by_test_id("field-country").select_option("DE")
    expect(page.get_by_test_id("field-region")).to_have_count(0)
    page.get_by_test_id("shipping-option").nth(2).check()
    expect(page.get_by_test_id("field-line1")).to_have_count(0)
    page.get_by_test_id("shipping-option").nth(0).check()
    expect(page.get_by_test_id("field-line1")).to_be_visible()
    fill_details(page)
    pay(page, "4000000000000002")
    expect(page.get_by_test_id("field-number")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("try another card")).to_be_visible()
    pay(page)
    expect(page.get_by_test_id("confirmation")).to_have_attribute("data-outcome", "paid")
    page.get_by_test_id("back-to-show").click()
    return page


def buying_again_goes_straight_to_payment(page: Page) -> None:
    add_first(page)
    check_out(page)
    expect(page.get_by_test_id("payment-form")).to_be_visible()
    expect(page.get_by_test_id("payment-form")).to_contain_text("Hafenstraße 1")
    pay(page)
    expect(page.get_by_test_id("confirmation")).to_have_attribute("data-outcome", "paid")
    page.close()


def two_of_a_kind(person: Person, slug: str) -> None:
    """Buy two of one product: a parcel can hold a part of it."""
    page = person.page(f"/shows/{slug}")
    add_first(page)
    add_first(page)
    check_out(page)
    expect(page.get_by_test_id("payment-form")).to_be_visible()
    pay(page)
    expect(page.get_by_test_id("confirmation")).to_have_attribute("data-outcome", "paid")
    page.close()


@dataclass
class Taps:
    """Fingers on a phone: every button and every field that is filled in."""

    page: Page
    count: int = 0
    began: float = field(default_factory=time.monotonic)

    def tap(self, name: str) -> None:
        self.page.get_by_test_id(name).first.click()
        self.count += 1

    def fill(self, name: str, value: str) -> None:
        self.page.get_by_test_id(f"field-{name}").fill(value)
        self.count += 1


def a_member_buys_for_the_first_time(person: Person, slug: str, review: Review) -> Page:
    """From the first product to the order: in so many taps, and under a minute."""
    page = person.page(f"/accounts/login/?next=/shows/{slug}")
    page.locator("input[type=email]").fill("mia@example.test")
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/shows/{slug}")
    expect(page.get_by_test_id("products-open")).to_be_visible()
    hand = Taps(page)
    open_balm(page)
    hand.count += 2
    hand.tap("product-buy")
    hand.fill("email", "mia@example.test")
    for name, value in ADDRESS.items():
        hand.fill(name, value)
    page.get_by_test_id("field-country").select_option("DE")
    hand.count += 1
    clock = time.monotonic()
    review.look(page, "checkout-details", sizes=["phone"], dark=True)
    looked_s = time.monotonic() - clock
    hand.tap("to-payment")
    for name, value in {"number": "4242424242424242", "exp": "0930", "cvc": "123"}.items():
        hand.fill(name, value)
    expect(page.get_by_test_id("keep-method")).not_to_be_checked()
    hand.tap("keep-method")
    hand.tap("pay")
    expect(page.get_by_test_id("confirmation")).to_have_attribute("data-outcome", "paid")
    assert hand.count == FIRST_PURCHASE_TAPS
    assert time.monotonic() - hand.began - looked_s < 60
    page.get_by_test_id("back-to-show").click()
    return page


def buying_again_takes_two_taps(page: Page, review: Review) -> None:
    open_balm(page)
    hand = Taps(page)
    hand.tap("product-buy")
    sheet = page.get_by_test_id("payment-form")
    expect(sheet.get_by_test_id("paid-with")).to_contain_text("Visa •••• 4242")
    expect(sheet).to_contain_text("Hafenstraße 1")
    expect(sheet.get_by_test_id("field-number")).to_have_count(0)
    expect(sheet.get_by_test_id("pay")).to_contain_text("Order with obligation to pay")
    review.look(page, "buying-again", dark=True)
    page.set_viewport_size(PHONE)
    hand.tap("pay")
    expect(page.get_by_test_id("confirmation")).to_have_attribute("data-outcome", "paid")
    assert hand.count == 2
    page.get_by_test_id("back-to-show").click()


def the_account_lists_what_is_kept(page: Page, review: Review) -> None:
    page.goto("/accounts/addresses/")
    page.get_by_test_id("address-new").click()
    for name, value in ADDRESS.items():
        page.locator(f"#id_{name}").fill(value)
    review.look(page, "account-address", sizes=["phone"])
    page.get_by_test_id("address-save").click()
    expect(page.get_by_test_id("address")).to_contain_text("20457 Hamburg")
    review.look(page, "account-addresses", sizes=["phone"], dark=True)
    page.goto("/accounts/payment-methods/")
    expect(page.get_by_test_id("payment-method")).to_contain_text("Visa •••• 4242")
    review.look(page, "account-payment-methods", sizes=["phone"], dark=True)
    page.get_by_test_id("method-remove").click()
    expect(page.get_by_test_id("no-methods")).to_be_visible()


def to_stripes_fields(person: Person, slug: str, url: str) -> Page:
    script = STRIPE_JS.read_text("utf-8").replace("__BANK__", url)

    def serve(route: Route) -> None:
        route.fulfill(body=script, content_type="text/javascript")

    person.context.route("https://js.stripe.com/**", serve)
    page = person.page(f"/shows/{slug}?t=754")
    add_first(page)
    check_out(page)
    if (
        page.get_by_test_id("details-form")
        .or_(page.get_by_test_id("payment-form"))
        .first.get_attribute("data-testid")
        == "details-form"
    ):
        fill_details(page)
    expect(page.get_by_test_id("stripe-card")).to_be_visible()
    return page


def the_bank_sends_the_buyer_back(page: Page, slug: str) -> None:
    page.get_by_test_id("pay").click()
    expect(page.get_by_text("Your card number is incomplete.")).to_be_visible()
    page.get_by_test_id("stripe-card").fill("declined")
    page.get_by_test_id("pay").click()
    expect(page.get_by_test_id("pay-error")).to_contain_text("does not cover it")
    page.get_by_test_id("stripe-card").fill("3ds")
    page.get_by_test_id("pay").click()
    page.locator("#no").click()
    expect(page.get_by_test_id("pay-error")).to_contain_text("Your bank had no confirmation")
    assert re.search(rf"/shows/{slug}", page.url), page.url
    page.get_by_test_id("stripe-card").fill("3ds")
    page.get_by_test_id("pay").click()
    page.locator("#yes").click()
    expect(page.get_by_test_id("confirmation")).to_have_attribute("data-outcome", "paid")
    assert page.url.endswith(f"/shows/{slug}?t=754")  # the moment that was left, and no more
    page.get_by_test_id("back-to-show").click()


def a_wallet_pays_in_one_tap(page: Page) -> None:
    add_first(page)
    check_out(page)
    page.get_by_test_id("stripe-wallet").click()
    expect(page.get_by_test_id("confirmation")).to_have_attribute("data-outcome", "paid")


def a_member_buys_again_by_what_stripe_keeps(person: Person, slug: str, url: str) -> None:
    page = to_stripes_fields(person, slug, url)
    page.get_by_test_id("stripe-card").fill("ok")
    page.get_by_test_id("keep-method").check()
    page.get_by_test_id("pay").click()
    expect(page.get_by_test_id("confirmation")).to_have_attribute("data-outcome", "paid")
    page.get_by_test_id("back-to-show").click()
    open_balm(page)
    hand = Taps(page)
    hand.tap("product-buy")
    expect(page.get_by_test_id("paid-with")).to_contain_text("4242")
    hand.tap("pay")
    expect(page.get_by_test_id("confirmation")).to_have_attribute("data-outcome", "paid")
    assert hand.count == 2


def test_buyer_pays_beside_the_show(stage: Stage, stripe: tuple[StripeServer, str]) -> None:
    found = re.search(r"slug (\S+)", stage.server.python(SHOP))
    assert found is not None
    slug = found[1]
    person = stage.person(phone=True)
    page = wishes_and_a_declined_card(person, slug)
    buying_again_goes_straight_to_payment(page)
    two_of_a_kind(person, slug)
    assert person.trouble == []
    review = Review()
    clerk_sends_refunds_and_closes(stage, review)
    mia = stage.person(phone=True)
    page = a_member_buys_for_the_first_time(mia, slug, review)
    buying_again_takes_two_taps(page, review)
    the_account_lists_what_is_kept(page, review)
    review.check()
    assert mia.trouble == []

    server, url = stripe
    stage.server.stop()
    stage.server.environ = {
        **stage.server.environ, "SHOWFLOOR_PAYMENT_PROVIDER": "stripe",
        "SHOWFLOOR_STRIPE_SECRET_KEY": server.secret_key, "SHOWFLOOR_STRIPE_API_URL": url,
        "SHOWFLOOR_STRIPE_PUBLISHABLE_KEY": "pk_test_1",
    }  # fmt: skip
    stage.server.start()
    other = stage.person(phone=True)
    page = to_stripes_fields(other, slug, url)
    the_bank_sends_the_buyer_back(page, slug)
    a_wallet_pays_in_one_tap(page)
    assert other.trouble == []
    a_member_buys_again_by_what_stripe_keeps(mia, slug, url)
    assert mia.trouble == []
