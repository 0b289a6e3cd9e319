"""Bans, warnings, time-outs and shadows, and their end."""

from typing import Any

import pytest

from showfloor.accounts.models import Ban, Brand, Role, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import services as chat
from showfloor.community.moderation import queries, restriction_list, services
from showfloor.community.moderation.services import BanRequest, NewRestriction
from showfloor.community.safety import audit, auto_mod
from showfloor.community.safety.models import AuditEntry, Restriction, RestrictionKind
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from tests.community.moderating import (
    SOMEONE,
    acknowledge,
    heard,
    last_line,
    lines,
    member,
    problem,
)
from tests.conftest import make_staff
from tests.support.chat import post_message
from tests.support.shows import Caller, guest, make_show


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


def test_ban_covers_the_guests_network(
    show: Show, ana: Claims, brand: Brand, moderator: User
) -> None:
    message = post_message(show, ana, "c1", "buy pills")
    order = BanRequest(message_id=message.pk, reason="spam", minutes=60)
    ban = services.ban_viewer(show, order, moderator)
    assert (ban.subject, ban.network, ban.name) == (ana.sub, "net-of-ana", "Ana")
    assert (ban.reason, ban.banned_by) == ("spam", moderator)
    cleared_cookies = guest(brand, "Anna")
    for banned in (ana, cleared_cookies):
        with pytest.raises(Forbidden) as refused:
            post_message(show, banned, "c2", "me again")
        assert refused.value.code == "banned"
    post_message(show, guest(brand, "Ben", network="elsewhere"), "c1", "bye Ana")
    services.lift_ban(show, ban.pk, moderator)
    post_message(show, ana, "c2", "sorry")


def test_members_neighbours_stay(show: Show, brand: Brand, moderator: User) -> None:
    member = Claims("m:" + "0" * 26, brand.pk, "Mia", (), "office")
    message = post_message(show, member, "c1", "hello")
    ban = services.ban_viewer(show, BanRequest(message_id=message.pk), moderator)
    assert ban.network == ""
    post_message(show, guest(brand, "Ben", network="office"), "c1", "hello")


