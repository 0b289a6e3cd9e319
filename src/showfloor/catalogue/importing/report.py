"""The report of an import, for people and for programs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from showfloor.catalogue.importing.records import Note, Rejection

LISTED_MAX = 1000
SAMPLES_MAX = 20
JUMPS_MAX = CHANGES_MAX = 100


@dataclass(slots=True)
class Counts:
    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def add(self, outcome: str) -> None:
        setattr(self, outcome, getattr(self, outcome) + 1)


@dataclass(frozen=True, slots=True)
class Understood:
    """A variant as the file was understood, beside what is there; amounts as text."""

    line: int
    ref: str
    name: str
    price: str
    price_before: str = ""  # what it costs until now
    stock: str = ""  # 5, or 5 → 20


@dataclass(slots=True)
class Report:
    """`rejected` lists the first 1,000 rows left out, `rejected_count` counts all; `notes` the same
    for what of a row was not taken over. `samples` are the first variants as they were understood,
    `jumps` those whose price would be half or twice what it is, `new` those without a price until
    now, `repriced` those with another one: the first of each."""

    kind: str
    dry_run: bool
    products: Counts = field(default_factory=Counts)
    variants: Counts = field(default_factory=Counts)
    stock_changed: int = 0
    stock_unknown: int = 0  # sold as "in stock" by a file that gives no number
    rejected: list[Rejection] = field(default_factory=list)
    rejected_count: int = 0
    notes: list[Note] = field(default_factory=list)
    notes_count: int = 0
    samples: list[Understood] = field(default_factory=list)
    jumps: list[Understood] = field(default_factory=list)
    new: list[Understood] = field(default_factory=list)
    repriced: list[Understood] = field(default_factory=list)
    repriced_count: int = 0
    hidden: list[str] = field(default_factory=list)  # names of products that the feed lacks
    hidden_count: int = 0
    kept: list[str] = field(default_factory=list)  # names of those that have to stay on sale
    returned: int = 0  # products that are in the feed again, and published again
    done: int = 0  # of `total` steps: lines of a table, items of a feed
    total: int = 0

    @property
    def failed(self) -> bool:
        """Return whether a row was left out."""
        return self.rejected_count > 0

    @property
    def changed(self) -> bool:
        return bool(
            self.products.created + self.products.updated
            + self.variants.created + self.variants.updated + self.stock_changed
            + self.hidden_count + self.returned
        )  # fmt: skip

    def reject(self, rejection: Rejection) -> None:
        self.rejected_count += 1
        if len(self.rejected) < LISTED_MAX:
            self.rejected.append(rejection)

    def note(self, note: Note) -> None:
        self.notes_count += 1
        if len(self.notes) < LISTED_MAX:
            self.notes.append(note)

    def understand(self, one: Understood, *, jump: bool) -> None:
        if len(self.samples) < SAMPLES_MAX:
            self.samples.append(one)
        if not one.price_before and len(self.new) < CHANGES_MAX:
            self.new.append(one)
        if one.price_before and one.price_before != one.price:
            self.repriced_count += 1
            if len(self.repriced) < CHANGES_MAX:
                self.repriced.append(one)
        if jump and len(self.jumps) < JUMPS_MAX:
            self.jumps.append(one)

    @property
    def percent(self) -> int:
        return min(100 * self.done // self.total, 100) if self.total else 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Report":
        """A report that was kept; what it lacks (a job on its way) is empty."""
        report = cls(kind=told.get("kind", ""), dry_run=told.get("dry_run", False))
        for name in ("stock_changed", "stock_unknown", "rejected_count", "notes_count", "done",
                     "total", "repriced_count", "hidden_count", "returned"):  # fmt: skip
            setattr(report, name, told.get(name, 0))
        report.products = Counts(**told.get("products", {}))
        report.variants = Counts(**told.get("variants", {}))
        report.rejected = [Rejection(**row) for row in told.get("rejected", ())]
        report.notes = [Note(**row) for row in told.get("notes", ())]
        report.samples = [Understood(**row) for row in told.get("samples", ())]
        for name in ("jumps", "new", "repriced"):
            setattr(report, name, [Understood(**row) for row in told.get(name, ())])
        report.hidden = list(told.get("hidden", ()))
        report.kept = list(told.get("kept", ()))
        return report

    def as_text(self) -> str:
        lines = [_("Nothing was written (dry run).")] if self.dry_run else []
        for label, counts in ((_("Products"), self.products), (_("Variants"), self.variants)):
            lines.append(
                _("%(label)s: %(created)d new, %(updated)d updated, %(unchanged)d unchanged")
                % {"label": label, **asdict(counts)}
            )
        lines.append(_("Stock levels set: %(count)d") % {"count": self.stock_changed})
        lines += self.notices()
        lines += _understood(_("Other prices:"), self.repriced)
        if self.dry_run:
            lines += _understood(_("As it was understood:"), self.samples)
        lines += _understood(_("Prices that halve or double:"), self.jumps)
        if self.rejected_count:
            lines.append(
                ngettext("%(count)d row rejected:", "%(count)d rows rejected:", self.rejected_count)
                % {"count": self.rejected_count}
            )
            lines += [_line(row.line, row.ref, row.reason) for row in self.rejected]
            lines += [_("  … and more")] if self.rejected_count > len(self.rejected) else []
        if self.notes_count:
            lines.append(
                ngettext(
                    "%(count)d thing not taken over as it stands:",
                    "%(count)d things not taken over as they stand:",
                    self.notes_count,
                )
                % {"count": self.notes_count}
            )
            lines += [_line(note.line, note.ref, note.text) for note in self.notes]
            lines += [_("  … and more")] if self.notes_count > len(self.notes) else []
        return "\n".join(lines)

    def notices(self) -> list[str]:
        return [*self._missing(), *self._uncounted()]

    def _missing(self) -> list[str]:
        found = []
        if self.hidden_count:
            text = ngettext(
                "%(count)d product is missing in the feed, and hidden: %(names)s",
                "%(count)d products are missing in the feed, and hidden: %(names)s",
                self.hidden_count,
            )
            more = " …" if self.hidden_count > len(self.hidden) else ""
            names = ", ".join(self.hidden) + more
            found.append(text % {"count": self.hidden_count, "names": names})
        if self.kept:
            text = _("Missing in the feed, and still on sale, because a show needs them: %(names)s")
            found.append(text % {"names": ", ".join(self.kept)})
        if self.returned:
            text = ngettext(
                "%(count)d product is in the feed again, and published again.",
                "%(count)d products are in the feed again, and published again.",
                self.returned,
            )
            found.append(text % {"count": self.returned})
        return found

    def _uncounted(self) -> list[str]:
        if not self.stock_unknown:
            return []
        return [
            ngettext(
                "%(count)d variant is in stock, but the file does not say how many there are:"
                " set its stock by hand.",
                "%(count)d variants are in stock, but the file does not say how many there are:"
                " set their stock by hand.",
                self.stock_unknown,
            )
            % {"count": self.stock_unknown}
        ]


def _line(line: int, ref: str, text: str) -> str:
    if ref:
        return _("  line %(line)d, “%(ref)s”: %(reason)s") % {
            "line": line, "ref": ref, "reason": text,
        }  # fmt: skip
    return _("  line %(line)d: %(reason)s") % {"line": line, "reason": text}


def _understood(heading: str, rows: list[Understood]) -> list[str]:
    if not rows:
        return []
    return [
        heading,
        *(
            _line(row.line, row.ref, f"{row.name}, {_was(row)}{row.price}{_stock(row)}")
            for row in rows
        ),
    ]


def _was(row: Understood) -> str:
    return f"{row.price_before} → " if row.price_before and row.price_before != row.price else ""


def _stock(row: Understood) -> str:
    return _(", stock %(stock)s") % {"stock": row.stock} if row.stock else ""
