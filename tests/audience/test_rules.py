"""The rules of the synthetic audience: its seed, its silence, its bounds, and where it may come."""

from datetime import UTC, datetime, timedelta

import pytest

from showfloor.audience import rules
from showfloor.audience.engine import take_snapshot
from showfloor.audience.room import Goods, OpenPoll, Room
from showfloor.audience.rules import Act, Ask, Buy, Say, Schedule, Vote
from showfloor.audience.script import ANY_TIME, KEPT_FOR_PEOPLE, Persona, Reply, Script
from showfloor.kernel.clock import iso_ms
from showfloor.kernel.errors import Forbidden, Invalid

SEED = 7
VIEWERS = 20
FIVE_MINUTES = int(300 / rules.STEP_S)
LIPSTICK = Goods("VH-POPPY", "v1", "AUB-101", "Velvet Hour", "p1")
LAST_ONES = Goods("VH-FIG", "v2", "AUB-101", "Velvet Hour", "p1")

SCRIPT = Script(
    personas=[Persona(f"Viewer {n}") for n in range(VIEWERS)],
    lines={
        ANY_TIME: [f"Any {n}" for n in range(12)],
        "AUB-101": [f"About {{product}} {n}" for n in range(40)],
    },
    questions={"AUB-101": ["Is {product} refillable?"]},
    replies=[Reply(("about velvet hour 3",), "So true")],
    poll_lines=["Voted"],
)


def room(**changes: object) -> Room:
    """A show with a lipstick on screen, of which one shade is nearly gone."""
    made = Room(
        goods={goods.variant_id: goods for goods in (LIPSTICK, LAST_ONES)},
        available={"v1": 30, "v2": KEPT_FOR_PEOPLE}, product_id="p1",
    )  # fmt: skip
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def play(seed: int = SEED, steps: int = FIVE_MINUTES, place: Room | None = None) -> list[Act]:
    schedule, stays = Schedule(SCRIPT, seed), place or room()
    return [act for step in range(steps) for act in schedule.acts(step, stays)]


def deeds[T](acts: list[Act], kind: type[T]) -> list[T]:
    return [act.deed for act in acts if isinstance(act.deed, kind)]


def test_same_seed_gives_the_same_audience() -> None:
    assert play(SEED) == play(SEED)
    assert play(SEED) != play(SEED + 1)


def test_audience_talks_asks_and_buys_at_a_readable_pace() -> None:
    acts = play()
    assert 40 <= len(deeds(acts, Say)) <= 130
    assert len(deeds(acts, Ask)) >= 1
    assert 2 <= len(deeds(acts, Buy)) <= 15


def test_line_names_the_product_on_screen_and_comes_back_late() -> None:
    said = [deed.text for deed in deeds(play(), Say) if deed.text.startswith("About")]
    assert said[0].startswith("About Velvet Hour ")
    assert len(set(said[:40])) == len(said[:40]), "no line twice before all were said"


def test_audience_is_silent_while_real_people_write() -> None:
    now_s = 10_000 * rules.STEP_S
    assert rules.is_quiet(now_s, now_s - rules.QUIET_S + 1)
    assert not rules.is_quiet(now_s, now_s - rules.QUIET_S)
    assert not rules.is_quiet(now_s, None)
    quiet = room(real_message_s=0.0)
    acts = play(steps=int(rules.QUIET_S / rules.STEP_S), place=quiet)
    assert deeds(acts, Say) == []
    assert deeds(acts, Ask) == []


def test_message_of_a_real_person_is_told_from_the_audience_s_own() -> None:
    heard, own = room(), {"g:own"}
    heard.feed(message("g:own", "guest"), 5.0, own)
    assert heard.real_message_s is None
    heard.feed(message("u:staff", "producer"), 6.0, own)
    assert heard.real_message_s is None
    heard.feed(message("g:visitor", "guest"), 7.0, own)
    assert heard.real_message_s == 7.0


def test_everyone_votes_once_in_a_poll() -> None:
    acts = play(place=room(poll=OpenPoll("poll", 3, 0.0)))
    voters = [act.viewer for act in acts if isinstance(act.deed, Vote)]
    assert len(voters) == len(set(voters))
    assert len(voters) > VIEWERS / 2
    assert {deed.option for deed in deeds(acts, Vote)} <= {0, 1, 2}


def test_last_pieces_are_left_to_real_people() -> None:
    bought = deeds(play(), Buy)
    assert {deed.sku for deed in bought} == {"VH-POPPY"}
    sold_out = room(available={"v1": KEPT_FOR_PEOPLE, "v2": 0})
    assert deeds(play(place=sold_out), Buy) == []


def test_show_time_counts_from_the_start_of_the_show_not_from_the_audience_s() -> None:
    started_at = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
    early, late = room(), room()
    assert early.show_time_s(started_at) is None
    early.feed({"kind": "show.started", "body": {"started_at": iso_ms(started_at)}}, 5.0, ())
    take_snapshot(late, {"state": "live", "started_at": iso_ms(started_at)}, 5.0)
    ten_minutes_on = started_at + timedelta(minutes=10)
    assert [one.show_time_s(ten_minutes_on) for one in (early, late)] == [600.0, 600.0]


def test_nobody_acts_in_a_show_that_is_over() -> None:
    assert play(place=room(ended=True)) == []


def test_people_come_one_by_one_and_some_leave() -> None:
    there = [
        sum(rules.is_present(SEED, viewer, at_s) for viewer in range(VIEWERS))
        for at_s in (0.0, rules.ARRIVE_S, 1200.0)
    ]
    assert there[0] < VIEWERS / 4
    assert there[1] == VIEWERS
    assert VIEWERS / 2 < there[2] < VIEWERS


def test_audience_comes_to_a_demo_and_to_test_shows_alone() -> None:
    rules.check_may_come(is_demo=True, is_test_show=False)
    rules.check_may_come(is_demo=False, is_test_show=True)
    with pytest.raises(Forbidden):
        rules.check_may_come(is_demo=False, is_test_show=False)


@pytest.mark.parametrize(
    ("viewers", "minutes", "field"),
    [
        (0, 30, "viewers"), (rules.VIEWERS_MAX + 1, 30, "viewers"), (20, 0, "minutes"),
        (20, rules.MINUTES_MAX + 1, "minutes"),
    ],
)  # fmt: skip
def test_audience_has_bounds(viewers: int, minutes: int, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_wanted(viewers, minutes)
    assert refused.value.field == field


def test_larger_audience_has_more_people_who_say_less() -> None:
    cast = SCRIPT.with_viewers(50).personas
    assert len({persona.name for persona in cast}) == 50
    assert cast[49].talkative < cast[0].talkative


def message(author: str, role: str) -> dict[str, object]:
    body = {"message_id": "m", "author": {"id": author, "name": "A", "role": role}, "text": "hi"}
    return {"kind": "message.posted", "body": body}
