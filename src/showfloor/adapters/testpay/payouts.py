"""Books of the test provider: movements with fees, and a payout for each day, on the next one.

A payout is what the movements of one UTC day in one currency come to, fees taken off, as a real
provider with daily payouts would send it. Nothing is stored for it: the payments say it all.
"""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from showfloor.adapters.testpay.database import Database
from showfloor.fulfilment.daily_close.payout_ports import (
    BalanceKind,
    BalanceMovement,
    ProviderPayout,
)
from showfloor.kernel.clock import Clock, from_epoch_ms, to_epoch_ms
from showfloor.kernel.money import share_of

FEE_BP: Final = 140
FEE_FIXED: Final = 25
DAY: Final = timedelta(days=1)

_MOVEMENTS: Final = """
SELECT reference AS id, 'charge' AS kind, amount, currency, capture_ms AS at_ms, reference
  FROM payment WHERE capture_ms BETWEEN ? AND ? AND status IN ('authorized', 'refunded')
UNION ALL
SELECT refund.id, 'refund', -refund.amount, payment.currency,
       MAX(refund.created_ms, COALESCE(payment.capture_ms, 0)), payment.reference
  FROM refund JOIN payment USING (attempt_key)
 WHERE MAX(refund.created_ms, COALESCE(payment.capture_ms, 0)) BETWEEN ? AND ?
ORDER BY at_ms, id
"""


class TestBooks:
    """`payout_ports.PayoutBooks` on the provider's database."""

    __test__ = False  # for pytest
    _database: Database
    _clock: Clock

    def movements(self, since: datetime) -> Iterator[BalanceMovement]:
        """Yield the movements from a moment on."""
        yield from self._movements(since, self._clock())

    def payouts(self, since: datetime) -> Iterator[ProviderPayout]:
        """Yield the payouts of the days that are over: each leaves at the next midnight."""
        day = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - DAY
        while day + DAY <= self._clock():
            sums: dict[str, int] = {}
            for one in self._of_day(day):
                sums[one.currency] = sums.get(one.currency, 0) + one.amount - one.fee
            if day + DAY >= since:
                for currency, amount in sorted(sums.items()):
                    name = f"po_{day:%Y%m%d}_{currency}"
                    yield ProviderPayout(name, amount, currency, "paid", day + DAY)
            day += DAY

    def movements_of(self, payout_id: str) -> Iterator[str]:
        """Yield the ids of the movements that a payout consists of."""
        _po, text, currency = payout_id.split("_")
        day = datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
        yield from (one.id for one in self._of_day(day) if one.currency == currency)

    def _of_day(self, day: datetime) -> Iterator[BalanceMovement]:
        return self._movements(day, day + DAY - timedelta(milliseconds=1))

    def _movements(self, begin: datetime, end: datetime) -> Iterator[BalanceMovement]:
        between = (to_epoch_ms(begin), to_epoch_ms(end))
        with self._database.reading() as connection:
            rows = connection.execute(_MOVEMENTS, (*between, *between)).fetchall()
        return map(_movement, rows)


def _movement(row: sqlite3.Row) -> BalanceMovement:
    kind = BalanceKind(row["kind"])
    fee = share_of(row["amount"], FEE_BP) + FEE_FIXED if kind is BalanceKind.CHARGE else 0
    return BalanceMovement(
        row["id"], kind, row["amount"], fee, row["currency"], from_epoch_ms(row["at_ms"]),
        row["reference"],
    )  # fmt: skip
