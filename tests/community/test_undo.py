"""An undo takes back what its line says, and nothing that came since."""

from dataclasses import asdict
from datetime import timedelta

import pytest

from showfloor.accounts import bans
from showfloor.accounts.models import Ban, Brand, User
from showfloor.community.chat import queries as chat_queries
from showfloor.community.chat import services as chat
from showfloor.community.chat.models import Pin
from showfloor.community.moderation import chat_rules, restriction_list, services, word_rules
from showfloor.community.moderation.chat_rules import Rules
from showfloor.community.moderation.services import BanRequest, NewRestriction
from showfloor.community.moderation.word_rules import RuleDraft
from showfloor.community.polls import queries as poll_queries
from showfloor.community.polls import services as polls
from showfloor.community.polls.rules import OptionDraft, PollDraft
from showfloor.community.safety import audit
from showfloor.community.safety.models import AuditEntry, Restriction, RestrictionKind, WordRule
from showfloor.kernel.clock import iso_ms
from showfloor.shows.models import Show
from tests.community.interacting import said, vote
from tests.community.moderating import SOMEONE, heard, last_line, lines, undo_refused
from tests.support.chat import post_message
from tests.support.shows import guest

SHIELDED = Rules("signed_in", "", 30, holds_links=True, holds_first=True)


# --- how a show is talked in


def now(show: Show) -> tuple[Rules, bool]:
    row = chat_rules.settings_of(show)
    return chat_rules.rules_of(row), row.shield


def ruled(show: Show, rules: Rules, by: User) -> AuditEntry:
    chat_rules.set_chat_rules(show, rules, by)
    return last_line(show.brand)


def turned(show: Show, by: User, *, on: bool) -> AuditEntry:
    chat_rules.set_shield(show, on=on, by=by)
    return last_line(show.brand)


def test_rules_from_before_the_shield_are_taken_back_behind_it(show: Show, moderator: User) -> None:
    slow = ruled(show, Rules(slow_s=5), moderator)
    turned(show, moderator, on=True)
    audit.undo(show, slow.pk, moderator)
    assert now(show) == (SHIELDED, True)
    chat_rules.set_shield(show, on=False, by=moderator)
    assert now(show) == (Rules(), False)


def test_rules_that_were_set_since_stay(show: Show, moderator: User) -> None:
    slow = ruled(show, Rules(slow_s=5), moderator)
    staff = ruled(show, Rules("staff", slow_s=5), moderator)
    assert undo_refused(show, slow, moderator) == "changed-since"
    assert now(show) == (Rules("staff", slow_s=5), False)
    turned(show, moderator, on=True)
    assert undo_refused(show, slow, moderator) == "changed-since"
    audit.undo(show, staff.pk, moderator)
    audit.undo(show, slow.pk, moderator)
    assert chat_rules.settings_of(show).before_shield == asdict(Rules())


def test_rules_set_under_the_shield_are_taken_back_under_it_alone(
    show: Show, moderator: User
) -> None:
    ruled(show, SHIELDED, moderator)
    turned(show, moderator, on=True)
    staff = ruled(show, Rules("staff"), moderator)
    again = ruled(show, SHIELDED, moderator)
    lowered = turned(show, moderator, on=False)
    for line in (again, staff):  # what holds is the same, but set by others
        assert undo_refused(show, line, moderator) == "changed-since"
    audit.undo(show, lowered.pk, moderator)
    audit.undo(show, again.pk, moderator)
    assert now(show) == (Rules("staff"), True)
    audit.undo(show, staff.pk, moderator)
    assert now(show) == (SHIELDED, True)


