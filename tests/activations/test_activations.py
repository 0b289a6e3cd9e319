"""Activation points: what people can do, the limits of it, consent, export and erasure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from showfloor.accounts import handover
from showfloor.accounts.mine import named
from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.activations import erasure, links, queries, services
from showfloor.activations.commands import perform
from showfloor.activations.models import Activation, ActivationAnswer
from showfloor.activations.rules import ActivationDraft
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.outbox.models import OutgoingMessage
from showfloor.shows.models import Show, ShowState
from showfloor.timeline import queries as timeline
from showfloor.timeline.commands import Outcome
from tests.community.interacting import command, problem, said
from tests.support.shows import Caller, guest, make_show

pytestmark = pytest.mark.django_db

SLOTS = ["2030-03-01T18:30", "2030-03-01T19:00"]
PAYLOADS: Mapping[str, dict[str, Any]] = {
    "appointment": {
        "slots": SLOTS, "capacity": 1, "minutes": 20, "time_zone": "Europe/Berlin",
        "place": "Counter 3",
    },
    "sample": {"stock": 2},
    "sign_up": {},
    "download": {"url": "https://brand.test/lookbook.pdf"},
    "link": {"url": "https://brand.test/salon"},
    "answer": {"options": ["Rosé", "Brick"]},
}  # fmt: skip
GIVEN: Mapping[str, dict[str, str]] = {
    "appointment": {"slot": "2030-03-01T17:30:00.000Z", "name": "Ana", "email": "ana@post.test"},
    "sample": {"name": "Ana", "address": "Rue 1\n75001 Paris"},
    "sign_up": {"email": "Ana@post.test"},
    "download": {},
    "link": {},
    "answer": {"answer": "Brick"},
}
AGREED = "The brand may write to me about new things."


@pytest.fixture
def show(brand: Brand) -> Show:
    return make_show(brand, products=0)


def opened(show: Show, by: User, kind: str, **more: Any) -> Activation:
    consent = {"consent": AGREED} if kind == "sign_up" else {}
    draft = ActivationDraft(kind, f"A {kind}", payload=PAYLOADS[kind], **{**consent, **more})
    return services.open_activation(show, services.create(show, draft).pk, None, by)


def take(
    show: Show, viewer: Claims, point: Activation, values: dict[str, str] | None = None,
    agrees: bool = True,
) -> Outcome:  # fmt: skip
    body = {
        "activation_id": point.pk, "agrees": agrees,
        "values": GIVEN[point.kind] if values is None else values,
    }  # fmt: skip
    (outcome,) = perform(show.pk, [command("take_part", viewer, body, show)])
    return outcome


def fresh(point: Activation) -> Activation:
    return Activation.objects.all_brands().get(pk=point.pk)


@pytest.mark.parametrize("kind", PAYLOADS)
def test_each_kind_is_opened_answered_counted_and_exported(
    kind: str, show: Show, producer: User, brand: Brand
) -> None:
    point, ana = opened(show, producer, kind), guest(brand)
    outcome = take(show, ana, point)
    assert outcome.problem is None
    assert outcome.result["url"] == PAYLOADS[kind].get("url")
    assert (outcome.result["calendar_url"] is not None) == (kind == "appointment")
    told = said(show.timeline_id)
    assert [entry.kind for entry in told] == ["activation.opened", "activation.taken"]
    assert "brand.test" not in str(told)
    assert told[-1].body["taken"] == fresh(point).taken == 1
    assert queries.mine(show, ana.sub) == {"activation_answers": {point.pk: 1}}
    (row,) = named("activations").rows(brand, ana.sub, utc_now())
    assert row.title == f"A {kind}"
    rows = list(queries.answer_rows(point))
    assert len(rows) == (1 if kind == "sign_up" else 2)
    again = take(show, ana, point)
    assert (problem(again)[1], fresh(point).taken) == ("answered-already", 1)


def test_guest_who_signs_in_takes_answers_along(show: Show, producer: User, brand: Brand) -> None:
    point, ana, own = opened(show, producer, "sample"), guest(brand), Claims("m:ana", brand.pk)
    take(show, ana, point)
    handover.hand_over(brand.pk, ana.sub.removeprefix("g:"), own.sub)
    (told,) = {problem(take(show, who, point))[1] for who in (own, ana)}  # the cookie stays
    assert (told, fresh(point).taken) == ("answered-already", 1)
    (row,) = named("activations").rows(brand, own.sub, utc_now())
    assert row.title == "A sample"
    assert erasure.forget_person(brand.pk, ana.sub) == 0
    assert not ActivationAnswer.objects.all_brands().filter(answered_by=ana.sub).exists()
    assert (erasure.forget_person(brand.pk, own.sub), fresh(point).taken) == (1, 0)


def test_count_of_earlier_answers_is_looked_up_by_person(
    show: Show, producer: User, brand: Brand
) -> None:
    """Grouped in the database, those of a guest were found among all answers of the point."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads a table without rows as it is")
    point, ana = opened(show, producer, "link"), guest(brand)
    with CaptureQueriesContext(connection) as asked:
        queries.given_by([point], [ana.sub])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]['sql']}")
        steps = [row[3] for row in cursor.fetchall() if row[3].startswith(("SEARCH", "SCAN"))]
    assert ["person=?" in steps[0], "answered_by=?" in steps[1]] == [True, True]


