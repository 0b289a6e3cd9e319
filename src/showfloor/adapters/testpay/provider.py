"""`checkout.ports.PaymentProvider` on the test provider's database, and its deliveries."""

import hashlib
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from showfloor.adapters.testpay import cards, delivery, methods, signature, webhooks
from showfloor.adapters.testpay.cards import Behaviour
from showfloor.adapters.testpay.database import Database
from showfloor.adapters.testpay.delivery import Endpoint
from showfloor.adapters.testpay.payouts import TestBooks
from showfloor.checkout.ports import (
    TEST,
    Attempt,
    BadPaymentMethod,
    BadSignature,
    ProviderPayment,
    ProviderStatus,
    Refund,
    RefundRefused,
    RefundState,
    StoredMethod,
    WebhookEvent,
)
from showfloor.kernel.allowance import Allowances
from showfloor.kernel.clock import Clock, to_epoch_ms, utc_now

log = logging.getLogger(__name__)

# The address that makes tokens is public. A browser pays with its token a moment later, so those
# that have waited longest give way to new ones: a crowd of them locks nobody out.
TOKEN_TTL_MS = 600_000
LATE_MS = 20_000
EVENT_KEPT_MS = 7 * 86_400_000  # after its delivery, or after the last attempt at one
_FORGET_BATCH = 20  # with each new event: more than come in
DELIVERIES_PER_RUN = 400
DELIVERY_BACKOFF_S = (1, 2, 5, 15, 60, 300, 900, 3600, 3600, 3600, 3600, 3600)


