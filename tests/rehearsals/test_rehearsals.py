"""Rehearsals: a hidden show with an invented audience, and nothing real that changes."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.kernel.ids import new_id
from showfloor.rehearsals import ports, queries, services
from showfloor.rehearsals.models import Rehearsal
from showfloor.rehearsals.rules import Figures
from showfloor.shows import services as shows
from showfloor.shows.models import Show, ShowState
from showfloor.shows.services import (
    ShowChanges,
    ShowDraft,
    create_show,
    set_rundown,
    update_show,
)
from showfloor.shows.watched_show import cast_trait
from tests.checkout.conftest import clock, post, shopper, testpay
from tests.checkout.shopping import Shopper
from tests.conftest import make_staff
from tests.stock.helpers import make_variant
from tests.support.chat import post_message

__all__ = ["clock", "post", "shopper", "testpay"]
pytestmark = pytest.mark.django_db
# Real things of the rooms that sell: the till of a rehearsal must change none of their rows.
REAL = ("stock", "checkout", "fulfilment", "documents", "daily_close", "outbox", "pricing")
CARD, BAD_CARD = "4242 4242 4242 4242", "4000000000000002"


class SentCasts:
    """`ports.Casts` that only notes."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, rehearsal_id: str) -> None:
        self.sent.append(rehearsal_id)


@pytest.fixture
def casts() -> Any:
    sent = SentCasts()
    ports.use(sent)
    yield sent
    ports.use(None)


@pytest.fixture
def host(brand: Brand) -> User:
    return make_staff(brand, Role.HOST, "host@example.test")


@pytest.fixture
def planned(brand: Brand) -> Show:
    cream = make_variant(brand, "CREAM", on_hand=2, price=2500)
    draft = ShowDraft(title="Evening", starts_at=utc_now() + timedelta(days=1))
    show = create_show(brand, draft)
    set_rundown(show, [cream.product_id])
    return show


def rehearsal_by(client: Client, show: Show, **body: int) -> Any:
    return client.post(
        f"/api/v1/shows/{show.slug}/rehearsals", json.dumps(body), content_type="application/json"
    )


def viewer(show: Show, *, of: Show | None = None) -> Claims:
    traits = (cast_trait(of.pk),) if of is not None else ()
    return Claims(f"g:{new_id()}", show.brand_id, "Amara", (), "net", traits)


