"""Verbs for a brand's word rules: add, change, remove, try out, and whole lists as CSV.

Every change is written down and can be undone. AutoMod of every process hears of it.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand, User
from showfloor.community.command_batches import chunks
from showfloor.community.safety import audit, auto_mod, word_lists
from showfloor.community.safety.models import AuditEntry, WordAction, WordRule
from showfloor.community.textfilter.matcher import RULES_MAX, Match, replaced
from showfloor.community.textfilter.patterns import PATTERN_CHARS_MAX, STARS_MAX, pattern_fault
from showfloor.kernel.csv_cells import as_written, csv_text
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.shows.models import Show
from showfloor.timeline import services as timeline

REPLACEMENT_CHARS_MAX = 40
CSV_BYTES_MAX = 500_000
COLUMNS = ("pattern", "language", "action", "replacement", "variants")
FAULTS_MAX = 50  # faults listed after an import
TEST_CHARS_MAX = 500

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
_STRICTEST = (WordAction.BLOCK, WordAction.HOLD, WordAction.REPLACE, WordAction.FLAG)
_FALSE = {"no", "false", "0", "nein"}


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as someone types it. `language` empty: every one; `replacement` empty: `***`."""

    pattern: str
    action: str
    language: str = ""
    replacement: str = ""
    catches_variants: bool = True


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of a trial: `action` is None when nothing was found."""

    action: str | None
    text: str
    matches: list[Match]


@dataclass(slots=True)
class ImportReport:
    """`faults`: (line of the file, the fault), for the first lines that were left out."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    left_out: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


@timeline.verb
def add(brand: Brand, draft: RuleDraft, by: User) -> WordRule:
    """Add a rule. Invalid; Conflict `word-known` (this pattern in this language), `too-many`."""
    draft = checked(draft)
    with timeline.write():
        rows = _rules(_lock(brand))
        if rows.count() >= RULES_MAX:
            raise _too_many()
        _refuse_twin(brand, draft, None)
        row = _new(brand, draft)
        row.save(force_insert=True)
        audit.log_brand(brand, by, "word.added", target=row.pk, detail={"after": _facts(row)})
        _changed()
    return row


@timeline.verb
def change(brand: Brand, rule_id: str, changes: Mapping[str, Any], by: User) -> WordRule:
    """Change the named fields of a rule. NotFound; otherwise as `add`."""
    with timeline.write():
        row = _find(_lock(brand), rule_id)
        before = _facts(row)
        draft = checked(RuleDraft(**{**before, **changes}))
        _refuse_twin(brand, draft, row.pk)
        _apply(row, draft)
        if _facts(row) != before:
            row.save()
            detail = {"before": before, "after": _facts(row)}
            audit.log_brand(brand, by, "word.changed", target=row.pk, detail=detail)
            _changed()
    return row


@timeline.verb
def remove(brand: Brand, rule_id: str, by: User) -> None:
    """Remove a rule; NotFound."""
    with timeline.write():
        row = _find(_lock(brand), rule_id)
        detail = {"before": _facts(row)}
        audit.log_brand(brand, by, "word.removed", target=row.pk, detail=detail)
        row.delete()
        _changed()


def try_out(brand: Brand, text: str) -> Trial:
    """Return what the brand's rules, of every language, do with a text, and where they match."""
    typed = unicodedata.normalize("NFC", text[:TEST_CHARS_MAX])
    found = word_lists.of_brand(brand.pk).find(typed)
    actions = {match.rule.action for match in found.matches}
    if not found.is_complete:
        actions.add(WordAction.HOLD)  # as AutoMod does
    action = next((one.value for one in _STRICTEST if one in actions), None)
    replacing = [match for match in found.matches if match.rule.action == WordAction.REPLACE]
    return Trial(action, replaced(typed, replacing), found.matches)


def export_csv(brand: Brand) -> Iterator[str]:
    """Yield the whole list, line by line, as `import_csv` reads it."""
    yield csv_text([COLUMNS])
    for row in _rules(brand).order_by("pattern", "language", "pk").iterator(chunk_size=500):
        variants = "yes" if row.catches_variants else "no"
        yield csv_text([(row.pattern, row.language, row.action, row.replacement, variants)])


