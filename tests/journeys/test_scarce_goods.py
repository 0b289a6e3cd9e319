"""What is scarce, in real browsers: a deal for viewers near and far behind the picture, sold-out
goods that go to the one who waits, and a sale that is paused and goes on.

The encoder runs from the beginning: the viewer far behind needs a picture of a while ago. The other
two journeys are in a show without a picture meanwhile.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import Stage, fill_details, pay
from tests.journeys.talking import ModeratorApi
from tests.support.axe import Review
from tests.support.browser import DESKTOP, Person
from tests.support.picture import Picture
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.whole_machine, pytest.mark.timeout(240)]

FAR_BEHIND_MS = 12_000
LASTS_MS = 5000
NEAR_MS = 8000
FRAMES_MS = 1000  # a card comes with the frame that has its picture, on a machine that is busy
CLOCK_AN_HOUR_FAST = "{ const now = Date.now; Date.now = () => now.call(Date) + 3_600_000; }"

TWO_SHOWS = """
import json
from showfloor.accounts.models import Brand, User
from showfloor.catalogue.models import Product
from showfloor.shows import services as shows
brand, owner = Brand.objects.get(), User.objects.get(is_staff=True)
ids = list(Product.objects.for_brand(brand).values_list("pk", flat=True))
made = [shows.create_show(brand, shows.ShowDraft(title=title, product_ids=ids))
        for title in ("Two delays", "The last brush")]
for show in made:
    shows.start(show, owner)
print(json.dumps([show.slug for show in made]))
"""
ONE_BRUSH = """
from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Variant
from showfloor.stock import services as stock
brand = Brand.objects.get()
brush = Variant.objects.for_brand(brand).get(sku="fan-brush-one")
stock.set_level(brand.pk, brush.pk, 1)
"""
THE_TIME_TO_PAY_IS_OVER = """
from showfloor.checkout.models import Checkout, CheckoutLine
from showfloor.kernel.clock import utc_now
lines = CheckoutLine.objects.all_brands().filter(variant__sku="fan-brush-one")
held = Checkout.objects.all_brands().filter(state="holding", pk__in=lines.values("checkout"))
assert held.update(expires_at=utc_now()) == 1
"""
BRUSHES = """
import json
from showfloor.checkout.models import Reservation
from showfloor.stock.models import Stock
from showfloor.waitlists.models import Wait
of_brush = {"variant__sku": "fan-brush-one"}
states = [sorted(of.objects.all_brands().filter(**of_brush).values_list("state", flat=True))
          for of in (Wait, Reservation)]
