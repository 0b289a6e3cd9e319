"""What a producer does in front of people, in real browsers: an auction whose winner does not pay,
a draw that anybody checks, a sample that is asked for with consent, and goods that are bought by a
comment. All of it in one show without a picture, so that nothing waits for one."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from showfloor.kernel.ids import new_id
from tests.journeys.stage import PASSWORD, Stage, fill_details, pay, say
from tests.journeys.talking import ModeratorApi, line
from tests.support.axe import Review
from tests.support.browser import DESKTOP, PHONE, Person
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

PREPARE = """
import json, sys
from allauth.account.models import EmailAddress
from showfloor.accounts.models import Brand, Member, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.auctions import services as auctions
from showfloor.auctions.rules import AuctionDraft
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.kernel.clock import utc_now
from showfloor.shows import services as shows
from showfloor.stock import services as stock
brand, owner = Brand.objects.get(), User.objects.get(is_staff=True)
vase = Product.objects.create(brand=brand, name="Blue vase", reference="vase")
variant = Variant.objects.create(brand=brand, product=vase, sku="VASE")
Price.objects.create(variant=variant, currency="EUR", amount=30000)
stock.set_level(brand.pk, variant.pk, 1)
ids = list(Product.objects.for_brand(brand).values_list("pk", flat=True))
show = shows.create_show(brand, shows.ShowDraft(title="The blue hour", product_ids=ids))
shows.start(show, owner)
draft = AuctionDraft("Blue vase", 1000, [(0, 100)], 120)
auction = auctions.create(show, variant.pk, draft, owner)
def member(name):
    user = User.objects.create_user(f"{name}@auction.test", sys.argv[1])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return Member.objects.create(brand=brand, user=user, display_name=name)
member("una")
ben = Claims(str(member("ben").subject), brand.pk, "ben")
products = {one.name: one.pk for one in Product.objects.for_brand(brand)}
print(json.dumps([show.slug, auction.pk, token_signer().issue(ben, utc_now()), products]))
"""
THE_LAST_BID_IS_OLD = """
from datetime import timedelta
from showfloor.auctions.models import Auction
from showfloor.auctions.rules import CLOSES_AFTER
from showfloor.kernel.clock import utc_now
Auction.objects.all_brands().update(ends_at=utc_now() - CLOSES_AFTER)
"""
TIME_TO_PAY_IS_OVER = """
import sys
from showfloor.checkout.reservations.models import Reservation
from showfloor.kernel.clock import utc_now
kept = Reservation.objects.all_brands().filter(pk=sys.argv[1], state="active")
assert kept.update(expires_at=utc_now()) == 1
"""
CONSENT = "Maison may write to me about new things."


@dataclass(frozen=True)
class Evening:
    """One show that is live, and its producer's console."""

    stage: Stage
    slug: str
    auction_id: str
    ben: str  # a bidder's token
    products: dict[str, str]
    producer: Person
    console: Page

    @property
    def desk(self) -> ModeratorApi:
        return ModeratorApi(self.console, self.slug)


@pytest.fixture(scope="module")
def evening(stage: Stage) -> Iterator[Evening]:
    said = stage.server.python(PREPARE, PASSWORD).splitlines()[-1]
    slug, auction_id, ben, products = json.loads(said)
    producer = stage.staff()
    console = producer.page(f"/console/shows/{slug}")
    yield Evening(stage, slug, auction_id, ben, products, producer, console)
    assert producer.trouble == []
    producer.close()


class Ben:
    """A bidder without a browser."""

    def __init__(self, evening: Evening) -> None:
        self._site = evening.stage.server.url
        self._commands = f"{self._site}/timeline/{evening.slug}/commands"
        self._headers = {"Authorization": f"Bearer {evening.ben}"}

    def bids(self, auction_id: str, maximum: int) -> None:
        body = {"auction_id": auction_id, "maximum": maximum, "accepts_terms": True}
        command = {"id": new_id(), "name": "auction.bid", "body": body}
        answer = httpx.post(self._commands, json=command, headers=self._headers, timeout=20)
        assert answer.status_code == 200, answer.text

    def kept(self) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self._site}/api/v1/cart", headers=self._headers, timeout=20)
        kept: list[dict[str, Any]] = answer.json()["reserved"]
        return kept


# --- an auction


