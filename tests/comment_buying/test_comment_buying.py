"""Comment to buy: comments that are codes become reservations, answered in private."""

from datetime import timedelta
from typing import Any

import pytest

from showfloor.accounts.handover import Handover
from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.catalogue.models import Product, Variant
from showfloor.checkout.models import Reservation
from showfloor.checkout.pauses import services as pauses
from showfloor.checkout.reservations import services as reservations
from showfloor.comment_buying import deciding, services
from showfloor.comment_buying.jobs import CommentWatch
from showfloor.comment_buying.models import CommentRequest
from showfloor.comment_buying.services import CodeDraft
from showfloor.community.chat import commands
from showfloor.community.chat.models import Message
from showfloor.community.chat.services import delete_message
from showfloor.community.moderation import decisions
from showfloor.community.moderation import services as moderation
from showfloor.community.moderation.services import BanRequest
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from showfloor.timeline.commands import Command
from tests.comment_buying.buying import (
    decided,
    first_variant,
    kept,
    refusals,
    say,
    selling,
    states,
    switch,
)
from tests.community.moderating import waiting, word
from tests.stock.helpers import broken_invariants, level
from tests.support.catalogue import make_product
from tests.support.shows import Caller, guest, make_show, product_ids


@pytest.fixture
def show(brand: Brand, producer: User) -> Show:
    return selling(make_show(brand), producer)


def words_in_chat(show: Show) -> list[str]:
    entries = timeline.read(show.timeline_id, after=0)
    return [one.body["text"] for one in entries if one.kind == "message.posted"]


def test_comment_keeps_units_in_the_cart_and_is_answered_in_private(show: Show) -> None:
    ana, ben = guest(show.brand, "Ana"), guest(show.brand, "Ben", network="net-2")
    assert say(show, ana, "kaufe rose 2") == "shown"
    assert say(show, ben, "I love ROSE") == "shown"
    assert (kept(show), decided(show), decided(show)) == ([], 1, 0)
    assert kept(show) == [(ana.sub, 2, "active")]
    made = Reservation.objects.for_brand(show.brand_id).get()
    message = Message.objects.for_brand(show.brand_id).get(author=ana.sub)
    assert made.source == f"comment:{message.pk}"
    assert (made.variant_id, made.unit_amount, made.show_id) == (
        first_variant(show).pk, None, show.pk,
    )  # fmt: skip
    assert made.expires_at - made.created_at == timedelta(seconds=600)
    assert 59 < (made.show_time_s or 0) < 90
    (news,) = personal_stream.read(show.brand_id, ana.sub)
    assert (news.kind, news.body["ref"], news.body["quantity"]) == (
        "reservation.made", message.pk, 2,
    )  # fmt: skip
    cart = Caller(viewer=ana).call("GET", "/cart")[1]
    assert [(one["quantity"], one["id"]) for one in cart["reserved"]] == [(2, made.pk)]
    assert personal_stream.read(show.brand_id, ben.sub) == []
    assert words_in_chat(show) == ["kaufe rose 2", "I love ROSE"]
    assert level(first_variant(show)) == (5, 2)


def test_repeated_command_buys_once_and_a_deleted_message_keeps_what_it_bought(
    show: Show, producer: User
) -> None:
    ana = guest(show.brand)
    sent = Command("c1", "message", {"text": "ROSE"}, ana, show.pk)
    first, again = commands.perform(show.pk, [sent, sent])
    assert first.result == again.result
    assert decided(show) == 1
    assert commands.perform(show.pk, [sent])[0].result == first.result
    assert decided(show) == 0
    delete_message(show, Message.objects.for_brand(show.brand_id).get().pk, producer)
    assert kept(show) == [(ana.sub, 1, "active")]


def test_person_has_one_reservation_of_a_product_at_a_time(show: Show) -> None:
    ana = guest(show.brand)
    for text in ("ROSE", "rose 3", "12"):
        say(show, ana, text)
    assert len(states(show)) == 2  # the second one of ROSE came while the first one waited
    decided(show)
    say(show, ana, "rose + 1")
    decided(show)
    assert kept(show) == [(ana.sub, 1, "active")] * 2
    assert refusals(ana) == ["kept-already"]
    for one in Reservation.objects.for_brand(show.brand_id):
        reservations.release(show.brand_id, ana.sub, one.pk, utc_now())
    say(show, ana, "buy ROSE 2")
    decided(show)
    assert kept(show)[-1] == (ana.sub, 2, "active")
    assert broken_invariants() == []


