"""Deals: what staff prepare, open, end and take back."""

from datetime import timedelta
from typing import Any

import pytest

from showfloor.accounts.models import Brand, Role, User
from showfloor.community.safety import audit
from showfloor.community.safety.models import AuditEntry
from showfloor.deals import queries, rules, services
from showfloor.deals.models import Deal, DealState
from showfloor.deals.rules import DealDraft
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.pricing.models import PriceList
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from tests.conftest import make_staff
from tests.deals.dealing import decide, opened, prepared, states, take, tap, told, variants
from tests.support.shows import Caller, guest

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"amount": 1900}, "amount", "deal-above-price"),
        ({"amount": 0}, "amount", None),
        ({"amount": None}, "amount", None),
        ({"percent_bp": 1000}, "amount", None),
        ({"amount": None, "percent_bp": 10_000}, "percent_bp", None),
        ({"amount": None, "percent_bp": -5}, "percent_bp", None),
        ({"units_max": 0}, "units_max", None),
        ({"units_max": -3}, "units_max", None),
        ({"per_person": 0}, "per_person", None),
        ({"per_person": 4}, "per_person", None),
        ({"lasts_s": 5}, "lasts_s", None),
        ({"window_ms": 15_001}, "window_ms", None),
        ({"variant_ids": []}, "variant_ids", None),
        ({"variant_ids": ["01jz00000000000000000000zz"]}, "variant_ids", None),
    ],
)
def test_deal_that_makes_no_sense_is_refused_by_its_field(
    show: Show, fields: dict[str, Any], field: str, code: str | None
) -> None:
    with pytest.raises(Invalid) as refused:
        prepared(show, **fields)
    assert refused.value.field == field
    assert code is None or refused.value.code == code
    assert not Deal.objects.all_brands().exists()


def test_percentage_is_off_todays_price_with_the_lowest_of_thirty_days(
    show: Show, producer: User
) -> None:
    deal = opened(show, producer, amount=None, percent_bp=2500)
    ((kind, body),) = told(show, "deal.opened")
    assert kind == "deal.opened"
    assert [(one["amount"], one["prior"]) for one in body["goods"]] == [(1425, 1900)]
    assert (body["left"], body["per_person"], body["window_ms"]) == (3, 1, 12_000)
    assert deal.state == DealState.OPEN


def test_countdown_is_announced_and_the_deal_opens_by_itself(show: Show, producer: User) -> None:
    deal = prepared(show)
    before = utc_now()
    services.open_deal(show, deal.pk, before - 3 * SECOND, 10, producer)
    ((_kind, body),) = told(show, "deal.announced", "deal.opened")
    deal = queries.find(show, deal.pk)
    assert deal.state == DealState.ANNOUNCED
    assert deal.opens_at is not None
    assert deal.opens_at >= before + 9 * SECOND
    assert body["opens_at"] == iso_ms(deal.opens_at)
    decide(deal.opens_at - SECOND)
    assert [kind for kind, _body in told(show, "deal.opened")] == []
    decide(deal.opens_at)
    assert [kind for kind, _body in told(show, "deal.opened")] == ["deal.opened"]


def test_deal_ends_at_its_time_and_later_taps_are_refused(show: Show, producer: User) -> None:
    deal = opened(show, producer, ago_s=100, lasts_s=90)
    decide(utc_now())
    ended = queries.find(show, deal.pk)
    assert (ended.state, ended.ended_at) == (DealState.ENDED, deal.ends_at)
    in_time, late = guest(show.brand, "Ana"), guest(show.brand, "Bea")
    ends_in = 10.5  # the end was ten seconds ago
    first, second = take(deal, tap(deal, in_time, behind_s=ends_in), tap(deal, late, behind_s=9))
    assert first.problem is not None  # without evidence, eight seconds count
    assert second.problem is not None
    assert second.problem["code"] == "deal-over"
    assert states(deal) == {}