def test_old_line_of_the_shield_is_not_undone(show: Show, moderator: User) -> None:
    raised = turned(show, moderator, on=True)
    lowered = turned(show, moderator, on=False)
    assert undo_refused(show, raised, moderator) == "changed-since"
    raised_again = turned(show, moderator, on=True)
    for line in (raised, lowered):
        assert undo_refused(show, line, moderator) == "changed-since"
    assert now(show) == (SHIELDED, True)
    for line, is_up in ((raised_again, False), (lowered, True), (raised, False)):
        audit.undo(show, line.pk, moderator)
        assert now(show) == (SHIELDED if is_up else Rules(), is_up)


# --- people


def restricted(show: Show, minutes: int, by: User) -> AuditEntry:
    services.restrict(
        show, NewRestriction(RestrictionKind.TIME_OUT, None, SOMEONE, "", minutes), by
    )
    return last_line(show.brand)


def standing(show: Show) -> list[str]:
    return [one["id"] for one in restriction_list.in_force(show)]


def laid(line: AuditEntry) -> str:
    found: str = line.detail["restriction_id"]
    return found


def test_replaced_restriction_is_back_and_its_person_is_told(
    show: Show, brand: Brand, moderator: User
) -> None:
    mia = guest(brand)
    order = NewRestriction(RestrictionKind.TIME_OUT, viewer_id=mia.sub, reason="spam", minutes=60)
    first = services.restrict(show, order, moderator)
    services.restrict(show, NewRestriction(RestrictionKind.TIME_OUT, viewer_id=mia.sub), moderator)
    audit.undo(show, last_line(brand).pk, moderator)
    assert standing(show) == [first.pk]
    assert first.until is not None
    assert heard(mia)[-2:] == [
        ("time_out", {"until": None, "reason": ""}),
        ("time_out", {"until": iso_ms(first.until), "reason": "spam"}),
    ]


def test_undone_or_lifted_restriction_does_not_come_back(show: Show, moderator: User) -> None:
    first, second = restricted(show, 60, moderator), restricted(show, 1, moderator)
    audit.undo(show, first.pk, moderator)
    assert standing(show) == [laid(second)]
    audit.undo(show, second.pk, moderator)
    assert standing(show) == []
    restricted(show, 60, moderator)
    lifted = restricted(show, 1, moderator)
    services.lift(show, laid(lifted), moderator)
    audit.undo(show, lifted.pk, moderator)
    assert standing(show) == []


def test_restriction_before_the_undone_one_is_back(show: Show, moderator: User) -> None:
    first, second, third = (restricted(show, minutes, moderator) for minutes in (60, 10, 1))
    audit.undo(show, second.pk, moderator)
    assert standing(show) == [laid(third)]
    audit.undo(show, third.pk, moderator)
    assert standing(show) == [laid(first)]


def test_later_restriction_keeps_earlier_ones_away(
    show: Show, brand: Brand, moderator: User
) -> None:
    restricted(show, 60, moderator)
    over = restricted(show, 1, moderator)
    row = Restriction.objects.for_brand(brand).get(pk=laid(over))
    row.until = row.created_at - timedelta(seconds=1)
    row.save()
    since = restricted(show, 5, moderator)
    audit.undo(show, over.pk, moderator)
    assert standing(show) == [laid(since)]


def banned(show: Show, minutes: int | None, by: User, reason: str = "") -> AuditEntry:
    order = BanRequest(viewer_id=SOMEONE, minutes=minutes, reason=reason)
    services.ban_viewer(show, order, by)
    return last_line(show.brand)


@pytest.mark.parametrize(("first", "second"), [(None, 5), (5, 60), (60, 5)])
def test_each_moderator_undoes_their_own_ban(
    show: Show, brand: Brand, moderator: User, first: int | None, second: int
) -> None:
    one, two = banned(show, first, moderator, "spam"), banned(show, second, moderator, "threats")
    assert [reason for _action, _name, reason in lines(brand)] == ["spam", "threats"]
    for taken_back, left in ((one, two), (two, None)) if first == 5 else ((two, one), (one, None)):
        audit.undo(show, taken_back.pk, moderator)
        assert bans.is_banned(brand.pk, SOMEONE, "") == (left is not None)
        if left is not None:
            until = Ban.objects.for_brand(brand).get().until
            assert (until.isoformat() if until else None) == left.detail["until"]


