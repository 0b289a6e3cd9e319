"""The typed rundown: segments and polls between the products."""

from typing import Any

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.community.polls import services as polls
from showfloor.community.polls.rules import OptionDraft, PollDraft
from showfloor.kernel.errors import Invalid, NotFound
from showfloor.shows import queries, rules, services
from showfloor.shows.models import PRODUCT_ITEM, RundownItem, Show
from showfloor.shows.plan import plan_rows
from showfloor.shows.services import ShowDraft
from showfloor.timeline import queries as timeline
from tests.support.catalogue import make_product

WELCOME = {"title": "Welcome", "minutes": 5, "cue": "Smile.\nSay the code."}


@pytest.fixture
def show(brand: Brand) -> Show:
    ids = [make_product(brand, name).pk for name in ("lip", "balm", "serum")]
    return services.create_show(brand, ShowDraft(title="Premiere", product_ids=ids))


def plan(show: Show) -> list[str]:
    return [row["title"] for row in plan_rows(show)]


def test_segments_and_polls_stand_between_products(show: Show) -> None:
    poll = polls.create(show, PollDraft("Which one?", (OptionDraft("A"), OptionDraft("B"))))
    services.add_item(show, "segment", WELCOME, 0)
    services.add_item(show, "poll", {"poll_id": poll.pk}, 2)
    services.add_item(show, "segment", {"title": "Goodbye"}, None)
    assert plan(show) == ["Welcome", "Lip", "Which one?", "Balm", "Serum", "Goodbye"]
    first, _lip, asked = plan_rows(show)[:3]
    assert first == {
        "item_id": first["item_id"], "kind": "segment", "title": "Welcome", "minutes": 5,
        "cue": "Smile.\nSay the code.", "by_itself": False, "ref": None,
    }  # fmt: skip
    assert (asked["kind"], asked["ref"]) == ("poll", poll.pk)
    assert len(queries.rundown_ids(show)) == 3  # the products are those of before


def test_items_follow_their_product_when_products_move_or_go(show: Show) -> None:
    lip, balm, serum = queries.rundown_ids(show)
    services.add_item(show, "segment", {"title": "Open"}, 0)
    services.add_item(show, "segment", {"title": "After lip"}, 2)
    services.add_item(show, "segment", {"title": "After balm"}, 4)
    services.set_rundown(show, [serum, balm, lip])
    assert plan(show) == ["Open", "Serum", "Balm", "After balm", "Lip", "After lip"]
    services.set_rundown(show, [serum, lip])
    assert plan(show) == ["Open", "Serum", "After balm", "Lip", "After lip"]


def test_plan_is_ordered_changed_and_shortened(show: Show) -> None:
    made = services.add_item(show, "segment", WELCOME, None)
    ids = [row["item_id"] for row in plan_rows(show)]
    services.order_items(show, [ids[3], *ids[:3]])
    services.change_item(show, made.pk, {"title": "Hello", "minutes": None})
    assert plan(show) == ["Hello", "Lip", "Balm", "Serum"]
    assert plan_rows(show)[0]["cue"] == "Smile.\nSay the code."
    for wrong in (ids[:3], [*ids, ids[0]], [*ids[:3], "x"]):
        with pytest.raises(Invalid):
            services.order_items(show, wrong)
    services.remove_item(show, made.pk)
    assert plan(show) == ["Lip", "Balm", "Serum"]
    with pytest.raises(NotFound):
        services.remove_item(show, plan_rows(show)[0]["item_id"])  # a product


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        ("fanfare", {}, "kind"),
        ("product", {}, "kind"),
        ("segment", {"title": " "}, "title"),
        ("segment", {"title": "A", "minutes": -1}, "minutes"),
        ("segment", {"title": "A", "minutes": True}, "minutes"),
        ("segment", {"title": "A", "minutes": "5"}, "minutes"),
        ("segment", {"title": "A", "cue": "x" * 1001}, "cue"),
        ("poll", {"poll_id": "other"}, "poll_id"),
        ("poll", {"poll_id": "a\0b"}, "poll_id"),
    ],
)
def test_wrong_item_is_refused_and_changes_nothing(
    show: Show, kind: str, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.add_item(show, kind, given, None)
    assert (refused.value.field, plan(show)) == (field, ["Lip", "Balm", "Serum"])


def test_poll_that_was_deleted_leaves_the_plan(show: Show) -> None:
    item = RundownItem(show=show, kind="poll", payload={"poll_id": "gone"}, position=9)
    item.save()
    assert plan(show) == ["Lip", "Balm", "Serum"]


def test_copy_of_a_show_has_its_segments(show: Show) -> None:
    services.add_item(show, "segment", WELCOME, 1)
    copy = services.duplicate_show(show)
    assert plan(copy) == ["Lip", "Welcome", "Balm", "Serum"]


def test_highlight_names_its_items_beside_its_products(show: Show, producer: User) -> None:
    lip = queries.rundown_ids(show)[0]
    services.start(show, producer)
    services.highlight(show, [lip], None, producer)
    entry = timeline.read(show.timeline_id, after=0)[-1].wire()
    assert entry["body"]["items"] == [{"kind": PRODUCT_ITEM, "id": lip}]
    assert entry["body"]["product_ids"] == [lip]


def test_followers_stay_behind_the_nearest_product_that_is_left() -> None:
    items = [("x", None), ("1", "p"), ("y", None), ("2", "q"), ("z", None)]
    assert rules.with_followers(items, ["p"]) == [
        ("x", None), ("", "p"), ("y", None), ("z", None),
    ]  # fmt: skip
    assert rules.with_followers(items, []) == [("x", None), ("y", None), ("z", None)]
