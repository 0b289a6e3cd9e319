"""The commands of buyers, over the open connection of a show or by a request of any page. Those of
one kind at one brand are done together, whichever way they came."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from showfloor.accounts import bans
from showfloor.accounts.brand_urls import absolute
from showfloor.accounts.languages import override_language, preferred, region_of
from showfloor.accounts.models import Brand
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.refused_buyers import refused_buyers
from showfloor.checkout.rows import DETAILS
from showfloor.checkout.rules import Details, in_words
from showfloor.checkout.services import beginning, cart, filling_in, payment, webhook
from showfloor.checkout.services.beginning import BeginRequest
from showfloor.checkout.services.cart import AddRequest, Attribution, SetRequest
from showfloor.checkout.services.filling_in import UpdateRequest
from showfloor.checkout.services.payment import Asked, PaymentChoice, PayRequest, Started
from showfloor.checkout.services.webhook import Taken
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Forbidden, Invalid, ShowfloorError
from showfloor.kernel.problems import problem
from showfloor.outbox import idempotency
from showfloor.outbox.idempotency import Reply
from showfloor.timeline import command_bodies
from showfloor.timeline.commands import (
    Command,
    CommandKind,
    CommandRoute,
    Lane,
    Outcome,
    Scope,
    SignedRoute,
    Step,
)

ADD, SET, BEGIN, PAY = "cart.add", "cart.set", "checkout.begin", "checkout.pay"
SKU_CHARS_MAX, SHOW_CHARS_MAX = 120, 80
TEXT_CHARS_MAX, OPTION_CHARS_MAX = 300, 26  # of a field that a buyer fills in, of an id
PATH_CHARS_MAX = 500
# A path of ours: two slashes, or a backslash, would lead to another site.
OWN_PATH = r"^/([\x21-\x2e\x30-\x5b\x5d-\x7e][\x21-\x7e]*)?$"
QUANTITY_BOUND = 2**31 - 1  # of the API; rules.check_quantity allows far fewer


# Steps that follow from others: nobody can send them.
PAID, NOTICE = "payment.settle", "payment.notice"


class NothingIn(TypedDict):
    """No keys: the step before says what it is about."""


class HoldIn(TypedDict):
    """No keys: the lines of the cart are held."""


class CartAddIn(TypedDict):
    """`quantity`: one, where it is not given. `show`, `show_time_s`: the show's address and the
    second of it in which the buyer saw it."""

    sku: str
    quantity: NotRequired[int]
    show: NotRequired[str | None]
    show_time_s: NotRequired[float | None]
    market: NotRequired[str]  # the short name of the page's market; a cart with goods keeps its own


class CartSetIn(TypedDict):
    """`quantity`: 0 for none. `version`: of the cart that the buyer saw; an old one is refused."""

    sku: str
    quantity: int
    version: NotRequired[int | None]


class CheckoutUpdateIn(TypedDict):
    """`checkout`: its id. The fields that are not given, or null, stay as they are."""

    checkout: str
    email: NotRequired[str | None]
    name: NotRequired[str | None]
    line1: NotRequired[str | None]
    line2: NotRequired[str | None]
    postal_code: NotRequired[str | None]
    city: NotRequired[str | None]
    region: NotRequired[str | None]
    country: NotRequired[str | None]
    shipping_option: NotRequired[str | None]


class PayIn(TypedDict):
    """`checkout`: its id; either `payment_method`, the token of the browser, or `saved_method`,
    the id of one that the member has saved; `return_path`: the path on our own site that the bank's
    page leads back to, with the moment of the show; `keep_method`: the member agrees that the
    method is kept."""

    checkout: str
    payment_method: NotRequired[str]
    saved_method: NotRequired[str]
    return_path: NotRequired[str]
    keep_method: NotRequired[bool]


def begin(buyer: Buyer, key: str) -> Reply:
    """Begin a checkout of the buyer's cart under an idempotency key, and raise its error."""
    language = get_language() or ""
    request = BeginRequest(buyer, _asked(buyer, BEGIN, key, {}), language)
    (answer,) = beginning.begin_many(buyer.brand, [request], utc_now())
    return _raised(answer)


def add(buyer: Buyer, key: str, body: Mapping[str, Any]) -> Reply:
    """Put something into the buyer's cart under an idempotency key, and raise its error."""
    return cart.change(_add_request(buyer, key, body, get_language() or ""))


