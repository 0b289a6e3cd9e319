"""Filling carts, for many buyers in one transaction. A cart holds no stock and knows no prices:
both are looked up when needed.

Every change counts up the cart's version. Two tabs that change one cart at the same moment wait for
each other at its row; a quantity that is set for an older version is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from showfloor.accounts.languages import override_language
from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb
from showfloor.catalogue import queries as catalogue
from showfloor.catalogue.models import Variant
from showfloor.catalogue.queries import Goods
from showfloor.checkout import cart_rows, free_gifts, queries, rules
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.cart_rows import CartLineRow, CartRow
from showfloor.checkout.models import Cart, CartLine
from showfloor.checkout.pauses import queries as pauses
from showfloor.checkout.pauses import rules as pause_rules
from showfloor.checkout.queries import Offered
from showfloor.checkout.refused_buyers import refused_buyers
from showfloor.checkout.reservations import rows as reservation_rows
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound, ShowfloorError
from showfloor.outbox.idempotency import BatchAnswers, Reply, Request
from showfloor.pricing import markets
from showfloor.pricing import queries as pricing
from showfloor.pricing.promotions import queries as promotions
from showfloor.shows.models import Show
from showfloor.stock import queries as stock
from showfloor.stock.rules import QUANTITY_MAX
from showfloor.timeline.log import NewEntry
from showfloor.timeline.personal_stream import tell_each
from showfloor.timeline.services import write


@dataclass(frozen=True, slots=True)
class Attribution:
    """The place at which the buyer saw it: a show's address, and the show time in seconds."""

    show: str | None = None
    show_time_s: float | None = None


@dataclass(frozen=True, slots=True)
class AddRequest:
    """More of a variant for one cart. `asked`: the request under its idempotency key, if it has
    one; `language`: of the sentences of a refusal, empty for the brand's."""

    buyer: Buyer
    sku: str
    quantity: int
    attribution: Attribution = Attribution()
    asked: Request | None = None
    language: str = ""
    market: str = ""  # the short name of the page's market, for a cart that is empty


@dataclass(frozen=True, slots=True)
class SetRequest:
    """A quantity for a line of one cart, 0 for none. `version`: of the cart that the buyer saw;
    None for any."""

    buyer: Buyer
    sku: str
    quantity: int
    version: int | None = None
    asked: Request | None = None
    language: str = ""


type CartRequest = AddRequest | SetRequest


@verb
def change_many(brand: Brand, requests: Sequence[CartRequest]) -> list[Reply | ShowfloorError]:
    """Change the carts of many buyers in one transaction; return for each request, in their order,
    the cart after it, or NotFound, Invalid, SoldOut or Conflict. A refusal changes nothing."""
    with write(), connection.cursor() as cursor:
        return _CartBatch(cursor, brand, requests, utc_now()).answers()


def add(buyer: Buyer, sku: str, quantity: int, attribution: Attribution) -> None:
    """Put more of a variant into the cart; NotFound, Invalid, SoldOut."""
    language = get_language() or ""
    change(AddRequest(buyer, sku, quantity, attribution, language=language))


def set_quantity(buyer: Buyer, sku: str, quantity: int) -> None:
    """Have exactly so many in the cart, 0 for none; NotFound, Invalid, SoldOut."""
    change(SetRequest(buyer, sku, quantity, language=get_language() or ""))


def change(request: CartRequest) -> Reply:
    """Do one request alone, and raise its error."""
    (answer,) = change_many(request.buyer.brand, [request])
    if isinstance(answer, ShowfloorError):
        raise answer
    return answer