def test_a_winner_who_does_not_pay_leaves_the_piece_to_the_next_bidder(evening: Evening) -> None:
    ben, review, auction_id = Ben(evening), Review(), evening.auction_id
    una = evening.stage.person(phone=True)
    page = signed_in(una, evening, "una@auction.test")
    opened_in_the_console(evening.console, auction_id)
    status, price = page.get_by_test_id("auction-status"), page.get_by_test_id("auction-price")
    expect(page.get_by_test_id("auction-terms")).to_be_visible()
    review.look(page, "auction-binding", sizes=("phone",), dark=True)
    page.get_by_test_id("auction-bid").click()
    expect(status).to_contain_text("You lead")
    ben.bids(auction_id, 9000)
    expect(price).to_contain_text("€11.00")  # one step above Una's maximum
    expect(status).to_contain_text("outbid")
    page.get_by_test_id("auction-fold").click()
    page.get_by_test_id("auction-maximum").fill("50")
    page.get_by_test_id("auction-set-maximum").click()
    expect(price).to_contain_text("€51.00")  # Ben's maximum is above it
    review.look(page, "auction", dark=True)
    page.set_viewport_size(PHONE)
    a_bid_in_the_last_seconds_moves_the_end(evening.console, page, auction_id, review)

    evening.stage.server.python(THE_LAST_BID_IS_OLD)
    expect(page.get_by_test_id("auction-result")).to_contain_text("€53.00")
    (kept,) = wait_until(ben.kept, 10, "the winner's offer")
    assert (kept["sku"], kept["line_total"]) == ("VASE", 5300)
    evening.stage.server.python(TIME_TO_PAY_IS_OVER, kept["id"])
    expect(page.get_by_test_id("auction-won")).to_contain_text("€10.00")  # as without Ben's bids
    assert ben.kept() == []
    review.look(page, "auction-won", dark=True)
    page.set_viewport_size(PHONE)
    page.get_by_test_id("auction-pay").click()
    page.get_by_test_id("checkout-start").click()
    fill_details(page)
    pay(page)
    expect(page.get_by_test_id("confirmation")).to_have_attribute("data-outcome", "paid")
    page.goto("/mine/")
    expect(page.get_by_test_id("mine-bids")).to_contain_text("Won")
    expect(page.get_by_test_id("mine-bids")).to_contain_text("€10.00")
    review.look(page, "mine", dark=True)
    review.check()
    assert una.trouble == []
    una.close()


def signed_in(person: Person, evening: Evening, email: str) -> Page:
    page = person.page(f"/accounts/login/?next=/shows/{evening.slug}")
    page.locator("input[type=email]").fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/shows/{evening.slug}")
    return page


def opened_in_the_console(console: Page, auction_id: str) -> None:
    console.get_by_test_id("talk-auctions").click()
    console.get_by_test_id(f"auction-open-{auction_id}").click()
    row = console.get_by_test_id(f"auction-{auction_id}")
    expect(row).to_have_attribute("data-state", "open")


def a_bid_in_the_last_seconds_moves_the_end(
    console: Page, page: Page, auction_id: str, review: Review
) -> None:
    console.get_by_test_id(f"auction-last-call-{auction_id}").click()
    left = page.get_by_test_id("auction-left")
    expect(left).to_have_text(re.compile(r"0:0[1-8]$"))
    before = left.get_attribute("data-ends")
    assert before is not None
    page.get_by_test_id("auction-bid").click()
    expect(left).not_to_have_attribute("data-ends", before)
    assert int(left.get_attribute("data-ends") or 0) > int(before)
    review.look(page, "auction-last-seconds", sizes=("phone",))


# --- a draw


def test_a_draw_is_checked_by_its_page_and_by_the_script(evening: Evening, tmp_path: Path) -> None:
    desk, console, review = evening.desk, evening.console, Review()
    made = desk.post("/giveaways", title="A set", prize="Ten brushes", terms="Everybody over 18.")
    draw = made["giveaway_id"]
    ada = evening.stage.person()
    page = ada.page(f"/shows/{evening.slug}")
    console.get_by_test_id("talk-points").click()
    console.get_by_test_id(f"giveaway-open-60-{draw}").click()
    page.get_by_test_id("giveaway-terms").check()
    page.get_by_test_id("giveaway-enter").click()
    expect(page.get_by_test_id("giveaway-yours")).to_contain_text("no. 1")
    expect(page.get_by_test_id("giveaway-entries")).to_contain_text("1 entry")
    review.look(page, "draw-card", sizes=("desktop",), dark=True)
    console.get_by_test_id(f"giveaway-close-{draw}").click()
    expect(page.get_by_test_id("giveaway-won")).to_be_visible()
    with ada.context.expect_page() as opened:
        page.get_by_test_id("giveaway-page").click()
    checking = opened.value
    expect(checking.get_by_test_id("draw-winners")).to_contain_text("1")
    a_changed_record_is_wrong(checking, draw)
    checking.get_by_test_id("check-draw").click()
    expect(checking.locator("[data-right]")).to_be_visible()
    expect(checking.locator("[data-wrong]")).to_be_hidden()
    review.look(checking, "draw", dark=True)
    the_script_says_the_same(evening.stage.server.url, draw, tmp_path)
    review.check()
    assert ada.trouble == []
    ada.close()


def a_changed_record_is_wrong(checking: Page, draw: str) -> None:
    """The check of the page fails where somebody else is to have won."""

    def change(route: Route) -> None:
        record = route.fetch().json()
        (drawn,) = [one for one in record["entries"] if one["kind"] == "giveaway.drawn"]
        drawn["body"]["winners"] = [2]
        route.fulfill(json=record)

    address = re.compile(f"/api/v1/draws/{draw}$")
    checking.route(address, change)
    checking.get_by_test_id("check-draw").click()
    expect(checking.locator("[data-wrong]")).to_be_visible()
    checking.unroute(address)