@timeline.verb
def import_csv(brand: Brand, data: bytes, by: User) -> ImportReport:
    """Add the rules of the list that the brand does not have; for a rule that both have the list
    counts. Nothing is removed. Unusable lines are named and left out. Invalid for a file that is no
    such list."""
    rows, report = _read(data)
    with timeline.write():
        known = {(row.pattern, row.language): row for row in _rules(_lock(brand))}
        added: list[WordRule] = []
        before: dict[str, dict[str, Any]] = {}
        for number, values in rows:
            try:
                draft = checked(values)
            except Invalid as error:
                report.left_out += 1
                report.faults += [(number, error.message)][: FAULTS_MAX - len(report.faults)]
                continue
            row = known.get((draft.pattern, draft.language))
            if row is None:
                row = known[draft.pattern, draft.language] = _new(brand, draft)
                added.append(row)
            elif _facts(row) == _facts(_new(brand, draft)):
                report.unchanged += 1
            else:
                if row not in added:
                    before.setdefault(row.pk, _facts(row))
                _apply(row, draft)
        if len(known) > RULES_MAX:
            raise _too_many()
        for row in known.values():
            if row.pk in before:
                row.save()
        WordRule.objects.all_brands().bulk_create(added, batch_size=500)
        report.added, report.changed = len(added), len(before)
        if added or before:
            detail = {"added": [row.pk for row in added], "before": before}
            audit.log_brand(brand, by, "words.imported", detail=detail)
            _changed()
    return report


def checked(draft: RuleDraft) -> RuleDraft:
    """Return the rule as it will be kept; Invalid names the field."""
    pattern = " ".join(unicodedata.normalize("NFC", draft.pattern).split())
    fault = pattern_fault(pattern)
    if fault == "empty" or len(pattern) > PATTERN_CHARS_MAX or not pattern.isprintable():
        raise Invalid(_("A word or pattern has 1 to 80 characters."), field="pattern")
    if fault == "short":
        raise Invalid(_("Beside * a pattern needs two letters."), field="pattern")
    if fault == "many-stars":
        raise Invalid(
            _("A word has at most %(count)d stars.") % {"count": STARS_MAX}, field="pattern"
        )
    if fault == "stars":
        raise Invalid(_("One word of a phrase has to be without *."), field="pattern")
    if draft.action not in WordAction.values:
        raise Invalid(_("Choose block, hold, replace or flag."), field="action")
    language = draft.language.strip()
    if language and not _LANGUAGE.fullmatch(language):
        raise Invalid(_("A language is written like en or de."), field="language")
    replacement = " ".join(draft.replacement.split())
    if len(replacement) > REPLACEMENT_CHARS_MAX or not replacement.isprintable():
        raise Invalid(_("A replacement has at most 40 characters."), field="replacement")
    return RuleDraft(pattern, draft.action, language, replacement, draft.catches_variants)


# --- undoing


@audit.undoable("word.added")
def _undo_adding(show: Show, line: AuditEntry, by: User) -> None:
    _as_left(_lock(show.brand), line).delete()
    _changed()


@audit.undoable("word.changed")
def _undo_change(show: Show, line: AuditEntry, by: User) -> None:
    brand = _lock(show.brand)
    _put_back(brand, _as_left(brand, line), line.detail["before"])


@audit.undoable("word.removed")
def _undo_removal(show: Show, line: AuditEntry, by: User) -> None:
    brand = _lock(show.brand)
    _put_back(brand, WordRule(pk=line.target, brand=brand), line.detail["before"])


@audit.undoable("words.imported")
def _undo_import(show: Show, line: AuditEntry, by: User) -> None:
    """Undo an import. A rule that was changed since stays, so that one change does not keep a whole
    list in."""
    brand = _lock(show.brand)
    touched, before = _touched_since(brand, line), line.detail["before"]
    for part in chunks(one for one in line.detail["added"] if one not in touched):
        _rules(brand).filter(pk__in=part).delete()
    for part in chunks(one for one in before if one not in touched):
        for row in _rules(brand).filter(pk__in=part):
            _put_back(brand, row, before[row.pk])
    _changed()