def test_refused_answers_change_nothing(show: Show, producer: User, brand: Brand) -> None:
    sample = opened(show, producer, "sample", consent=AGREED, for_marketing=True)
    booking, ana = opened(show, producer, "appointment"), guest(brand)
    good = GIVEN["appointment"]
    head = timeline.head(show.timeline_id)
    refused: list[tuple[Outcome, tuple[int, str, str | None]]] = [
        (take(show, ana, sample, agrees=False), (422, "invalid", "agrees")),
        (take(show, ana, sample, {"name": "Ana"}), (422, "missing", "address")),
        (take(show, ana, booking, {**good, "email": "ana@"}), (422, "invalid", "email")),
        (take(show, ana, booking, {**good, "slot": "noon"}), (422, "invalid", "slot")),
        (take(show, ana, booking, {**good, "size": "M"}), (422, "invalid", "size")),
    ]
    services.close(show, booking.pk, None, producer)
    refused.append((take(show, ana, booking), (409, "activation-closed", None)))
    assert [problem(outcome) for outcome, _want in refused] == [want for _outcome, want in refused]
    assert timeline.head(show.timeline_id).seq == head.seq + 1  # the close
    assert not ActivationAnswer.objects.all_brands().exists()


def test_slot_stock_and_limit_are_never_given_twice(
    show: Show, producer: User, brand: Brand
) -> None:
    booking = opened(show, producer, "appointment")
    sample = opened(show, producer, "sample")
    few = opened(show, producer, "link", takes_max=1)
    codes = [
        [(take(show, guest(brand), point).problem or {}).get("code") for _person in range(3)]
        for point in (booking, sample, few)
    ]
    assert codes == [
        [None, "slot-full", "slot-full"], [None, None, "activation-full"],
        [None, "activation-full", "activation-full"],
    ]  # fmt: skip
    assert queries.taken(fresh(booking))["full"] == [GIVEN["appointment"]["slot"]]
    assert queries.taken(fresh(sample))["full"] == ["all"]


def test_batch_counts_within_itself_and_reads_once_for_all(
    show: Show, producer: User, brand: Brand
) -> None:
    link, sample = opened(show, producer, "link"), opened(show, producer, "sample")
    sign_up = opened(show, producer, "sign_up")
    ana, counts = guest(brand), list[int]()

    def body(point: Activation) -> dict[str, Any]:
        return {"activation_id": point.pk, "agrees": True, "values": GIVEN[point.kind]}

    def sent(*taken: tuple[Claims, Activation]) -> list[str | None]:
        given = [command("take_part", who, body(point), show) for who, point in taken]
        with CaptureQueriesContext(connection) as captured:
            outcomes = perform(show.pk, given)
        counts.append(len(captured))
        return [(one.problem or {}).get("code") for one in outcomes]

    people = [guest(brand) for _person in range(4)]
    assert sent((ana, link), (ana, link)) == [None, "answered-already"]
    assert sent(*((one, link) for one in people)) == [None] * 4
    assert counts[0] == counts[1]
    assert sent(*((one, sample) for one in people)) == [
        None, None, "activation-full", "activation-full",
    ]  # fmt: skip
    assert sent(*((one, sign_up) for one in people)) == [None, None, None, "rate-limited"]
    mails = OutgoingMessage.objects.all_brands().filter(kind="sign_up.confirm")
    assert (mails.count(), fresh(sign_up).taken, fresh(sample).taken) == (3, 3, 2)


