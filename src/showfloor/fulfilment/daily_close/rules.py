"""The figures of a day and their differences, without I/O.

A day adds up when every movement in our ledger has its like in the provider's books and the other
way round, and when each payout is the sum of its movements. Whatever does not is a line.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Movement:
    """Money of one payment in one of the books. `amount`: negative for money that leaves;
    `today`: it happened on the day that is looked at. `order`: the number of our order."""

    kind: str
    reference: str
    amount: int
    today: bool = True
    fee: int = 0
    order: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class PayoutSum:
    """A payout: what the provider states, and what its movements come to."""

    name: str
    state: str
    stated: int
    summed: int


@dataclass(frozen=True, slots=True)
class Books:
    """Both books of one account in one currency."""

    account: str
    currency: str
    is_test: bool
    ours: Sequence[Movement]
    theirs: Sequence[Movement]
    payouts: Sequence[PayoutSum] = ()
    foreign: Sequence[int] = ()  # amounts of the day that are nobody's here


class DifferenceKind(StrEnum):
    ONLY_OURS = "only-ours"  # the provider's books lack it
    ONLY_THEIRS = "only-theirs"  # our ledger lacks it
    OTHER_DAY = "other-day"  # both have it, on different days
    PAYOUT = "payout"  # a payout is not the sum of its movements


@dataclass(frozen=True, slots=True)
class Difference:
    """One line that does not add up. `ours`, `theirs`: the amounts of this day."""

    kind: str
    what: str
    reference: str
    order: str
    ours: int
    theirs: int


@dataclass(frozen=True, slots=True)
class Section:
    """The day of one account in one currency."""

    account: str
    currency: str
    is_test: bool
    ours: Mapping[str, int]
    theirs: Mapping[str, int]
    fees: int
    payouts: Sequence[PayoutSum] = ()
    differences: Sequence[Difference] = field(default_factory=tuple)
    foreign: int = 0  # moved on a shared account, and no payment of any brand is behind it
    foreign_count: int = 0

    @property
    def net(self) -> int:
        """The money of the day that is the brand's, fees taken off."""
        return sum(self.theirs.values()) - self.fees

    def row(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {**asdict(self), "net": self.net}


def section(books: Books) -> Section:
    """Return the figures of the day, and every difference."""
    return Section(
        books.account, books.currency, books.is_test, _sums(books.ours), _sums(books.theirs),
        sum(one.fee for one in books.theirs if one.today), books.payouts,
        (*_unmatched(books.ours, books.theirs), *_wrong_payouts(books.payouts)),
        sum(books.foreign), len(books.foreign),
    )  # fmt: skip


def _sums(movements: Iterable[Movement]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for one in movements:
        if one.today:
            found[one.kind] += one.amount
    return dict(sorted(found.items()))


def _unmatched(ours: Sequence[Movement], theirs: Sequence[Movement]) -> list[Difference]:
    """Match by payment, kind and amount; of equal ones, those of the same day first."""
    waiting: dict[tuple[str, str, int], list[Movement]] = defaultdict(list)
    for one in sorted(theirs, key=lambda each: not each.today):
        waiting[one.reference, one.kind, one.amount].append(one)
    found = []
    for one in sorted(ours, key=lambda each: not each.today):
        same = waiting[one.reference, one.kind, one.amount]
        other = same.pop(0) if same else None
        if other is None and one.today:
            found.append(_difference(DifferenceKind.ONLY_OURS, one, ours=one.amount))
        elif other is not None and one.today != other.today:
            amounts = {"ours": one.amount} if one.today else {"theirs": other.amount}
            found.append(_difference(DifferenceKind.OTHER_DAY, one, **amounts))
    found += [
        _difference(DifferenceKind.ONLY_THEIRS, one, theirs=one.amount)
        for rest in waiting.values()
        for one in rest
        if one.today and one.kind != "other"
    ]
    return found


def _difference(
    kind: DifferenceKind, of: Movement, *, ours: int = 0, theirs: int = 0
) -> Difference:
    return Difference(kind.value, of.kind, of.reference or of.name, of.order, ours, theirs)


def _wrong_payouts(payouts: Iterable[PayoutSum]) -> list[Difference]:
    return [
        Difference(DifferenceKind.PAYOUT.value, "payout", one.name, "", one.summed, one.stated)
        for one in payouts
        if one.stated != one.summed
    ]
