"""The beginning of checkouts, for many buyers in one transaction: from a cart to frozen prices and
held stock.

Each request is decided by itself, and one that is refused touches nobody else. The goods are held
in one step for all of them, first come, first served. Locks: carts, checkouts, holds, stock.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from showfloor.accounts.languages import override_language, spoken
from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb
from showfloor.catalogue import queries as catalogue
from showfloor.checkout import (
    bundles,
    cart_rows,
    free_gifts,
    provider,
    queries,
    rows,
    rules,
    stored_answers,
    withdrawal_exceptions,
)
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.cart_rows import CartLineRow, CartRow
from showfloor.checkout.free_gifts import Gift, GiftState
from showfloor.checkout.models import Checkout, CheckoutState
from showfloor.checkout.pauses import queries as pauses
from showfloor.checkout.pauses import rules as pause_rules
from showfloor.checkout.refused_buyers import refused_buyers
from showfloor.checkout.reservations import rows as reservation_rows
from showfloor.checkout.reservations import rules as reservation_rules
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.rows import ReservationRow
from showfloor.checkout.rows import CheckoutLineRow, CheckoutRow, OpenCheckout
from showfloor.checkout.services import shipping, totals
from showfloor.checkout.services.checkout import not_open, quantities
from showfloor.checkout.services.checkout_limits import Limits
from showfloor.checkout.services.prefill import Prefill
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.errors import Conflict, Invalid, ShowfloorError, SoldOut
from showfloor.kernel.ids import new_id
from showfloor.legal import queries as legal
from showfloor.outbox.idempotency import BatchAnswers, Reply, Request
from showfloor.pricing import markets
from showfloor.pricing import queries as pricing
from showfloor.pricing.promotions import queries as promotions
from showfloor.pricing.rules import PriceBook, Quote, Terms, quote
from showfloor.pricing.vouchers import uses
from showfloor.stock import batches
from showfloor.stock import queries as availability
from showfloor.stock import services as stock
from showfloor.stock.batches import Refused, Want
from showfloor.stock.rules import add_up, check_limits


@dataclass(frozen=True, slots=True)
class BeginRequest:
    """A buyer who wants to check out what is in the cart. `asked`: the request under its
    idempotency key, if it has one; `language`: what the buyer reads, empty for the brand's."""

    buyer: Buyer
    asked: Request | None = None
    language: str = ""


@verb
def begin_many(
    brand: Brand, requests: Sequence[BeginRequest], now: datetime
) -> list[Reply | ShowfloorError]:
    """Freeze the prices of many carts and hold their stock in one transaction; return for each
    request, in their order, the checkout or SoldOut, Invalid, Conflict, RateLimited, Unavailable.

    A buyer gets all goods of the cart or none. Lines that are no longer sold are taken out and
    named once (Conflict); the next attempt goes on with the rest: nobody pays for less than they
    thought without a word. A buyer has one open checkout: an older one that is not being paid is
    left for the new one.
    """
    answers: list[Reply | ShowfloorError | None] = [None] * len(requests)
    with stock.writing(), connection.cursor() as cursor:
        for turn in _turns(requests):
            batch = _Beginnings(cursor, brand, [requests[number] for number in turn], now)
            for number, answer in zip(turn, batch.answers(), strict=True):
                answers[number] = answer
    return [answer for answer in answers if answer is not None]


def begin(buyer: Buyer, now: datetime) -> Checkout:
    """Begin one checkout, and raise its error."""
    (answer,) = begin_many(buyer.brand, [BeginRequest(buyer, language=get_language() or "")], now)
    if isinstance(answer, ShowfloorError):
        raise answer
    return Checkout.objects.for_brand(buyer.brand).get(pk=answer.body["id"])


def _turns(requests: Sequence[BeginRequest]) -> Iterator[list[int]]:
    """Divide the requests, by their numbers, so that no buyer is in one turn twice."""
    left = list(range(len(requests)))
    while left:
        owners, turn, rest = set[str](), list[int](), list[int]()
        for number in left:
            owner = requests[number].buyer.owner
            (rest if owner in owners else turn).append(number)
            owners.add(owner)
        yield turn
        left = rest


