"""Figures of a day and their differences, without a database."""

from showfloor.fulfilment.daily_close import rules
from showfloor.fulfilment.daily_close.rules import Books, Difference, Movement, PayoutSum


def books(*ours: Movement, theirs: list[Movement], payouts: list[PayoutSum] | None = None) -> Books:
    return Books("stripe acct_1", "EUR", False, ours, theirs, payouts or [])


def test_day_whose_books_agree_has_no_difference() -> None:
    day = rules.section(
        books(
            Movement("charge", "pi_1", 2480), Movement("refund", "pi_1", -480),
            theirs=[
                Movement("refund", "pi_1", -480), Movement("charge", "pi_1", 2480, fee=60),
                Movement("other", "", -300, name="txn_fee"),
            ],
        )
    )  # fmt: skip
    assert day.differences == ()
    assert (day.ours, day.theirs) == (
        {"charge": 2480, "refund": -480}, {"charge": 2480, "other": -300, "refund": -480},
    )  # fmt: skip
    assert (day.fees, day.net) == (60, 1640)


def test_each_side_without_its_like_is_a_line() -> None:
    day = rules.section(
        books(
            Movement("charge", "pi_1", 2480, order="M-1"),
            Movement("charge", "pi_2", 1000, order="M-2"),
            theirs=[Movement("charge", "pi_1", 2480), Movement("charge", "pi_2", 900, order="M-2")],
        )
    )
    assert day.differences == (
        Difference("only-ours", "charge", "pi_2", "M-2", 1000, 0),
        Difference("only-theirs", "charge", "pi_2", "M-2", 0, 900),
    )


def test_same_charge_twice_is_a_line() -> None:
    twice = [Movement("charge", "pi_1", 2480), Movement("charge", "pi_1", 2480)]
    day = rules.section(books(Movement("charge", "pi_1", 2480), theirs=twice))
    assert [one.kind for one in day.differences] == ["only-theirs"]


def test_movement_that_the_other_book_has_on_another_day_is_a_line() -> None:
    late = [Movement("charge", "pi_1", 2480, today=False)]
    day = rules.section(books(Movement("charge", "pi_1", 2480), theirs=late))
    assert day.differences == (Difference("other-day", "charge", "pi_1", "", 2480, 0),)
    early = Movement("charge", "pi_1", 2480, today=False)
    day = rules.section(books(early, theirs=[Movement("charge", "pi_1", 2480)]))
    assert day.differences == (Difference("other-day", "charge", "pi_1", "", 0, 2480),)


def test_payout_that_is_not_the_sum_of_its_movements_is_a_line() -> None:
    day = rules.section(
        books(theirs=[], payouts=[PayoutSum("po_1", "paid", 500, 500),
                                  PayoutSum("po_2", "paid", 500, 480)])
    )  # fmt: skip
    assert day.differences == (Difference("payout", "payout", "po_2", "", 480, 500),)