def test_ban_can_delete_the_persons_messages(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    for number in range(3):
        post_message(show, ana, f"c{number}", f"rude {number}")
    post_message(show, guest(brand, "Ben", network="b"), "c1", "kind")
    order = BanRequest(viewer_id=ana.sub, delete_messages=True)
    ban = services.ban_viewer(show, order, moderator)
    assert (ban.name, ban.network) == ("Ana", "net-of-ana")  # known from what they said
    stored = repr(timeline.read(show.timeline_id, after=0))
    assert "rude" not in stored
    assert "kind" in stored


@pytest.mark.parametrize("viewer_id", [None, "", "everyone", "g:", "g:*", "x:" + "0" * 26])
def test_ban_names_someone(show: Show, moderator: User, viewer_id: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        services.ban_viewer(show, BanRequest(viewer_id=viewer_id), moderator)
    assert refused.value.field == "viewer_id"
    assert not Ban.objects.for_brand(show.brand_id).exists()


@pytest.mark.parametrize("role", list(Role))
def test_moderators_and_producers_ban(show: Show, brand: Brand, producer: User, role: Role) -> None:
    ban = services.ban_viewer(show, BanRequest(viewer_id=SOMEONE), producer)
    caller, at = (
        Caller(user=make_staff(brand, role, f"the-{role}@example.test")),
        f"/shows/{show.slug}",
    )
    answers = [
        caller.call("POST", f"{at}/bans", {"viewer_id": SOMEONE})[0],
        caller.call("DELETE", f"{at}/bans/{ban.pk}")[0],
    ]
    assert answers == ([403, 403] if role in {Role.HOST, Role.CLERK} else [201, 204])


def test_another_brands_staff_and_viewers_do_not_ban(
    show: Show, ana: Claims, producer: User, stranger: User
) -> None:
    ban = services.ban_viewer(show, BanRequest(viewer_id=SOMEONE), producer)
    at = f"/shows/{show.slug}"
    for method, path, body in [
        ("POST", f"{at}/bans", {"viewer_id": SOMEONE}),
        ("DELETE", f"{at}/bans/{ban.pk}", None),
    ]:
        assert Caller(user=stranger).call(method, path, body)[0] == 404
        assert Caller(viewer=ana).call(method, path, body)[0] == 401
    ban.refresh_from_db()
    assert ban.lifted_at is None


def test_ban_is_written_down(show: Show, ana: Claims, moderator: User, brand: Brand) -> None:
    message = post_message(show, ana, "c1", "buy pills")
    ban = services.ban_viewer(show, BanRequest(message_id=message.pk, reason="spam"), moderator)
    services.lift_ban(show, ban.pk, moderator)
    services.lift_ban(show, ban.pk, moderator)  # lifted already: nothing to write down
    lines = AuditEntry.objects.for_brand(brand).order_by("pk")
    assert [(one.action, one.target, one.target_name, one.reason) for one in lines] == [
        ("ban", ana.sub, "Ana", "spam"), ("ban.lifted", ana.sub, "Ana", ""),
    ]  # fmt: skip
    told = timeline.read(show.backstage_id, after=0)
    assert [(entry.kind, entry.body["action"]) for entry in told] == [
        ("audit.logged", "ban"), ("audit.logged", "ban.lifted"),
    ]  # fmt: skip


# --- warnings, time-outs, shadows


def restrict(show: Show, kind: str, whom: Claims, by: User, **more: Any) -> Restriction:
    order = NewRestriction(RestrictionKind(kind), viewer_id=whom.sub, **more)
    row = services.restrict(show, order, by)
    auto_mod.forget()
    return row


def refused(show: Show, viewer: Claims, text: str = "me again") -> Forbidden:
    with pytest.raises(Forbidden) as error:
        post_message(show, viewer, "again", text)
    return error.value


NOTHING = {"time_out_until": None, "time_out_reason": "", "warning": None}


def test_warning_is_read_before_writing_again(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    message = post_message(show, ana, "c1", "rubbish")
    order = NewRestriction(RestrictionKind.WARNING, message_id=message.pk, reason=" Be  kind ")
    warning = services.restrict(show, order, moderator)
    auto_mod.forget()
    assert heard(ana) == [("warning", {"warning_id": warning.pk, "reason": "Be kind"})]
    error = refused(show, ana)
    assert (error.code, error.more) == (
        "warned",
        {"warning_id": warning.pk, "reason": "Be kind"},
    )
    post_message(show, guest(brand, "Ben"), "c1", "same network, not warned")
    assert queries.mine(show, ana.sub)["warning"] == {"warning_id": warning.pk, "reason": "Be kind"}
    assert problem(acknowledge(show, member(brand), warning.pk)) == (404, "not-found", "warning_id")
    assert refused(show, ana).code == "warned"
    for _again in range(2):
        assert acknowledge(show, ana, warning.pk).problem is None
    assert queries.mine(show, ana.sub) == NOTHING
    assert post_message(show, ana, "again", "sorry").state == "shown"
    assert lines(brand) == [("warning", "Ana", "Be kind")]


def test_time_out_ends_by_itself_or_is_lifted(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    post_message(show, ana, "c1", "rubbish")
    row = restrict(show, "time_out", ana, moderator, reason="spam", minutes=3)
    assert row.until is not None
    assert 170 < (row.until - utc_now()).total_seconds() <= 180
    assert (row.name, row.network, row.created_by) == ("Ana", "net-of-ana", moderator)
    assert heard(ana) == [("time_out", {"until": iso_ms(row.until), "reason": "spam"})]
    error = refused(show, ana)
    assert (error.code, error.more) == (
        "timed-out",
        {"until": iso_ms(row.until), "reason": "spam"},
    )
    mine = queries.mine(show, ana.sub)
    assert (mine["time_out_until"], mine["time_out_reason"]) == (iso_ms(row.until), "spam")
    neighbour = refused(show, guest(brand, "Anna"))  # a new cookie: the reason is not theirs
    assert (neighbour.code, neighbour.more["reason"]) == ("timed-out", "")
    for _again in range(2):
        services.lift(show, row.pk, moderator)
    auto_mod.forget()
    assert heard(ana)[1:] == [("time_out", {"until": None, "reason": ""})]
    assert post_message(show, ana, "again", "sorry").state == "shown"
    assert [action for action, _name, _reason in lines(brand)] == ["time_out", "time_out.lifted"]


def test_new_time_out_replaces_the_old_one(show: Show, brand: Brand, moderator: User) -> None:
    mia = member(brand)
    first = restrict(show, "time_out", mia, moderator, minutes=60)
    second = restrict(show, "time_out", mia, moderator, minutes=1)
    assert [one["id"] for one in restriction_list.in_force(show)] == [second.pk]
    audit.undo(show, last_line(brand).pk, moderator)
    assert [one["id"] for one in restriction_list.in_force(show)] == [first.pk]


def test_restriction_list_names_the_member_of_staff(
    show: Show, brand: Brand, ana: Claims, moderator: User, producer: User
) -> None:
    moderator.first_name, moderator.last_name = "Lea", "Stern"
    moderator.save()
    post_message(show, ana, "c1", "hello")
    mia = member(brand)
    warning = restrict(show, "warning", mia, moderator)
    time_out = restrict(show, "time_out", ana, producer, minutes=5, reason="spam")
    ban = services.ban_viewer(show, BanRequest(viewer_id=ana.sub, reason="troll"), moderator)
    over = services.ban_viewer(show, BanRequest(viewer_id=SOMEONE), moderator)
    services.lift_ban(show, over.pk, moderator)
    told = [
        (one["id"], one["kind"], one["viewer_id"], one["name"], one["reason"], one["by"])
        for one in restriction_list.in_force(show)
    ]
    assert told == [
        (ban.pk, "ban", ana.sub, "Ana", "troll", "Lea Stern"),
        (time_out.pk, "time_out", ana.sub, "Ana", "spam", brand.name),
        (warning.pk, "warning", mia.sub, warning.name, "", "Lea Stern"),
    ]
    assert time_out.until is not None
    assert [one["until"] for one in restriction_list.in_force(show)] == [
        None,
        iso_ms(time_out.until),
        None,
    ]
    moderator.delete()
    assert [one["by"] for one in restriction_list.in_force(show)] == [None, brand.name, None]


def test_message_of_a_shadowed_person_is_seen_by_its_author_alone(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    post_message(show, ana, "c1", "hello")
    head = timeline.head(show.timeline_id).seq
    row = restrict(show, "shadow", ana, moderator, reason="troll")
    assert row.until is not None
    assert 3500 < (row.until - utc_now()).total_seconds() <= 3600
    assert heard(ana) == []
    said = chat.say(show, ana, "c2", "nobody hears this")
    assert (said.state, said.seq) == ("shown", head)
    anew = guest(brand, "Anna")  # a new cookie on the same network
    post_message(show, anew, "c1", "nor this")
    assert timeline.head(show.timeline_id).seq == head
    assert queries.mine(show, ana.sub) == NOTHING
    assert lines(brand) == [("shadow", "Ana", "troll")]
    services.lift(show, row.pk, moderator)
    auto_mod.forget()
    assert heard(ana) == []
    assert post_message(show, ana, "c3", "back again").seq == head + 1


@pytest.mark.parametrize(
    ("kind", "minutes"),
    [("time_out", 0), ("time_out", 10_081), ("shadow", 0), ("shadow", 1441), ("shadow", -5)],
)
def test_minutes_of_a_restriction_are_bounded(
    show: Show, moderator: User, kind: str, minutes: int
) -> None:
    with pytest.raises(Invalid) as error:
        services.restrict(
            show, NewRestriction(RestrictionKind(kind), None, SOMEONE, "", minutes), moderator
        )
    assert error.value.field == "minutes"
    assert not Restriction.objects.for_brand(show.brand_id).exists()


@pytest.mark.parametrize("kind", list(RestrictionKind))
def test_staff_cannot_be_restricted(
    show: Show, brand: Brand, producer: User, moderator: User, kind: RestrictionKind
) -> None:
    with pytest.raises(Invalid) as error:
        services.restrict(show, NewRestriction(kind, viewer_id=f"u:{producer.pk}"), moderator)
    assert (error.value.code, error.value.field) == ("is-staff", "viewer_id")
    assert lines(brand) == []
    assert not Restriction.objects.for_brand(brand).exists()


def test_restriction_holds_at_its_brand_alone(
    show: Show, other_brand: Brand, ana: Claims, moderator: User, stranger: User
) -> None:
    row = restrict(show, "time_out", ana, moderator)
    elsewhere = make_show(other_brand, "Elsewhere")
    with pytest.raises(NotFound):
        services.lift(elsewhere, row.pk, stranger)
    assert restriction_list.in_force(elsewhere) == []
    visitor = Claims(ana.sub, other_brand.pk, "Ana", (), ana.network)
    assert post_message(elsewhere, visitor, "c1", "hello").seq == 1
    assert refused(show, ana).code == "timed-out"


@pytest.mark.parametrize("kind", ["ban", "warning", "time_out", "shadow"])
def test_each_restriction_is_undone_once(
    show: Show, brand: Brand, ana: Claims, moderator: User, kind: str
) -> None:
    post_message(show, ana, "c1", "hello")
    if kind == "ban":
        services.ban_viewer(show, BanRequest(viewer_id=ana.sub), moderator)
    else:
        restrict(show, kind, ana, moderator, reason="oops")
    line = last_line(brand)
    assert (line.action, audit.can_undo(line)) == (kind, True)
    undone = audit.undo(show, line.pk, moderator)
    auto_mod.forget()
    assert (undone.action, undone.undoes, undone.target_name) == ("undo", line, "Ana")
    assert post_message(show, ana, "c2", "thank you").state == "shown"
    with pytest.raises(Conflict) as again:
        audit.undo(show, line.pk, moderator)
    assert again.value.code == "undone-already"
    with pytest.raises(Conflict) as of_undo:
        audit.undo(show, undone.pk, moderator)
    assert of_undo.value.code == "not-undoable"
    assert [action for action, _name, _reason in lines(brand)] == [kind, "undo"]