def test_cancelled_booking_frees_its_slot_for_somebody_else(
    show: Show, producer: User, brand: Brand
) -> None:
    point, ana, ben = opened(show, producer, "appointment"), guest(brand), guest(brand)
    answer_id = str(take(show, ana, point).result["answer_id"])
    section = named("activations")
    with pytest.raises(Exception, match="no such thing"):
        section.do(brand, ben.sub, "cancel", answer_id, utc_now())
    section.do(brand, ana.sub, "cancel", answer_id, utc_now())
    assert (fresh(point).taken, section.rows(brand, ana.sub, utc_now())) == (0, [])
    assert take(show, ben, point).problem is None
    link = opened(show, producer, "link")
    clicked = str(take(show, ana, link).result["answer_id"])
    with pytest.raises(Conflict):
        section.do(brand, ana.sub, "cancel", clicked, utc_now())


def test_booking_has_a_calendar_file_at_its_wall_clock_time(
    show: Show, producer: User, brand: Brand
) -> None:
    url = str(
        take(show, guest(brand), opened(show, producer, "appointment")).result["calendar_url"]
    )
    text = Client().get(url).content.decode()
    assert "DTSTART:20300301T173000Z" in text  # 18:30 in Berlin
    assert "DTEND:20300301T175000Z" in text
    assert "LOCATION:Counter 3" in text
    assert Client().get("/bookings/made-up.ics").status_code == 404


def test_sign_up_counts_once_its_address_is_confirmed_with_its_consent(
    show: Show, producer: User, brand: Brand
) -> None:
    point = opened(show, producer, "sign_up")
    take(show, guest(brand), point)
    mail = OutgoingMessage.objects.all_brands().get(kind="sign_up.confirm")
    assert mail.recipient == "ana@post.test"
    answer = ActivationAnswer.objects.all_brands().get()
    page = links.confirm_path(answer)
    Client().get(page)  # a program that looks at links
    assert len(list(queries.answer_rows(point))) == 1
    assert Client().post(page).status_code == 302
    heading, row = queries.answer_rows(point)
    told = dict(zip(heading, row, strict=True))
    assert (told["email"], told["consent"], told["consent_version"]) == ("ana@post.test", AGREED, 1)


def test_other_consent_is_another_version(show: Show) -> None:
    draft = ActivationDraft("sign_up", "News", consent=AGREED)
    point = services.create(show, draft)
    assert services.change(show, point.pk, {"title": "All news"}).consent_version == 1
    assert services.change(show, point.pk, {"consent": "Other words."}).consent_version == 2


def test_replay_takes_answers_where_the_point_says_so(
    show: Show, producer: User, brand: Brand
) -> None:
    replayed = opened(show, producer, "link", in_replay=True)
    live = opened(show, producer, "download")
    Show.objects.for_brand(brand).filter(pk=show.pk).update(
        state=ShowState.ENDED, started_at=utc_now() - timedelta(hours=1), ended_at=utc_now()
    )
    assert take(show, guest(brand), replayed).problem is None
    assert problem(take(show, guest(brand), live)) == (409, "show-closed", None)


def test_erased_person_leaves_no_answer_and_frees_the_place(
    show: Show, producer: User, brand: Brand
) -> None:
    point, ana = opened(show, producer, "appointment"), guest(brand)
    take(show, ana, point)
    assert erasure.forget_person(brand.pk, ana.sub) == 1
    assert (fresh(point).taken, queries.taken(fresh(point))["full"]) == (0, [])
    told = timeline.read(show.timeline_id, 0)[-1]
    free = {"activation_id": point.pk, "taken": 0, "full": []}
    assert (told.kind, told.body) == ("activation.taken", free)


