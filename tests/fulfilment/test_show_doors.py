"""A show for people with a ticket: each of its doors, with the right and without it."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, Queue

import httpx
import pytest
from django.http import HttpResponse
from django.test import Client

from showfloor.accounts import bans, guests
from showfloor.accounts.guests import Guest
from showfloor.accounts.models import AccessChange, AccessChangeKind, Brand, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.adapters.testpay.provider import TestPay
from showfloor.audience.client import ViewerClient
from showfloor.audience.script import Buyer as AudienceBuyer
from showfloor.audience.script import Persona
from showfloor.catalogue.bulk.plan import Change, plan
from showfloor.catalogue.models import Product, Variant
from showfloor.catalogue.services import set_price
from showfloor.checkout import entitlements, tickets
from showfloor.checkout.entitlement_models import Entitlement, ProductGrant
from showfloor.checkout.models import Order, ShippingOption
from showfloor.community.questions import queries as questions
from showfloor.community.questions.models import Question
from showfloor.fulfilment import refunds
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Forbidden, Invalid
from showfloor.kernel.ids import new_id
from showfloor.media.signer import pass_signer
from showfloor.shows import queries, services, watching
from showfloor.shows.appearances import places_of
from showfloor.shows.models import Show
from showfloor.shows.services import ShowChanges, ShowDraft
from showfloor.site import show_page
from showfloor.site.api import api
from tests.checkout.shopping import deliver
from tests.fulfilment.conftest import line
from tests.site.test_every_route import rule_of
from tests.support.chat import post_message
from tests.support.forms import fields as fields_of
from tests.support.shows import TOMORROW

WORDS = "the secret of the evening"
BUYER = "g:anna"
KEPT = ("Authorization", "Idempotency-Key", "Accept-Language", "X-CSRFToken")
_QUERIES = dict.fromkeys(("captions", "captions.vtt"), "?language=en")
_BODIES = {
    "messages": b'{"client_id": "m1", "text": "x"}',
    "translation": b'{"language": "de"}',
    "bids": b'{"client_id": "b1", "maximum": 1}',
    "buy-now": b'{"client_id": "b2"}',
}


@pytest.fixture
def show(brand: Brand, cream: Variant, brush: Variant, producer: User) -> Show:
    """A live show that a cream lets attend; a message was written in it."""
    draft = ShowDraft(
        title="Premiere", starts_at=TOMORROW, published=False, product_ids=[brush.product_id]
    )
    made = services.create_show(brand, draft)
    ProductGrant.objects.create(brand=brand, product=cream.product, kind="attend", show=made)
    values = {"published": True, "open_to": "ticket"}
    services.update_show(made, ShowChanges(values))
    services.start(made, producer)
    return queries.find_announced(made.slug)


@pytest.fixture
def said(show: Show, brand: Brand, producer: User) -> Show:
    claims = Claims(str(producer.staff_subject), brand.pk, "Eve", ("producer",))
    post_message(show, claims, "m1", WORDS)
    return show


def claims_of(brand: Brand, sub: str) -> Claims:
    return Claims(sub, brand.pk, "Somebody")


def page(show: Show, guest: Guest) -> str:
    """The show's page in a guest's browser."""
    show_page.forget()
    client, response = Client(), HttpResponse()
    guests.set_cookie(response, guest)
    client.cookies = response.cookies
    return client.get(f"/shows/{show.slug}").content.decode()


def doors(show: Show) -> Iterator[tuple[str, str]]:
    """Each operation of viewers about a show, as method and address."""
    for _prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                rule = rule_of(operation.view_func)
                if "{slug}" in path and rule is not None and rule.name in {"public", "viewer"}:
                    address = path.replace("{slug}", show.slug)
                    for name in ("message_id", "question_id", "poll_id", "auction_id", "bid_id"):
                        address = address.replace(f"{{{name}}}", "x")
                    yield operation.methods[0], address + _QUERIES.get(path.rpartition("/")[2], "")


def ask(client: Client, brand: Brand, sub: str, method: str, path: str) -> tuple[int, str]:
    token = token_signer().issue(claims_of(brand, sub), utc_now())
    answer = client.generic(
        method, f"/api/v1{path}", _BODIES.get(path.rpartition("/")[2], b""), "application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    return answer.status_code, answer.content.decode()


def test_every_door_is_closed_without_the_right(
    said: Show, order: Order, brand: Brand, client: Client
) -> None:
    found = list(doors(said))
    assert len(found) >= 5, found
    for method, path in found:
        status, body = ask(client, brand, "g:stranger", method, path)
        assert WORDS not in body
        if path.endswith("/products"):
            assert (status, "BRUSH" in body, "CREAM" in body) == (200, False, True)  # the ticket
        else:
            assert (status, '"ticket-required"' in body) == (403, True), (method, path, body)
        status, _body = ask(client, brand, BUYER, method, path)
        assert status != 403, (method, path)
    assert client.get(f"/api/v1/shows/{said.slug}").status_code == 403  # nobody in particular
    assert WORDS in ask(client, brand, BUYER, "GET", f"/shows/{said.slug}")[1]


def test_page_tells_strangers_of_the_show_and_sells_its_ticket(said: Show, order: Order) -> None:
    buyer = Guest(new_id())
    Entitlement.objects.for_brand(said.brand_id).update(owner=str(buyer.subject))
    entrance, seen = page(said, Guest(new_id())), page(said, buyer)
    assert (WORDS in entrance, WORDS in seen) == (False, True)
    assert ('"entrance": true' in entrance, "<sf-tickets>" in entrance) == (True, True)
    assert ("CREAM" in entrance, "BRUSH" in entrance) == (True, False)
    assert ("/pass/" in entrance, f"/hls/{said.slug}/pass/" in seen) == (False, True)
    assert '"isAccessibleForFree": false' in entrance


def test_refund_closes_the_show(said: Show, order: Order, brand: Brand, client: Client) -> None:
    status, body = ask(client, brand, BUYER, "GET", f"/shows/{said.slug}/pass")
    assert status == 200
    text = body.partition("/pass/")[2].partition("/")[0]
    assert 299 <= pass_signer().left_s(text, said.pk, utc_now()) <= 600
    lines = {line(order, "CREAM").pk: 3}
    refunds.refund_lines(order, lines, restock=True, reason="", key="r", now=utc_now())
    assert ask(client, brand, BUYER, "GET", f"/shows/{said.slug}/pass")[0] == 403
    told = AccessChange.objects.for_brand(brand).filter(what=AccessChangeKind.RIGHTS)
    assert [one.subject for one in told] == [BUYER]  # open connections come in anew
    facts = watching.facts_of(said)
    people = [claims_of(brand, BUYER), Claims("u:eve", brand.pk, "Eve", ("host",))]
    assert watching.admitted(facts, people) == {"u:eve"}


def test_banned_ticket_holder_gets_no_pass(
    said: Show, order: Order, brand: Brand, client: Client, producer: User
) -> None:
    buyer = Guest(new_id())
    sub = str(buyer.subject)
    Entitlement.objects.for_brand(said.brand_id).update(owner=sub)
    ban = bans.ban(brand.pk, sub, name="Anna", by=producer)
    status, body = ask(client, brand, sub, "GET", f"/shows/{said.slug}/pass")
    assert (status, '"banned"' in body, "/pass/" in page(said, buyer)) == (403, True, False)
    bans.lift_ban(brand.pk, ban.pk)
    assert ask(client, brand, sub, "GET", f"/shows/{said.slug}/pass")[0] == 200
    assert "/pass/" in page(said, buyer)


def test_last_ticket_of_a_public_show_stays_on_sale(
    show: Show, brand: Brand, cream: Variant, brush: Variant, producer: User, client: Client
) -> None:
    product, words = cream.product, "nothing else sells one"
    client.force_login(producer)
    # A product with a stock level is never deleted: its history needs it.
    deleting = client.get(f"/admin/catalogue/product/{product.pk}/delete/").content.decode()
    assert "stock level" in deleting
    address = f"/admin/catalogue/product/{product.pk}/change/"
    form = fields_of(client.get(address))
    assert form.pop("published") == "on"
    answer = client.post(address, form)
    assert (answer.status_code, words in answer.content.decode()) == (200, True)
    table = f"/admin/catalogue/product/{product.pk}/variants/"
    form_of_table = fields_of(client.get(table))
    assert form_of_table.pop("row-0-sold") == "on"
    page_of_variant = f"/admin/catalogue/variant/{cream.pk}/change/"
    archiving = (
        (table, form_of_table | {"save": "1"}),
        (page_of_variant, fields_of(client.get(page_of_variant)) | {"archived": "on"}),
        (address, fields_of(client.get(address)) | {"variants-0-archived": "on"}),
    )
    for where, filled_in in archiving:
        answer = client.post(where, filled_in)
        told = answer.content.decode()
        assert answer.status_code in {200, 422}, where
        assert words in told, where
    cream.refresh_from_db()
    assert cream.archived is False
    ids = [cream.product_id, brush.product_id]
    hidden = {one.product.pk: one for one in plan(brand, Change(published=False), ids)}
    assert (hidden[product.pk].after, len(hidden[product.pk].problems)) == ({}, 1)
    assert hidden[brush.product_id].after == {"published": False}
    ProductGrant.objects.create(brand=brand, product=brush.product, kind="attend", show=show)
    assert tickets.reasons_to_stay(brand.pk, [product.pk]) == {}
    many = [f"gone-{number}" for number in range(70_000)]  # a feed may lack them all
    assert set(tickets.reasons_to_stay(brand.pk, [*ids, *many])) == set(ids)
    assert client.post(address, form).status_code == 302
    product.refresh_from_db()
    assert product.published is False


def test_invented_viewer_buys_a_ticket_and_is_let_in(
    show: Show, brand: Brand, post: ShippingOption, testpay: TestPay
) -> None:
    """The viewer runs in a thread of its own: this one has the test's database."""
    browser, asked = Client(), Queue[tuple[httpx.Request, Queue[httpx.Response]]]()

    def send(request: httpx.Request) -> httpx.Response:
        answer = Queue[httpx.Response]()
        asked.put((request, answer))
        return answer.get(timeout=20)

    async def come() -> str:
        viewer = ViewerClient("http://localhost:8000", show.slug, Persona("Mia"), False, "", "de")
        viewer._http._transport = httpx.MockTransport(send)
        await viewer.come()
        for _twice in range(2):  # the second time the ticket is there
            await viewer.enter(AudienceBuyer())
        await viewer.close()
        return viewer.id

    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(asyncio.run, come())
        while not coming.done():
            with suppress(Empty):
                request, answer = asked.get(timeout=0.02)
                answer.put(_answered(browser, testpay, request))
    order = Order.objects.for_brand(brand).get()
    came = coming.result()
    assert (order.owner, order.name, order.language) == (came, "Mia", "de")
    assert watching.may_watch(watching.facts_of(show), claims_of(brand, came))


