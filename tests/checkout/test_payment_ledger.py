"""The amounts that events of a payment add up to, whatever their order."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from showfloor.checkout import payment_ledger
from showfloor.checkout.models import PaymentState
from showfloor.checkout.payment_ledger import Event, Ledger
from showfloor.checkout.ports import (
    Capture,
    Dispute,
    DisputeState,
    ProviderPayment,
    ProviderStatus,
    Refund,
    RefundState,
)

AMOUNT = 2480
DUE = datetime(2026, 3, 20, 12, tzinfo=UTC)

ids = st.sampled_from(["a", "b", "c"])
amounts = st.integers(1, 2 * AMOUNT)
moments = st.sampled_from([None, "2026-03-10T12:00:00.000Z", "2026-03-20T12:00:00.000Z"])
events = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["created", "requires_action", "authorized", "failed", "voided"]),
            st.just({}),
        ),
        st.tuples(st.just("captured"), st.fixed_dictionaries({"id": ids, "amount": amounts})),
        st.tuples(
            st.sampled_from(["refund_pending", "refunded", "refund_failed"]),
            st.fixed_dictionaries({"id": ids, "amount": amounts, "key": ids}),
        ),
        st.tuples(
            st.sampled_from(["disputed", "dispute_won", "dispute_lost"]),
            st.fixed_dictionaries({"id": ids, "amount": amounts, "due_at": moments}),
        ),
        st.tuples(
            st.just("refund_due"),
            st.fixed_dictionaries({"key": ids, "amount": amounts, "why": ids}),
        ),
    ),
    max_size=14,
)


def told(status: str = "captured", **facts: Any) -> ProviderPayment:
    return ProviderPayment(
        "payment 1", "pi_1", "acct_1", ProviderStatus(status), AMOUNT, "EUR", **facts
    )


def taken(ledger: Ledger, *reports: ProviderPayment) -> Ledger:
    for report in reports:
        for event in payment_ledger.news(ledger, report):
            ledger = ledger.after(event)
    return ledger


@given(events, st.randoms(use_true_random=False))
def test_same_events_in_any_order_and_number_make_the_same_ledger(
    found: list[Event], chance: Any
) -> None:
    again = [*found, *chance.choices(found, k=len(found))] if found else []
    chance.shuffle(again)
    assert payment_ledger.add_up(AMOUNT, again) == payment_ledger.add_up(AMOUNT, found)


@given(events)
def test_no_more_goes_back_than_was_taken(found: list[Event]) -> None:
    ledger = payment_ledger.add_up(AMOUNT, found)
    assert 0 <= ledger.refunded + ledger.disputed <= ledger.captured
    assert ledger.refundable >= 0
    # A refund of all that can go back leaves nothing to refund.
    asked = ledger.after(("refund_due", {"key": "all of it", "amount": ledger.refundable}))
    if ledger.refundable and ledger.status not in ("failed", "voided"):
        assert asked.refundable == 0
    assert ledger.state in set(PaymentState)


def test_payment_that_is_captured_in_parts_is_paid_with_the_last_part() -> None:
    first = taken(Ledger(AMOUNT), told("authorized", captures=(Capture("ch_1", 2000),)))
    assert (first.state, first.captured, first.is_paid) == ("authorized", 2000, False)
    both = taken(first, told(captures=(Capture("ch_1", 2000), Capture("ch_2", 480))))
    assert (both.state, both.captured, both.is_paid) == ("captured", AMOUNT, True)


def test_report_of_an_earlier_state_is_no_news_of_a_captured_payment() -> None:
    captured = taken(Ledger(AMOUNT), told())
    for status in ("requires_action", "authorized", "failed", "voided"):
        assert payment_ledger.news(captured, told(status)) == []


def test_several_refunds_add_up_and_a_failed_one_does_not_count() -> None:
    paid = taken(Ledger(AMOUNT), told())
    part = taken(paid, told(refunds=(Refund("re_1", 480, RefundState.SUCCEEDED),)))
    assert (part.state, part.refunded, part.refundable) == ("partially_refunded", 480, 2000)
    more = taken(part, told(refunds=(Refund("re_2", 2000, RefundState.PENDING),)))
    assert (more.state, more.refunded, more.refundable) == ("refunded", AMOUNT, 0)
    failed = taken(more, told(refunds=(Refund("re_2", 2000, RefundState.FAILED),)))
    assert (failed.state, failed.refunded, failed.refundable) == ("partially_refunded", 480, 2000)


def test_request_is_due_until_a_refund_with_its_key_is_reported() -> None:
    paid = taken(Ledger(AMOUNT), told())
    asked = paid.after(("refund_due", {"key": "k", "amount": 480, "why": "damaged"}))
    assert [(one.key, one.amount) for one in asked.due] == [("k", 480)]
    assert asked.refundable == 2000
    done = taken(asked, told(refunds=(Refund("re_1", 480, RefundState.SUCCEEDED, "k"),)))
    assert (done.due, done.refundable) == ([], 2000)


def test_dispute_keeps_its_deadline_until_the_bank_has_decided() -> None:
    def report(state: DisputeState) -> ProviderPayment:
        return told(disputes=(Dispute("du_1", AMOUNT, state, DUE, "fraudulent"),))

    disputed = taken(Ledger(AMOUNT), told(), report(DisputeState.OPEN))
    assert (disputed.state, disputed.disputed, disputed.due_at) == ("disputed", AMOUNT, DUE)
    won = taken(disputed, report(DisputeState.WON))
    assert (won.state, won.disputed, won.due_at) == ("captured", 0, None)
    lost = taken(disputed, report(DisputeState.LOST))
    assert (lost.state, lost.disputed, lost.due_at) == ("refunded", AMOUNT, None)


def test_events_of_before_amounts_were_recorded_add_up() -> None:
    """Rows of an earlier version have neither ids nor keys."""
    old = {"reference": "pay_1", "amount": AMOUNT, "currency": "EUR", "status": "captured"}
    rows: list[Event] = [
        ("created", {}), ("authorized", old), ("captured", old), ("refund_due", {"why": "x"}),
    ]  # fmt: skip
    ledger = payment_ledger.add_up(AMOUNT, rows)
    assert [one.amount for one in ledger.due] == [AMOUNT]
    back = ledger.after(("refunded", old))
    assert (back.state, back.refunded, back.due) == ("refunded", AMOUNT, [])