@dataclass(frozen=True, slots=True)
class _Draft:
    """A checkout that only lacks its goods."""

    request: BeginRequest
    checkout: CheckoutRow
    lines: list[CheckoutLineRow]
    older: OpenCheckout | None
    reserved: list[ReservationRow]
    gift_id: str | None  # of the variant that it gives

    @property
    def given_back(self) -> tuple[str, ...]:
        """Return the owners whose units it takes over: those of the checkout that it replaces, and
        of reservations by themselves. Nobody else sees them free meanwhile."""
        older = [self.older.id] if self.older is not None else []
        return (*older, *(one.id for one in self.reserved))


class _Crowded(Exception):
    """The buyer's network holds as much as it may, unless somebody of it comes away empty."""

    def __init__(self, error: ShowfloorError) -> None:
        super().__init__(error.message)
        self.error = error


class _Beginnings:
    """One batch in its transaction, every buyer once."""

    def __init__(
        self, cursor: Cursor, brand: Brand, requests: Sequence[BeginRequest], now: datetime
    ) -> None:
        self._cursor = cursor
        self._brand = brand
        self._requests = requests
        self._now = now
        self._ttl = timedelta(seconds=settings.SHOWFLOOR.hold_ttl_s)
        owners = [one.buyer.owner for one in requests]
        self._carts = cart_rows.carts(cursor, brand.pk, owners)
        # The rows of the carts are locked: nobody else answers for their owners meanwhile.
        asked = [one.asked for one in requests if one.asked is not None]
        self._stored = BatchAnswers(cursor, brand.pk, asked)
        self._older = rows.open_checkouts(cursor, brand.pk, owners)
        kept = reservation_rows.open_of(cursor, brand.pk, owners, lock=True)
        self._kept = {
            owner: reservations.usable(some, self._older_id(owner), now)
            for owner, some in kept.items()
        }
        wanted = {variant_id for cart in self._carts.values() for variant_id in cart.lines}
        wanted |= {one.variant_id for some in self._kept.values() for one in some}
        self._promoted = free_gifts.promoted(
            brand.pk, promotions.of_brand(brand.pk), self._carts.values(),
            [one for some in self._kept.values() for one in some],
        )  # fmt: skip
        gifts = {one.variant_id for one in self._promoted.promotions.gifts}
        wanted |= gifts
        # A buyer whose gift is gone does not wait for it, nor does anybody come before them.
        self._gifts_left = availability.available(brand.pk, gifts) if gifts else {}
        self._without_gift: set[int] = set()  # numbers of requests
        self._goods = {
            one.variant_id: one for one in catalogue.goods(cursor, brand.pk, variant_ids=wanted)
        }
        self._wanted = wanted
        self._paused = pauses.paused_goods(cursor, brand.pk, wanted)
        self._books: dict[str, PriceBook] = {}  # by market
        for cart in self._carts.values():
            cart.currency, cart.market = markets.place(brand, cart.market)
        self._past = past = rows.past(
            cursor, brand.pk, owners,
            lately=now - rules.CHECKOUTS_PER_GUEST_WITHIN, fresh=now - rules.GUEST_DETAILS_KEPT,
        )  # fmt: skip
        buyers = [one.buyer for one in requests]
        self._limits = Limits(cursor, brand.pk, buyers, past, now)
        self._prefill = Prefill(cursor, brand, buyers, past, now)
        self._texts = legal.of_purchase(brand)
        self._quotes: dict[tuple[Any, ...], Quote] = {}
        self._answers: list[Reply | ShowfloorError | None] = [None] * len(requests)

    def answers(self) -> list[Reply | ShowfloorError]:
        """Decide, hold, and write what came of it."""
        waiting, granted = list(range(len(self._requests))), list[_Draft]()
        with override_language(self._brand.language) as speak:
            while waiting:
                drafts, crowded = dict[int, _Draft](), dict[int, ShowfloorError]()
                for number in waiting:
                    speak(self._requests[number].language)
                    try:
                        decided = self._decide(number)
                        if isinstance(decided, Reply):
                            self._answers[number] = decided
                        else:
                            drafts[number] = decided
                    except _Crowded as full:
                        crowded[number] = full.error
                    except ShowfloorError as error:
                        self._answers[number] = error
                refused, again = self._hold(drafts), list[int]()
                for number, draft in drafts.items():
                    if number in refused and draft.gift_id is not None:
                        self._limits.leave(draft.request.buyer, draft.older)
                        self._without_gift.add(number)
                        self._gifts_left[draft.gift_id] += 1
                        again.append(number)
                    elif number in refused:
                        speak(self._requests[number].language)
                        self._answers[number] = rules.in_words(refused[number])
                        self._limits.leave(draft.request.buyer, draft.older)
                        self._note_refused(draft, refused[number])
                    else:
                        granted.append(draft)
                        self._answers[number] = self._reply(draft)
                # A buyer who came away empty has made room for others of the network.
                waiting = sorted([*again, *crowded]) if crowded and refused else again
                self._answers_of(crowded, without=waiting)
        refused_buyers.forget(self._brand.pk, [one.request.buyer.owner for one in granted])
        self._write(granted)
        return [answer for answer in self._answers if answer is not None]

    def _note_refused(self, draft: _Draft, error: ShowfloorError) -> None:
        owner = draft.request.buyer.owner
        # What is reserved for a buyer is not free, and is no reason to refuse from memory.
        if isinstance(error, SoldOut) and owner not in self._past and not draft.reserved:
            lines = dict(quantities(draft.lines))
            refused_buyers.note(self._brand.pk, owner, lines, self._brand.language)

    def _decide(self, number: int) -> Reply | _Draft:
        """Return the draft of a checkout, or the stored answer; ShowfloorError, _Crowded."""
        request = self._requests[number]
        earlier = self._stored.find(request.asked) if request.asked is not None else None
        if earlier is not None:
            return stored_answers.whole(earlier, self._brand.pk)
        cart, older = self._carts[request.buyer.owner], self._older.get(request.buyer.owner)
        self._drop_unsold(cart)
        provider.of_brand(self._brand.pk)  # nobody fills in a form that leads nowhere
        if older is not None and older.state == CheckoutState.PAYING:
            raise not_open(older)
        self._limits.check_guest(request.buyer)
        reserved = self._reserved(cart)
        if not cart.lines and not reserved:
            raise Invalid(_("Your cart is empty."), code="cart-empty")
        self._check_pause([*cart.lines.values(), *reserved])
        units = [(line.variant_id, line.quantity) for line in cart.lines.values()]
        wanted = add_up([*units, *((one.variant_id, one.quantity) for one in reserved)])
        check_limits(wanted, 0)  # here, where the buyer's language is spoken
        full = self._limits.enter(request.buyer, older)
        if full is not None:
            raise _Crowded(full)
        return self._draft(request, cart, older, reserved, number in self._without_gift)

    def _check_pause(self, wanted: Sequence[CartLineRow | ReservationRow]) -> None:
        """Raise Conflict that names the goods whose sale is paused."""
        found = {
            one.variant_id: pause
            for one in wanted
            if (pause := self._paused.pause_of(one.variant_id, one.show_id)) is not None
        }
        if found:
            names = dict.fromkeys(self._goods[one].name for one in found)
            raise pause_rules.refusal(next(iter(found.values())), names)

    def _older_id(self, owner: str) -> str | None:
        older = self._older.get(owner)
        return None if older is None else older.id

    def _reserved(self, cart: CartRow) -> list[ReservationRow]:
        """Return what is kept for the owner of a cart and is on sale there; Conflict where its
        price is one of another currency."""
        prices = self._book(cart).prices
        reserved = [one for one in self._kept.get(cart.owner, ()) if one.variant_id in prices]
        for one in reserved:
            if one.unit_amount is not None and one.currency != cart.currency:
                raise Conflict(
                    _("%(name)s is kept for you at a price in %(currency)s, and your cart is in"
                      " %(other)s: change its market.")
                    % {"name": self._goods[one.variant_id].name, "currency": one.currency,
                       "other": cart.currency},
                    code="reserved-currency", field="market",
                )  # fmt: skip
        return reserved

    def _drop_unsold(self, cart: CartRow) -> None:
        book = self._book(cart)
        unsold = [variant_id for variant_id in cart.lines if variant_id not in book.prices]
        if not unsold:
            return
        cart.take_out(unsold)
        raise Conflict(
            _("%(names)s: no longer sold here, and taken out of your cart.")
            % {"names": ", ".join(self._goods[variant_id].name for variant_id in unsold)},
            code="no-longer-sold",
        )

    def _draft(
        self, request: BeginRequest, cart: CartRow, older: OpenCheckout | None,
        reserved: list[ReservationRow], without_gift: bool,
    ) -> _Draft:  # fmt: skip
        buyer, brand = request.buyer, self._brand
        language = spoken(request.language, brand.language)
        checkout = CheckoutRow(
            new_id(), brand.pk, buyer.owner, buyer.network, language, self._now,
            self._now + self._ttl, cart.currency, self._texts.for_language(language),
            market=cart.market,
        )  # fmt: skip
        by_variant = {variant_id: list[ReservationRow]() for variant_id in cart.lines}
        for one in reserved:
            by_variant.setdefault(one.variant_id, []).append(one)
        book = _with_reserved(self._book(cart), cart, by_variant)
        gift = self._gift(checkout, cart, reserved, book, without_gift=without_gift)
        if gift is not None:
            by_variant.setdefault(gift.variant_id, [])
        lines = [
            self._line(checkout.id, cart, variant_id, position, some, book, gift)
            for position, (variant_id, some) in enumerate(by_variant.items())
        ]
        checkout.needs_consent = withdrawal_exceptions.needs_consent(lines)
        checkout.needs_shipping = any(line.is_sent for line in lines)
        checkout.weight_g = sum(
            self._goods[str(line.variant_id)].weight_g * free_gifts.paid_units(line)
            for line in lines
        )
        option = self._prefill.fill_in(checkout, lines, buyer)
        price = shipping.price(option, shipping.parcel_of(checkout, lines))
        offers = bundles.offers(self._promoted.promotions, cart, self._book(cart), self._now)
        if gift is not None:
            offers = (gift.offer, *offers)
        terms = Terms(checkout.country, price, offers)
        totals.set_amounts(self._quote(cart, lines, terms, book), checkout, lines)
        if gift is not None:
            self._gifts_left[gift.variant_id] -= 1
        gift_id = None if gift is None else gift.variant_id
        return _Draft(request, checkout, lines, older, reserved, gift_id)

    def _gift(
        self, checkout: CheckoutRow, cart: CartRow, reserved: Sequence[ReservationRow],
        book: PriceBook, *, without_gift: bool,
    ) -> Gift | None:  # fmt: skip
        """Return the gift of a purchase while there is one, and note on the checkout what became of
        it."""
        reached = free_gifts.progress(self._promoted, cart, reserved, self._book(cart), self._now)
        if reached is None or reached.missing:
            return None
        rule = reached.rule
        bought = {*cart.lines, *(one.variant_id for one in reserved)}
        is_sent = any(self._goods[one].is_sent for one in bought)
        if self._goods[rule.variant_id].is_sent and not is_sent:
            return None  # nobody pays a parcel for a gift alone
        # Who begins anew may have the last one in the checkout before.
        is_gone = self._gifts_left[rule.variant_id] <= 0 and cart.owner not in self._older
        state = GiftState.SOLD_OUT if without_gift or is_gone else GiftState.GIVEN
        checkout.gift = free_gifts.kept(rule, self._goods[rule.variant_id].name, state)
        if state is GiftState.SOLD_OUT:
            return None
        return free_gifts.given(rule, book.prices[rule.variant_id])

    def _book(self, cart: CartRow) -> PriceBook:
        """Return the prices of the batch's goods in the cart's market."""
        found = self._books.get(cart.market)
        if found is None:
            found = self._books[cart.market] = pricing.load(
                self._cursor, self._brand.pk, self._wanted, cart.currency, self._now, cart.market
            )
        return found

    def _quote(
        self, cart: CartRow, lines: list[CheckoutLineRow], terms: Terms, book: PriceBook
    ) -> Quote:
        """Return the price of a purchase. Most of the thousands who tap at once buy the same, and
        one quote is for all of them; but for those with prices of their own."""
        wishes = totals.wishes(lines)
        if book is not self._book(cart):
            return quote(book, wishes, terms)
        asked = (cart.market, wishes, terms.country, terms.shipping, terms.offers)
        found = self._quotes.get(asked)
        if found is None:
            found = self._quotes[asked] = quote(book, wishes, terms)
        return found

    def _line(
        self, checkout_id: str, cart: CartRow, variant_id: str, position: int,
        reserved: Sequence[ReservationRow], book: PriceBook, gift: Gift | None,
    ) -> CheckoutLineRow:  # fmt: skip
        line, goods = cart.lines.get(variant_id), self._goods[variant_id]
        quantity = (line.quantity if line else 0) + sum(one.quantity for one in reserved)
        shown = next((one for one in (line, *reserved) if one and one.show_id), None)
        listed = book.prices[variant_id]  # unsold lines were taken out
        is_given = gift is not None and gift.variant_id == variant_id
        return CheckoutLineRow(
            new_id(), checkout_id, variant_id, position, goods.sku, goods.name, goods.options,
            goods.image, quantity + is_given, listed.amount,
            shown.show_id if shown else None, shown.show_time_s if shown else None,
            listed.tax_class, goods.withdrawal_exception, goods.is_sent,
            line.show_state if line is not None and line is shown else "",
            adjustments=[gift.row] if gift is not None and is_given else [],
        )  # fmt: skip

    def _hold(self, drafts: dict[int, _Draft]) -> dict[int, ShowfloorError]:
        """Hold the goods of the drafts in their order; return the errors of those refused."""
        wants = [
            Want(
                self._brand.pk, draft.checkout.id,
                dict(quantities(draft.lines)), self._ttl_of(draft),
                instead_of=draft.given_back, is_new=True,
            )
            for draft in drafts.values()
        ]  # fmt: skip
        outcomes = batches.hold_many(self._cursor, wants, self._now) if wants else []
        return {
            number: outcome.error
            for number, outcome in zip(drafts, outcomes, strict=True)
            if isinstance(outcome, Refused)
        }

    def _ttl_of(self, draft: _Draft) -> timedelta:
        """Return how long the hold lasts. Reserved goods come back with the checkout's end and no
        other way, so that no passer-by is faster than the reservation that is kept on."""
        return self._ttl + reservations.HOLD_OUTLIVES if draft.reserved else self._ttl

    def _reply(self, draft: _Draft) -> Reply:
        view = queries.begun_view(
            draft.checkout, draft.lines, self._prefill.options(draft.checkout),
            self._prefill.countries(draft.checkout),
        )  # fmt: skip
        if draft.request.asked is not None:
            kept = stored_answers.in_short(view, draft.checkout.market)
            self._stored.store(draft.request.asked, Reply(201, kept))
        return Reply(201, view)

    def _answers_of(self, crowded: dict[int, ShowfloorError], *, without: list[int]) -> None:
        for number, error in crowded.items():
            if number not in without:
                self._answers[number] = error

    def _write(self, granted: Sequence[_Draft]) -> None:
        older = [one.older for one in granted if one.older is not None]
        rows.abandon(self._cursor, [one.id for one in older])
        with_voucher = [one.id for one in older if one.has_voucher]
        if with_voucher:
            uses.give_back(self._brand.pk, with_voucher)
        rows.insert_checkouts(self._cursor, [one.checkout for one in granted])
        rows.insert_lines(self._cursor, [line for one in granted for line in one.lines])
        changed = [cart for cart in self._carts.values() if cart.changes]
        cart_rows.write_carts(self._cursor, self._brand.pk, changed, self._now)
        reservations.take_over(
            self._cursor, {one.checkout.id: one.reserved for one in granted if one.reserved},
            [one.id for one in older], self._now,
        )  # fmt: skip
        self._stored.write(self._now)


def _with_reserved(
    book: PriceBook, cart: CartRow, by_variant: Mapping[str, Sequence[ReservationRow]]
) -> PriceBook:
    """Return the book with the lines' own prices, where units of a variant are reserved."""
    own = {}
    for variant_id, some in by_variant.items():
        line = cart.lines.get(variant_id)
        listed = book.prices[variant_id]
        priced = reservation_rules.frozen(listed, line.quantity if line else 0, some)
        if priced is not listed:
            own[variant_id] = priced
    return replace(book, prices={**book.prices, **own}) if own else book