def _answered(browser: Client, testpay: TestPay, request: httpx.Request) -> httpx.Response:
    """Answer as the server does, and as the provider does, whose notices come at once."""
    path, body = request.url.path, request.content
    if path == "/testpay/tokens":
        return httpx.Response(200, json={"payment_method": testpay.create_token(json.loads(body))})
    headers = {name: request.headers[name] for name in KEPT if name in request.headers}
    found = browser.generic(request.method, path, body, "application/json", headers=headers)
    if path.endswith("/pay"):
        deliver(testpay)
    return httpx.Response(found.status_code, content=found.content, headers=found.headers)


def test_right_of_one_variant_is_sold_and_granted_by_it_alone(
    show: Show, brand: Brand, cream: Variant, client: Client, order: Order
) -> None:
    grant = ProductGrant.objects.for_brand(brand).get()
    backstage = Variant.objects.create(
        brand=brand, product=cream.product, sku="CREAM-VIP", options={"Kind": "VIP"}, position=1
    )
    set_price(backstage, "EUR", 9900, None)
    grant.variant = backstage
    grant.save()
    assert watching.tickets(show) == {cream.product_id: [backstage.pk]}
    status, body = ask(client, brand, "g:stranger", "GET", f"/shows/{show.slug}/products")
    skus = [one["sku"] for product in json.loads(body) for one in product["variants"]]
    assert (status, skus) == (200, ["CREAM-VIP"])
    Entitlement.objects.for_brand(brand).delete()
    assert entitlements.grant([order], utc_now()) == 0  # of the other variant
    backstage.archived = True
    backstage.save()
    assert watching.tickets(show) == {}
    grant.variant = None
    grant.save()
    assert watching.tickets(show) == {cream.product_id: [cream.pk]}
    for grant.days in (3, None):
        grant.pk, grant.variant = new_id(), cream
        grant.save(force_insert=True)
    ProductGrant.objects.for_brand(brand).filter(variant=None).update(days=7)
    assert entitlements.grant([order], utc_now()) == 1
    assert Entitlement.objects.for_brand(brand).get().until is None


