"""The report of a rehearsal, in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from showfloor.catalogue.amounts import localised
from showfloor.rehearsals.models import Rehearsal, RehearsalState
from showfloor.rehearsals.rules import Figures

SLOW_MS: Final = 1000  # a person notices
FULL: Final = 90  # percent of all cores
_BEST: Final = 3  # products that are named


def report(row: Rehearsal, figures: Figures) -> Sequence[str]:
    """Return what was asked and sold, the delays and the load; while it runs, as far as it is."""
    if row.state == RehearsalState.WAITING:
        return [_("The invented audience is on its way.")]
    return [*_ending(row), *_crowd(figures), *_sales(row, figures), *_machine(figures)]


def _ending(row: Rehearsal) -> Iterator[str]:
    if row.state == RehearsalState.FAILED:
        yield _("The audience went home early: its program ended, or the server did not answer.")


def _crowd(figures: Figures) -> Iterator[str]:
    if not figures.came:
        return
    came = ngettext("%(count)d viewer came.", "%(count)d viewers came.", figures.came)
    yield came % {"count": figures.came}
    done = figures.done
    yield _(
        "They wrote %(messages)d messages, asked %(questions)d questions, voted %(votes)d times"
        " and sent %(hearts)d reactions."
    ) % {
        "messages": done.get("say", 0), "questions": done.get("ask", 0),
        "votes": done.get("vote", 0) + done.get("want", 0), "hearts": done.get("react", 0),
    }  # fmt: skip


def _sales(row: Rehearsal, figures: Figures) -> Iterator[str]:
    sold = {sku: units for sku, units in row.sold.items() if sku in row.left}
    if not sold:
        yield _("Nothing was bought.")
    else:
        units = sum(sold.values())
        bought = ngettext(
            "They bought %(count)d piece for %(amount)s, with test cards: %(goods)s.",
            "They bought %(count)d pieces for %(amount)s, with test cards: %(goods)s.", units,
        )  # fmt: skip
        yield bought % {
            "count": units, "amount": _takings(sold, row.left), "goods": _goods(sold, row.left),
        }  # fmt: skip
    refused = figures.refused.get("card-declined", 0), figures.refused.get("sold-out", 0)
    if any(refused):
        yield _("Cards declined: %(declined)d. Sold out before: %(gone)d.") % {
            "declined": refused[0], "gone": refused[1],
        }  # fmt: skip


def _machine(figures: Figures) -> Iterator[str]:
    if not figures.answer_p95_ms:
        return
    yield _("Half of all answers came within %(half)d ms, 95 of 100 within %(most)d ms.") % {
        "half": figures.answer_p50_ms, "most": figures.answer_p95_ms,
    }  # fmt: skip
    yield _("The machine was %(mean)d %% busy on average, at most %(max)d %%.") % {
        "mean": figures.load_mean, "max": figures.load_max,
    }  # fmt: skip
    if figures.answer_p95_ms >= SLOW_MS or figures.load_max >= FULL:
        yield _(
            "This is the machine's limit: choose fewer rungs or a smaller picture, or a larger"
            " machine, before more people than these come."
        )


def _takings(sold: Mapping[str, int], left: Mapping[str, Any]) -> str:
    sums: dict[str, int] = {}
    for sku, units in sold.items():
        currency = left[sku]["currency"]
        sums[currency] = sums.get(currency, 0) + units * left[sku]["amount"]
    return " + ".join(localised(amount, currency) for currency, amount in sorted(sums.items()))


def _goods(sold: Mapping[str, int], left: Mapping[str, Any]) -> str:
    by_name: dict[str, int] = {}
    for sku, units in sold.items():
        by_name[left[sku]["name"]] = by_name.get(left[sku]["name"], 0) + units
    best = sorted(by_name.items(), key=lambda one: (-one[1], one[0]))
    named = [f"{units} × {name}" for name, units in best[:_BEST]]
    return ", ".join(named) + (" …" if len(best) > _BEST else "")