def test_ban_from_before_the_log_stays(show: Show, brand: Brand, moderator: User) -> None:
    bans.ban(brand.pk, SOMEONE, name="Sam", by=None)
    audit.undo(show, banned(show, 5, moderator).pk, moderator)
    assert (bans.is_banned(brand.pk, SOMEONE, ""), Ban.objects.for_brand(brand).get().until) == (
        True, None,
    )  # fmt: skip


def test_lifted_restriction_is_back_unless_replaced_or_undone(
    show: Show, brand: Brand, moderator: User
) -> None:
    mia = guest(brand)
    order = NewRestriction(RestrictionKind.TIME_OUT, viewer_id=mia.sub, minutes=60)
    row = services.restrict(show, order, moderator)
    given = last_line(brand)
    services.lift(show, row.pk, moderator)
    lifted = last_line(brand)
    services.restrict(show, order, moderator)
    assert undo_refused(show, lifted, moderator) == "changed-since"
    audit.undo(show, last_line(brand).pk, moderator)
    assert standing(show) == []
    audit.undo(show, lifted.pk, moderator)
    assert standing(show) == [row.pk]
    assert row.until is not None
    assert heard(mia)[-1] == ("time_out", {"until": iso_ms(row.until), "reason": ""})
    services.lift(show, row.pk, moderator)
    again = last_line(brand)
    audit.undo(show, given.pk, moderator)
    assert undo_refused(show, again, moderator) == "changed-since"
    assert standing(show) == []


def test_lifted_ban_is_back_unless_replaced_or_undone(
    show: Show, brand: Brand, moderator: User
) -> None:
    given = banned(show, 60, moderator)
    services.lift_ban(show, given.detail["ban_id"], moderator)
    lifted = last_line(brand)
    replaced = banned(show, 5, moderator)
    assert undo_refused(show, lifted, moderator) == "changed-since"
    audit.undo(show, replaced.pk, moderator)
    assert not bans.is_banned(brand.pk, SOMEONE, "")
    audit.undo(show, lifted.pk, moderator)
    stands = bans.standing(brand.pk).get()
    assert stands.pk == given.detail["ban_id"]
    services.lift_ban(show, given.detail["ban_id"], moderator)
    again = last_line(brand)
    audit.undo(show, given.pk, moderator)
    assert undo_refused(show, again, moderator) == "changed-since"
    assert not bans.is_banned(brand.pk, SOMEONE, "")


# --- word rules


def rules_of(brand: Brand) -> list[tuple[str, str]]:
    rows = WordRule.objects.for_brand(brand).order_by("pattern")
    return list(rows.values_list("pattern", "action"))


def test_word_that_was_changed_since_stays(show: Show, brand: Brand, moderator: User) -> None:
    row = word_rules.add(brand, RuleDraft("word", "flag"), moderator)
    added = last_line(brand)
    word_rules.change(brand, row.pk, {"action": "hold"}, moderator)
    changed = last_line(brand)
    word_rules.change(brand, row.pk, {"action": "block"}, moderator)
    for line in (added, changed):
        assert undo_refused(show, line, moderator) == "changed-since"
    assert rules_of(brand) == [("word", "block")]
    audit.undo(show, last_line(brand).pk, moderator)
    audit.undo(show, changed.pk, moderator)
    audit.undo(show, added.pk, moderator)
    assert rules_of(brand) == []


def test_word_that_was_removed_since_stays_removed(
    show: Show, brand: Brand, moderator: User
) -> None:
    row = word_rules.add(brand, RuleDraft("word", "flag"), moderator)
    word_rules.change(brand, row.pk, {"action": "hold"}, moderator)
    changed = last_line(brand)
    word_rules.remove(brand, row.pk, moderator)
    assert undo_refused(show, changed, moderator) == "changed-since"
    assert rules_of(brand) == []


