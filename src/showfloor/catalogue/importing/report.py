"""What an import did, for people and for programs."""

from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from showfloor.catalogue.importing.records import Rejection

REJECTIONS_LISTED_MAX = 1000


@dataclass(slots=True)
class Counts:
    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def add(self, outcome: str) -> None:
        setattr(self, outcome, getattr(self, outcome) + 1)


@dataclass(slots=True)
class Report:
    """`rejected` lists the first 1,000 rows with line and reason; `rejected_count` counts all."""

    kind: str
    dry_run: bool
    products: Counts = field(default_factory=Counts)
    variants: Counts = field(default_factory=Counts)
    stock_changed: int = 0
    stock_unknown: int = 0  # sold as "in stock" by a file that gives no number
    rejected: list[Rejection] = field(default_factory=list)
    rejected_count: int = 0

    @property
    def failed(self) -> bool:
        """Whether a row was left out."""
        return self.rejected_count > 0

    @property
    def changed(self) -> bool:
        return bool(
            self.products.created + self.products.updated
            + self.variants.created + self.variants.updated + self.stock_changed
        )  # fmt: skip

    def reject(self, rejection: Rejection) -> None:
        self.rejected_count += 1
        if len(self.rejected) < REJECTIONS_LISTED_MAX:
            self.rejected.append(rejection)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        lines = [_("Nothing was written (dry run).")] if self.dry_run else []
        for label, counts in ((_("Products"), self.products), (_("Variants"), self.variants)):
            lines.append(
                _("%(label)s: %(created)d new, %(updated)d updated, %(unchanged)d unchanged")
                % {"label": label, **asdict(counts)}
            )
        lines.append(_("Stock levels set: %(count)d") % {"count": self.stock_changed})
        lines += self.notices()
        if self.rejected_count:
            lines.append(
                ngettext("%(count)d row rejected:", "%(count)d rows rejected:", self.rejected_count)
                % {"count": self.rejected_count}
            )
            lines += [
                _("  line %(line)d: %(reason)s") % {"line": row.line, "reason": row.reason}
                for row in self.rejected
            ]
            if self.rejected_count > len(self.rejected):
                lines.append(_("  … and more"))
        return "\n".join(lines)

    def notices(self) -> list[str]:
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