class _CartBatch:
    """One batch in its transaction."""

    def __init__(
        self, cursor: Cursor, brand: Brand, requests: Sequence[CartRequest], now: datetime
    ) -> None:
        self._cursor = cursor
        self._brand = brand
        self._requests = requests
        self._now = now
        owners = {one.buyer.owner for one in requests}
        self._carts = cart_rows.carts(cursor, brand.pk, owners)
        self._kept = reservation_rows.open_of(cursor, brand.pk, owners, lock=False)
        self._promotions = promotions.of_brand(brand.pk)
        self._goods: dict[str, Goods] = {}  # by variant id
        self._by_sku: dict[str, Goods] = {}
        self._look_up({one.sku for one in requests if one.sku.isprintable()})
        self._markets: dict[str, Offered] = {}  # by id
        self._settle_markets()
        # The rows of the carts are locked, and those that are made cannot be made twice: nobody
        # else answers for their owners meanwhile.
        asked = [one.asked for one in requests if one.asked is not None]
        self._stored = BatchAnswers(cursor, brand.pk, asked)
        self._available = stock.available(brand.pk, self._goods)
        self._paused = pauses.paused_goods(cursor, brand.pk, self._goods)
        self._held = cart_rows.held(cursor, brand.pk, owners)
        self._rehearsals: set[str] = set()  # slugs
        self._shows = self._shows_named()
        self._promoted = free_gifts.promoted(
            brand.pk, self._promotions, self._carts.values(),
            [one for some in self._kept.values() for one in some],
            {show_id for show_id, _state in self._shows.values()},
        )  # fmt: skip

    def answers(self) -> list[Reply | ShowfloorError]:
        """Decide each request in turn, and write what all of them come to."""
        answers: list[Reply | ShowfloorError] = []
        with override_language(self._brand.language) as speak:
            for request in self._requests:
                speak(request.language)
                try:
                    answers.append(self._answer(request))
                except ShowfloorError as error:
                    answers.append(rules.in_words(error))
        kept = [cart for cart in self._carts.values() if cart.id or cart.changes]
        cart_rows.write_carts(self._cursor, self._brand.pk, kept, self._now)
        self._stored.write(self._now)
        self._tell_members()
        return answers

    def _tell_members(self) -> None:
        """Let the other devices of members know. A guest has one browser, whose tabs tell each
        other."""
        members = {one.buyer.owner for one in self._requests if one.buyer.is_known}
        changed = {
            owner: [NewEntry("cart.changed", {"version": self._carts[owner].version})]
            for owner in members
            if self._carts[owner].changes
        }
        if changed:
            tell_each(self._brand.pk, changed)

    def _answer(self, request: CartRequest) -> Reply:
        earlier = self._stored.find(request.asked) if request.asked is not None else None
        if earlier is not None:
            return earlier
        cart = self._carts[request.buyer.owner]
        if isinstance(request, AddRequest):
            self._add(cart, request)
        else:
            self._set(cart, request)
        view = queries.cart_of(
            self._brand,
            cart,
            self._goods,
            self._offered(cart),
            self._available,
            self._held.get(cart.owner, {}),
            self._kept.get(cart.owner, ()),
        )
        reply = Reply(200, view)
        if request.asked is not None:
            self._stored.store(request.asked, reply)
        return reply

    def _add(self, cart: CartRow, request: AddRequest) -> None:
        self._check_sells(request.attribution.show)
        goods = self._sold(request, cart)
        seen = self._shows.get(request.attribution.show or "")
        self._check_pause(goods, None if seen is None else seen[0])
        line = cart.lines.get(goods.variant_id)
        wanted = request.quantity + (line.quantity if line is not None else 0)
        self._check_wanted(cart, goods, wanted)
        if line is None:
            if len(cart.lines) >= rules.CART_LINES_MAX:
                raise Conflict(_("The cart is full."), code="cart-full")
            line = CartLineRow("", goods.variant_id, wanted)
        line.quantity = wanted
        shown = self._shows.get(request.attribution.show or "")
        if shown is not None:
            line.show_id, line.show_state = shown
            line.show_time_s = rules.show_time_s(request.attribution.show_time_s)
        cart.put(line)

    def _check_sells(self, place: str | None) -> None:
        """Raise Conflict for goods that are added in a rehearsal: nothing is sold there."""
        if place in self._rehearsals:
            raise Conflict(
                _("This is a rehearsal: nothing is sold in it."), code="rehearsal", field="show"
            )

    def _check_pause(self, goods: Goods, show_id: str | None) -> None:
        pause = self._paused.pause_of(goods.variant_id, show_id)
        if pause is not None:
            raise pause_rules.refusal(pause)

    def _set(self, cart: CartRow, request: SetRequest) -> None:
        rules.check_quantity(request.quantity, lowest=0)
        _check_text(request.sku)
        rules.check_version(request.version, cart.version)
        named = (line for line in cart.lines.values()
                 if self._goods[line.variant_id].sku == request.sku)  # fmt: skip
        line = next(named, None)
        if line is None:
            if request.quantity:
                raise NotFound(_("This is not in the cart."))
        elif request.quantity == 0:
            cart.take_out([line.variant_id])
        else:
            if request.quantity > line.quantity:  # fewer is always possible, also of a sold-out one
                self._check_pause(self._goods[line.variant_id], line.show_id)
                self._check_wanted(cart, self._goods[line.variant_id], request.quantity)
            line.quantity = request.quantity
            cart.put(line)

    def _sold(self, request: AddRequest, cart: CartRow) -> Goods:
        rules.check_quantity(request.quantity)
        _check_text(request.sku)
        goods = self._by_sku.get(request.sku)
        if goods is None or goods.archived or not goods.published:
            raise NotFound(_("There is no such product here."))
        if goods.variant_id not in self._offered(cart).book.prices:
            place = markets.by_id(self._brand.pk, cart.market)
            said = _("This is not on sale here.") if place is None else (
                _("This is not sold in the market %(market)s.") % {"market": place}
            )  # fmt: skip
            raise Invalid(said, code="not-on-sale", field="sku")
        return goods

    def _check_wanted(self, cart: CartRow, goods: Goods, wanted: int) -> None:
        if goods.archived:
            raise NotFound(_("There is no such product here."))
        held = self._held.get(cart.owner, {}).get(goods.variant_id, 0)
        rules.check_wanted(goods.sku, wanted, self._available[goods.variant_id] + held)

    def _look_up(self, skus: set[str]) -> None:
        """Read what the requests name and what is in the carts, as far as it is not known."""
        ids = {variant_id for cart in self._carts.values() for variant_id in cart.lines}
        ids |= {one.variant_id for some in self._kept.values() for one in some}
        ids |= self._promotions.variants
        found = catalogue.goods(
            self._cursor, self._brand.pk, skus=skus, variant_ids=ids - self._goods.keys(),
        )  # fmt: skip
        for goods in found:
            self._goods[goods.variant_id] = self._by_sku[goods.sku] = goods

    def _settle_markets(self) -> None:
        """Say of each cart which market it is in: its own, while there is something in it; else
        that of the first request."""
        for one in self._requests:
            cart = self._carts[one.buyer.owner]
            if not cart.lines and not cart.changes and isinstance(one, AddRequest):
                wanted = markets.find(self._brand.pk, one.market) if one.market else None
                cart.market = "" if wanted is None else wanted.pk
        for cart in self._carts.values():
            cart.currency, cart.market = markets.place(self._brand, cart.market)

    def _offered(self, cart: CartRow) -> Offered:
        """Return the goods of the batch at the prices of the cart's market."""
        found = self._markets.get(cart.market)
        if found is None:
            book = pricing.load(
                self._cursor, self._brand.pk, list(self._goods), cart.currency, self._now,
                cart.market,
            )  # fmt: skip
            reduced = pricing.reductions(self._cursor, book, self._now, cart.market)
            found = self._markets[cart.market] = Offered(book, reduced, self._promoted)
        return found

    def _shows_named(self) -> dict[str, tuple[str, str]]:
        """Return id and state of the shows that requests name: a wrong hint costs nobody a sale."""
        named = {
            one.attribution.show
            for one in self._requests
            if isinstance(one, AddRequest) and one.attribution.show is not None
            and one.attribution.show.isprintable()
        }  # fmt: skip
        if not named:
            return {}
        shows = Show.objects.for_brand(self._brand).filter(slug__in=named)
        rows = list(shows.values_list("slug", "pk", "state", "rehearses"))
        self._rehearsals = {slug for slug, _pk, _state, rehearsed in rows if rehearsed is not None}
        return {slug: (pk, state) for slug, pk, state, _rehearsed in rows}