print(json.dumps([*states, Stock.objects.all_brands().get(**of_brush).on_hand]))
"""
TAPS = """
import json
from showfloor.deals.models import DealRequest
rows = DealRequest.objects.all_brands().order_by("arrived_ms")
print(json.dumps(list(rows.values_list("state", "delay_ms", "response_ms"))))
"""
# Notes the picture at which each state of the deal's card was there first, and the time.
NOTE_DEAL = """() => {
    window.dealSeen = {};
    const look = () => {
        const state = document.querySelector('[data-testid=deal]')?.dataset.state;
        const { player, timeline } = window.showfloor;
        if (state) dealSeen[state] ??= [player.pictureTimeMs, timeline.serverNowMs()];
    };
    new MutationObserver(look).observe(document.body, {
        subtree: true, childList: true, attributeFilter: ['data-state'],
    });
}"""


@dataclass(frozen=True)
class Floor:
    """The producer, and the shows with and without a picture, by slug."""

    producer: Person
    running: str
    quiet: str


@pytest.fixture(scope="module")
def floor(stage: Stage) -> Iterator[Floor]:
    running, quiet = json.loads(stage.server.python(TWO_SHOWS).splitlines()[-1])
    producer = stage.staff()
    page = producer.page("/console/")
    key = ModeratorApi(page, running).call("GET", "/stream-key")
    stage.publish(f"{stage.server.rtmp_url}/{key['key']}", "640x360")
    page.close()
    yield Floor(producer, running, quiet)
    assert producer.trouble == []
    producer.close()


def open_product(page: Page, name: str) -> None:
    page.get_by_test_id("products-open").click()
    row = page.get_by_test_id("product-row").filter(has_text=name)
    row.get_by_test_id("product-open").click()


def the_end_of(*people: Person) -> None:
    for person in people:
        assert person.trouble == []
        person.close()


# --- sold out, a hold that lapses, an offer


def test_last_piece_goes_to_the_one_who_waits_once_a_hold_lapses(
    stage: Stage, floor: Floor
) -> None:
    stage.server.python(ONE_BRUSH)
    ada, ben, cleo = (stage.person(phone=True) for _ in range(3))
    ben.context.add_init_script(CLOCK_AN_HOUR_FAST)
    review = Review()
    holder = ada.page(f"/shows/{floor.quiet}")
    open_product(holder, "Fan brush")
    holder.get_by_test_id("product-buy").click()
    expect(holder.get_by_test_id("hold-timer")).to_be_visible()
    first = waiting(ben, floor.quiet, "You are next")
    second = waiting(cleo, floor.quiet, "1 person is before you")
    review.look(second, "waiting", sizes=["phone"])

    stage.server.python(THE_TIME_TO_PAY_IS_OVER)
    offered = first.get_by_test_id("product-kept")
    expect(offered).to_contain_text(re.compile(r"(10:00|9:\d\d) left"))
    expect(first.get_by_test_id("kept-card")).to_contain_text("Fan brush")
    review.look(first, "offered", sizes=["phone"], dark=True)
    first.get_by_test_id("product-cart").click()
    expect(first.get_by_test_id("kept-line")).to_contain_text("Fan brush")
    first.get_by_test_id("checkout-start").click()
    fill_details(first)
    pay(first)
    expect(first.get_by_test_id("confirmation")).to_have_attribute("data-outcome", "paid")
    holder.get_by_test_id("field-country").select_option("DE")
    expect(holder.get_by_test_id("checkout-message")).to_be_visible()
    expect(second.get_by_test_id("wait-leave")).to_be_visible()
    # The order is there with the payment's word, which comes behind the page.
    sold = [["bought", "waiting"], ["claimed"], 0]
    wait_until(lambda: brushes(stage) == sold, 20, "the brush to be sold")
    review.check()
    the_end_of(ada, ben, cleo)


def brushes(stage: Stage) -> list[object]:
    """The states of waits and of reservations, and the pieces that there are."""
    told: list[object] = json.loads(stage.server.python(BRUSHES).splitlines()[-1])
    return told


def waiting(person: Person, slug: str, place: str) -> Page:
    page = person.page(f"/shows/{slug}")
    open_product(page, "Fan brush")
    page.get_by_test_id("wait-join").click()
    expect(page.get_by_test_id("wait-place")).to_contain_text(place)
    return page


# --- a pause of the sale


def test_paused_sale_stops_timers_tells_why_and_goes_on(stage: Stage, floor: Floor) -> None:
    ada, ben = stage.person(phone=True), stage.person()
    review = Review()
    paying, looking = (one.page(f"/shows/{floor.quiet}") for one in (ada, ben))
    open_product(paying, "Night balm")
    paying.get_by_test_id("product-buy").click()
    expect(paying.get_by_test_id("hold-timer")).to_contain_text(re.compile(r"\d:\d\d"))
    looking.get_by_test_id("tab-products").click()
    looking.get_by_test_id("product-row").filter(has_text="Night balm").get_by_test_id(
        "product-open"
    ).click()
    console = floor.producer.page(f"/console/shows/{floor.quiet}")
    expect(console.get_by_test_id("selling-toggle")).to_be_visible()

    console.keyboard.press("Shift+P")
    for page in (paying, looking):
        expect(page.get_by_test_id("selling-paused")).to_contain_text("technical problem")
    expect(looking.get_by_test_id("product-add")).to_be_disabled()
    still = paying.get_by_test_id("hold-timer")
    expect(still).to_contain_text("the time stands still")
    left_s, stopped_ms = seconds_in(still.inner_text()), now_ms(paying)
    console.get_by_test_id("selling-words").fill("One price is wrong, back in a minute.")
    console.get_by_test_id("selling-say").click()
    for page in (paying, looking):
        expect(page.get_by_test_id("selling-paused")).to_contain_text("back in a minute")
    expect(looking.get_by_test_id("pause-note")).to_contain_text("back in a minute")
    review.look(looking, "paused", sizes=["desktop"])
    review.look(console, "paused-console")
    console.set_viewport_size(DESKTOP)
    wait_until(lambda: now_ms(paying) > stopped_ms + 2000, 10, "two seconds to pass")
    assert seconds_in(still.inner_text()) == left_s

    resumed_ms = now_ms(paying)
    console.get_by_test_id("selling-toggle").click()
    for page in (paying, looking):
        expect(page.get_by_test_id("selling-paused")).to_have_count(0)
    expect(still).not_to_contain_text("stands still")
    shown_s = seconds_in(still.inner_text())
    gone_s = (now_ms(paying) - resumed_ms) / 1000
    assert left_s - gone_s - 1 <= shown_s <= left_s + 1  # two clocks, and whole seconds
    looking.get_by_test_id("product-buy").click()
    expect(looking.get_by_test_id("details-form")).to_be_visible()
    review.check()
    console.close()
    the_end_of(ada, ben)


def seconds_in(text: str) -> int:
    found = re.search(r"(\d+):(\d\d)", text)
    assert found, text
    return int(found[1]) * 60 + int(found[2])


# --- a deal, near and far behind the picture


def test_viewers_near_and_far_behind_are_both_served(stage: Stage, floor: Floor) -> None:
    """For the one near the picture the deal is over before the other has seen it open."""
    near, far = stage.person(phone=True), stage.person()
    pages = [one.page(f"/shows/{floor.running}") for one in (near, far)]
    pictures = [Picture(page) for page in pages]
    for picture in pictures:
        picture.wait_playing()
    go_far_behind(pages[1])
    pictures[1].wait_playing()
    for page in pages:
        page.evaluate(NOTE_DEAL)
    desk = ModeratorApi(floor.producer.page("/console/"), floor.running)
    goods = desk.call("GET", "/products")
    balm = next(one for one in goods if one["name"] == "Night balm")["variants"][0]
    deal = desk.post(
        "/deals", title="For two", variant_ids=[balm["id"]], amount=1990, units_max=2,
        per_person=1, lasts_s=60,
    )["deal_id"]  # fmt: skip

    opens_ms = ms_of(desk.post(f"/deals/{deal}/open")["opens_at"])
    take = [page.get_by_test_id("deal-take") for page in pages]
    take[0].click()
    expect(pages[0].get_by_test_id("deal-pending")).to_be_visible()
    wait_until(lambda: now_ms(pages[0]) > opens_ms + LASTS_MS, 15, "some seconds of the deal")
    expect(take[1]).to_have_count(0)  # its picture is of before
    ends_ms = ms_of(desk.post(f"/deals/{deal}/end")["ended_at"])
    expect(pages[0].get_by_test_id("deal-over")).to_be_visible()
    assert seen(pages[1]) == {}

    take[1].click()  # over for the other, and open at this picture
    review = Review()
    review.look(pages[0], "deal-over", sizes=["phone"])
    for page in pages:
        expect(page.get_by_test_id("deal-won")).to_be_visible()
    review.look(pages[1], "deal-won", sizes=["desktop"], dark=True)
    for page in pages:
        assert 0 <= first_picture(page, "open") - opens_ms < FRAMES_MS
        assert 0 <= first_picture(page, "over") - ends_ms < FRAMES_MS
        its_unit_is_kept_at_the_deals_price(page)
    assert tap(pages[0], deal, balm["id"]) == "deal-over"
    behind = [noted["open"][1] - noted["open"][0] for noted in map(seen, pages)]
    assert behind[0] < NEAR_MS < FAR_BEHIND_MS - 1000 < behind[1]
    taps = json.loads(stage.server.python(TAPS).splitlines()[-1])
    assert [state for state, *_times in taps] == ["won", "won"]
    assert taps[0][1] < NEAR_MS < FAR_BEHIND_MS - 1000 < taps[1][1]
    review.check()
    the_end_of(near, far)


def its_unit_is_kept_at_the_deals_price(page: Page) -> None:
    """And the deal is over: whoever wants another one pays today's price."""
    page.get_by_test_id("cart-open").first.click()
    expect(page.get_by_test_id("kept-line")).to_contain_text("19.90")
    page.get_by_test_id("panel-close").click()
    if page.get_by_test_id("tab-products").count():
        page.get_by_test_id("tab-products").click()
    else:
        page.get_by_test_id("products-open").click()
    row = page.get_by_test_id("product-row").filter(has_text="Night balm")
    expect(row).to_contain_text("48.50")


