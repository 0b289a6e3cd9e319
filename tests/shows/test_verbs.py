"""The verbs: rows and entries in one transaction, and what is refused leaves nothing behind."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from showfloor.accounts.models import Brand, User
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.kernel.ids import new_id
from showfloor.media import leases
from showfloor.shows import queries, services
from showfloor.shows.models import Broadcast, Highlight, Show, ShowState
from showfloor.shows.services import ShowChanges, ShowDraft
from showfloor.timeline import queries as timeline
from tests.support.catalogue import make_product
from tests.support.shows import TOMORROW, make_show, product_ids, started_before


def kinds(show: Show) -> list[str]:
    return [entry.kind for entry in timeline.read(show.timeline_id, after=0)]


def last(show: Show) -> dict[str, Any]:
    return timeline.read(show.timeline_id, after=0)[-1].wire()


def test_a_show_gets_an_address_of_its_own(brand: Brand, other_brand: Brand) -> None:
    first = services.create_show(brand, ShowDraft(title="  Café  crème "))
    second = services.create_show(brand, ShowDraft(title="Cafe creme"))
    elsewhere = services.create_show(other_brand, ShowDraft(title="Café Crème!"))
    unwritable = services.create_show(brand, ShowDraft(title="春天"))
    assert (first.title, first.slug) == ("Café crème", "cafe-creme")
    assert (second.slug, elsewhere.slug) == ("cafe-creme-2", "cafe-creme-3")
    assert unwritable.slug == "show"
    assert first.timeline_id != second.timeline_id
    assert first.channel.key_hash != second.channel.key_hash


def test_a_show_with_a_time_is_scheduled(brand: Brand) -> None:
    show = services.create_show(brand, ShowDraft(title="A"))
    assert show.state == ShowState.DRAFT
    show = services.update_show(show, ShowChanges({"starts_at": TOMORROW}))
    assert (show.state, show.starts_at) == (ShowState.SCHEDULED, TOMORROW)
    show = services.update_show(show, ShowChanges({"starts_at": None}))
    assert show.state == ShowState.DRAFT


@pytest.mark.parametrize("title", ["", "   ", "x" * 121])
def test_a_title_is_needed(brand: Brand, title: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.create_show(brand, ShowDraft(title=title))
    assert refused.value.field == "title"
    assert not Show.objects.for_brand(brand).exists()


def test_a_refused_rundown_leaves_no_show(brand: Brand, other_brand: Brand) -> None:
    theirs = make_product(other_brand, "theirs")
    with pytest.raises(Invalid):
        services.create_show(brand, ShowDraft(title="A", product_ids=[theirs.pk]))
    assert not Show.objects.for_brand(brand).exists()


def test_the_rundown_keeps_its_order(show: Show) -> None:
    first, second = product_ids(show)
    services.set_rundown(show, [second, first])
    assert [row["product_id"] for row in queries.rundown_rows(show)] == [second, first]
    with pytest.raises(Invalid):
        services.set_rundown(show, [first, first])
    assert product_ids(show) == [second, first]


def test_shown_product_stays_in_the_rundown(show: Show, producer: User) -> None:
    first, second = product_ids(show)
    services.start(show, producer)
    services.highlight(show, [first], None, producer)
    with pytest.raises(Conflict) as refused:
        services.set_rundown(show, [second])
    assert refused.value.code == "was-shown"
    services.set_rundown(show, [first])
    assert product_ids(show) == [first]


def test_a_show_starts_once_and_ends_once(show: Show, producer: User) -> None:
    services.broadcast_opened(show.pk, encoder="OBS 31")
    with pytest.raises(Conflict):
        services.end(show, producer)
    live = services.start(show, producer)
    assert live.state == ShowState.LIVE
    assert live.started_at is not None
    with pytest.raises(Conflict) as refused:
        services.start(show, producer)
    assert refused.value.code == "show-live"
    ended = services.end(show, producer)
    assert ended.ended_at is not None
    for again in (services.start, services.end):
        with pytest.raises(Conflict) as refused:
            again(show, producer)
        assert refused.value.code == "show-ended"
    assert kinds(show) == ["show.started", "show.ended"]
    assert last(show)["body"] == {"ended_at": iso_ms(ended.ended_at)}


def test_started_before_its_encoder_a_show_waits_behind_the_curtain(
    show: Show, producer: User
) -> None:
    services.start(show, producer)
    assert kinds(show) == ["show.started", "broadcast.lost"]
    assert queries.curtain(queries.find(show.slug)) == "paused"
    services.broadcast_opened(show.pk)
    assert kinds(show)[-1] == "broadcast.back"
    assert queries.curtain(queries.find(show.slug)) is None


def test_media_before_the_start_is_no_news(show: Show) -> None:
    services.broadcast_opened(show.pk)
    services.broadcast_lost(show.pk)
    assert kinds(show) == []
    assert queries.curtain(show) == "pending"


def test_an_encoder_that_comes_and_goes(show: Show, producer: User) -> None:
    services.broadcast_opened(show.pk)
    services.start(show, producer)
    services.broadcast_lost(show.pk)
    services.broadcast_lost(show.pk)  # lost is lost
    services.broadcast_opened(show.pk)
    assert kinds(show) == ["show.started", "broadcast.lost", "broadcast.back"]
    rows = Broadcast.objects.for_brand(show.brand_id).filter(show=show).order_by("number")
    assert [(row.number, row.ended_at is None) for row in rows] == [(1, False), (2, True)]


def test_loss_of_a_replaced_broadcast_is_not_announced(show: Show, producer: User) -> None:
    silent = services.broadcast_opened(show.pk, broadcast_id=new_id())
    services.start(show, producer)
    services.broadcast_opened(show.pk)
    again = services.broadcast_opened(show.pk, broadcast_id=silent.pk)  # its report came twice
    services.broadcast_lost(show.pk, silent.pk)
    assert (again.number, kinds(show)) == (1, ["show.started", "broadcast.back"])


def test_a_restart_brings_the_curtain_but_ends_nothing(
    brand: Brand, show: Show, producer: User
) -> None:
    rehearsal = make_show(brand, "Rehearsal")
    services.broadcast_opened(rehearsal.pk)
    services.broadcast_opened(show.pk)
    services.start(show, producer)
    elsewhere = make_show(brand, "Elsewhere")
    services.broadcast_opened(elsewhere.pk)
    assert leases.take(elsewhere.channel_id, "another server")
    assert leases.take(show.channel_id, "this server")
    assert services.recover_after_restart("this server") == 2
    assert services.recover_after_restart("this server") == 0
    assert kinds(show) == ["show.started", "broadcast.lost"]
    assert kinds(rehearsal) == []
    leases.release(elsewhere.channel_id, "another server")
    assert services.recover_after_restart("this server") == 1
    assert queries.find(show.slug).state == ShowState.LIVE


def test_end_is_told_when_it_is_committed_and_only_then(
    show: Show,
    producer: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    heard: list[str] = []
    undo = services.on_end(heard.append)
    with pytest.raises(Conflict), django_capture_on_commit_callbacks(execute=True):
        services.end(show, producer)  # it has not begun
    services.start(show, producer)
    with django_capture_on_commit_callbacks(execute=True):
        services.end(show, producer)
        assert heard == []
    undo()
    assert heard == [show.timeline_id]


def test_nothing_comes_in_after_the_end(show: Show, producer: User) -> None:
    services.start(show, producer)
    services.end(show, producer)
    with pytest.raises(Conflict):
        services.broadcast_opened(show.pk)


def test_a_highlight_belongs_to_the_picture_she_saw(show: Show, producer: User) -> None:
    first, second = product_ids(show)
    services.start(show, producer)
    show = started_before(show, seconds=60)
    seen = utc_now() - timedelta(seconds=4)
    made = services.highlight(show, [first], seen, producer)
    assert made.started_at == seen
    entry = last(show)
    assert (entry["kind"], entry["picture_at"]) == ("highlight.started", iso_ms(seen))
    assert entry["body"]["products"] == [
        {
            "id": first,
            "name": queries.rundown_products(show)[0].name,
            "image_url": None,
            "price": 1900,
            "compare_at_price": None,
            "currency": "EUR",
            "lowest_price_30d": None,
        }
    ]
    later = services.highlight(show, [second], seen + timedelta(seconds=1), producer)
    made.refresh_from_db()
    assert made.ended_at == later.started_at == seen + timedelta(seconds=1)
    assert kinds(show)[-3:] == ["highlight.started", "highlight.ended", "highlight.started"]


def test_never_before_the_start_nor_before_the_last_one(show: Show, producer: User) -> None:
    first, second = product_ids(show)
    live = services.start(show, producer)
    made = services.highlight(show, [first], utc_now() - timedelta(seconds=9), producer)
    assert made.started_at == live.started_at
    show = started_before(show, seconds=60)
    now = utc_now()
    made = services.highlight(show, [second], now, producer)
    taken = services.take_down(show, made.pk, now - timedelta(seconds=5), producer)
    assert taken.ended_at == made.started_at
    again = services.highlight(show, [first], now - timedelta(seconds=5), producer)
    assert again.started_at == made.started_at


def test_two_producers_press_the_same_button(show: Show, producer: User) -> None:
    first, _second = product_ids(show)
    services.start(show, producer)
    one = services.highlight(show, [first], None, producer)
    two = services.highlight(show, [first], None, producer)
    assert one.pk == two.pk
    services.take_down(show, one.pk, None, producer)
    services.take_down(show, one.pk, None, producer)
    assert kinds(show)[2:] == ["highlight.started", "highlight.ended"]


def test_up_to_three_products_in_the_order_asked_for(brand: Brand, producer: User) -> None:
    show = make_show(brand, products=4)
    services.start(show, producer)
    a, b, c, d = product_ids(show)
    made = services.highlight(show, [c, a, b], None, producer)
    assert queries.product_ids_of(made) == [c, a, b]
    with pytest.raises(Invalid):
        services.highlight(show, [a, b, c, d], None, producer)
    assert Highlight.objects.for_brand(brand).count() == 1


def test_highlight_of_wrong_products_is_rejected(show: Show, brand: Brand, producer: User) -> None:
    first, _second = product_ids(show)
    with pytest.raises(Conflict) as refused:
        services.highlight(show, [first], None, producer)
    assert refused.value.code == "show-not-live"
    services.start(show, producer)
    with pytest.raises(Invalid):
        services.highlight(show, [make_product(brand, "unplanned").pk], None, producer)
    with pytest.raises(NotFound):
        services.take_down(show, "0" * 26, None, producer)
    assert kinds(show) == ["show.started", "broadcast.lost"]


def test_the_end_takes_down_what_is_on_screen(show: Show, producer: User) -> None:
    services.start(show, producer)
    made = services.highlight(show, product_ids(show), None, producer)
    ended = services.end(show, producer)
    made.refresh_from_db()
    assert made.ended_at == ended.ended_at
    assert kinds(show)[-2:] == ["highlight.ended", "show.ended"]


def test_a_show_that_has_begun_keeps_its_time(show: Show, producer: User) -> None:
    services.start(show, producer)
    with pytest.raises(Conflict):
        services.update_show(show, ShowChanges({"starts_at": None, "title": "Other"}))
    unchanged = queries.find(show.slug)
    assert (unchanged.title, unchanged.starts_at) == ("Spring lips", TOMORROW)
    services.update_show(show, ShowChanges({"title": "Other", "starts_at": TOMORROW}))
    assert queries.find(show.slug).title == "Other"


def test_duplicate_is_a_draft_with_the_same_plan(show: Show, producer: User) -> None:
    """Nothing of what happened in the original comes along."""
    services.start(show, producer)
    made = services.duplicate_show(show)
    assert (made.title, made.state, made.starts_at) == (
        "Copy of Spring lips",
        ShowState.DRAFT,
        None,
    )
    assert product_ids(made) == product_ids(show)
    assert made.slug == "copy-of-spring-lips"
    assert made.channel_id != show.channel_id
    assert queries.highlights(made) == []


def test_duplicate_of_a_long_title_is_cut(show: Show) -> None:
    services.update_show(show, ShowChanges({"title": "A" * 120}))
    made = services.duplicate_show(queries.find(show.slug))
    assert made.title == "Copy of " + "A" * 112
