"""Chat rules, the shield, and the undo of both."""

from dataclasses import asdict

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import services as chat
from showfloor.community.moderation import chat_rules, decisions
from showfloor.community.moderation.chat_rules import Rules
from showfloor.community.safety import audit, auto_mod
from showfloor.community.safety.models import ChatSettings
from showfloor.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from tests.community.moderating import last_line, lines, member, told, waiting
from tests.support.chat import post_message
from tests.support.shows import guest, make_show

STRICT = Rules("trait", "vip", 45, holds_links=False, holds_first=True)


def now(show: Show) -> Rules:
    return chat_rules.rules_of(chat_rules.settings_of(show))


def test_rules_are_set_told_and_written_down(show: Show, brand: Brand, moderator: User) -> None:
    assert now(show) == Rules()
    for _again in range(2):
        chat_rules.set_chat_rules(show, Rules("customers", "ignored", 10), moderator)
    assert now(show) == Rules("customers", "", 10)
    body = {"mode": "customers", "trait": None, "slow_s": 10, "shield": False}
    assert told(show.timeline_id) == [("chat.rules", body)]
    assert lines(brand) == [("chat.rules", "", "")]
    assert now(make_show(brand, "Other")) == Rules()


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Rules("nobody"), "mode"), (Rules("trait"), "trait"), (Rules("trait", "x" * 65), "trait"),
        (Rules(slow_s=-1), "slow_s"), (Rules(slow_s=601), "slow_s"),
    ],
)  # fmt: skip
def test_rules_without_sense_are_refused(
    show: Show, brand: Brand, moderator: User, wanted: Rules, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        chat_rules.set_chat_rules(show, wanted, moderator)
    assert refused.value.field == field
    assert not ChatSettings.objects.for_brand(brand).exists()
    assert (told(show.timeline_id), lines(brand)) == ([], [])


@pytest.mark.parametrize(
    ("before", "shielded"),
    [
        (Rules(), Rules("signed_in", "", 30, holds_links=True, holds_first=True)),
        (STRICT, Rules("trait", "vip", 45, holds_links=True, holds_first=True)),
        (Rules("staff", slow_s=5), Rules("staff", "", 30, holds_links=True, holds_first=True)),
    ],
)
def test_shield_goes_up_and_down(
    show: Show, brand: Brand, moderator: User, before: Rules, shielded: Rules
) -> None:
    if before != Rules():
        chat_rules.set_chat_rules(show, before, moderator)
    for _again in range(2):
        assert chat_rules.set_shield(show, on=True, by=moderator).shield
    assert now(show) == shielded
    for _again in range(2):
        assert not chat_rules.set_shield(show, on=False, by=moderator).shield
    assert now(show) == before
    rules = [body for _kind, body in told(show.timeline_id, "chat.rules")][-2:]
    assert rules == [
        {"mode": one.mode, "trait": one.trait or None, "slow_s": one.slow_s, "shield": shield}
        for one, shield in ((shielded, True), (before, False))
    ]
    assert [action for action, _name, _reason in lines(brand)][-2:] == ["shield.on", "shield.off"]


def test_rules_set_under_the_shield_end_with_it(show: Show, moderator: User) -> None:
    chat_rules.set_chat_rules(show, STRICT, moderator)
    chat_rules.set_shield(show, on=True, by=moderator)
    chat_rules.set_chat_rules(show, Rules("staff"), moderator)
    assert chat_rules.settings_of(show).shield
    chat_rules.set_shield(show, on=False, by=moderator)
    assert now(show) == STRICT


def test_shield_holds_off_an_attack(show: Show, brand: Brand, moderator: User) -> None:
    """Regulars write on, newcomers wait, guests stay out, floods begin at half the size."""
    regular, newcomer = member(brand, "Regina"), member(brand, "Nils")
    post_message(show, regular, "c0", "hello everyone")
    chat_rules.set_shield(show, on=True, by=moderator)
    auto_mod.forget()
    with pytest.raises(Forbidden) as refused:
        post_message(show, guest(brand), "c1", "me too")
    assert refused.value.code == "signed-in-only"
    first = post_message(show, newcomer, "c1", "me too")
    assert (first.state, waiting(show).reason) == ("held", "first")
    decisions.decide(show, waiting(show).pk, "approve", "", moderator)
    chat_rules.set_chat_rules(
        show, Rules("signed_in", holds_links=True, holds_first=True), moderator
    )
    auto_mod.forget()  # without waiting for slow mode
    assert post_message(show, newcomer, "c2", "thanks").state == "shown"
    linked = post_message(show, regular, "c2", "see www.brand.example")
    assert (linked.state, waiting(show).reason) == ("held", "link")
    with pytest.raises(Invalid) as flood:
        post_message(show, regular, "c3", "a" * 13)
    assert flood.value.code == "message-repeats"


def test_each_change_is_undone(show: Show, brand: Brand, moderator: User) -> None:
    chat_rules.set_chat_rules(show, STRICT, moderator)
    ruled = last_line(brand)
    chat_rules.set_shield(show, on=True, by=moderator)
    shielded = now(show)
    audit.undo(show, last_line(brand).pk, moderator)
    assert (now(show), chat_rules.settings_of(show).shield) == (STRICT, False)
    chat_rules.set_shield(show, on=True, by=moderator)
    chat_rules.set_shield(show, on=False, by=moderator)
    audit.undo(show, last_line(brand).pk, moderator)
    assert (now(show), chat_rules.settings_of(show).shield) == (shielded, True)
    assert chat_rules.settings_of(show).before_shield == asdict(STRICT)
    chat_rules.set_shield(show, on=False, by=moderator)
    audit.undo(show, ruled.pk, moderator)
    assert now(show) == Rules()
    entry = told(show.backstage_id, "audit.logged")[-1][1]
    assert (entry["action"], entry["can_undo"], entry["undoes"]) == ("undo", False, ruled.pk)


def test_pins_are_undone(show: Show, brand: Brand, moderator: User) -> None:
    first, second = (post_message(show, guest(brand), f"c{n}", f"hello {n}") for n in range(2))
    chat.pin(show, first.pk, None, moderator)
    pinned_first = last_line(brand)
    chat.pin(show, second.pk, None, moderator)
    with pytest.raises(Conflict) as refused:
        audit.undo(show, pinned_first.pk, moderator)
    assert refused.value.code == "changed-since"
    audit.undo(show, last_line(brand).pk, moderator)
    audit.undo(show, pinned_first.pk, moderator)
    chat.pin(show, second.pk, None, moderator)
    chat.unpin(show, None, moderator)
    audit.undo(show, last_line(brand).pk, moderator)
    pins = told(show.timeline_id, "comment.pinned", "comment.unpinned")
    assert [(kind, body["message_id"]) for kind, body in pins] == [
        ("comment.pinned", first.pk), ("comment.pinned", second.pk),
        ("comment.pinned", first.pk), ("comment.unpinned", first.pk),
        ("comment.pinned", second.pk), ("comment.unpinned", second.pk),
        ("comment.pinned", second.pk),
    ]  # fmt: skip


def test_other_lines_cannot_be_undone(
    show: Show, brand: Brand, other_brand: Brand, moderator: User, stranger: User
) -> None:
    message = post_message(show, guest(brand), "c1", "gone")
    chat.delete_message(show, message.pk, moderator)
    deleted = last_line(brand)
    assert not audit.can_undo(deleted)
    with pytest.raises(Conflict) as refused:
        audit.undo(show, deleted.pk, moderator)
    assert refused.value.code == "not-undoable"
    chat_rules.set_chat_rules(show, STRICT, moderator)
    for elsewhere in (make_show(other_brand), make_show(brand, "Other")):
        with pytest.raises(NotFound):
            audit.undo(elsewhere, last_line(brand).pk, stranger)
    assert now(show) == STRICT


def test_viewers_are_judged_by_the_new_rules(
    show: Show, brand: Brand, moderator: User, django_capture_on_commit_callbacks: object
) -> None:
    ana = Claims(guest(brand).sub, brand.pk, "Ana")
    post_message(show, ana, "c1", "hello")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        chat_rules.set_shield(show, on=True, by=moderator)
    with pytest.raises(Forbidden):
        post_message(show, ana, "c2", "still here")
    assert timeline.head(show.timeline_id).seq == 2