@verb
def add_bundle(buyer: Buyer, bundle_id: str, attribution: Attribution) -> Reply:
    """Put one set of a bundle into the cart, all of it or nothing: NotFound, SoldOut, Conflict."""
    found = promotions.of_brand(buyer.brand.pk).bundles
    rule = next((one for one in found if one.id == bundle_id), None)
    if rule is None or not rule.is_on(utc_now()):
        raise NotFound(_("There is no such bundle."))
    counts = dict(rule.items)
    named = Variant.objects.for_brand(buyer.brand).filter(pk__in=counts)
    skus = dict(named.values_list("pk", "sku"))
    language = get_language() or ""
    requests = [
        AddRequest(buyer, skus.get(variant_id, ""), count, attribution, language=language)
        for variant_id, count in counts.items()
    ]
    with write():
        replies = list[Reply]()
        for answer in change_many(buyer.brand, requests):
            if isinstance(answer, ShowfloorError):
                raise answer
            replies.append(answer)
    return replies[-1]


@verb
def move(buyer: Buyer, code: str) -> None:
    """Move the buyer's cart to another market; NotFound for none of the brand's. Goods without a
    price there stay in it, and are named beside it."""
    found = markets.find(buyer.brand.pk, code) if code else None
    if code and found is None:
        raise NotFound(_("There is no such market."))
    with write():
        cart = lock(buyer)
        cart.currency, cart.market = markets.terms_of(buyer.brand, found)
        cart.version += 1
        cart.save(update_fields=["currency", "market", "version"])