def test_writing_needs_the_right(show: Show, order: Order, brand: Brand) -> None:
    with pytest.raises(Forbidden, match="people with a ticket"):
        post_message(show, claims_of(brand, "g:stranger"), "m2", "hello")
    post_message(show, claims_of(brand, BUYER), "m3", "hello")


def test_right_to_watch_is_for_the_replay_alone(
    show: Show, order: Order, brand: Brand, brush: Variant, producer: User
) -> None:
    ProductGrant.objects.for_brand(brand).update(kind="watch")
    assert watching.tickets(show) == {}
    ended = services.end(show, producer)
    assert len(watching.tickets(ended)) == 1
    assert watching.may_watch(watching.facts_of(ended), claims_of(brand, BUYER))  # it attended


def test_show_whose_ticket_nobody_sells_is_not_published(brand: Brand, cream: Variant) -> None:
    draft = ShowDraft(title="Premiere", starts_at=TOMORROW, open_to="ticket")
    with pytest.raises(Invalid, match="Nobody sells a ticket") as refused:
        services.create_show(brand, draft)
    assert refused.value.field == "open_to"
    made = services.create_show(brand, ShowDraft(title="Premiere", starts_at=TOMORROW))
    ticket = ShowChanges({"open_to": "ticket"})
    with pytest.raises(Invalid, match="Nobody sells a ticket"):
        services.update_show(made, ticket)
    ProductGrant.objects.create(brand=brand, product=cream.product, kind="attend", show=made)
    Product.objects.for_brand(brand).update(published=False)
    with pytest.raises(Invalid, match="Nobody sells a ticket"):
        services.update_show(made, ticket)
    Product.objects.for_brand(brand).update(published=True)
    assert services.update_show(made, ticket).open_to == "ticket"
    with pytest.raises(Invalid, match="who may watch"):
        services.update_show(made, ShowChanges({"open_to": "friends"}))


def test_shop_tells_nothing_of_what_is_shown_and_said_in_a_show_for_some(
    show: Show, brush: Variant, producer: User
) -> None:
    services.highlight(show, [brush.product_id], None, producer)
    Question.objects.create(
        show=show, product=brush.product, author="g:eve", author_name="Eve", text="Is it soft?",
        client_id="q", seq=9, state="answered", answer=WORDS, asked_at=utc_now(),
    )  # fmt: skip
    for open_to, told in (("ticket", 0), ("everyone", 1)):
        services.update_show(show, ShowChanges({"open_to": open_to}))
        found = len(places_of(show.brand, brush.product_id)), questions.answers_for(brush.product)
        assert (found[0], len(found[1])) == (told, told), open_to