def test_rule_changed_since_the_import_stays(show: Show, brand: Brand, moderator: User) -> None:
    for pattern in ("known", "kept", "gone"):
        word_rules.add(brand, RuleDraft(pattern, "flag"), moderator)
    listed = "pattern,action\nknown,hold\nkept,hold\ngone,hold\nnew,hold\nmine,hold\n"
    word_rules.import_csv(brand, listed.encode(), moderator)
    imported = last_line(brand)
    rows = {row.pattern: row.pk for row in WordRule.objects.for_brand(brand)}
    word_rules.change(brand, rows["mine"], {"action": "block"}, moderator)
    word_rules.import_csv(brand, b"pattern,action\nkept,block\n", moderator)
    word_rules.remove(brand, rows["gone"], moderator)
    audit.undo(show, imported.pk, moderator)
    assert rules_of(brand) == [("kept", "block"), ("known", "flag"), ("mine", "block")]


# --- polls


def opened(show: Show, question: str, by: User) -> AuditEntry:
    options = (OptionDraft("Yes"), OptionDraft("No", is_right=True))
    draft = PollDraft(question, options, is_quiz=True)
    polls.open_poll(show, polls.create(show, draft).pk, None, None, by)
    return last_line(show.brand)


def test_undone_poll_is_a_draft_again(show: Show, brand: Brand, producer: User) -> None:
    line = opened(show, "Matte?", producer)
    poll = poll_queries.find(show, line.target)
    vote(show, guest(brand), poll, 1)
    audit.undo(show, line.pk, producer)
    (again,) = poll_queries.staff_polls(show)
    assert again["poll_id"] != poll.pk
    assert (again["state"], again["question"], again["votes"], again["right"]) == (
        "draft", "Matte?", [0, 0], [1],
    )  # fmt: skip
    kinds = [entry.kind for entry in said(show.timeline_id)]
    assert (kinds[0], kinds[-1]) == ("poll.opened", "poll.withdrawn")
    assert poll_queries.poll_views(show) == []


def test_poll_that_closed_another_or_is_over_is_not_undone(show: Show, producer: User) -> None:
    first = opened(show, "Matte?", producer)
    second = opened(show, "Glossy?", producer)
    assert (audit.can_undo(first), audit.can_undo(second)) == (True, False)
    assert undo_refused(show, second, producer) == "not-undoable"
    assert undo_refused(show, first, producer) == "changed-since"
    assert [one["state"] for one in poll_queries.staff_polls(show)] == ["closed", "open"]


# --- what is held above the chat


def test_undo_of_a_pin_does_not_bring_back_a_message_that_was_deleted(
    show: Show, brand: Brand, moderator: User
) -> None:
    """The one that was pinned before is gone: nothing is pinned then."""
    ana = guest(brand)
    rude, kind = (post_message(show, ana, f"c{n}", text) for n, text in enumerate(["a", "b"]))
    chat.pin(show, rude.pk, None, moderator)
    chat.pin(show, kind.pk, None, moderator)
    pinned = last_line(brand)
    chat.delete_message(show, rude.pk, moderator)
    assert chat_queries.pinned(show) is not None
    audit.undo(show, pinned.pk, moderator)
    assert chat_queries.pinned(show) is None
    assert not Pin.objects.for_brand(brand).filter(ended_at__isnull=True).exists()


def test_undo_of_unpinning_refuses_a_deleted_message(
    show: Show, brand: Brand, moderator: User
) -> None:
    rude = post_message(show, guest(brand), "c1", "a")
    chat.pin(show, rude.pk, None, moderator)
    chat.unpin(show, None, moderator)
    let_go = last_line(brand)
    chat.delete_message(show, rude.pk, moderator)
    assert undo_refused(show, let_go, moderator) == "message-gone"
    assert chat_queries.pinned(show) is None