def test_viewer_behind_the_end_is_in_time_by_the_picture(show: Show, producer: User) -> None:
    deal = opened(show, producer, ago_s=95, lasts_s=90)
    decide(utc_now())
    behind, live = guest(show.brand, "Ana"), guest(show.brand, "Bea")
    first, second = take(deal, tap(deal, behind, behind_s=7), tap(deal, live))
    assert first.problem is None
    assert second.problem is not None
    decide()
    assert states(deal) == {behind.sub: "won"}
    decide()
    assert queries.find(show, deal.pk).is_settled


def test_more_units_than_stock_has_are_refused_when_it_opens(show: Show, producer: User) -> None:
    deal = prepared(show, units_max=9)
    with pytest.raises(Invalid) as refused:
        services.open_deal(show, deal.pk, None, 0, producer)
    assert (refused.value.field, refused.value.code) == ("units_max", "too-few-in-stock")
    assert queries.find(show, deal.pk).state == DealState.DRAFT
    assert told(show, "deal.opened") == []


def test_end_now_holds_everywhere_and_can_be_undone_for_some_seconds(
    show: Show, producer: User
) -> None:
    deal = opened(show, producer, ago_s=5)
    services.end(show, deal.pk, None, producer)
    refused = take(deal, tap(deal, guest(show.brand)))[0]
    assert refused.problem is not None
    assert refused.problem["code"] == "deal-over"
    line = AuditEntry.objects.for_brand(show.brand_id).get(action="deal.ended")
    audit.undo(show, line.pk, producer)
    assert queries.find(show, deal.pk).state == DealState.OPEN
    assert take(deal, tap(deal, guest(show.brand)))[0].problem is None
    kinds = [kind for kind, _body in told(show, "deal.opened", "deal.ended")]
    assert kinds == ["deal.opened", "deal.ended", "deal.opened"]


def test_undone_opening_is_a_draft_again_and_taps_come_to_nothing(
    show: Show, producer: User
) -> None:
    deal = opened(show, producer)
    ana = guest(show.brand)
    take(deal, tap(deal, ana))
    line = AuditEntry.objects.for_brand(show.brand_id).get(action="deal.opened")
    audit.undo(show, line.pk, producer)
    assert states(deal) == {ana.sub: "lost"}
    (again,) = queries.staff_deals(show)
    assert (again["state"], again["title"]) == ("draft", "Lips for less")
    assert [kind for kind, _body in told(show, "deal.withdrawn")] == ["deal.withdrawn"]


@pytest.mark.parametrize(
    ("opens_s", "now_s", "may"), [(0, 9, True), (-12, 9, True), (0, 11, False), (60, 69, True)]
)
def test_opening_can_be_undone_until_some_seconds_after_people_could_tap(
    opens_s: int, now_s: int, may: bool
) -> None:
    acted = utc_now()
    opens_at, now = acted + opens_s * SECOND, acted + now_s * SECOND
    assert rules.may_undo_opening(opens_at, acted, now) is may