def test_refusals_say_why_in_the_authors_language_and_keep_nothing(
    show: Show, producer: User
) -> None:
    brand = show.brand
    ana, ben, cleo, dora, eve = (guest(brand, f"G{n}", network=f"n-{n}") for n in range(5))
    say(show, ana, "ROSE 6", language="de")
    say(show, ben, "12 11")
    say(show, cleo, "12")
    moderation.ban_viewer(show, BanRequest(viewer_id=cleo.sub), producer)
    decided(show)
    assert [refusals(one) for one in (ana, ben, cleo)] == [["sold-out"], ["too-many"], ["banned"]]
    (news,) = personal_stream.read(brand.pk, ana.sub)
    assert "sind nicht mehr da" in news.body["message"]
    assert news.body["product_id"] == product_ids(show)[0]
    say(show, dora, "ROSE")
    Product.objects.for_brand(brand).update(published=False)
    decided(show)
    Product.objects.for_brand(brand).update(published=True)
    say(show, eve, "ROSE")
    switch(show, producer, codes=[CodeDraft("12", product_ids(show)[1])])
    decided(show)
    assert [refusals(one) for one in (dora, eve)] == [["not-sold"], ["gone"]]
    assert kept(show) == []


def test_comment_during_a_pause_keeps_nothing_and_hears_why(show: Show) -> None:
    ana = guest(show.brand)
    pauses.pause(show, "price", "", utc_now(), "Lea")
    say(show, ana, "ROSE", language="de")
    decided(show)
    (news,) = personal_stream.read(show.brand_id, ana.sub)
    assert news.body["reason"] == "selling-paused"
    assert news.body["message"].startswith("Der Verkauf ist pausiert.")
    assert (kept(show), states(show)) == ([], [("refused", "selling-paused")])
    pauses.resume(show, utc_now(), "Lea")
    say(show, ana, "buy ROSE")
    decided(show)
    assert kept(show) == [(ana.sub, 1, "active")]


def test_code_of_a_product_with_variants_asks_to_choose_and_that_of_a_variant_buys(
    brand: Brand, producer: User
) -> None:
    lips = make_product(brand, "lips", shades=("red", "plum"))
    show = make_show(brand)
    shows.set_rundown(show, [*product_ids(show), lips.pk])
    plum = Variant.objects.for_brand(brand).get(sku="LIPS-PLUM")
    codes = [CodeDraft("LIPS", lips.pk), CodeDraft("PLUM", lips.pk, plum.pk)]
    live = selling(show, producer, codes=codes)
    ana = guest(brand)
    say(live, ana, "lips")
    decided(live)
    assert (refusals(ana), kept(live)) == (["choose"], [])
    say(live, ana, "plum")
    decided(live)
    assert Reservation.objects.for_brand(brand).get().variant_id == plum.pk


def test_held_comment_buys_when_it_is_approved_and_a_hidden_one_never(
    show: Show, producer: User
) -> None:
    word(show.brand, "rose", "hold")
    ana, ben = guest(show.brand), guest(show.brand, "Ben", network="net-2")
    assert [say(show, ana, "ROSE"), say(show, ben, "12")] == ["held", "shown"]
    decided(show)
    assert kept(show) == [(ben.sub, 1, "active")]
    decisions.decide(show, waiting(show).pk, "approve", "", producer)
    decided(show)
    assert kept(show) == [(ben.sub, 1, "active"), (ana.sub, 1, "active")]


def test_comments_are_kept_out_of_the_chat_where_the_show_says_so(
    show: Show, producer: User
) -> None:
    switch(show, producer, shows_messages=False)
    ana, ben = guest(show.brand), guest(show.brand, "Ben", network="net-2")
    assert [say(show, ana, "ROSE", "c1"), say(show, ben, "hello")] == ["shown", "shown"]
    assert say(show, ana, "ROSE", "c1") == "shown"
    assert (decided(show), words_in_chat(show)) == (1, ["hello"])
    mine = Caller(viewer=ana).call("GET", f"/shows/{show.slug}/mine")[1]
    assert [one["text"] for one in mine["sent"]] == ["ROSE"]
    assert kept(show) == [(ana.sub, 1, "active")]


def test_nothing_is_bought_while_it_is_off_before_the_show_or_by_staff(
    brand: Brand, producer: User
) -> None:
    show = make_show(brand)
    switch(show, producer)
    ana = guest(brand)
    say(show, ana, "ROSE")
    live = shows.start(show, producer)
    switch(live, producer, is_on=False)
    say(live, ana, "12")
    switch(live, producer)
    say(live, Claims(str(producer.staff_subject), brand.pk, "Host", ("producer",)), "12")
    assert CommentRequest.objects.for_brand(brand).count() == 0


