"""The guards that race tests take away, and the steps at which racers wait for each other.

A race test first proves the race: without the guard, the same calls do the damage. The product has
no switches for that. Each function of the product that such a test replaces has one line here, with
what it protects; the patching itself is in `_replaced` and nowhere else.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from unittest import mock

from showfloor.auctions import keeping
from showfloor.checkout import cart_rows, payment_rows, rows
from showfloor.checkout.models import Order
from showfloor.checkout.services import cart, filling_in, orders
from showfloor.community.moderation import decisions
from showfloor.community.polls import services as polls
from showfloor.community.questions import voting
from showfloor.community.reactions import services as reactions
from showfloor.community.safety import audit, review
from showfloor.fulfilment import rules as fulfilment_rules
from showfloor.fulfilment.documents import services as documents
from showfloor.outbox import services as outbox
from showfloor.pricing.vouchers import uses
from showfloor.shows.models import Show
from showfloor.stock import counters, hold_rows
from showfloor.stock import services as stock
from showfloor.timeline import personal_stream
from showfloor.timeline import services as timeline
from tests.races.together import Unguarded


def _replaced(module: ModuleType, name: str, by: object) -> AbstractContextManager[object]:
    return mock.patch.object(module, name, by)


@dataclass(frozen=True, slots=True)
class Guard:
    """A function of the product that stands between racers and the damage."""

    module: ModuleType
    name: str
    protects: str
    without: object = None  # what stands in its place, where it is the same for all tests

    def off(self, instead: Callable[..., object] | None = None) -> AbstractContextManager[object]:
        """Take the guard away: `instead`, or `without`, does the same work unprotected."""
        stand_in = instead or self.without
        assert stand_in is not None, f"{self.name} needs a function to stand in its place"
        return _replaced(self.module, self.name, stand_in)


@dataclass(frozen=True, slots=True)
class Step:
    """A function of the product at which racers wait, so that all of them are there at once."""

    module: ModuleType
    name: str
    does: str

    def preceded_by(self, action: Callable[[], object]) -> AbstractContextManager[object]:
        function = getattr(self.module, self.name)

        def act_first(*args: Any, **kwargs: Any) -> object:
            action()
            return function(*args, **kwargs)

        return _replaced(self.module, self.name, act_first)

    def followed_by(self, action: Callable[[], object]) -> AbstractContextManager[object]:
        function = getattr(self.module, self.name)

        def act_afterwards(*args: Any, **kwargs: Any) -> object:
            result = function(*args, **kwargs)
            action()
            return result

        return _replaced(self.module, self.name, act_afterwards)

    def replaced(self, by: Callable[..., object]) -> AbstractContextManager[object]:
        return _replaced(self.module, self.name, by)


# --- what a guard leaves behind


@contextmanager
def _no_transaction() -> Iterator[None]:
    """Each statement by itself, as code without `write()` would run."""
    yield


def _nothing(*_args: object, **_kwargs: object) -> None:
    """No effect."""


def _plain_read(_lock: bool) -> str:
    return ""


class Forgetful:
    """Stored answers that are never found, nor stored."""

    def __init__(self, *_args: object) -> None:
        pass

    def find(self, _asked: object) -> None:
        return None

    def store(self, *_args: object) -> None: ...

    def write(self, *_args: object) -> None: ...


def _read_show(_brand_id: str, show_id: str) -> Show:
    return Show.objects.all_brands().select_related("brand").get(pk=show_id)


def _no_lock(_how: str = "") -> str:
    return ""


# --- vouchers

VOUCHER_USE = Guard(uses, "take", "a use is counted while one is left, in one statement")
VOUCHER_TRANSACTION = Guard(
    filling_in, "write", "a verb's statements take effect together", _no_transaction
)

# --- stock

STOCK_TRANSACTION = Guard(
    counters, "write", "a verb's statements take effect together", _no_transaction
)
RESERVATION = Guard(counters, "_add", "units are checked and reserved in one statement")
STOCK_LOCK = Guard(counters, "lock", "stock rows are locked in one order")
HOLD_LOCK = Guard(hold_rows, "_for_update", "a hold is locked when it is read", _no_lock)
HOLD_TRANSITION = Guard(hold_rows, "move", "a hold leaves a state once, by compare-and-set")
HOLD_ENDS = Step(hold_rows, "move", "a hold leaves `active`, before its units come back")

STOCK_COUNTERS = Step(counters, "_write_counters", "counters of stock are changed")
SHOW_NEWS = Guard(
    stock, "tell_timeline", "a show's timeline is locked after stock", timeline.append
)
AUCTION_HOLD = Guard(keeping, "keep", "an auction on air holds its piece", _nothing)

# --- money

PAYMENT_LOCK = Guard(rows, "for_update", "one event of a payment is handled at a time", _plain_read)
PAYMENT_HISTORY = Guard(
    payment_rows, "insert_events", "numbers of a payment's events are unique", _nothing
)
BUYER_STREAM = Guard(
    personal_stream, "tell_each", "seqs of the buyer's stream are unique", _nothing
)
CLAIMS = Step(stock, "claim_many", "goods of captured payments are taken")
CART_LOCK = Guard(rows, "for_update", "one request of a buyer is decided at a time", _plain_read)
CART_TRANSACTION = Guard(
    cart, "write", "a cart is read and written in one transaction", _no_transaction
)
CART_READ = Step(cart_rows, "carts", "carts are read")
OLDER_CHECKOUTS = Guard(rows, "open_checkouts", "a new checkout ends the older one")
IDEMPOTENCY_KEY = Guard(
    cart, "BatchAnswers", "a key is looked for before its request is carried out", Forgetful
)
MAIL_CLAIM = Guard(outbox, "_take", "a worker takes a mail by compare-and-set")
ORDER_LOOKUP = Step(payment_rows, "orders", "the orders of payments are looked up")
NUMBER_RING = Guard(documents, "_locked_ring", "one document takes its number at a time")
NUMBER_TRANSACTION = Guard(
    documents, "write", "a number is taken together with its document", _no_transaction
)
ORDER_LOCK = Guard(orders, "lock", "one act on an order happens at a time")
ORDER_PLACEMENT = Step(orders, "place", "an order is made of a checkout")

# --- orders after their payment

ORDER_LOCK = Guard(
    orders, "lock", "one act on an order is decided at a time",
    lambda order: Order.objects.for_brand(order.brand_id).select_related("brand").get(pk=order.pk),
)  # fmt: skip
UNITS_TO_SHIP = Step(fulfilment_rules, "check_shippable", "open units are read")
UNITS_TO_REFUND = Step(fulfilment_rules, "plan_refund", "refunded units are read")

# --- the timeline

TIMELINE_TRANSACTION = Guard(
    timeline, "write", "a verb's statements take effect together", _no_transaction
)
TIMELINE_APPEND = Guard(timeline, "append", "seqs of a timeline are unique")

# --- moderation

REVIEW_LOCK = Guard(review, "lock_show", "one item of a show is taken at a time", _read_show)
REVIEW_CLAIM = Guard(review, "_take", "a moderator takes an item by compare-and-set")
REVIEW_NEWS = Guard(review, "_tell_taken", "seqs of the backstage are unique", _nothing)
DECISION_LOCK = Guard(
    decisions, "lock_show", "one decision of a show is made at a time", _read_show
)
DECISION_TRANSITION = Guard(decisions, "_close", "an item is decided by compare-and-set")
DECISION_EFFECT = Step(decisions, "_settle", "what is decided takes effect")
DECISION_REASONS = Step(decisions, "_state_reasons", "the author is told why")
AUDIT_LOG = Guard(audit, "log", "seqs of the backstage are unique", _nothing)
UNDO_LOCK = Guard(audit, "lock_show", "one line of a show is undone at a time", _read_show)
UNDO_CONSTRAINT = Guard(audit, "_entry", "the line of an undo names what it undoes, once")
UNDO_LOOKUP = Step(audit, "_is_undone", "an earlier undo is looked for")

# --- questions, polls, reactions

QUESTION_LOCK = Guard(voting, "admission_for", "one batch of votes in a show is counted at a time")
QUESTION_TRANSACTION = Guard(voting, "timeline", "votes and counts take effect together", Unguarded)
QUESTION_VOTES = Step(voting, "_find_votes", "earlier votes are read")
POLL_LOCK = Guard(polls, "_lock_polls", "one batch of votes in a poll is counted at a time")
POLL_TRANSACTION = Guard(polls, "timeline", "ballots and counts take effect together", Unguarded)
POLL_BALLOTS = Step(polls, "_ballots", "earlier ballots are read")
REACTION_LOCK = Guard(
    reactions, "_lock_counts", "one batch of reactions in a show is counted at a time", _nothing
)
REACTION_TRANSACTION = Guard(reactions, "timeline", "reactions count together", Unguarded)
REACTION_SENDERS = Step(reactions, "_senders", "earlier counts of the senders are read")