def pay(buyer: Buyer, key: str, checkout_id: str, body: Mapping[str, Any]) -> Reply:
    """Pay a checkout under an idempotency key, and raise its error."""
    language = get_language() or ""
    return payment.pay(_pay_request(buyer, key, {**body, "checkout": checkout_id}, language))


def perform_hold(brand_id: str, commands: Sequence[Command]) -> list[Outcome]:
    def read(command: Command, buyer: Buyer, language: str) -> BeginRequest:
        command_bodies.read(command.body, HoldIn)
        return BeginRequest(buyer, _asked(buyer, BEGIN, command.id, {}), language)

    def begin_many(brand: Brand, requests: Sequence[BeginRequest]) -> list[Reply | ShowfloorError]:
        return beginning.begin_many(brand, requests, utc_now())

    refused = {number: outcome for number, command in enumerate(commands)
               if (outcome := _refused_again(brand_id, command)) is not None}  # fmt: skip
    others = [one for number, one in enumerate(commands) if number not in refused]
    done = iter(_together(brand_id, others, read, begin_many, "checkout") if others else ())
    return [refused.get(number) or next(done) for number in range(len(commands))]


def _refused_again(brand_id: str, command: Command) -> Outcome | None:
    """Refuse, from memory alone, a buyer whose cart was refused a moment ago and is still sold
    out."""
    refusal = refused_buyers.refusal(brand_id, command.claims.sub)
    if refusal is None or command.body:
        return None
    with override_language(refusal.language) as speak:
        speak(_language_of(command))
        return Outcome(problem=problem(in_words(refusal.error)))


def perform_add(brand_id: str, commands: Sequence[Command]) -> list[Outcome]:
    def read(command: Command, buyer: Buyer, language: str) -> AddRequest:
        body = command_bodies.read(command.body, CartAddIn)
        return _add_request(buyer, command.id, body, language)

    return _together(brand_id, commands, read, cart.change_many, "cart")


def perform_set(brand_id: str, commands: Sequence[Command]) -> list[Outcome]:
    def read(command: Command, buyer: Buyer, language: str) -> SetRequest:
        body = command_bodies.read(command.body, CartSetIn)
        return SetRequest(
            buyer, body["sku"], body["quantity"], body.get("version"), language=language
        )

    return _together(brand_id, commands, read, cart.change_many, "cart")


def perform_update(brand_id: str, commands: Sequence[Command]) -> list[Outcome]:
    def read(command: Command, buyer: Buyer, language: str) -> UpdateRequest:
        body = command_bodies.read(command.body, CheckoutUpdateIn)
        details = Details(**{name: body.get(name) for name in DETAILS})
        option = body.get("shipping_option")
        return UpdateRequest(buyer, body["checkout"], details, option, language)

    return _together(brand_id, commands, read, filling_in.update_many, "checkout")


def perform_pay(brand_id: str, commands: Sequence[Command]) -> list[Outcome]:
    """Store the attempts; the next step asks the provider, and goes on with `perform_paid`."""

    def read(command: Command, buyer: Buyer, language: str) -> PayRequest:
        body = command_bodies.read(command.body, PayIn)
        return _pay_request(buyer, command.id, body, language)

    def start_many(
        brand: Brand, requests: Sequence[PayRequest]
    ) -> list[Started | Reply | ShowfloorError]:
        return payment.start_many(brand, requests, utc_now())

    return _together(brand_id, commands, read, start_many, "payment")


def perform_paid(_brand_id: str, commands: Sequence[Command]) -> list[Outcome]:
    """Settle what providers answered."""
    asked = [Asked(**command.body) for command in commands]
    brand = asked[0].started.request.buyer.brand  # as it was read for the first step
    return [_outcome(one, "payment") for one in payment.settle_many(brand, asked, utc_now())]


def perform_notices(_place: str, commands: Sequence[Command]) -> list[Outcome]:
    """Take notices of payment providers, of any brand."""
    taken = [command.body["told"] for command in commands]
    outcomes = webhook.take_many(taken, utc_now())
    return [Outcome(result={"taken": {"outcome": one}}) for one in outcomes]