def go_far_behind(page: Page) -> None:
    """Watch the picture of a while ago, once there is one."""
    went = """ms => {
        const { player, timeline } = showfloor, at = timeline.serverNowMs() - ms;
        return player.spans[0]?.pdtMs <= at && player.seekToPicture(at);
    }"""
    wait_until(lambda: page.evaluate(went, FAR_BEHIND_MS), 30, "a picture of a while ago")


def tap(page: Page, deal: str, variant: str) -> str:
    """Ask for the deal at the picture of now, as a player of others might; what is answered."""
    answered: str = page.evaluate(
        """([deal_id, variant_id]) => showfloor.timeline.send('deal.take', {
            deal_id, variant_id, picture_ms: Math.round(showfloor.player.pictureTimeMs),
        }).then(() => 'taken', (error) => error.problem.code)""",
        [deal, variant],
    )
    return answered


def seen(page: Page) -> dict[str, list[float]]:
    noted: dict[str, list[float]] = page.evaluate("() => dealSeen")
    return noted


def first_picture(page: Page, state: str) -> float:
    """Unix ms of the first picture at which the deal's card was in this state."""
    wait_until(lambda: state in seen(page), 20, f"the deal to be {state}")
    return seen(page)[state][0]


def now_ms(page: Page) -> float:
    return float(page.evaluate("() => showfloor.timeline.serverNowMs()"))


def ms_of(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp() * 1000
