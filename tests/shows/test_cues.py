"""Cues: the rundown's items have their turn, one after the other, and a turn can be taken back."""

from datetime import timedelta
from typing import Any

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.community.polls import services as polls
from showfloor.community.polls.models import PollState
from showfloor.community.polls.rules import OptionDraft, PollDraft
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.shows import cues, queries, services
from showfloor.shows.models import Cue, Show
from showfloor.shows.plan import PlanRow, plan_rows
from showfloor.timeline import queries as timeline
from tests.support.shows import make_show, product_ids


@pytest.fixture
def live(show: Show, producer: User) -> Show:
    services.add_item(show, "segment", {"title": "Hello", "minutes": 5, "cue": "Smile"}, 0)
    return services.start(show, producer)


def item_ids(show: Show) -> list[str]:
    return [row["item_id"] for row in plan_rows(show)]


def on_screen(show: Show) -> list[list[str]]:
    return [one["product_ids"] for one in queries.highlights(show) if one["ended_at"] is None]


def backstage(show: Show) -> list[tuple[str, Any]]:
    entries = timeline.read(show.backstage_id, after=0)
    return [(one.kind, one.body) for one in entries if one.kind.startswith("cue.")]


def aged(cue: Cue, seconds: float) -> None:
    """Let the cue have been given earlier."""
    moment = utc_now() - timedelta(seconds=seconds)
    Cue.objects.for_brand(cue.show.brand_id).filter(pk=cue.pk).update(
        created_at=moment, reached_at=moment
    )


def test_products_turn_puts_it_on_screen_and_segments_takes_it_off(
    live: Show, producer: User
) -> None:
    hello, first, second = item_ids(live)
    one = services.reach(live, first, None, None, producer)
    assert on_screen(live) == [[product_ids(live)[1]]]
    two = services.reach(live, second, one.pk, None, producer)
    assert on_screen(live) == [[product_ids(live)[2]]]
    three = services.reach(live, hello, two.pk, None, producer)
    assert on_screen(live) == []
    assert cues.view_of(live) == cues.view(three)
    assert [(kind, body["title"]) for kind, body in backstage(live)] == [
        ("cue.given", one.title), ("cue.given", two.title), ("cue.given", "Hello"),
    ]  # fmt: skip


def test_two_producers_who_press_next_move_on_once(live: Show, producer: User) -> None:
    hello, first, _second = item_ids(live)
    services.reach(live, hello, None, None, producer)
    with pytest.raises(Conflict) as refused:
        services.reach(live, first, None, None, producer)
    assert (refused.value.code, refused.value.field) == ("cue-moved", "after")
    assert on_screen(live) == []
    assert len(backstage(live)) == 1


def test_cue_that_is_taken_back_brings_back_what_was_on_screen(live: Show, producer: User) -> None:
    hello, first, second = item_ids(live)
    one = services.reach(live, first, None, None, producer)
    two = services.reach(live, second, one.pk, None, producer)
    assert services.take_back(live, two.pk, None, producer) == one
    assert on_screen(live) == [[product_ids(live)[1]]]
    three = services.reach(live, hello, one.pk, None, producer)
    services.take_back(live, three.pk, None, producer)
    assert on_screen(live) == [[product_ids(live)[1]]]
    assert services.take_back(live, one.pk, None, producer) is None
    assert on_screen(live) == []
    assert backstage(live)[-1] == ("cue.taken_back", {"cue_id": one.pk})


def test_cue_that_is_taken_back_leaves_what_somebody_has_changed_since(
    live: Show, producer: User
) -> None:
    _hello, first, _second = item_ids(live)
    one = services.reach(live, first, None, None, producer)
    services.highlight(live, [product_ids(live)[2]], None, producer)
    services.take_back(live, one.pk, None, producer)
    assert on_screen(live) == [[product_ids(live)[2]]]


def test_old_cue_and_one_that_is_not_current_stay(live: Show, producer: User) -> None:
    hello, first, _second = item_ids(live)
    one = services.reach(live, hello, None, None, producer)
    two = services.reach(live, first, one.pk, None, producer)
    with pytest.raises(Conflict) as refused:
        services.take_back(live, one.pk, None, producer)
    assert refused.value.code == "cue-moved"
    aged(one, 60)
    aged(two, 31)
    with pytest.raises(Conflict) as refused:
        services.take_back(live, two.pk, None, producer)
    assert refused.value.code == "too-late"
    assert cues.current(live) == two


def test_polls_turn_opens_it(live: Show, producer: User) -> None:
    draft = PollDraft("Red or blue?", (OptionDraft("Red"), OptionDraft("Blue")))
    poll = polls.create(live, draft)
    services.add_item(live, "poll", {"poll_id": poll.pk}, None)
    services.reach(live, item_ids(live)[-1], None, None, producer)
    poll.refresh_from_db()
    assert poll.state == PollState.OPEN