def _together[R](
    brand_id: str, commands: Sequence[Command], read: Callable[[Command, Buyer, str], R],
    do_many: Callable[[Brand, Sequence[R]], Sequence[Started | Reply | ShowfloorError]], name: str,
) -> list[Outcome]:  # fmt: skip
    """Read each command, do in one transaction those that are as they should be, and return the
    outcome of each. `name`: the key that an answer stands under."""
    now = utc_now()
    brand, has_bans = bans.brand_with_bans(brand_id, now)
    claims = [one.claims for one in commands]
    banned = bans.banned_among(brand_id, claims, now) if has_bans else frozenset[str]()
    outcomes: list[Outcome | None] = []
    requests: list[R] = []
    with override_language(brand.language) as speak:
        for command in commands:
            language = _language_of(command)
            speak(language)
            region = region_of(command.accept_language)
            buyer = Buyer(brand, command.claims.sub, command.claims.network, region)
            try:
                if buyer.owner in banned:
                    raise Forbidden(_("You can't take part here."), code="banned")
                requests.append(read(command, buyer, language))
                outcomes.append(None)
            except ShowfloorError as error:
                outcomes.append(Outcome(problem=problem(error)))
    answers = iter(do_many(brand, requests) if requests else ())
    return [one if one is not None else _outcome(next(answers), name) for one in outcomes]


def _language_of(command: Command) -> str:
    header = command.accept_language
    return preferred(header) if header else command.language


def _outcome(answer: Started | Reply | ShowfloorError, name: str) -> Outcome:
    if isinstance(answer, ShowfloorError):
        return Outcome(problem=problem(answer))
    if isinstance(answer, Started):
        return Outcome(next_step=Step(PAID, answer.ask, {"started": answer}))
    if answer.status >= 400:  # a card that was declined is an answer under its key
        return Outcome(problem=answer.body, replayed=answer.replayed)
    return Outcome(result={name: answer.body}, replayed=answer.replayed)


def _add_request(buyer: Buyer, key: str, body: Mapping[str, Any], language: str) -> AddRequest:
    asked = {
        "sku": body["sku"], "quantity": body.get("quantity", 1), "show": body.get("show"),
        "show_time_s": body.get("show_time_s"),
    }  # fmt: skip
    return AddRequest(
        buyer, asked["sku"], asked["quantity"], Attribution(asked["show"], asked["show_time_s"]),
        _asked(buyer, ADD, key, asked), language, body.get("market") or "",
    )  # fmt: skip


def _pay_request(buyer: Buyer, key: str, body: Mapping[str, Any], language: str) -> PayRequest:
    method, path = body.get("payment_method") or "", body.get("return_path", "/")
    saved, keeps = body.get("saved_method") or "", body.get("keep_method", False)
    if len(method) > payment.METHOD_CHARS_MAX or bool(method) == bool(saved):
        raise Invalid(_("This is not what is asked for here."), field="payment_method")
    if len(path) > PATH_CHARS_MAX or not re.fullmatch(OWN_PATH, path):
        raise Invalid(_("This is not what is asked for here."), field="return_path")
    named = [body["checkout"], method, *([saved] if saved else []), *(["keep"] if keeps else [])]
    asked = _asked(buyer, PAY, key, named)
    choice = PaymentChoice(method, absolute(buyer.brand, path), saved, keeps)
    return PayRequest(buyer, body["checkout"], choice, asked, language)


def _asked(buyer: Buyer, operation: str, key: str, body: Any) -> idempotency.Request:
    headers = {idempotency.HEADER: key}
    return idempotency.request(buyer.brand.pk, buyer.owner, operation, headers, body)


def _raised(answer: Reply | ShowfloorError) -> Reply:
    if isinstance(answer, ShowfloorError):
        raise answer
    return answer


# --- the API's addresses that need no Django: a body that is as the API says is a command, and the
# --- API says what is wrong with every other one


_IN_ADDRESS = {"line1", "line2", "postal_code", "city", "region", "country"}
_DIRECT = {"email", "name", "shipping_option"}