def test_opening_is_not_undone_too_late(
    show: Show, producer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = opened(show, producer)
    line = AuditEntry.objects.for_brand(show.brand_id).get(action="deal.opened")
    monkeypatch.setattr(rules, "UNDO_WITHIN", -SECOND)
    with pytest.raises(Conflict) as refused:
        audit.undo(show, line.pk, producer)
    assert refused.value.code == "changed-since"
    assert queries.find(show, late.pk).state == DealState.OPEN


def test_item_of_the_rundown_opens_its_deal(show: Show, producer: User) -> None:
    deal = prepared(show)
    item = shows.add_item(show, "deal", {"deal_id": deal.pk}, None)
    shows.reach(show, item.pk, None, None, producer)
    assert queries.find(show, deal.pk).state == DealState.OPEN


def test_opening_with_winners_cannot_be_undone(show: Show, producer: User) -> None:
    deal = opened(show, producer)
    take(deal, tap(deal, guest(show.brand)))
    decide()
    line = AuditEntry.objects.for_brand(show.brand_id).get(action="deal.opened")
    with pytest.raises(Conflict) as refused:
        audit.undo(show, line.pk, producer)
    assert refused.value.code == "changed-since"
    assert queries.find(show, deal.pk).state == DealState.OPEN


def test_deal_without_limits_is_a_sale_for_its_time(show: Show, producer: User) -> None:
    deal = opened(show, producer, units_max=None, per_person=None)
    row = PriceList.objects.for_brand(show.brand_id).get()
    assert deal.ends_at is not None
    assert (row.starts_at, row.ends_at) == (deal.opens_at, deal.ends_at + 12 * SECOND)
    assert row.items.get().amount == 1500
    refused = take(deal, tap(deal, guest(show.brand)))[0]
    assert refused.problem is not None  # it is bought as everything else
    assert refused.problem["status"] == 404
    services.end(show, deal.pk, None, producer)
    row.refresh_from_db()
    ended = queries.find(show, deal.pk)
    assert ended.ended_at is not None
    assert row.ends_at == ended.ended_at + 12 * SECOND


def test_deals_of_a_show_are_read_at_once(
    show: Show, producer: User, django_assert_num_queries: Any
) -> None:
    for _number in range(3):
        opened(show, producer)
    with django_assert_num_queries(3):  # deals, their items, their goods
        assert len(queries.snapshot(show)["deals"]) == 3
    with django_assert_num_queries(5):  # requests and stock, too
        assert [one["left"] for one in queries.staff_deals(show)] == [3, 3, 3]


def test_open_deal_is_not_changed_or_deleted(show: Show, producer: User) -> None:
    deal = opened(show, producer)
    with pytest.raises(Conflict):
        services.change(show, deal.pk, {"amount": 900})
    with pytest.raises(Conflict):
        services.delete(show, deal.pk)
    assert queries.find(show, deal.pk).amount == 1500


def test_producer_runs_deals_by_api_and_nobody_else(
    show: Show, brand: Brand, producer: User, stranger: User
) -> None:
    ids = [variants(show)[0].pk]
    body = {"title": "Now", "variant_ids": ids, "amount": 1200, "units_max": 2}
    path = f"/shows/{show.slug}/deals"
    for caller in (Caller(user=stranger), Caller(viewer=guest(brand)), Caller(
        user=make_staff(brand, Role.MODERATOR, "mod@example.test"))):  # fmt: skip
        assert caller.call("POST", path, body)[0] in {401, 403, 404}
    staff = Caller(user=producer)
    status, made = staff.call("POST", path, body)
    assert (status, made["state"], made["left"]) == (201, "draft", 2)
    status, problem = staff.call("PATCH", f"{path}/{made['deal_id']}", {"amount": 5000})
    assert (status, problem["field"]) == (422, "amount")
    opening = {"countdown_s": -1}
    assert staff.call("POST", f"{path}/{made['deal_id']}/open", opening)[0] == 422
    status, open_one = staff.call("POST", f"{path}/{made['deal_id']}/open", {})
    assert (status, open_one["state"]) == (200, "open")
    status, ended = staff.call("POST", f"{path}/{made['deal_id']}/end", {})
    assert (status, ended["state"]) == (200, "ended")
    assert len(staff.call("GET", path)[1]) == 1


def test_deals_of_another_brand_are_not_found(show: Show, other_brand: Brand) -> None:
    deal = prepared(show)
    assert not Deal.objects.for_brand(other_brand.pk).exists()
    with pytest.raises(NotFound):
        queries.find(Show(brand=other_brand), deal.pk)


def test_draft_of_an_archived_product_is_refused(show: Show) -> None:
    variant = variants(show)[0]
    variant.archived = True
    variant.save()
    with pytest.raises(Invalid):
        services.create(show, DealDraft("Gone", [variant.pk], 900))