def buy(client: Client, show: Show, person: Claims, sku: str, card: str = CARD) -> Any:
    token = token_signer().issue(person, utc_now())
    return client.post(
        "/api/v1/rehearsals/purchases",
        json.dumps({"show": show.slug, "sku": sku, "card": card}),
        content_type="application/json", headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip


def real_rows() -> dict[str, list[Any]]:
    models = [one for name in REAL for one in apps.get_app_config(name).get_models()]
    return {one.__name__: list(one._base_manager.order_by("pk").values()) for one in models}


def test_host_rehearses_and_nothing_real_changes(
    client: Client, planned: Show, host: User, casts: SentCasts
) -> None:
    client.force_login(host)
    before, visitor = real_rows(), Client()
    begun = rehearsal_by(client, planned, viewers=20, minutes=10)
    assert (begun.status_code, begun.json()["state"]) == (201, "waiting"), begun.content
    again = rehearsal_by(client, planned, viewers=20, minutes=10)
    assert (again.status_code, again.json()["code"]) == (409, "rehearsal-under-way")
    played = Show.objects.for_brand(planned.brand_id).get(slug=begun.json()["slug"])
    assert (played.state, played.published, played.is_test) == ("live", False, True)
    planned.refresh_from_db()
    assert planned.state == ShowState.SCHEDULED
    for address in (f"/shows/{played.slug}", f"/api/v1/shows/{played.slug}/products"):
        assert visitor.get(address).status_code == 404, address

    assert services.send_casts() == 1
    assert (services.send_casts(), len(casts.sent)) == (0, 1)
    amara = viewer(played, of=played)
    post_message(played, amara, "c1", "Hello from the sofa!")
    told = [buy(visitor, played, amara, "CREAM") for _time in range(3)]
    assert [one.status_code for one in told] == [204, 204, 409]
    assert told[2].json()["code"] == "sold-out"
    assert buy(visitor, played, amara, "CREAM", BAD_CARD).json()["code"] == "card-declined"
    assert buy(visitor, played, amara, "ELSE").json()["field"] == "sku"
    for stranger in (viewer(played), viewer(played, of=planned)):
        assert buy(visitor, played, stranger, "CREAM").status_code == 404
        with pytest.raises(NotFound):
            post_message(played, stranger, "c2", "Me too")

    figures = Figures(
        18, 20, {"say": 41, "ask": 6, "vote": 30, "react": 9}, {"card-declined": 1, "sold-out": 1},
        35, 180, 40, 71,
    )  # fmt: skip
    assert services.report(casts.sent[0], figures) is True
    stopped = client.post(f"/api/v1/shows/{played.slug}/rehearsal/stop")
    assert stopped.status_code == 200
    assert services.report(casts.sent[0], figures) is False
    services.finish(casts.sent[0], figures, failed=False)
    report = client.get(f"/api/v1/shows/{planned.slug}/rehearsal").json()
    assert (report["state"], report["present"], report["of"]) == ("over", 18, planned.slug)
    assert report["report"] == [
        "20 viewers came.",
        "They wrote 41 messages, asked 6 questions, voted 30 times and sent 9 reactions.",
        "They bought 2 pieces for €50.00, with test cards: 2 × Product CREAM.",
        "Cards declined: 1. Sold out before: 1.",
        "Half of all answers came within 35 ms, 95 of 100 within 180 ms.",
        "The machine was 40 % busy on average, at most 71 %.",
    ]
    played.refresh_from_db()
    assert played.state == ShowState.ENDED
    assert buy(visitor, played, amara, "CREAM").json()["code"] == "rehearsal-over"
    assert real_rows() == before


def test_staff_cannot_buy_for_real_in_a_rehearsal(
    planned: Show, host: User, casts: SentCasts, shopper: Shopper
) -> None:
    made = services.begin(planned, 5, 5, host)
    assert made.show is not None
    item = {"sku": "CREAM", "quantity": 1, "show": made.show.slug}
    refused = shopper.call("POST", "/cart/items", item)
    assert (refused.status, refused.body["code"], refused.body["field"]) == (
        409, "rehearsal", "show",
    )  # fmt: skip
    assert shopper.call("POST", "/cart/items", item | {"show": planned.slug}).status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [({"viewers": 0}, "viewers"), ({"viewers": 201}, "viewers"),
     ({"viewers": 5, "minutes": 121}, "minutes")],
)  # fmt: skip
def test_wrong_size_is_named_and_makes_nothing(
    client: Client, planned: Show, host: User, body: dict[str, int], field: str
) -> None:
    client.force_login(host)
    refused = rehearsal_by(client, planned, **body)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert Show.objects.for_brand(planned.brand_id).count() == 1


def test_running_show_and_a_rehearsal_itself_cannot_be_rehearsed(
    planned: Show, host: User, casts: SentCasts
) -> None:
    made = services.begin(planned, 5, 5, host)
    assert made.show is not None
    with pytest.raises(Invalid, match="stays hidden"):
        update_show(made.show, ShowChanges({"published": True, "is_test": False}))
    with pytest.raises(Conflict, match="rehearsal already"):
        services.begin(made.show, 5, 5, host)
    services.stop(made, host)
    Show.objects.for_brand(planned.brand_id).filter(pk=planned.pk).update(
        state="live", started_at=utc_now()
    )
    planned.refresh_from_db()
    with pytest.raises(Conflict, match="has not begun"):
        services.begin(planned, 5, 5, host)


def test_silent_cast_is_given_up_and_said_in_words(
    planned: Show, host: User, casts: SentCasts
) -> None:
    made = services.begin(planned, 5, 5, host)
    assert services.send_casts() == 1
    assert services.send_casts(utc_now() + timedelta(seconds=31)) == 0
    row = Rehearsal.objects.for_brand(planned.brand_id).get(pk=made.pk)
    assert row.state == "failed"
    assert queries.view(row)["report"][0].startswith("The audience went home early")
    services.begin(planned, 5, 5, host)  # another one may begin


def test_rehearsal_whose_beginning_was_cut_off_leaves_no_hidden_show_on_air(
    planned: Show, host: User, casts: SentCasts, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_show = shows.start

    def start_and_stop(show: Show, by: User) -> Show:
        begin_show(show, by)
        raise KeyboardInterrupt

    monkeypatch.setattr(shows, "start", start_and_stop)
    with pytest.raises(KeyboardInterrupt):
        services.begin(planned, 5, 5, host)
    played = Show.objects.for_brand(planned.brand_id).get(rehearses=planned)
    services.stop(queries.of_show(played), host)
    played.refresh_from_db()
    assert played.state == ShowState.ENDED