def _added(_path: re.Match[str], body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    sku, show, at = body.get("sku"), body.get("show"), body.get("show_time_s")
    is_right = (
        body.keys() <= CartAddIn.__annotations__.keys()
        and isinstance(sku, str)
        and len(sku) <= SKU_CHARS_MAX
        and _is_quantity(body.get("quantity", 1))
        and (show is None or (isinstance(show, str) and len(show) <= SHOW_CHARS_MAX))
        and isinstance(body.get("market", ""), str)
        and (at is None or (type(at) in {int, float} and math.isfinite(at)))
    )
    if not is_right:
        return None
    return body if at is None else {**body, "show_time_s": float(at)}


def _begun(_path: re.Match[str], body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return None if body else body


def _entered(path: re.Match[str], body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the fields of the body and of its address side by side, with the checkout's id."""
    address = body.get("address")
    address = {} if address is None else address
    if not isinstance(address, dict):
        return None
    direct = {name: value for name, value in body.items() if name != "address"}
    is_right = (
        direct.keys() <= _DIRECT
        and address.keys() <= _IN_ADDRESS
        and all(_is_text(value, TEXT_CHARS_MAX) for value in (*direct.values(), *address.values()))
        and _is_text(body.get("shipping_option"), OPTION_CHARS_MAX)
    )
    return {**direct, **address, "checkout": path[1]} if is_right else None


def _paid(path: re.Match[str], body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    method, back = body.get("payment_method", ""), body.get("return_path", "/")
    saved = body.get("saved_method", "")
    is_right = (
        body.keys() <= {"payment_method", "saved_method", "return_path", "keep_method"}
        and isinstance(method, str)
        and isinstance(saved, str)
        and isinstance(body.get("keep_method", False), bool)
        and bool(method) != bool(saved)
        and len(method) <= payment.METHOD_CHARS_MAX
        and len(saved) <= OPTION_CHARS_MAX
        and isinstance(back, str)
        and len(back) <= PATH_CHARS_MAX
        and re.fullmatch(OWN_PATH, back) is not None
    )
    return {**body, "checkout": path[1]} if is_right else None


def _read_notice(path: re.Match[str], headers: Mapping[str, str], body: bytes) -> Taken | Outcome:
    try:
        found = webhook.read(webhook.Address(path[1]), headers, body, utc_now())
    except ShowfloorError as error:
        return Outcome(problem=problem(error))
    return Outcome(result={"taken": {"outcome": found}}) if isinstance(found, str) else found


def _may_ask(path: re.Match[str]) -> bool:
    """Return whether a notice for an address may have to be asked about at its provider."""
    return webhook.may_ask(webhook.Address(path[1]))


def _is_text(value: object, most: int) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= most)


def _is_quantity(value: object) -> bool:
    """Return whether the value is a whole number near those that rules.check_quantity allows."""
    return type(value) is int and abs(value) <= QUANTITY_BOUND


COMMANDS = (
    CommandKind(
        "hold", Lane.PROMPT, HoldIn, perform_hold,
        "Freeze the cart's prices and hold its stock: the beginning of a checkout.",
        Scope.BRAND, CommandRoute("POST", re.compile("/api/v1/checkouts"), _begun, 201, "checkout"),
    ),
    CommandKind(
        "cart.add", Lane.PROMPT, CartAddIn, perform_add, "Put more of a variant into the cart.",
        Scope.BRAND, CommandRoute("POST", re.compile("/api/v1/cart/items"), _added, 200, "cart"),
    ),
    CommandKind(
        "cart.set", Lane.PROMPT, CartSetIn, perform_set,
        "Have exactly so many of a variant in the cart, 0 for none.", Scope.BRAND,
    ),
    CommandKind(
        "checkout.update", Lane.NEXT, CheckoutUpdateIn, perform_update,
        "Set the recipient, the address and the shipping of a checkout.", Scope.BRAND,
        CommandRoute(
            "PATCH", re.compile("/api/v1/checkouts/([^/]+)"), _entered, 200, "checkout",
            has_key=False,
        ),
    ),
    CommandKind(
        "checkout.pay", Lane.NEXT, PayIn, perform_pay,
        "Pay a checkout with what the provider gave the browser for a card.", Scope.BRAND,
        CommandRoute(
            "POST", re.compile("/api/v1/checkouts/([^/]+)/pay"), _paid, 200, "payment"
        ),
    ),
    CommandKind(
        PAID, Lane.NEXT, NothingIn, perform_paid, "Settle what the provider answered.",
        Scope.BRAND, is_inner=True,
    ),
    CommandKind(
        NOTICE, Lane.NEXT, NothingIn, perform_notices, "Take a notice of a payment provider.",
        Scope.BRAND, is_inner=True,
        signed=SignedRoute(
            re.compile("/api/v1/webhooks/payments/([^/]+)"), _read_notice,
            webhook.NOTICE_BYTES_MAX, "taken", _may_ask,
        ),
    ),
)  # fmt: skip
