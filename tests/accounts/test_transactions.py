"""A verb whose transaction the database ended for the sake of others runs again, whole."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, OperationalError, transaction

from showfloor.accounts import transactions
from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import ATTEMPTS_MAX, verb, write
from showfloor.kernel.errors import Unavailable

pytestmark = pytest.mark.django_db(transaction=True)

DEADLOCK, SERIALISATION, LOCK_TIMEOUT = "40P01", "40001", "55P03"


class _FromPostgres(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def ended(sqlstate: str | None) -> OperationalError:
    """Return the error that Django raises; without a state, one that no server told."""
    error = OperationalError("the transaction is over")
    error.__cause__ = _FromPostgres(sqlstate) if sqlstate else None
    return error


class Breaks:
    """Makes a brand, then breaks, for the first `times`."""

    def __init__(self, error: Exception, times: int) -> None:
        self._error, self._times = error, times
        self.calls = 0

    def __call__(self) -> str:
        with write():
            self.calls += 1
            Brand.objects.create(slug=f"brand-{self.calls}", name="Brand")
            if self.calls <= self._times:
                raise self._error
        return "done"


def as_verb(function: Callable[[], str]) -> Callable[[], str]:
    @verb
    def act() -> str:
        return function()

    return act


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "PAUSE_S", 0)


def slugs() -> list[str]:
    return sorted(Brand.objects.values_list("slug", flat=True))


@pytest.mark.parametrize("sqlstate", [DEADLOCK, SERIALISATION])
def test_verb_runs_again_after_a_transaction_that_did_nothing(sqlstate: str) -> None:
    breaks = Breaks(ended(sqlstate), times=2)
    assert as_verb(breaks)() == "done"
    assert (breaks.calls, slugs()) == (3, ["brand-3"])


def test_verb_gives_up_after_its_last_attempt() -> None:
    breaks = Breaks(ended(DEADLOCK), times=ATTEMPTS_MAX)
    with pytest.raises(Unavailable) as refusal:
        as_verb(breaks)()
    assert (refusal.value.code, breaks.calls, slugs()) == ("busy", ATTEMPTS_MAX, [])


@pytest.mark.parametrize("error", [ended(LOCK_TIMEOUT), ended(None), IntegrityError("twice")])
def test_other_errors_of_the_database_are_not_repeated(error: Exception) -> None:
    breaks = Breaks(error, times=1)
    with pytest.raises(type(error)):
        as_verb(breaks)()
    assert (breaks.calls, slugs()) == (1, [])


def test_verb_inside_a_transaction_leaves_repeating_to_the_outermost() -> None:
    breaks = Breaks(ended(DEADLOCK), times=1)
    with pytest.raises(OperationalError), transaction.atomic():
        as_verb(breaks)()
    assert breaks.calls == 1
    outer = as_verb(lambda: as_verb(Breaks(ended(DEADLOCK), times=0))())
    assert outer() == "done"
