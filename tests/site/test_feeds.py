"""Feeds: fetched from their addresses, shown in a dry run, imported by hand and on a schedule."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, override

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, Role, User
from showfloor.catalogue import sale_guards
from showfloor.catalogue import services as catalogue
from showfloor.catalogue.feed_models import Missing
from showfloor.catalogue.fetching import Fetcher
from showfloor.catalogue.importing import feeds, jobs
from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.models import Feed, ImportJob, PriceChange, Product
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from showfloor.outbox.models import OutgoingMessage
from showfloor.site.catalogue_import import run_next_job
from tests.catalogue.support import prices
from tests.conftest import make_staff
from tests.support.forms import fields

HEADINGS = "id,title,price\n"
SECRET = "Basic c2hvcDpwYXNzIHfDtnJk"  # shop:pass wörd


@dataclass
class Shop:
    """A server with one feed, and what it was asked."""

    url: str = ""
    body: str = HEADINGS
    etag: str = ""
    leads_to: str = ""
    cut: int = 0  # bytes of the body that never come
    seen: list[dict[str, str]] = field(default_factory=list)

    def sell(self, **amounts: str) -> None:
        self.body = HEADINGS + "".join(f"{sku},{sku},{price}\n" for sku, price in amounts.items())


@pytest.fixture
def shop() -> Iterator[Shop]:
    told = Shop()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.seen.append(dict(self.headers))
            if told.leads_to:
                self.send_response(302)
                self.send_header("Location", told.leads_to)
                self.end_headers()
            elif told.etag and self.headers["If-None-Match"] == told.etag:
                self.send_response(304)
                self.end_headers()
            else:
                self._send(told.body.encode())

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            if told.etag:
                self.send_header("ETag", told.etag)
            self.end_headers()
            self.wfile.write(body[: len(body) - told.cut])

        @override
        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    told.url = f"http://shop.test:{server.server_port}/feed.csv"
    yield told
    server.shutdown()
    server.server_close()
    thread.join(5)


LOOPBACK = ip_address("127.0.0.1")
FETCHER = Fetcher(
    resolve=lambda host, _port: [ip_address("10.0.0.7") if host == "inside.test" else LOOPBACK],
    allows=lambda address: address == LOOPBACK,
    any_port=True,
)


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, data_dir=tmp_path)


@pytest.fixture
def feed(brand: Brand, shop: Shop) -> Feed:
    return Feed.objects.create(brand=brand, name="Main", url=shop.url, missing=Missing.HIDE)


def run(feed: Feed, by: User | None = None, *, dry_run: bool = False) -> ImportJob:
    """Have one run done, as far as it goes without a person."""
    job = feeds.start(feed, by, dry_run=dry_run)
    assert feeds.fetch_next(FETCHER)
    run_next_job()
    job.refresh_from_db()
    return job


def state_of(job: ImportJob) -> str:
    return ImportJob.objects.for_brand(job.brand_id).get(pk=job.pk).state


def published(brand: Brand) -> dict[str, bool]:
    rows = Product.objects.for_brand(brand).values_list("reference", "published")
    return dict(rows)


def test_dry_run_shows_changes_and_writes_none(
    brand: Brand, feed: Feed, shop: Shop, producer: User
) -> None:
    shop.sell(A="5 EUR", B="6 EUR", C="8 EUR", D="1 EUR", E="1 EUR", F="1 EUR")
    assert run(feed).state == "done"
    shop.body = HEADINGS + "A,A,4 EUR\nC,C,8 EUR\nD,D,1 EUR\nE,E,1 EUR\nF,F,free\nNEW,New,3 EUR\n"

    job = run(feed, producer, dry_run=True)

    report = job.report
    assert job.state == "read"
    assert [(row["ref"], row["price_before"], row["price"]) for row in report["repriced"]] == [
        ("A", "5.00 EUR", "4.00 EUR")
    ]
    assert [row["ref"] for row in report["new"]] == ["NEW"]
    assert (report["variants"]["unchanged"], report["hidden"]) == (3, ["B"])
    assert [(row["ref"], row["reason"]) for row in report["rejected"]] == [
        ("F", "price “free” is not an amount with a currency, like 12.50 EUR.")
    ]
    assert prices(brand)["A"] == (500, "EUR", None)
    assert published(brand) == dict.fromkeys("ABCDEF", True)


def test_agreed_dry_run_is_imported_with_the_history_of_its_prices(
    brand: Brand, feed: Feed, shop: Shop, producer: User
) -> None:
    shop.sell(A="5 EUR")
    run(feed)
    shop.sell(A="4 EUR")
    job = run(feed, producer, dry_run=True)

    jobs.confirm(job)
    run_next_job()

    assert prices(brand)["A"] == (400, "EUR", None)
    history = PriceChange.objects.for_brand(brand).order_by("at")
    assert [row.amount for row in history] == [500, 400]


def test_missing_products_are_hidden_and_come_back(brand: Brand, feed: Feed, shop: Shop) -> None:
    Product.objects.create(brand=brand, name="By hand", reference="own")
    everything = dict.fromkeys("ABCDEF", "5 EUR")
    shop.sell(**everything)
    run(feed)
    Product.objects.for_brand(brand).filter(reference="C").update(published=False)

    shop.sell(**dict.fromkeys("ACDEF", "5 EUR"))
    assert run(feed).report["hidden"] == ["B"]
    assert published(brand) == {"own": True, **dict.fromkeys("ADEF", True), "B": False, "C": False}

    shop.sell(**everything)
    assert run(feed).report["returned"] == 1
    assert published(brand)["B"] is True
    assert published(brand)["C"] is False  # a person hid it


def test_product_that_has_to_stay_on_sale_is_not_hidden_by_a_feed(
    brand: Brand, feed: Feed, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sell(**dict.fromkeys("ABCDEF", "5 EUR"))
    run(feed)
    ticket = Product.objects.for_brand(brand).get(reference="B").pk
    guard = {ticket: "a show needs it"}
    monkeypatch.setattr(sale_guards, "_guards", [lambda *_ids: guard])
    shop.sell(**dict.fromkeys("ACDEF", "5 EUR"))
    job = run(feed)
    assert (job.report["kept"], job.report["hidden"]) == (["B"], [])
    assert published(brand)["B"] is True
    assert "still on sale, because a show needs them: B" in Report.from_json(job.report).as_text()


def test_run_that_would_hide_too_many_changes_nothing_and_says_so(
    brand: Brand, feed: Feed, shop: Shop
) -> None:
    shop.sell(**dict.fromkeys("ABCDE", "5 EUR"))
    run(feed)
    shop.sell(A="9 EUR", B="9 EUR", C="9 EUR")

    job = run(feed)

    assert job.state == "failed"
    assert "lacks 2 of its 5 products, more than 20 percent" in job.error
    assert prices(brand)["A"] == (500, "EUR", None)
    assert published(brand) == dict.fromkeys("ABCDE", True)

    jobs.confirm(job)  # a person agrees
    run_next_job()
    assert [sku for sku, is_there in published(brand).items() if not is_there] == ["D", "E"]


def test_feed_that_is_left_as_it_is_hides_nothing(brand: Brand, feed: Feed, shop: Shop) -> None:
    Feed.objects.for_brand(brand).update(missing=Missing.LEAVE)
    feed.refresh_from_db()
    shop.sell(A="5 EUR", B="5 EUR")
    run(feed)
    shop.sell(A="5 EUR")
    assert run(feed).state == "done"
    assert published(brand) == {"A": True, "B": True}


def test_schedule_asks_for_news_only(feed: Feed, shop: Shop, brand: Brand) -> None:
    shop.sell(A="5 EUR")
    shop.etag = '"1"'
    run(feed)
    feed.refresh_from_db()
    assert feed.etag == '"1"'

    assert run(feed).state == "unchanged"
    shop.etag = '"2"'
    shop.sell(A="7 EUR")
    assert run(feed).state == "done"
    assert prices(brand)["A"] == (700, "EUR", None)


def test_run_by_hand_fetches_the_file_in_any_case(feed: Feed, shop: Shop, producer: User) -> None:
    shop.sell(A="5 EUR")
    shop.etag = '"1"'
    run(feed)
    feed.refresh_from_db()
    assert run(feed, producer).state == "done"
    assert "If-None-Match" not in shop.seen[-1]


def test_password_is_sealed_and_sent_to_no_other_server(feed: Feed, shop: Shop) -> None:
    feed.username = "shop"
    feeds.set_password(feed, "pass wörd")
    feed.save()
    assert "pass" not in feed.sealed_password
    run(feed)
    assert shop.seen[-1]["Authorization"] == SECRET

    shop.leads_to = shop.url.replace("shop.test", "other.test")
    run(feed)
    sent = [one.get("Authorization") for one in shop.seen[1:]]
    assert sent == [SECRET, None, None, None]


def test_feed_that_leads_inside_is_not_fetched(feed: Feed, shop: Shop, brand: Brand) -> None:
    shop.leads_to = "http://inside.test/secret"
    job = run(feed)
    assert job.state == "failed"
    assert job.error == "The feed could not be fetched: inside.test is not on the open internet."
    feed.brand.language = "de"
    assert run(feed).error == (
        "Der Feed konnte nicht abgeholt werden: inside.test steht nicht im offenen Internet."
    )
    assert not Product.objects.for_brand(brand).exists()


def test_brands_take_turns_whoever_has_many_feeds(
    feed: Feed, shop: Shop, other_brand: Brand
) -> None:
    shop.sell(A="5 EUR")
    second = Feed.objects.create(brand=feed.brand, name="Second", url=shop.url)
    theirs = Feed.objects.create(brand=other_brand, name="Theirs", url=shop.url)
    waiting = [feeds.start(one, None, dry_run=True) for one in (feed, second, theirs)]
    left = []
    while feeds.fetch_next(FETCHER):
        left.append([one for one in waiting if state_of(one) == "to_fetch"])
    assert left == [[waiting[1], waiting[2]], [waiting[1]], []]


def test_feeds_are_fetched_over_https_alone(feed: Feed, shop: Shop) -> None:
    job = feeds.start(feed, None, dry_run=False)
    strict = replace(feeds.FETCHER, resolve=FETCHER.resolve, allows=FETCHER.allows, any_port=True)
    feeds.fetch_next(strict)
    job.refresh_from_db()
    assert job.error == "The feed could not be fetched: http is not safe enough here."
    assert shop.seen == []


def test_half_of_a_file_is_not_imported(feed: Feed, shop: Shop, brand: Brand) -> None:
    shop.sell(A="5 EUR", B="5 EUR")
    shop.cut = 5
    job = run(feed)
    assert (job.state, Product.objects.for_brand(brand).count()) == ("failed", 0)
    assert "5 bytes are missing at the end" in job.error


def test_two_runs_of_a_feed_never_overlap(feed: Feed, shop: Shop, producer: User) -> None:
    feeds.start(feed, None, dry_run=False)
    with pytest.raises(Conflict) as refused:
        feeds.start(feed, producer, dry_run=True)
    assert refused.value.code == "feed-busy"
    assert ImportJob.objects.for_brand(feed.brand_id).count() == 1


def test_newer_run_leaves_an_older_file_behind(feed: Feed, shop: Shop, producer: User) -> None:
    shop.sell(A="5 EUR")
    older = run(feed, producer, dry_run=True)
    run(feed)
    older.refresh_from_db()
    assert older.state == "discarded"
    with pytest.raises(Conflict):
        jobs.confirm(older)


@pytest.mark.parametrize(
    ("was", "attempts", "then"),
    [("fetching", 1, "done"), ("importing", 1, "done"), ("fetching", 3, "failed")],
)
def test_run_of_a_process_that_is_gone_is_taken_up_or_given_up(
    feed: Feed, shop: Shop, was: str, attempts: int, then: str
) -> None:
    shop.sell(A="5 EUR")
    job = feeds.start(feed, None, dry_run=False)
    feeds.fetch_next(FETCHER)
    gone = utc_now() - jobs.STALE_AFTER - timedelta(seconds=1)
    ImportJob.objects.for_brand(feed.brand_id).update(state=was, touched_at=gone, attempts=attempts)

    feeds.fetch_next(FETCHER)
    run_next_job()

    job.refresh_from_db()
    assert job.state == then


def test_schedule_begins_each_run_once(feed: Feed, brand: Brand) -> None:
    due = utc_now() - timedelta(minutes=1)
    Feed.objects.for_brand(brand).update(next_at=due)

    assert (feeds.start_due(), feeds.start_due()) == (1, 0)

    feed.refresh_from_db()
    assert feed.next_at is not None
    assert feed.next_at > utc_now()
    job = ImportJob.objects.for_brand(brand).get()
    assert (job.state, job.asks, job.created_by_id) == ("to_fetch", False, None)


def test_staff_hear_of_the_first_failure_in_a_row(
    feed: Feed, shop: Shop, producer: User, client: Client
) -> None:
    shop.leads_to = "http://inside.test/"
    run(feed)
    run(feed)
    (mail,) = OutgoingMessage.objects.all_brands()
    assert mail.recipient == producer.email
    assert "The import of “Main” has failed" in mail.subject
    client.force_login(producer)
    assert "Feeds that fail" in client.get("/admin/").content.decode()

    shop.leads_to = ""
    run(feed)
    feed.refresh_from_db()
    assert feed.failed_at is None
    assert OutgoingMessage.objects.all_brands().count() == 1


def test_product_that_a_person_publishes_and_hides_again_stays_hidden(
    feed: Feed, shop: Shop, brand: Brand, client: Client, producer: User
) -> None:
    everything = dict.fromkeys("ABCDEF", "5 EUR")
    shop.sell(**everything)
    run(feed)
    shop.sell(**dict.fromkeys("ACDEF", "5 EUR"))
    run(feed)
    client.force_login(producer)
    row = Product.objects.for_brand(brand).get(reference="B")
    page = reverse("admin:catalogue_product_change", args=[row.pk])
    assert client.post(page, fields(client.get(page)) | {"published": "on"}).status_code == 302
    form = fields(client.get(page))
    form.pop("published")
    assert client.post(page, form).status_code == 302

    shop.sell(**everything)
    run(feed)

    assert published(brand)["B"] is False


def test_file_hides_and_publishes_its_products_but_none_that_a_person_hid(
    feed: Feed, shop: Shop, brand: Brand
) -> None:
    def tell(**flags: str) -> None:
        rows = [f"{name},{name},{name},5.00,{flag}\n" for name, flag in flags.items()]
        shop.body = "Handle,Title,Variant SKU,Variant Price,Published\n" + "".join(rows)
        assert run(feed).state == "done"

    tell(a="true", b="false", c="true")
    assert published(brand) == {"a": True, "b": False, "c": True}
    catalogue.unpublish(brand.pk, Product.objects.for_brand(brand).get(reference="c").pk)
    tell(a="false", b="true", c="true")
    assert published(brand) == {"a": False, "b": True, "c": False}
    tell(a="false", b="true", c="true")
    tell(a="true", b="true", c="true")
    assert published(brand) == {"a": True, "b": True, "c": False}


def test_runs_of_a_feed_are_bounded(
    feed: Feed, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "RUNS_KEPT", 2)
    shop.sell(A="5 EUR")
    for _number in range(3):
        run(feed)
    last = run(feed)
    kept = ImportJob.objects.for_brand(feed.brand_id).order_by("created_at", "pk")
    assert (kept.count(), kept.last()) == (3, last)


# --- the back office

ADD = "/admin/catalogue/feed/add/"


@pytest.fixture
def office(client: Client, producer: User) -> Client:
    client.force_login(producer)
    return client


def test_feed_is_set_up_with_a_schedule(office: Client, brand: Brand) -> None:
    form = fields(office.get(ADD)) | {
        "name": "Main", "url": "https://shop.test/feed.xml", "username": "u", "password": "p",
        "is_on": "on", "every_h": "6", "at_hour": "4", "time_zone": "Europe/Berlin",
    }  # fmt: skip
    assert office.post(ADD, form).status_code == 302
    feed = Feed.objects.for_brand(brand).get()
    assert feed.next_at is not None
    assert feed.sealed_password

    page = reverse("admin:catalogue_feed_change", args=[feed.pk])
    shown = office.get(page)
    assert feed.sealed_password not in shown.content.decode()
    form = fields(shown)
    form.pop("is_on")
    assert office.post(page, form).status_code == 302
    feed.refresh_from_db()
    assert feed.next_at is None
    assert feed.sealed_password


@pytest.mark.parametrize(
    ("field_name", "value"),
    [("url", "http://shop.test/feed.xml"), ("at_hour", "24"), ("hide_share_max", "101"),
     ("time_zone", "Mars/Base")],
)  # fmt: skip
def test_wrong_settings_are_refused_by_field(
    office: Client, brand: Brand, field_name: str, value: str
) -> None:
    form = fields(office.get(ADD)) | {"name": "Main", "url": "https://shop.test/feed.xml"}
    answer = office.post(ADD, form | {field_name: value})
    assert list(answer.context["adminform"].form.errors) == [field_name]
    assert not Feed.objects.for_brand(brand).exists()


def test_password_does_not_move_to_another_server(office: Client, feed: Feed) -> None:
    feed.url = "https://shop.test/feed.xml"
    feeds.set_password(feed, "secret")
    feed.save()
    page = reverse("admin:catalogue_feed_change", args=[feed.pk])
    form = fields(office.get(page)) | {"url": "https://evil.test/feed.xml"}
    answer = office.post(page, form)
    assert list(answer.context["adminform"].form.errors) == ["password"]
    feed.refresh_from_db()
    assert feed.url == "https://shop.test/feed.xml"


@pytest.mark.parametrize(("button", "asks"), [("dry_run", True), ("run_now", False)])
def test_buttons_begin_a_run(office: Client, feed: Feed, button: str, asks: bool) -> None:
    Feed.objects.for_brand(feed.brand_id).update(url="https://shop.test/feed.xml")
    page = reverse("admin:catalogue_feed_change", args=[feed.pk])
    answer = office.post(page, fields(office.get(page)) | {f"catalogue_feed_{button}": "1"})
    job = ImportJob.objects.for_brand(feed.brand_id).get()
    assert answer["Location"] == reverse("admin:catalogue_product_import_job", args=[job.pk])
    assert (job.asks, job.state) == (asks, "to_fetch")
    assert job.pk in office.get(page).content.decode()


def test_clerk_has_no_feeds(client: Client, brand: Brand, feed: Feed) -> None:
    client.force_login(make_staff(brand, Role.CLERK, "clerk@example.test"))
    page = reverse("admin:catalogue_feed_change", args=[feed.pk])
    assert client.get(page).status_code in {403, 404}
