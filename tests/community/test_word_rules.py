"""Word rules: adding, changing, trying out, whole lists; and the audit log itself."""

from functools import partial
from typing import Any

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.community.moderation import chat_rules, queries, word_rules
from showfloor.community.moderation.chat_rules import Rules
from showfloor.community.moderation.word_rules import ImportReport, RuleDraft
from showfloor.community.safety import audit
from showfloor.community.safety.models import AuditEntry, OnlyEverAdded, WordRule
from showfloor.community.textfilter.matcher import RULES_MAX
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from tests.community.moderating import last_line, lines, told
from tests.support.shows import make_show


def listed(brand: Brand) -> list[tuple[str, str, str, str, bool]]:
    rows = WordRule.objects.for_brand(brand).order_by("pattern", "language")
    return list(
        rows.values_list("pattern", "language", "action", "replacement", "catches_variants")
    )


def test_rule_is_added_changed_and_removed(brand: Brand, moderator: User) -> None:
    row = word_rules.add(brand, RuleDraft("  bad   word ", "replace", "de", " Kuchen "), moderator)
    assert listed(brand) == [("bad word", "de", "replace", "Kuchen", True)]
    for _again in range(2):
        word_rules.change(brand, row.pk, {"action": "hold", "catches_variants": False}, moderator)
    assert listed(brand) == [("bad word", "de", "hold", "Kuchen", False)]
    word_rules.remove(brand, row.pk, moderator)
    assert listed(brand) == []
    with pytest.raises(NotFound):
        word_rules.remove(brand, row.pk, moderator)
    assert [line[0] for line in lines(brand)] == ["word.added", "word.changed", "word.removed"]


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (RuleDraft("", "block"), "pattern"), (RuleDraft("*", "block"), "pattern"),
        (RuleDraft("a*", "block"), "pattern"), (RuleDraft("x" * 81, "block"), "pattern"),
        (RuleDraft("bell\u0007", "block"), "pattern"), (RuleDraft("wo* th*", "block"), "pattern"),
        (RuleDraft("word", "shout"), "action"), (RuleDraft("word", "block", "klingon"), "language"),
        (RuleDraft("word", "replace", "", "x" * 41), "replacement"),
    ],
)  # fmt: skip
def test_invalid_rule_is_refused(
    brand: Brand, moderator: User, draft: RuleDraft, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        word_rules.add(brand, draft, moderator)
    assert refused.value.field == field
    assert (listed(brand), lines(brand)) == ([], [])


def test_pattern_stands_once_in_a_language(
    brand: Brand, other_brand: Brand, moderator: User
) -> None:
    word_rules.add(brand, RuleDraft("word", "block"), moderator)
    german = word_rules.add(brand, RuleDraft("word", "hold", "de"), moderator)
    word_rules.add(other_brand, RuleDraft("word", "flag"), moderator)
    for attempt in (
        partial(word_rules.add, brand, RuleDraft("word", "flag"), moderator),
        partial(word_rules.change, brand, german.pk, {"language": ""}, moderator),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert (refused.value.code, refused.value.field) == ("word-known", "pattern")
    with pytest.raises(NotFound):
        word_rules.change(other_brand, german.pk, {"action": "flag"}, moderator)
    assert [row[:3] for row in listed(brand)] == [("word", "", "block"), ("word", "de", "hold")]


def test_number_of_rules_is_bounded(brand: Brand, moderator: User) -> None:
    WordRule.objects.for_brand(brand).bulk_create(
        WordRule(brand=brand, pattern=f"word{n}", action="flag") for n in range(RULES_MAX)
    )
    for attempt in (
        partial(word_rules.add, brand, RuleDraft("one more", "block"), moderator),
        partial(word_rules.import_csv, brand, b"one more", moderator),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "too-many"
    assert WordRule.objects.for_brand(brand).count() == RULES_MAX


def test_trial_of_a_text(brand: Brand, other_brand: Brand, moderator: User) -> None:
    for pattern, action, language in (
        ("crap", "block", "en"), ("mist", "replace", "de"), ("fake", "flag", ""),
    ):  # fmt: skip
        word_rules.add(brand, RuleDraft(pattern, action, language), moderator)
    word_rules.add(other_brand, RuleDraft("good", "block"), moderator)
    german = word_rules.try_out(brand, "good, so ein M1st, fake")
    assert (german.action, german.text) == ("replace", "good, so ein ***, fake")
    found = [(one.rule.pattern, one.rule.language, one.start, one.end) for one in german.matches]
    assert found == [("mist", "de", 13, 17), ("fake", "", 19, 23)]
    assert word_rules.try_out(brand, "crap").action == "block"
    nothing = word_rules.try_out(brand, "all is well")
    assert (nothing.action, nothing.text, nothing.matches) == (None, "all is well", [])
    assert len(lines(brand)) == 3


def test_exported_list_imports_unchanged(
    brand: Brand, other_brand: Brand, moderator: User, stranger: User
) -> None:
    word_rules.add(brand, RuleDraft("bad, word", "replace", "de", 'so "nice"'), moderator)
    word_rules.add(brand, RuleDraft("=cmd", "block", "", "", catches_variants=False), moderator)
    text = "".join(word_rules.export_csv(brand))
    assert text.splitlines() == [
        '"pattern","language","action","replacement","variants"',
        '"\'=cmd","","block","","no"',
        '"bad, word","de","replace","so ""nice""","yes"',
    ]
    report = word_rules.import_csv(other_brand, text.encode("utf-8-sig"), stranger)
    assert report == ImportReport(added=2)
    assert listed(other_brand) == listed(brand)
    assert word_rules.import_csv(other_brand, text.encode(), stranger) == ImportReport(unchanged=2)
    assert [line[0] for line in lines(other_brand)] == ["words.imported"]


def test_unusable_lines_are_named(brand: Brand, moderator: User) -> None:
    word_rules.add(brand, RuleDraft("known", "flag"), moderator)
    data = b"Action,Pattern,Other\nblock,known,x\n\nshout,loud\n,quiet\nhold,\nhold,quiet\n"
    report = word_rules.import_csv(brand, data, moderator)
    assert (report.added, report.changed, report.unchanged, report.left_out) == (1, 1, 0, 2)
    assert report.faults == [
        (3, "Choose block, hold, replace or flag."),
        (5, "A word or pattern has 1 to 80 characters."),
    ]  # fmt: skip
    assert [row[:3] for row in listed(brand)] == [("known", "", "block"), ("quiet", "", "hold")]


def test_plain_list_is_of_words_to_block(brand: Brand, moderator: User) -> None:
    assert word_rules.import_csv(brand, "Blöd\nMist\n".encode(), moderator).added == 2
    assert [row[:3] for row in listed(brand)] == [("Blöd", "", "block"), ("Mist", "", "block")]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"x" * 500_001])
def test_other_file_is_refused(brand: Brand, moderator: User, data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        word_rules.import_csv(brand, data, moderator)
    assert refused.value.field == "file"
    assert (listed(brand), lines(brand)) == ([], [])


def test_every_change_is_undone(show: Show, brand: Brand, moderator: User) -> None:
    row = word_rules.add(brand, RuleDraft("word", "block"), moderator)
    audit.undo(show, last_line(brand).pk, moderator)
    assert listed(brand) == []
    row = word_rules.add(brand, RuleDraft("word", "block"), moderator)
    word_rules.change(brand, row.pk, {"action": "hold", "pattern": "words"}, moderator)
    audit.undo(show, last_line(brand).pk, moderator)
    before = [("word", "", "block", "", True)]
    assert listed(brand) == before
    word_rules.remove(brand, row.pk, moderator)
    audit.undo(show, last_line(brand).pk, moderator)
    assert listed(brand) == before
    word_rules.import_csv(brand, b"pattern,action\nword,flag\nnew,hold\n", moderator)
    assert len(listed(brand)) == 2
    audit.undo(show, last_line(brand).pk, moderator)
    assert listed(brand) == before


def test_undo_does_not_overwrite_what_came_since(show: Show, brand: Brand, moderator: User) -> None:
    row = word_rules.add(brand, RuleDraft("word", "block"), moderator)
    word_rules.remove(brand, row.pk, moderator)
    removed = last_line(brand)
    word_rules.add(brand, RuleDraft("word", "flag"), moderator)
    with pytest.raises(Conflict) as refused:
        audit.undo(show, removed.pk, moderator)
    assert refused.value.code == "word-known"
    assert listed(brand) == [("word", "", "flag", "", True)]
    assert not AuditEntry.objects.for_brand(brand).filter(action="undo").exists()


# --- the log


def test_log_is_only_ever_added_to(show: Show, brand: Brand, moderator: User) -> None:
    chat_rules.set_chat_rules(show, Rules("staff"), moderator)
    line, rows = last_line(brand), AuditEntry.objects.for_brand(brand)
    line.reason = "changed my mind"
    attempts: list[Any] = [
        line.save, line.delete, rows.delete, lambda: rows.update(reason=""),
        AuditEntry.objects.all_brands().delete, AuditEntry.unscoped.all().delete,
        lambda: AuditEntry.unscoped.filter(pk=line.pk).update(action="nothing"),
    ]  # fmt: skip
    for attempt in attempts:
        with pytest.raises(OnlyEverAdded):
            attempt()
    assert lines(brand) == [("chat.rules", "", "")]


def test_log_outlives_its_show(show: Show, brand: Brand, moderator: User) -> None:
    chat_rules.set_chat_rules(show, Rules("staff"), moderator)
    show.delete()
    assert last_line(brand).show is None


def test_log_page_by_page(show: Show, brand: Brand, moderator: User) -> None:
    for slow_s in range(1, 6):
        chat_rules.set_chat_rules(show, Rules(slow_s=slow_s), moderator)
    chat_rules.set_chat_rules(make_show(brand, "Other"), Rules("staff"), moderator)
    word_rules.add(brand, RuleDraft("word", "block"), moderator)  # of the brand as a whole
    audit.undo(show, last_line(brand).pk, moderator)
    first = queries.audit_lines(show, moderator, limit=3)
    rest = queries.audit_lines(show, moderator, first[-1]["audit_id"], limit=10)
    assert [line["action"] for line in (*first, *rest)] == [
        "undo", "word.added", *["chat.rules"] * 5,
    ]  # fmt: skip
    assert [(line["can_undo"], line["undone"]) for line in first] == [
        (False, False), (False, True), (True, False),
    ]  # fmt: skip
    assert first[0]["undoes"] == first[1]["audit_id"]
    assert first[0]["actor"] == "Maison Test"
    assert [body["action"] for _kind, body in told(show.backstage_id)][-1] == "undo"
    assert timeline.head(show.timeline_id).seq == 5
