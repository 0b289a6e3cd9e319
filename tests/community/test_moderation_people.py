"""What moderators lay on people, and its end: bans, warnings, time-outs, shadows."""

import pytest

from showfloor.accounts.models import Ban, Brand, Role, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import services as chat
from showfloor.community.moderation import services
from showfloor.community.moderation.models import AuditEntry
from showfloor.community.moderation.services import BanOrder
from showfloor.kernel.errors import Forbidden, Invalid
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from tests.conftest import make_staff
from tests.support.shows import Caller, guest

SOMEONE = "g:" + "0" * 26


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


def test_a_ban_covers_the_guests_network(
    show: Show, ana: Claims, brand: Brand, moderator: User
) -> None:
    message = chat.post_message(show, ana, "c1", "buy pills")
    order = BanOrder(message_id=message.pk, reason="spam", minutes=60)
    ban = services.ban_viewer(show, order, moderator)
    assert (ban.subject, ban.network, ban.name) == (ana.sub, "net-of-ana", "Ana")
    assert (ban.reason, ban.banned_by) == ("spam", moderator)
    cleared_cookies = guest(brand, "Anna")
    for banned in (ana, cleared_cookies):
        with pytest.raises(Forbidden) as refused:
            chat.post_message(show, banned, "c2", "me again")
        assert refused.value.code == "banned"
    chat.post_message(show, guest(brand, "Ben", network="elsewhere"), "c1", "bye Ana")
    services.lift_ban(show, ban.pk, moderator)
    chat.post_message(show, ana, "c2", "sorry")


def test_a_members_neighbours_stay(show: Show, brand: Brand, moderator: User) -> None:
    member = Claims("m:" + "0" * 26, brand.pk, "Mia", (), "office")
    message = chat.post_message(show, member, "c1", "hello")
    ban = services.ban_viewer(show, BanOrder(message_id=message.pk), moderator)
    assert ban.network == ""
    chat.post_message(show, guest(brand, "Ben", network="office"), "c1", "hello")


def test_a_ban_can_take_what_they_said_with_it(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    for number in range(3):
        chat.post_message(show, ana, f"c{number}", f"rude {number}")
    chat.post_message(show, guest(brand, "Ben", network="b"), "c1", "kind")
    order = BanOrder(viewer_id=ana.sub, delete_messages=True)
    ban = services.ban_viewer(show, order, moderator)
    assert (ban.name, ban.network) == ("Ana", "net-of-ana")  # known from what they said
    stored = repr(timeline.read(show.timeline_id, after=0))
    assert "rude" not in stored
    assert "kind" in stored


@pytest.mark.parametrize("viewer_id", [None, "", "everyone", "g:", "g:*", "x:" + "0" * 26])
def test_a_ban_names_someone(show: Show, moderator: User, viewer_id: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        services.ban_viewer(show, BanOrder(viewer_id=viewer_id), moderator)
    assert refused.value.field == "viewer_id"
    assert not Ban.objects.for_brand(show.brand_id).exists()


@pytest.mark.parametrize("role", list(Role))
def test_who_bans(show: Show, brand: Brand, producer: User, role: Role) -> None:
    ban = services.ban_viewer(show, BanOrder(viewer_id=SOMEONE), producer)
    caller, at = (
        Caller(user=make_staff(brand, role, f"the-{role}@example.test")),
        f"/shows/{show.slug}",
    )
    answers = [
        caller.call("POST", f"{at}/bans", {"viewer_id": SOMEONE})[0],
        caller.call("DELETE", f"{at}/bans/{ban.pk}")[0],
    ]
    assert answers == ([403, 403] if role is Role.HOST else [201, 204])


def test_another_brands_staff_and_viewers_do_not_ban(
    show: Show, ana: Claims, producer: User, stranger: User
) -> None:
    ban = services.ban_viewer(show, BanOrder(viewer_id=SOMEONE), producer)
    at = f"/shows/{show.slug}"
    for method, path, body in [
        ("POST", f"{at}/bans", {"viewer_id": SOMEONE}),
        ("DELETE", f"{at}/bans/{ban.pk}", None),
    ]:
        assert Caller(user=stranger).call(method, path, body)[0] == 404
        assert Caller(viewer=ana).call(method, path, body)[0] == 401
    ban.refresh_from_db()
    assert ban.lifted_at is None


def test_a_ban_is_written_down(show: Show, ana: Claims, moderator: User, brand: Brand) -> None:
    message = chat.post_message(show, ana, "c1", "buy pills")
    ban = services.ban_viewer(show, BanOrder(message_id=message.pk, reason="spam"), moderator)
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