class TooManyTokens(Exception):
    """Somebody makes tokens faster than people can pay with them."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"for {retry_after_s:.1f} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class TokenLimits:
    """`tokens_max` and `per_network_max` count tokens that are not used yet; one network makes
    `at_once` together and `per_s` in the long run: each is a write to the disk."""

    tokens_max: int = 10_000
    per_network_max: int = 200
    at_once: int = 100
    per_s: float = 10
    clock: Callable[[], float] = time.monotonic


class TestPay(TestBooks):
    """The provider. Thread-safe; everything it knows is in its file."""

    __test__ = False  # not a test, whatever pytest thinks of the name

    name = TEST
    account = "acct_test"
    is_test = True
    publishable_key = ""
    tells_all = True

    def __init__(
        self, path: Path, secret: str, clock: Clock = utc_now, limits: TokenLimits | None = None
    ) -> None:
        self._database = Database(path)
        self._secret = hashlib.sha256(f"testpay-webhook:{secret}".encode()).digest()
        self._clock = clock
        self._endpoint: Endpoint | None = None
        self._limits = limits or TokenLimits()
        self._allowances = Allowances(
            self._limits.at_once, self._limits.per_s, clock=self._limits.clock
        )

    # --- what the buyer's browser uses

    def create_token(self, typed: Any, network: str = "") -> str:
        """A one-time token for a card; cards.BadCard, TooManyTokens. The card is forgotten.
        `network`: keyed hash of where the browser is; empty where nobody knows."""
        card = cards.read(typed, self._clock())
        token = f"pm_{secrets.token_urlsafe(18)}"
        now_ms = self._now_ms()
        wait_s = self._allowances.take(network) if network else 0.0
        if wait_s:
            raise TooManyTokens(wait_s)
        with self._database.writing() as connection:
            connection.execute("DELETE FROM token WHERE created_ms < ?", (now_ms - TOKEN_TTL_MS,))
            _give_up_oldest(connection, "network = ?", [network], self._limits.per_network_max)
            _give_up_oldest(connection, "1", [], self._limits.tokens_max)
            connection.execute(
                "INSERT INTO token (id, behaviour, last4, exp_month, exp_year, created_ms, network)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (token, card.behaviour, card.last4, card.exp_month, card.exp_year, now_ms, network),
            )
        return token

    # --- the port

    def authorise(self, attempt: Attempt) -> ProviderPayment:
        with self._database.writing() as connection:
            known = self._find(connection, attempt.attempt_key)
            if known is not None:
                return _as_answered(known)
            behaviour, keeps = self._method_of(connection, attempt)
            capture_ms = self._capture_ms(behaviour)
            declined = behaviour is Behaviour.DECLINED
            connection.execute(
                "INSERT INTO payment (attempt_key, reference, payment_id, amount, currency, status,"
                " decline_code, capture_ms, keeps) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    attempt.attempt_key, f"pay_{secrets.token_hex(12)}", attempt.payment_id,
                    attempt.amount, attempt.currency,
                    "failed" if declined else "authorized", "card_declined" if declined else "",
                    capture_ms, None if declined else keeps,
                ),
            )  # fmt: skip
            if capture_ms is not None and behaviour is not Behaviour.LOST:
                times = 2 if behaviour is Behaviour.TWICE else 1
                told = replace(
                    self._known(connection, attempt.attempt_key), status=ProviderStatus.CAPTURED
                )
                self._plan(connection, attempt.attempt_key, told, capture_ms, times)
            made = self._known(connection, attempt.attempt_key)
        return _as_answered(made)

    def fetch(self, attempt: Attempt) -> ProviderPayment | None:
        with self._database.reading() as connection:
            return self._find(connection, attempt.attempt_key)

    def void(self, attempt: Attempt) -> ProviderPayment:
        with self._database.writing() as connection:
            known = self._known(connection, attempt.attempt_key)
            if known.status is not ProviderStatus.AUTHORIZED:
                return known
            connection.execute(
                "UPDATE payment SET status = 'voided' WHERE attempt_key = ?", (attempt.attempt_key,)
            )
            connection.execute(
                "UPDATE event SET deliveries_left = 0 WHERE attempt_key = ?", (attempt.attempt_key,)
            )
            voided = replace(known, status=ProviderStatus.VOIDED)
            self._plan(connection, attempt.attempt_key, voided, self._now_ms(), 1)
            return voided

    def refund(self, attempt: Attempt, amount: int, reason: str, key: str) -> ProviderPayment:
        with self._database.writing() as connection:
            known = self._known(connection, attempt.attempt_key)
            if any(one.key == key for one in known.refunds):
                return known
            back = sum(one.amount for one in known.refunds)
            if known.status is not ProviderStatus.CAPTURED or amount + back > known.amount:
                raise RefundRefused(f"{amount} of {known.amount}, of which {back} went back")
            connection.execute(
                "INSERT INTO refund (key, id, attempt_key, amount, created_ms)"
                " VALUES (?, ?, ?, ?, ?)",
                (key, f"re_{secrets.token_hex(12)}", attempt.attempt_key, amount, self._now_ms()),
            )
            refunded = self._known(connection, attempt.attempt_key)
            self._plan(connection, attempt.attempt_key, refunded, self._now_ms(), 1)
            return refunded

    def forget(self, method: StoredMethod, *, with_customer: bool) -> None:
        with self._database.writing() as connection:
            methods.forget(connection, method, with_customer=with_customer)

    def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> WebhookEvent:
        try:
            signature.check(
                self._secret, headers.get(signature.HEADER, ""), body, to_epoch_ms(now) // 1000
            )
        except signature.NotSigned as error:
            raise BadSignature(str(error)) from None
        return webhooks.read(body)

    # --- telling the shop

    def deliver_to(self, endpoint: Endpoint) -> None:
        """Send events there from now on."""
        assert urlsplit(endpoint.url).scheme == "http", f"not an address of ours: {endpoint.url}"
        self._endpoint = endpoint

    def deliver_due(self) -> int:
        """Send the events that are due; return how many arrived. An event that was not taken is
        sent again."""
        if self._endpoint is None:
            return 0
        events = self.due_events()
        bodies = [event["body"].encode() for event in events]
        taken = delivery.send(self._endpoint, bodies, self.signed)
        self._note_deliveries(list(zip(events, taken, strict=True)))
        return sum(taken)

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers that a delivery of `body` carries."""
        stamp_s = self._now_ms() // 1000
        return {
            "Content-Type": "application/json",
            signature.HEADER: signature.sign(self._secret, body, stamp_s),
        }

    def due_events(self) -> list[sqlite3.Row]:
        """Return the events that are to be sent now, at most a run's."""
        with self._database.reading() as connection:
            return connection.execute(
                "SELECT id, body, attempts FROM event WHERE deliveries_left > 0 AND due_ms <= ?"
                " ORDER BY due_ms LIMIT ?",
                (self._now_ms(), DELIVERIES_PER_RUN),
            ).fetchall()

    def mark_delivered(self, event: sqlite3.Row, *, taken: bool) -> None:
        """Write down whether the shop took an event; one that it did not take is sent again."""
        self._note_deliveries([(event, taken)])

    def _note_deliveries(self, deliveries: Sequence[tuple[sqlite3.Row, bool]]) -> None:
        if not deliveries:
            return
        now_ms = self._now_ms()
        rows = []
        for event, taken in deliveries:
            attempts = event["attempts"] + (0 if taken else 1)
            gave_up = attempts >= len(DELIVERY_BACKOFF_S)
            wait_s = DELIVERY_BACKOFF_S[min(attempts, len(DELIVERY_BACKOFF_S) - 1)]
            rows.append((attempts, now_ms + wait_s * 1000, int(taken or gave_up), event["id"]))
        with self._database.writing() as connection:
            connection.executemany(
                "UPDATE event SET attempts = ?, due_ms = ?, deliveries_left = deliveries_left - ?"
                " WHERE id = ?",
                rows,
            )

    # --- the database

    def _now_ms(self) -> int:
        return to_epoch_ms(self._clock())

    def _capture_ms(self, behaviour: Behaviour) -> int | None:
        match behaviour:
            case Behaviour.DECLINED | Behaviour.NEVER:
                return None
            case Behaviour.LATE:
                return self._now_ms() + LATE_MS
            case _other:
                return self._now_ms()

    def _method_of(
        self, connection: sqlite3.Connection, attempt: Attempt
    ) -> tuple[Behaviour, str | None]:
        """Return what the attempt's card does, and the method that is kept with it."""
        if attempt.stored is not None:
            return methods.behaviour_of(connection, attempt.stored, self._clock()), None
        spent = self._spend_token(connection, attempt)
        kept = methods.keep(connection, spent, attempt.customer) if attempt.keeps else None
        return Behaviour(spent["behaviour"]), kept

    def _spend_token(self, connection: sqlite3.Connection, attempt: Attempt) -> sqlite3.Row:
        spent = connection.execute(
            "UPDATE token SET used_by = ? WHERE id = ? AND used_by IS NULL AND created_ms > ?"
            " RETURNING behaviour, last4, exp_month, exp_year",
            (attempt.attempt_key, attempt.payment_method, self._now_ms() - TOKEN_TTL_MS),
        ).fetchone()
        if spent is None:
            raise BadPaymentMethod(attempt.payment_method[:8])
        row: sqlite3.Row = spent
        return row

    def _find(self, connection: sqlite3.Connection, attempt_key: str) -> ProviderPayment | None:
        row = connection.execute(
            "SELECT * FROM payment WHERE attempt_key = ?", (attempt_key,)
        ).fetchone()
        if row is None:
            return None
        refunds = connection.execute(
            "SELECT key, id, amount FROM refund WHERE attempt_key = ? ORDER BY rowid",
            (attempt_key,),
        )
        captured = row["capture_ms"] is not None and row["capture_ms"] <= self._now_ms()
        is_captured = row["status"] == "refunded" or (row["status"] == "authorized" and captured)
        return ProviderPayment(
            row["payment_id"], row["reference"], self.account,
            ProviderStatus.CAPTURED if is_captured else ProviderStatus(row["status"]),
            row["amount"], row["currency"], row["decline_code"],
            refunds=(
                *(Refund("all", row["amount"], RefundState.SUCCEEDED, "all")
                  for _old in range(row["status"] == "refunded")),
                *(Refund(one["id"], one["amount"], RefundState.SUCCEEDED, one["key"])
                  for one in refunds),
            ),
            stored=methods.find(connection, row["keeps"]) if row["keeps"] else None,
        )  # fmt: skip

    def _known(self, connection: sqlite3.Connection, attempt_key: str) -> ProviderPayment:
        known = self._find(connection, attempt_key)
        assert known is not None, f"nothing is known of {attempt_key}"
        return known

    def _plan(
        self, connection: sqlite3.Connection, attempt_key: str, told: ProviderPayment, due_ms: int,
        times: int,
    ) -> None:  # fmt: skip
        connection.execute(
            "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE deliveries_left <= 0"
            " AND due_ms < ? ORDER BY due_ms LIMIT ?)",
            (self._now_ms() - EVENT_KEPT_MS, _FORGET_BATCH),
        )
        event_id = f"evt_{secrets.token_hex(12)}"
        status = "refunded" if told.refunds else told.status.value
        body = webhooks.write(event_id, f"payment.{status}", due_ms, told)
        connection.execute(
            "INSERT INTO event (id, attempt_key, kind, body, due_ms, deliveries_left)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (event_id, attempt_key, f"payment.{status}", body, due_ms, times),
        )


def _give_up_oldest(
    connection: sqlite3.Connection, where: str, values: Sequence[str], most: int
) -> None:
    """Make room for one more token, unless all fit."""
    connection.execute(
        "DELETE FROM token WHERE id IN (SELECT id FROM token WHERE used_by IS NULL AND "  # noqa: S608 - ours
        + where
        + " ORDER BY created_ms DESC, rowid DESC LIMIT -1 OFFSET ?)",
        (*values, most - 1),
    )


def _as_answered(made: ProviderPayment) -> ProviderPayment:
    """Return the payment as it was when the call was first answered: a repeated call gets the same
    answer, and a capture since then is told by webhook."""
    if made.status is ProviderStatus.FAILED:
        return made
    return replace(made, status=ProviderStatus.AUTHORIZED, refunds=())