def test_poll_that_cannot_be_opened_refuses_its_cue(live: Show, producer: User) -> None:
    draft = PollDraft("Red or blue?", (OptionDraft("Red"), OptionDraft("Blue")))
    poll = polls.create(live, draft)
    services.add_item(live, "poll", {"poll_id": poll.pk}, None)
    polls.open_poll(live, poll.pk, None, None, producer)
    polls.close(live, poll.pk, None, producer)
    with pytest.raises(Conflict):
        services.reach(live, item_ids(live)[-1], None, None, producer)
    assert cues.current(live) is None
    assert backstage(live) == []


def test_cue_comes_by_itself_when_the_one_before_has_had_its_minutes(
    live: Show, producer: User
) -> None:
    hello, first, _second = item_ids(live)
    services.change_item(live, first, {"by_itself": True, "minutes": 3})
    one = services.reach(live, hello, None, None, producer)
    aged(one, 299)
    assert services.reach_due(utc_now()) == 0
    aged(one, 300)
    assert services.reach_due(utc_now()) == 1
    found = cues.current(live)
    assert found is not None
    assert (found.item_id, found.by_itself, found.by) == (first, True, producer)
    assert on_screen(live) == [[product_ids(live)[1]]]
    aged(one, 2000)
    aged(found, 1000)
    assert services.reach_due(utc_now()) == 0  # the second product waits for a person


def test_held_rundown_waits_for_a_person(live: Show, producer: User) -> None:
    hello, first, _second = item_ids(live)
    services.change_item(live, first, {"by_itself": True})
    one = services.reach(live, hello, None, None, producer)
    services.hold(live, one.pk, held=True)
    aged(one, 400)
    assert services.reach_due(utc_now()) == 0
    services.hold(live, one.pk, held=False)
    assert services.reach_due(utc_now()) == 1


def test_refused_cue_that_comes_by_itself_is_held_and_asked_once(
    live: Show, producer: User
) -> None:
    draft = PollDraft("Red or blue?", (OptionDraft("Red"), OptionDraft("Blue")))
    poll = polls.create(live, draft)
    services.add_item(live, "poll", {"poll_id": poll.pk, "by_itself": True}, 1)
    polls.open_poll(live, poll.pk, None, None, producer)
    polls.close(live, poll.pk, None, producer)
    one = services.reach(live, item_ids(live)[0], None, None, producer)
    aged(one, 400)
    assert services.reach_due(utc_now()) == 0
    found = cues.current(live)
    assert found is not None
    assert (found.pk, found.held) == (one.pk, True)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"minutes": -1}, "minutes"), ({"minutes": 601}, "minutes"), ({"minutes": True}, "minutes"),
        ({"cue": "x" * 1001}, "cue"), ({"cue": 4}, "cue"), ({"by_itself": "yes"}, "by_itself"),
    ],
)  # fmt: skip
def test_wrong_plan_of_a_turn_is_named_and_changes_nothing(
    live: Show, given: dict[str, Any], field: str
) -> None:
    before = plan_rows(live)
    with pytest.raises(Invalid) as refused:
        services.change_item(live, item_ids(live)[1], given)
    assert refused.value.field == field
    assert plan_rows(live) == before


def test_products_plan_stays_when_the_rundown_is_ordered_anew(live: Show) -> None:
    _hello, first, second = item_ids(live)
    services.change_item(live, first, {"minutes": 7, "cue": "Hold it up"})
    products = product_ids(live)[1:]
    services.set_rundown(live, products[::-1])
    found = {row["item_id"]: (row["minutes"], row["cue"]) for row in plan_rows(live)}
    assert found[first] == (7, "Hold it up")
    assert [row["item_id"] for row in plan_rows(live)][1:] == [second, first]


def test_item_of_another_show_has_no_turn(live: Show, brand: Brand, producer: User) -> None:
    other = make_show(brand, "Other")
    with pytest.raises(NotFound):
        services.reach(live, item_ids(other)[0], None, None, producer)
    assert cues.current(live) is None


def test_show_that_is_not_live_has_no_cues(show: Show, producer: User) -> None:
    with pytest.raises(Conflict) as refused:
        services.reach(show, item_ids(show)[0], None, None, producer)
    assert refused.value.code == "show-not-live"


def test_copy_of_a_show_keeps_the_plan_of_turns(live: Show) -> None:
    first = item_ids(live)[1]
    services.change_item(live, first, {"minutes": 7, "cue": "Hold it up", "by_itself": True})

    def timing(rows: list[PlanRow]) -> list[tuple[str, int | None, str, bool]]:
        return [(one["title"], one["minutes"], one["cue"], one["by_itself"]) for one in rows]

    assert timing(plan_rows(services.duplicate_show(live))) == timing(plan_rows(live))