def test_setting_is_the_producers_and_refuses_what_cannot_work(
    show: Show, producer: User, moderator: User, stranger: User, other_brand: Brand
) -> None:
    path = f"/shows/{show.slug}/comment-buying"
    alien = make_product(other_brand, "alien")
    rose = product_ids(show)[0]
    before = Caller(user=producer).call("GET", path)[1]
    assert [one["code"] for one in before["codes"]] == ["12", "ROSE"]
    wrong: list[tuple[dict[str, object], str]] = [
        ({"codes": []}, "codes"),
        ({"codes": [{"code": "a b", "product_id": rose}]}, "codes"),
        ({"codes": [{"code": "buy", "product_id": rose}]}, "codes"),
        ({"codes": [{"code": one, "product_id": rose} for one in ("Rose", "ROSE")]}, "codes"),
        ({"codes": [{"code": "ALIEN", "product_id": alien.pk}]}, "codes"),
        ({"codes": [{"code": "A", "product_id": rose, "variant_id": "x"}]}, "codes"),
        ({"codes": [{"code": "A", "product_id": rose}], "words": ["1"]}, "words"),
        ({"codes": [{"code": "A", "product_id": rose}], "keeps_s": 5}, "keeps_s"),
    ]
    for body, at in wrong:
        status, problem = Caller(user=producer).call("PUT", path, {"is_on": True, **body})
        assert (status, problem["field"]) == (422, at), body
    assert Caller(user=producer).call("GET", path)[1] == before
    body = {"is_on": True, "codes": [{"code": "N\u00b7", "product_id": rose}]}
    assert Caller(user=moderator).call("PUT", path, body)[0] == 403
    assert Caller(user=stranger).call("PUT", path, body)[0] == 404
    ana = guest(show.brand)
    codes = Caller(viewer=ana).call("GET", f"/shows/{show.slug}/comment-codes")[1]
    assert codes == {"words": ["buy", "kaufe"], "codes": before["codes"]}
    body = {"is_on": False, "codes": [{"code": "Néw", "product_id": rose}], "words": ["ICH NEHME"]}
    status, after = Caller(user=producer).call("PUT", path, body)
    assert (status, after["words"], [one["code"] for one in after["codes"]]) == (
        200, ["ich nehme"], ["Néw"],
    )  # fmt: skip
    codes = Caller(viewer=ana).call("GET", f"/shows/{show.slug}/comment-codes")[1]
    assert codes == {"words": [], "codes": []}
    Show.objects.for_brand(show.brand_id).filter(pk=show.pk).update(rehearses=show)
    with pytest.raises(Conflict) as refusal:
        switch(show, producer)
    assert refusal.value.code == "rehearsal"


def test_guest_who_signs_in_takes_waiting_comments_along_and_an_erased_one_leaves_none(
    show: Show,
) -> None:
    ana, ben = guest(show.brand), guest(show.brand, "Ben", network="net-2")
    say(show, ana, "ROSE")
    say(show, ben, "12")
    services.hand_over(Handover(show.brand_id, ana.sub, "m:ana"))
    assert services.forget(show.brand_id, ben.sub) == 1
    decided(show)
    assert kept(show) == [("m:ana", 1, "active")]


def test_job_asks_nothing_while_nobody_buys_and_a_comment_calls_it(
    show: Show, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    ana, clock = guest(show.brand), [100.0]
    watch = CommentWatch(lambda: clock[0])
    assert watch.run() == 0
    clock[0] = 100.9
    with django_assert_num_queries(0):
        assert watch.run() == 0
    with django_capture_on_commit_callbacks(execute=True):
        say(show, ana, "ROSE")
    assert watch.run() == 1  # without a wait
    assert kept(show) == [(ana.sub, 1, "active")]
    clock[0] = 101.0
    with django_assert_num_queries(1):
        assert watch.run() == 0  # others may wait: it looks again at once
    clock[0] = 101.9
    with django_assert_num_queries(0):
        assert watch.run() == 0


def test_flood_is_decided_in_rounds_of_bounded_size_first_come_first_served(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "AT_ONCE_MAX", 3)
    people = [guest(show.brand, f"G{n}", network=f"n-{n}") for n in range(8)]
    sent = [Command(f"c{n}", "message", {"text": "rose"}, one, show.pk)
            for n, one in enumerate(people)]  # fmt: skip
    commands.perform(show.pk, sent)
    rounds = []
    while (count := deciding.run()) > 0:
        rounds.append(count)
    assert rounds == [3, 3, 2]
    assert {owner for owner, _units, _state in kept(show)} == {one.sub for one in people[:5]}
    assert len(kept(show)) == 5
    assert [refusals(one) for one in people[5:]] == [["sold-out"]] * 3
    assert broken_invariants() == []