@pytest.mark.parametrize("strange", ["\0", "\ud800", "\u202e"])
def test_hostile_characters_are_taken_out_of_an_answer(
    strange: str, show: Show, producer: User, brand: Brand
) -> None:
    sample, ana = opened(show, producer, "sample"), guest(brand)
    values = {"name": f"A{strange}na", "address": f"Rue 1{strange}\r\n75001 Paris"}
    assert take(show, ana, sample, values).problem is None
    stored = ActivationAnswer.objects.all_brands().get().values
    assert stored["address"].splitlines() == ["Rue 1", "75001 Paris"]
    assert stored["name"].isprintable()
    body = {"activation_id": strange, "values": {}, "agrees": True}
    (unknown,) = perform(show.pk, [command("take_part", ana, body, show)])
    assert problem(unknown) == (404, "not-found", "activation_id")


def test_points_of_a_show_are_read_at_once(
    show: Show, producer: User, brand: Brand, django_assert_num_queries: Any
) -> None:
    points = [opened(show, producer, kind) for kind in ("appointment", "sample", "sample")]
    for one in points[:2]:
        take(show, guest(brand), one)
    with django_assert_num_queries(2):
        found = queries.snapshot(show)["activations"]
    assert [one["taken"] for one in found] == [1, 1, 0]
    assert [one["full"] for one in found] == [[GIVEN["appointment"]["slot"]], [], []]


def test_slot_that_has_begun_is_refused_and_shown_as_full(
    show: Show, producer: User, brand: Brand
) -> None:
    point = opened(show, producer, "appointment")
    gone, next_one = "2020-03-01T17:30:00.000Z", GIVEN["appointment"]["slot"]
    payload = {**point.payload, "slots": [gone, next_one]}
    Activation.objects.all_brands().filter(pk=point.pk).update(payload=payload)
    late = take(show, guest(brand), point, {**GIVEN["appointment"], "slot": gone})
    assert problem(late) == (409, "slot-over", None)
    assert queries.taken(fresh(point))["full"] == [gone]


def test_one_address_gets_few_mails_however_many_guests_type_it(
    show: Show, producer: User, brand: Brand
) -> None:
    point = opened(show, producer, "sign_up")
    spelt = ["ana@post.test", "Ana@post.test", "ana@post.test", "ANA@post.test"]
    codes = [
        (take(show, guest(brand), point, {"email": one}).problem or {}).get("code") for one in spelt
    ]
    assert codes == [None, None, None, "rate-limited"]
    mails = OutgoingMessage.objects.all_brands().filter(kind="sign_up.confirm")
    assert (mails.count(), fresh(point).taken) == (3, 3)


