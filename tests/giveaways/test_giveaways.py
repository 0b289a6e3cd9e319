"""Giveaways: who enters, who wins, who is told, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from showfloor.accounts import handover
from showfloor.accounts.mine import named
from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.subjects import Subject
from showfloor.accounts.tokens import Claims
from showfloor.checkout.models import Checkout, Order
from showfloor.giveaways import drawing, erasure, links, queries, services, verify_draw
from showfloor.giveaways.models import DrawEntry, Giveaway, Prize
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.ids import new_id
from showfloor.outbox.models import OutgoingMessage
from showfloor.shows.models import Show
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from tests.community.interacting import problem, said
from tests.giveaways.drawing import drawn, enter, enter_all, fresh, opened, prepared, record
from tests.support.shows import Caller, guest

pytestmark = pytest.mark.django_db


def prizes(giveaway: Giveaway) -> list[tuple[str, int]]:
    rows = Prize.objects.all_brands().filter(giveaway=giveaway).order_by("rank")
    return [(one.state, one.entry.number) for one in rows.select_related("entry")]


def prize_of(giveaway: Giveaway, rank: int = 0) -> Prize:
    rows = Prize.objects.all_brands().select_related("entry", "giveaway__show__brand")
    return rows.get(giveaway=giveaway, rank=rank)


def told(brand: Brand, subject: str) -> list[tuple[str, str]]:
    return [(one.kind, one.body["giveaway_id"]) for one in personal_stream.read(brand.pk, subject)]


def test_entry_is_sealed_chained_and_told_to_its_person(
    show: Show, producer: User, brand: Brand
) -> None:
    giveaway, ana = opened(show, producer), guest(brand)
    before = timeline.head(show.timeline_id).seq
    outcome = enter(show, ana, giveaway)
    assert outcome.seq == before + 1
    assert outcome.result["number"] == 1
    seal = verify_draw.seal_of(bytes.fromhex(str(outcome.result["salt"])), ana.sub)
    assert outcome.result["seal"] == seal.hex()
    (entry,) = said(show.timeline_id, before)
    head = verify_draw.heads(verify_draw.first_head(giveaway.pk), [seal])[0].hex()
    assert dict(entry.body) == {"giveaway_id": giveaway.pk, "entries": 1, "head": head}
    assert entry.actor == ""
    assert queries.mine(show, ana.sub)["giveaway_entries"][giveaway.pk]["number"] == 1
    again = enter(show, ana, giveaway)
    assert (again.seq, again.result) == (None, outcome.result)
    assert timeline.head(show.timeline_id).seq == before + 1


def test_batch_of_entries_is_one_entry_of_the_timeline(
    show: Show, producer: User, brand: Brand
) -> None:
    giveaway = opened(show, producer, entries_max=3)
    ana, before = guest(brand), timeline.head(show.timeline_id).seq
    people: list[tuple[Claims, dict[str, Any]]] = [
        (ana, {}), (guest(brand), {}), (ana, {}), (guest(brand), {}), (guest(brand), {}),
    ]  # fmt: skip
    outcomes = enter_all(show, people, giveaway)
    assert [one.result.get("number") for one in outcomes] == [1, 2, 1, 3, None]
    assert problem(outcomes[-1]) == (409, "giveaway-full", None)
    assert [one.body["entries"] for one in said(show.timeline_id, before)] == [3]


def test_refused_entries_change_nothing(show: Show, producer: User, brand: Brand) -> None:
    giveaway = opened(show, producer, rule="email")
    draft, ana = prepared(show), guest(brand)
    staff = Claims("u:x", brand.pk, "Lea", (Role.PRODUCER.value,))
    refused = [
        (enter(show, ana, giveaway, accepts_terms=False), (422, "invalid", "accepts_terms")),
        (enter(show, ana, giveaway), (422, "invalid", "email")),
        (enter(show, ana, giveaway, email="ana@"), (422, "invalid", "email")),
        (enter(show, ana, giveaway, email="a@b.test", picture_at="noon"),
         (422, "invalid", "picture_at")),
        (enter(show, ana, draft), (404, "not-found", "giveaway_id")),
        (enter(show, staff, giveaway, email="a@b.test"), (403, "staff", None)),
        (enter(show, ana, giveaway, email=producer.email.upper()), (403, "staff", None)),
        (enter(show, ana, giveaway, email=producer.email.replace("@", "+2@")),
         (403, "staff", None)),
        (enter(show, ana, giveaway, email="a\0@b.test"), (422, "invalid", "email")),
        (enter(show, ana, giveaway, giveaway_id="\0"), (404, "not-found", "giveaway_id")),
    ]  # fmt: skip
    assert [problem(outcome) for outcome, _want in refused] == [want for _outcome, want in refused]
    assert fresh(giveaway).entries == DrawEntry.objects.all_brands().count() == 0


@pytest.mark.parametrize(
    ("rule", "first", "second", "want"),
    [
        ("viewer", {}, {}, None),
        ("email", {"email": "ana+1@post.test"}, {"email": "Ana@post.test"}, "entered-already"),
        ("order", {"email": "ana@post.test"}, {"email": "ana@post.test"}, "entered-already"),
        ("network", {}, {}, "entered-already"),
    ],
)
def test_second_person_is_the_same_person_by_the_rule(
    rule: str, first: dict[str, str], second: dict[str, str], want: str | None, show: Show,
    producer: User, brand: Brand,
) -> None:  # fmt: skip
    giveaway = opened(show, producer, rule=rule)
    outcomes = enter_all(show, [(guest(brand), first), (guest(brand), second)], giveaway)
    assert outcomes[0].problem is None
    assert (outcomes[1].problem or {}).get("code") == want
    assert fresh(giveaway).entries == (1 if want else 2)


def test_guest_cannot_enter_a_draw_for_members(show: Show, producer: User, brand: Brand) -> None:
    giveaway = opened(show, producer, rule="member")
    assert problem(enter(show, guest(brand), giveaway)) == (403, "members-only", None)


def test_entry_sent_at_a_picture_before_the_end_counts_for_fifteen_seconds(
    show: Show, producer: User, brand: Brand
) -> None:
    giveaway = opened(show, producer)
    end = utc_now() - timedelta(seconds=10)
    rows = Giveaway.objects.all_brands().filter(pk=giveaway.pk)
    rows.update(closes_at=end)
    behind = iso_ms(end - timedelta(seconds=1))
    assert problem(enter(show, guest(brand), giveaway)) == (409, "giveaway-closed", None)
    assert enter(show, guest(brand), giveaway, picture_at=behind).result["number"] == 1
    rows.update(closes_at=end - timedelta(seconds=6))
    early = iso_ms(end - timedelta(minutes=1))
    late = enter(show, guest(brand), giveaway, picture_at=early)
    assert problem(late) == (409, "giveaway-closed", None)


def test_winner_is_told_alone_claims_once_and_a_late_one_is_replaced(
    show: Show, producer: User, brand: Brand
) -> None:
    giveaway = opened(show, producer, rule="email", winners=1, substitutes=2)
    people = [guest(brand) for _person in range(4)]
    for number, one in enumerate(people):
        enter(show, one, giveaway, email=f"p{number}@post.test")
    drawn(giveaway)
    first, second = prize_of(giveaway), prize_of(giveaway, 1)
    assert [state for state, _number in prizes(giveaway)] == ["offered", "reserve", "reserve"]
    assert told(brand, first.entry.entrant) == [("prize.offered", giveaway.pk)]
    assert told(brand, second.entry.entrant) == []
    mails = OutgoingMessage.objects.all_brands().filter(kind="prize.offered")
    assert [mail.recipient for mail in mails] == [first.entry.email]
    assert drawing.draw_due(utc_now() + timedelta(hours=2)) == 0

    assert first.claim_until is not None
    assert drawing.lapse_due(first.claim_until - timedelta(seconds=1)) == 0
    assert drawing.lapse_due(first.claim_until) == 1
    assert [state for state, _number in prizes(giveaway)] == ["lapsed", "offered", "reserve"]
    assert told(brand, first.entry.entrant)[-1] == ("prize.lapsed", giveaway.pk)
    assert told(brand, second.entry.entrant) == [("prize.offered", giveaway.pk)]


def test_claim_by_the_link_of_the_mail(show: Show, producer: User, brand: Brand) -> None:
    giveaway = opened(show, producer)
    enter(show, guest(brand), giveaway)
    drawn(giveaway)
    prize, anybody = prize_of(giveaway), Client()
    page, link = queries.path_of(giveaway.pk), links.path_of(prize)
    seen = anybody.get(page).content.decode()
    assert ('data-testid="prize"' in seen, 'data-testid="draw-winners"' in seen) == (False, True)
    assert 'data-testid="prize"' in anybody.get(link).content.decode()
    stolen = {"name": "Eve", "address": "Elsewhere 1"}
    assert anybody.post(page, stolen).status_code == 404
    refused = anybody.post(link, {"name": "Ana", "address": ""})
    assert (refused.status_code, prizes(giveaway)) == (422, [("offered", 1)])
    given = {"name": "Ana", "address": "Rue 1\n75001 Paris", "email": "ana@post.test"}
    assert anybody.post(link, given).status_code == 302
    assert anybody.post(link, given).status_code == 409
    claimed = prize_of(giveaway)
    assert (claimed.state, claimed.name, claimed.email) == ("claimed", "Ana", "ana@post.test")
    rows = Caller(user=producer).text(
        f"/api/v1/shows/{show.slug}/giveaways/{giveaway.pk}/prizes.csv"
    )
    assert "75001 Paris" in rows[1]


def test_declined_prize_goes_to_the_substitute(show: Show, producer: User, brand: Brand) -> None:
    giveaway = opened(show, producer)
    for _person in range(2):
        enter(show, guest(brand), giveaway)
    drawn(giveaway)
    drawing.decline(fresh(giveaway), prize_of(giveaway).pk)
    assert [state for state, _number in prizes(giveaway)] == ["declined", "offered"]


def test_erased_entrant_leaves_a_draw_that_holds(show: Show, producer: User, brand: Brand) -> None:
    giveaway = opened(show, producer, winners=1, substitutes=2)
    people = [guest(brand) for _person in range(3)]
    for one in people:
        enter(show, one, giveaway)
    erasure.forget_person(brand.pk, people[0].sub)
    assert fresh(giveaway).entries == 3
    drawn(giveaway)
    offered = Prize.objects.all_brands().select_related("entry")
    winner = offered.get(giveaway=giveaway, state="offered").entry.entrant
    erasure.forget_person(brand.pk, winner)
    (left,) = {one.sub for one in people[1:]} - {winner}
    assert offered.get(giveaway=giveaway, state="offered").entry.entrant == left
    assert verify_draw.check(record(giveaway)) == []
    rows = DrawEntry.objects.all_brands().filter(giveaway=giveaway, entrant__startswith="x:")
    assert {one.salt + one.email for one in rows} == {""}


def test_guest_who_signs_in_takes_the_entry_and_its_prize_along(
    show: Show, producer: User, brand: Brand
) -> None:
    giveaway, ana, own = opened(show, producer), guest(brand), Claims(f"m:{new_id()}", brand.pk)
    sealed = enter(show, ana, giveaway).result
    handover.hand_over(brand.pk, ana.sub.removeprefix("g:"), own.sub)
    assert enter(show, own, giveaway).result == enter(show, ana, giveaway).result == sealed
    assert fresh(giveaway).entries == 1
    drawn(giveaway)
    assert told(brand, own.sub) == [("prize.offered", giveaway.pk)]
    assert told(brand, ana.sub) == []
    assert queries.mine(show, own.sub)["giveaway_entries"][giveaway.pk]["prize"] == "offered"
    assert queries.offered_to(giveaway, own.sub) == prize_of(giveaway)
    (row,) = named("draws").rows(brand, own.sub, utc_now())
    assert row.state == "Won: claim it"
    found = queries.entry_of(giveaway, own.sub)
    assert found is not None
    seal = verify_draw.seal_of(bytes.fromhex(found.salt), found.entrant)
    assert (seal.hex(), found.entrant) == (sealed["seal"], ana.sub)
    assert verify_draw.check(record(giveaway)) == []
    assert erasure.forget_person(brand.pk, ana.sub) == 0
    assert erasure.forget_person(brand.pk, own.sub) == 1
    assert not DrawEntry.objects.all_brands().filter(entrant=ana.sub).exists()


def test_person_who_entered_as_guest_and_as_member_gets_one_prize(
    show: Show, producer: User, brand: Brand
) -> None:
    giveaway = opened(show, producer, winners=2, substitutes=1)
    ana, own, bea = guest(brand), Claims(f"m:{new_id()}", brand.pk), guest(brand)
    for one in (ana, own, bea):
        enter(show, one, giveaway)
    handover.hand_over(brand.pk, ana.sub.removeprefix("g:"), own.sub)
    drawn(giveaway)
    rows = Prize.objects.all_brands().filter(giveaway=giveaway, state="offered")
    assert set(rows.values_list("entry__owner", flat=True)) == {own.sub, bea.sub}
    assert queries.mine(show, own.sub)["giveaway_entries"][giveaway.pk]["prize"] == "offered"


def test_prize_of_a_guest_who_signs_in_as_staff_goes_on(
    show: Show, producer: User, brand: Brand
) -> None:
    giveaway = opened(show, producer, winners=2)
    lea, bea = guest(brand), guest(brand)
    for one in (lea, bea):
        enter(show, one, giveaway)
    handover.hand_over(brand.pk, lea.sub.removeprefix("g:"), str(Subject.staff(producer.pk)))
    drawn(giveaway)
    rows = Prize.objects.all_brands().filter(giveaway=giveaway, state="offered")
    assert list(rows.values_list("entry__owner", flat=True)) == [bea.sub]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"terms": " "}, "terms"), ({"title": ""}, "title"), ({"prize": "x" * 201}, "prize"),
        ({"winners": 0}, "winners"), ({"substitutes": -1}, "substitutes"),
        ({"entries_max": 0}, "entries_max"), ({"claim_hours": 0}, "claim_hours"),
        ({"rule": "anybody"}, "rule"),
    ],
)  # fmt: skip
def test_wrong_draft_is_refused_by_its_field(
    change: dict[str, Any], field: str, show: Show, producer: User
) -> None:
    good = {"title": "Set", "prize": "A set", "terms": "All"}
    path = f"/shows/{show.slug}/giveaways"
    status, answer = Caller(user=producer).call("POST", path, {**good, **change})
    assert (status, answer["field"]) == (422, field)
    assert not Giveaway.objects.all_brands().exists()


def test_staff_open_close_and_withdraw(show: Show, producer: User, brand: Brand) -> None:
    staff, path = Caller(user=producer), f"/shows/{show.slug}/giveaways"
    body = {"title": "Set", "prize": "A set", "terms": "All"}
    _status, made = staff.call("POST", path, body)
    one = f"{path}/{made['giveaway_id']}"
    assert staff.call("POST", f"{one}/open", {"seconds": 5})[1]["field"] == "seconds"
    assert staff.call("POST", f"{one}/open", {"seconds": 60})[1]["state"] == "open"
    assert staff.call("PATCH", one, {"prize": "Nothing"})[0] == 409
    other = staff.call("POST", path, body)[1]["giveaway_id"]
    assert staff.call("POST", f"{path}/{other}/open", {"seconds": 60})[0] == 409
    assert staff.call("POST", f"{one}/close", {})[1]["state"] == "closed"
    late = enter(show, guest(brand), queries.find(show, made["giveaway_id"]))
    assert problem(late) == (409, "giveaway-closed", None)
    assert staff.call("POST", f"{one}/withdraw", {})[0] == 409  # its list is fixed
    assert drawing.draw_due(utc_now() + timedelta(days=1)) == 1
    assert staff.call("POST", f"{path}/{other}/open", {"seconds": 60})[0] == 200
    enter(show, guest(brand), queries.find(show, other))
    assert staff.call("POST", f"{path}/{other}/withdraw", {})[1]["state"] == "withdrawn"
    assert drawing.draw_due(utc_now() + timedelta(days=1)) == 0
    assert [entry.kind.removeprefix("giveaway.") for entry in said(show.timeline_id)] == [
        "opened", "closed", "drawn", "opened", "entered", "withdrawn",
    ]  # fmt: skip
    assert [view["giveaway_id"] for view in queries.snapshot(show)["giveaways"]] == [
        made["giveaway_id"]
    ]


def test_draw_that_was_taken_back_stays_in_public(show: Show, producer: User, brand: Brand) -> None:
    giveaway = opened(show, producer)
    enter(show, guest(brand), giveaway)
    assert Client().get(queries.path_of(prepared(show).pk)).status_code == 404
    services.withdraw(show, giveaway.pk, producer)
    page = Client().get(queries.path_of(giveaway.pk)).content.decode()
    assert 'data-testid="draw-withdrawn"' in page
    assert 'data-testid="draw-winners"' not in page


def test_staff_member_who_bought_cannot_enter_by_the_order(
    show: Show, producer: User, brand: Brand
) -> None:
    giveaway, buyer = opened(show, producer, rule="order"), guest(brand)
    now = utc_now()
    checkout = Checkout.objects.create(
        brand=brand,
        owner=buyer.sub,
        created_at=now,
        expires_at=now,
        subtotal=0,
        tax_included=0,
        total=0,
    )
    Order.objects.create(
        brand=brand,
        checkout=checkout,
        owner=buyer.sub,
        email=producer.email,
        placed_at=now,
        subtotal=0,
        tax_included=0,
        total=0,
    )
    assert problem(enter(show, buyer, giveaway)) == (403, "staff", None)
    assert fresh(giveaway).entries == 0


def test_seed_is_secret_until_the_draw(show: Show, producer: User, brand: Brand) -> None:
    giveaway = opened(show, producer)
    enter(show, guest(brand), giveaway)
    seed = services.seed_of(fresh(giveaway)).hex()
    rows = Giveaway.objects.all_brands().filter(pk=giveaway.pk)
    assert seed not in str(list(rows.values()))
    assert seed not in str(record(giveaway))
    drawn(giveaway)
    assert record(giveaway)["entries"][-1]["body"]["seed"] == seed
