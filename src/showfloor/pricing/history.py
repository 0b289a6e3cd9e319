"""The history of a price, pure: which price applied when, and the lowest one before a reduction.

Directive 98/6/EC, Art. 6a: an announcement of a price reduction says the prior price, the lowest
one that the trader applied during the 30 days before the reduction. While a reduction is
progressively increased without interruption, the prior price is the one before its first step
(Art. 6a (5)); goods that are new on the market have the time since they are sold (Art. 6a (4)).
A price that is no lower than the prior one is no reduction (Court of Justice, C-330/23), and none
is announced where no price before is known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from showfloor.pricing.lists import ListedPrice, price_of
from showfloor.pricing.rules import ListPrice

PRIOR_DAYS: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Change:
    """A variant's own price from a moment on; `amount` None: it has none any more."""

    at: datetime
    amount: int | None
    compare_at: int | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A price from `since` until the next span; `before`: the price that it is shown beside."""

    since: datetime
    amount: int | None
    before: int | None = None

    @property
    def is_reduced(self) -> bool:
        return self.amount is not None and self.before is not None and self.before > self.amount


@dataclass(frozen=True, slots=True)
class Reduction:
    """A reduction that may be announced: `before` is the price shown as higher, `prior` the lowest
    of the 30 days before the reduction began at `since`."""

    before: int
    prior: int
    since: datetime


def spans(
    changes: Sequence[Change], listed: Iterable[ListedPrice], until: datetime
) -> list[Span]:  # fmt: skip
    """Return the prices that applied until a moment, the oldest first. `changes`: of one variant
    in one currency, the oldest first; `listed`: what lists of prices said of it in one market."""
    every = list(listed)
    moments = {change.at for change in changes}
    for one in every:
        moments.add(one.starts_at)
        if one.ends_at is not None:
            moments.add(one.ends_at)
    found: list[Span] = []
    passed, current = 0, Change(until, None)
    for moment in sorted(at for at in moments if at <= until):
        while passed < len(changes) and changes[passed].at <= moment:
            current = changes[passed]
            passed += 1
        span = _span(moment, current, every)
        last = found[-1] if found else None
        if last is None or (last.amount, last.before) != (span.amount, span.before):
            found.append(span)
    return found


def reduction(found: Sequence[Span]) -> Reduction | None:
    """Return the reduction of the last span, None where none may be announced."""
    if not found or not found[-1].is_reduced:
        return None
    now = found[-1]
    first = _first_step(found)
    prior = _lowest_before(found, first)
    assert now.amount is not None and now.before is not None, "a reduced span has both"  # noqa: PT018
    if prior is None or now.amount >= prior:
        return None
    return Reduction(now.before, prior, found[first].since)


def lowest(found: Sequence[Span], now: datetime) -> int | None:
    """Return the lowest price of the 30 days before a reduction that begins now, None without."""
    return _lowest_before([*found, Span(now, None)], len(found))


def _span(moment: datetime, change: Change, listed: Iterable[ListedPrice]) -> Span:
    own = None if change.amount is None else ListPrice(change.amount, change.compare_at)
    price = price_of(own, [one for one in listed if one.is_in_force(moment)])
    if price is None:
        return Span(moment, None)
    return Span(moment, price.paid, price.before)


def _first_step(found: Sequence[Span]) -> int:
    """Return the number of the span with which the reduction of the last one began: each step of
    it was at least as low as the one before."""
    step = len(found) - 1
    while step and found[step - 1].is_reduced and _amount(found[step - 1]) >= _amount(found[step]):
        step -= 1
    return step


def _lowest_before(found: Sequence[Span], first: int) -> int | None:
    """Return the lowest price of the 30 days before a span; in a gap, the last one before it."""
    begin = found[first].since - PRIOR_DAYS
    lowest: int | None = None
    for number in range(first - 1, -1, -1):
        if found[number + 1].since <= begin and lowest is not None:
            break
        amount = found[number].amount
        if amount is not None:
            lowest = amount if lowest is None else min(lowest, amount)
    return lowest


def _amount(span: Span) -> int:
    assert span.amount is not None, "a reduced span has an amount"
    return span.amount