def test_unconfirmed_address_is_forgotten_and_its_link_ends(
    show: Show, producer: User, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = opened(show, producer, "sign_up", takes_max=1)
    take(show, guest(brand), point)
    answer = ActivationAnswer.objects.all_brands().get()
    page = links.confirm_path(answer)
    assert Client().get(page).status_code == 200
    monkeypatch.setattr(links, "CONFIRM_WITHIN", timedelta(seconds=-1))
    assert Client().post(page).status_code == 404
    sample = take(show, guest(brand), opened(show, producer, "sample"))
    (forget,) = [one.forget for one in erasure.KEPT if one.name == "unconfirmed_sign_ups"]
    assert forget(answer.given_at, 10) == 0
    before = timeline.head(show.timeline_id).seq
    assert forget(utc_now() + timedelta(seconds=1), 10) == 1
    told = [(one.kind, one.body) for one in timeline.read(show.timeline_id, before)]
    free = {"activation_id": point.pk, "taken": 0, "full": []}
    assert told == [("activation.taken", free)]
    left = ActivationAnswer.objects.all_brands().get()
    assert left.pk == sample.result["answer_id"]
    assert fresh(point).taken == 0  # the place is free again
    assert take(show, guest(brand), point, {"email": "bea@post.test"}).problem is None


def test_places_of_old_answers_stay_taken_when_others_are_forgotten(
    show: Show, producer: User, brand: Brand
) -> None:
    point = opened(show, producer, "sign_up", takes_max=2)
    take(show, guest(brand), point)
    ActivationAnswer.objects.all_brands().update(confirmed_at=utc_now())
    take(show, guest(brand), point, {"email": "bea@post.test"})
    forget = {one.name: one.forget for one in erasure.KEPT}
    later, before = utc_now() + timedelta(seconds=1), timeline.head(show.timeline_id).seq
    assert forget["activation_answers"](later, 1) == 1
    assert (fresh(point).taken, timeline.head(show.timeline_id).seq) == (2, before)
    assert forget["unconfirmed_sign_ups"](later, 10) == 1
    assert fresh(point).taken == 1


def test_consent_for_marketing_cannot_be_taken_out_later(show: Show) -> None:
    draft = ActivationDraft("sample", "News", payload={}, consent=AGREED, for_marketing=True)
    point = services.create(show, draft)
    with pytest.raises(Invalid) as refused:
        services.change(show, point.pk, {"consent": ""})
    assert (refused.value.field, fresh(point).consent) == ("consent", AGREED)


def test_booking_at_a_point_that_is_called_off_says_so(
    show: Show, producer: User, brand: Brand
) -> None:
    point, ana = opened(show, producer, "appointment"), guest(brand)
    take(show, ana, point)
    services.withdraw(show, point.pk, producer)
    (row,) = named("activations").rows(brand, ana.sub, utc_now())
    assert row.state == "Called off by the shop"


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("sample", {"kind": "raffle"}, "kind"), ("sample", {"title": " "}, "title"),
        ("sample", {"payload": {"stock": 0}}, "stock"), ("sample", {"takes_max": -1}, "takes_max"),
        ("sample", {"per_person": 0}, "per_person"), ("sample", {"for_marketing": True}, "consent"),
        ("sign_up", {}, "consent"), ("link", {"payload": {"url": "javascript:1"}}, "url"),
        ("appointment", {"payload": {}}, "slots"),
        ("appointment", {"payload": {**PAYLOADS["appointment"], "time_zone": "Mars"}}, "time_zone"),
        ("appointment", {"payload": {**PAYLOADS["appointment"], "slots": ["noon"]}}, "slots"),
        ("answer", {"payload": {"options": ["one"]}}, "options"),
        ("answer", {"payload": {"options": 5}}, "options"),
        ("answer", {"payload": {"options": "ab"}}, "options"),
        ("answer", {"payload": {"options": ["\0", "b"]}}, "options"),
        ("link", {"payload": {"url": "http://[x"}}, "url"),
        ("link", {"payload": {"url": "https://a.test/\0"}}, "url"),
        ("link", {"payload": {"url": "https://a b.test"}}, "url"),
        ("link", {"payload": {"url": "https://a.test/\ud800"}}, "url"),
        ("appointment", {"payload": {**PAYLOADS["appointment"], "slots": ["0001-01-01T00:00"]}},
         "slots"),
        ("appointment", {"payload": {**PAYLOADS["appointment"], "slots": ["2020-03-01T18:30"]}},
         "slots"),
        ("appointment", {"payload": {**PAYLOADS["appointment"], "place": "x" * 201}}, "place"),
    ],
)  # fmt: skip
def test_wrong_draft_is_refused_by_its_field(
    kind: str, change: dict[str, Any], field: str, show: Show, producer: User
) -> None:
    body = {"kind": kind, "title": "A point", "payload": PAYLOADS[kind], **change}
    status, answer = Caller(user=producer).call("POST", f"/shows/{show.slug}/activations", body)
    assert (status, answer["field"]) == (422, field)
    assert not Activation.objects.all_brands().exists()


def test_staff_open_withdraw_and_export(show: Show, producer: User, brand: Brand) -> None:
    staff, path = Caller(user=producer), f"/shows/{show.slug}/activations"
    body = {"kind": "sample", "title": "A sample", "payload": {"stock": None}}
    made = staff.call("POST", path, body)[1]["activation_id"]
    assert staff.call("POST", f"{path}/{made}/open", {})[1]["state"] == "open"
    assert staff.call("PATCH", f"{path}/{made}", {"title": "Other"})[0] == 409
    take(show, guest(brand), queries.find(show, made))
    assert "75001 Paris" in staff.text(f"/api/v1{path}/{made}/answers.csv")[1]
    assert staff.call("POST", f"{path}/{made}/withdraw", {})[1]["state"] == "withdrawn"
    assert queries.snapshot(show) == {"activations": []}