def the_script_says_the_same(site: str, draw: str, folder: Path) -> None:
    """Both are fetched from the page's links, and run by Python alone."""
    record, script = folder / "draw.json", folder / "verify_draw.py"
    record.write_bytes(httpx.get(f"{site}/api/v1/draws/{draw}").content)
    script.write_bytes(httpx.get(f"{site}/draws/verify_draw.py").content)
    ran = subprocess.run(
        [sys.executable, "-I", str(script), str(record)],
        capture_output=True, text=True, timeout=20, check=True,
    )  # fmt: skip
    assert "Right: 1 entries.\nWinners [1], substitutes []." in ran.stdout


# --- a sample


def test_a_sample_is_asked_for_with_consent_and_exported(evening: Evening) -> None:
    desk, console, review = evening.desk, evening.console, Review()
    point = desk.post(
        "/activations", kind="sample", title="Try the balm", payload={"stock": 2}, consent=CONSENT,
        for_marketing=True,
    )["activation_id"]  # fmt: skip
    bea = evening.stage.person(phone=True)
    page = bea.page(f"/shows/{evening.slug}")
    console.get_by_test_id("talk-points").click()
    console.get_by_test_id(f"activation-open-{point}").click()
    page.get_by_test_id(f"activation-open-{point}").click()
    card = page.locator(f"[data-activation-id='{point}']")
    card.get_by_test_id("activation-name").fill("Bea")
    card.get_by_test_id("activation-address").fill("Rue 1, Paris")
    card.get_by_label("Put it aside").click()
    page.get_by_test_id(f"activation-open-{point}").click()  # what was written is still there
    card.get_by_test_id("activation-send").click()
    expect(card.get_by_test_id("activation-agrees")).to_be_focused()  # nothing goes without it
    review.look(page, "sample", sizes=("phone", "turned"), dark=True)
    page.set_viewport_size(PHONE)
    card.get_by_test_id("activation-agrees").check()
    card.get_by_test_id("activation-send").click()
    expect(card.get_by_test_id("activation-done")).to_be_visible()
    row = console.get_by_test_id(f"activation-{point}")
    expect(row.get_by_test_id("taken")).to_contain_text("1")
    (answer,) = exported(console, row)
    assert list(answer.values())[1:6] == ["Bea", "Rue 1, Paris", "", CONSENT, "1"]
    console.get_by_test_id(f"activation-close-{point}").click()
    expect(card).to_have_count(0)
    review.check()
    assert bea.trouble == []
    bea.close()


def exported(console: Page, row: Locator) -> list[dict[str, str]]:
    """The lines of the table that the clerk's link leads to."""
    with console.expect_download() as started:
        row.locator("a[download]").click()
    text = started.value.path().read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


# --- comment to buy


def test_a_comment_keeps_goods_for_its_author_who_alone_is_told(evening: Evening) -> None:
    console, review = evening.console, Review()
    codes_are_set_in_the_console(console, evening.products["Fan brush"])
    cleo, dan = evening.stage.person(phone=True), evening.stage.person()
    page, other = cleo.page(f"/shows/{evening.slug}"), dan.page(f"/shows/{evening.slug}")
    page.get_by_test_id("chat-input").focus()
    expect(page.get_by_test_id("comment-codes")).to_contain_text("FAN")
    review.look(page, "comment-codes", sizes=("phone",), dark=True)
    say(page, "I love fan", name="Cleo")  # talk
    say(page, "fan 2")
    expect(line(other, "fan 2")).to_have_count(1)
    expect(page.get_by_test_id("cart-count")).to_have_text("2")
    say(page, "FAN")
    expect(page.get_by_test_id("toast").filter(has_text="kept for you already")).to_be_visible()
    page.get_by_test_id("cart-open").click()
    kept = page.get_by_test_id("kept-line")
    expect(kept).to_contain_text("2 × Fan brush")
    expect(kept.get_by_test_id("kept-timer")).to_contain_text(re.compile(r"(9:\d\d|10:00) left"))
    review.look(page, "comment-kept", dark=True)
    expect(other.get_by_test_id("cart-count")).to_have_count(0)
    expect(other.get_by_test_id("news-open")).to_have_count(0)
    other.close()
    page.set_viewport_size(PHONE)
    page.get_by_test_id("kept-give-back").click()
    expect(kept).to_have_count(0)
    review.check()
    for person in (cleo, dan):
        assert person.trouble == []
        person.close()


def codes_are_set_in_the_console(console: Page, product_id: str) -> None:
    console.set_viewport_size(DESKTOP)
    console.get_by_test_id("talk-deals").click()
    console.get_by_test_id("comments-open").click()
    console.get_by_test_id("comments-on").check()
    console.get_by_test_id(f"code-{product_id}").fill("FAN")
    console.get_by_test_id("comments-save").click()
    expect(console.get_by_test_id("comments-form")).to_have_count(0)