def _touched_since(brand: Brand, line: AuditEntry) -> set[str]:
    """Return the rules that were changed after this line."""
    later = audit.standing(brand.pk).filter(pk__gt=line.pk)
    changed = set(later.filter(action="word.changed").values_list("target", flat=True))
    imported = later.filter(action="words.imported").values_list("detail", flat=True)
    return changed.union(*(detail["before"] for detail in imported))


def _as_left(brand: Brand, line: AuditEntry) -> WordRule:
    """Return the rule, if it is as this line left it; Conflict."""
    row: WordRule | None = _rules(brand).filter(pk=line.target).first()
    if row is None or _facts(row) != line.detail["after"]:
        raise audit.changed_since()
    return row


def _put_back(brand: Brand, row: WordRule, facts: Mapping[str, Any]) -> None:
    draft = RuleDraft(**facts)
    _refuse_twin(brand, draft, row.pk)
    _apply(row, draft)
    row.save()
    _changed()


# --- parts of the verbs


def _lock(brand: Brand) -> Brand:
    """Lock the brand, so that its list has one change at a time."""
    return Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)


def _rules(brand: Brand) -> Any:
    return WordRule.objects.for_brand(brand)


def _find(brand: Brand, rule_id: str) -> WordRule:
    row: WordRule | None = _rules(brand).filter(pk=rule_id).first()
    if row is None:
        raise NotFound(_("There is no such word rule."))
    return row


def _refuse_twin(brand: Brand, draft: RuleDraft, own_id: str | None) -> None:
    twins = _rules(brand).filter(pattern=draft.pattern, language=draft.language)
    if twins.exclude(pk=own_id).exists():
        raise Conflict(_("This pattern is on the list."), code="word-known", field="pattern")


def _new(brand: Brand, draft: RuleDraft) -> WordRule:
    row = WordRule(brand=brand)
    _apply(row, draft)
    return row


def _apply(row: WordRule, draft: RuleDraft) -> None:
    row.pattern, row.language, row.action = draft.pattern, draft.language, draft.action
    row.replacement, row.catches_variants = draft.replacement, draft.catches_variants


def _facts(row: WordRule) -> dict[str, Any]:
    return {
        "pattern": row.pattern, "action": row.action, "language": row.language,
        "replacement": row.replacement, "catches_variants": row.catches_variants,
    }  # fmt: skip


def _too_many() -> Conflict:
    return Conflict(
        _("A brand has at most %(count)d word rules.") % {"count": RULES_MAX}, code="too-many"
    )


def _changed() -> None:
    transaction.on_commit(partial(auto_mod.announce_change))


def _read(data: bytes) -> tuple[list[tuple[int, RuleDraft]], ImportReport]:
    """Return the lines of a list: with a heading, or one pattern in each line, which is blocked
    then."""
    if len(data) > CSV_BYTES_MAX:
        raise Invalid(_("The file is larger than 500 kB."), field="file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(_("The file is no UTF-8 text."), field="file") from None
    try:
        lines = [line for line in csv.reader(io.StringIO(text)) if any(map(str.strip, line))]
    except csv.Error:
        raise Invalid(_("The file is no CSV."), field="file") from None
    heading = [cell.strip().lower() for cell in lines[0]] if lines else []
    if "pattern" not in heading:
        heading, first = ["pattern"], 1
    else:
        lines, first = lines[1:], 2
    return [(n, _draft(heading, line)) for n, line in enumerate(lines, first)], ImportReport()


def _draft(heading: list[str], line: list[str]) -> RuleDraft:
    cells = {name: cell.strip() for name, cell in zip(heading, line, strict=False)}
    return RuleDraft(
        as_written(cells.get("pattern", "")),
        cells.get("action", "").lower() or WordAction.BLOCK,
        cells.get("language", ""), as_written(cells.get("replacement", "")),
        cells.get("variants", "").lower() not in _FALSE,
    )  # fmt: skip