def merge(theirs: Cart, mine: Cart, held: Mapping[str, int]) -> None:
    """Add the lines of one locked cart to those of another, in the open transaction. `held`: the
    units that the other's owner has put by already, by variant.

    The quantities of a variant in both are added, up to the units that one can buy, but never below
    either of them. Lines beyond a full cart wait in the first until there is room.
    """
    lines = {line.variant_id: line for line in _lines(mine)}
    added = list(_lines(theirs))
    available = stock.available(mine.brand_id, [line.variant_id for line in added])
    for line in added:
        same = lines.get(line.variant_id)
        if same is not None:
            most = available[line.variant_id] + held.get(line.variant_id, 0)
            together = min(same.quantity + line.quantity, most, QUANTITY_MAX)
            same.quantity = max(same.quantity, line.quantity, together)
            if line.show_id is not None:
                same.show_id, same.show_time_s = line.show_id, line.show_time_s
                same.show_state = line.show_state
            same.save(update_fields=["quantity", "show_id", "show_time_s", "show_state"])
            line.delete()
        elif len(lines) < rules.CART_LINES_MAX:
            line.cart = mine
            line.save(update_fields=["cart"])
            lines[line.variant_id] = line
    changed = Cart.objects.for_brand(mine.brand_id).filter(pk__in=[theirs.pk, mine.pk])
    changed.update(version=F("version") + 1)


def lock(buyer: Buyer) -> Cart:
    """Return the buyer's one cart, locked, for a change. A brand that changed its currency empties
    no cart: prices are looked up in the currency of now."""
    cart = _locked(buyer)
    refused_buyers.forget(buyer.brand.pk, [buyer.owner])  # whoever noted it held the lock before
    return cart


def _locked(buyer: Buyer) -> Cart:
    carts = Cart.objects.for_brand(buyer.brand).select_for_update()
    cart = carts.filter(owner=buyer.owner).first()
    if cart is None:
        cart = Cart(brand=buyer.brand, owner=buyer.owner, currency=buyer.brand.currency)
        try:
            with transaction.atomic():
                cart.save(force_insert=True)
        except IntegrityError:  # two first requests at once
            return carts.get(owner=buyer.owner)
    currency, market = markets.place(buyer.brand, cart.market)
    if (cart.currency, cart.market) != (currency, market):
        cart.currency, cart.market = currency, market
        cart.save(update_fields=["currency", "market"])
    return cart


def _lines(cart: Cart) -> QuerySet[CartLine]:
    return CartLine.objects.for_brand(cart.brand_id).filter(cart=cart)


def _check_text(sku: str) -> None:
    """Refuse a text that PostgreSQL cannot even be asked for (a zero byte): it is no SKU."""
    if not sku.isprintable():
        raise NotFound(_("There is no such product here."))
