"""Cart, checkout and orders over HTTP. Prices are never taken from a request."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from ninja import Router, Schema
from pydantic import ConfigDict, Field, StrictBool, StrictInt

from showfloor.accounts import permissions as access
from showfloor.accounts.permissions import ViewerRequest
from showfloor.checkout import commands, entitlements, queries, rules, saved_method_views
from showfloor.checkout.buyer import buyer_of
from showfloor.checkout.entitlements import EntitlementView
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.services import (
    addresses,
    cart,
    checkout,
    filling_in,
    payment,
    saved_methods,
    webhook,
)
from showfloor.checkout.services.cart import Attribution, SetRequest
from showfloor.checkout.wire import (
    CartView,
    CheckoutView,
    OrderView,
    PaymentView,
    SavedAddresses,
    SavedMethods,
)
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import TooLarge
from showfloor.kernel.problems import CONTENT_TYPE
from showfloor.outbox import idempotency
from showfloor.outbox.idempotency import Reply
from showfloor.pricing import vat_numbers

router = Router(tags=["buying"])

Quantity = Annotated[StrictInt, Field(ge=-commands.QUANTITY_BOUND, le=commands.QUANTITY_BOUND)]
Text = Annotated[str, Field(max_length=commands.TEXT_CHARS_MAX)]


class _In(Schema):
    model_config = ConfigDict(extra="forbid")


class CartItemIn(_In):
    sku: Annotated[str, Field(max_length=commands.SKU_CHARS_MAX)]
    quantity: Quantity = 1
    show: Annotated[str, Field(max_length=commands.SHOW_CHARS_MAX)] | None = None
    show_time_s: Annotated[float, Field(allow_inf_nan=False)] | None = None
    market: Annotated[str, Field(max_length=20)] = ""


class BundleIn(_In):
    show: Annotated[str, Field(max_length=commands.SHOW_CHARS_MAX)] | None = None
    show_time_s: Annotated[float, Field(allow_inf_nan=False)] | None = None


class QuantityIn(_In):
    quantity: Quantity
    version: Annotated[StrictInt, Field(ge=0, le=2**53)] | None = None


class AddressIn(_In):
    line1: Text | None = None
    line2: Text | None = None
    postal_code: Text | None = None
    city: Text | None = None
    region: Text | None = None
    country: Text | None = None


class CheckoutIn(_In):
    email: Text | None = None
    name: Text | None = None
    address: AddressIn | None = None
    shipping_option: Annotated[str, Field(max_length=commands.OPTION_CHARS_MAX)] | None = None
    voucher: Annotated[str, Field(max_length=100)] | None = None  # a code; empty for none
    gift_note: Text | None = None
    wrapped: bool | None = None
    begin_at_once: StrictBool | None = None  # see `withdrawal_exceptions`
    vat_id: Text | None = None
    gift: StrictBool | None = None  # false: no free gift, please


class SavedAddressIn(_In):
    name: Text | None = None
    address: AddressIn | None = None
    is_default: bool | None = None


class PayIn(_In):
    # One of the two: the token of the browser, or one of the member's saved methods.
    payment_method: Annotated[
        str | None, Field(min_length=1, max_length=payment.METHOD_CHARS_MAX)
    ] = None
    saved_method: Annotated[
        str | None, Field(min_length=1, max_length=commands.OPTION_CHARS_MAX)
    ] = None
    keep_method: StrictBool = False  # the member agrees that the provider keeps the method
    # The path on our own site that the bank's page leads back to, with the moment of the show.
    return_path: Annotated[
        str, Field(max_length=commands.PATH_CHARS_MAX, pattern=commands.OWN_PATH)
    ] = "/"


class NothingIn(_In):
    pass


class MarketIn(_In):
    market: Annotated[str, Field(max_length=20, description="Empty: the brand's home market")]


@router.get("/cart", response=CartView, summary="The cart at the prices and stock of now")
@access.viewer
def get_cart(request: ViewerRequest) -> HttpResponse:
    return _json(queries.cart_view(buyer_of(request.viewer)))


@router.put("/cart/market", response=CartView, summary="Move the cart to another market")
@access.viewer
def put_cart_market(request: ViewerRequest, body: MarketIn) -> HttpResponse:
    buyer = buyer_of(request.viewer)
    cart.move(buyer, body.market)
    return _json(queries.cart_view(buyer))


@router.post("/cart/items", response=CartView, summary="Put more of a variant into the cart")
@access.viewer
def post_cart_item(request: ViewerRequest, body: CartItemIn) -> HttpResponse:
    key = request.headers.get(idempotency.HEADER, "")
    return _reply(commands.add(buyer_of(request.viewer), key, body.dict()))


@router.patch(
    "/cart/items/{path:sku}", response=CartView,
    summary="Have exactly so many in the cart; 0 for none",
)  # fmt: skip
@access.viewer
def patch_cart_item(request: ViewerRequest, sku: str, body: QuantityIn) -> HttpResponse:
    buyer, language = buyer_of(request.viewer), get_language() or ""
    wanted = SetRequest(buyer, sku, body.quantity, body.version, language=language)
    return _reply(cart.change(wanted))


@router.get(
    "/entitlements", response=list[EntitlementView],
    summary="What the buyer may attend, watch and download",
)  # fmt: skip
@access.viewer
def get_entitlements(request: ViewerRequest) -> HttpResponse:
    buyer = buyer_of(request.viewer)
    found = entitlements.list_of(buyer.brand.pk, buyer.owner, utc_now())
    response = JsonResponse(found, safe=False)
    response["Cache-Control"] = "no-store"
    return response


@router.get("/addresses", response=SavedAddresses, summary="The addresses that a member keeps")
@access.viewer
def get_addresses(request: ViewerRequest) -> HttpResponse:
    return _json(queries.addresses_view(addresses.of(buyer_of(request.viewer))))


@router.post(
    "/addresses", response={201: SavedAddresses}, summary="Keep an address for later purchases"
)
@access.viewer
def post_address(request: ViewerRequest, body: SavedAddressIn) -> HttpResponse:
    return _json(_saved(request, body), 201)


@router.patch(
    "/addresses/{address_id}", response=SavedAddresses, summary="Change an address that is kept"
)
@access.viewer
def patch_address(request: ViewerRequest, address_id: str, body: SavedAddressIn) -> HttpResponse:
    return _json(_saved(request, body, address_id))


@router.delete(
    "/addresses/{address_id}", response=SavedAddresses, summary="Delete an address that is kept"
)
@access.viewer
def delete_address(request: ViewerRequest, address_id: str) -> HttpResponse:
    rest = addresses.delete(buyer_of(request.viewer), address_id)
    return _json(queries.addresses_view(rest))


@router.get(
    "/payment-methods", response=SavedMethods, summary="The payment methods that a member keeps"
)
@access.viewer
def get_payment_methods(request: ViewerRequest) -> HttpResponse:
    return _json(saved_method_views.view(saved_methods.of(buyer_of(request.viewer)), utc_now()))


@router.delete(
    "/payment-methods/{method_id}", response=SavedMethods,
    summary="Remove a payment method, at the provider, too",
)  # fmt: skip
@access.viewer
def delete_payment_method(request: ViewerRequest, method_id: str) -> HttpResponse:
    now = utc_now()
    rest = saved_methods.remove(buyer_of(request.viewer), method_id, now)
    return _json(saved_method_views.view(rest, now))


def _saved(request: ViewerRequest, body: SavedAddressIn, address_id: str = "") -> SavedAddresses:
    address = body.address or AddressIn()
    details = rules.Details(name=body.name, **address.dict())
    kept = addresses.save(
        buyer_of(request.viewer), details, utc_now(), address_id=address_id,
        is_default=body.is_default,
    )  # fmt: skip
    return queries.addresses_view(kept)


@router.post(
    "/checkouts", response={201: CheckoutView},
    summary="Freeze prices and hold stock for the cart",
)  # fmt: skip
@access.viewer
def post_checkout(request: ViewerRequest, body: NothingIn) -> HttpResponse:
    key = request.headers.get(idempotency.HEADER, "")
    buyer = buyer_of(request.viewer, request.headers.get("Accept-Language", ""))
    return _reply(commands.begin(buyer, key))


@router.post(
    "/reservations/{reservation_id}/release", response=CartView,
    summary="Give back what is kept for the buyer",
)  # fmt: skip
@access.viewer
def post_release(request: ViewerRequest, reservation_id: str, body: NothingIn) -> HttpResponse:
    buyer = buyer_of(request.viewer)
    reservations.release(buyer.brand.pk, buyer.owner, reservation_id, utc_now())
    return _json(queries.cart_view(buyer))


@router.post(
    "/cart/bundles/{bundle_id}", response=CartView, summary="Put one set of a bundle into the cart"
)
@access.viewer
def post_bundle(request: ViewerRequest, bundle_id: str, body: BundleIn) -> HttpResponse:
    place = Attribution(body.show, body.show_time_s)
    return _reply(cart.add_bundle(buyer_of(request.viewer), bundle_id, place))


@router.get("/checkouts/{checkout_id}", response=CheckoutView, summary="A checkout")
@access.viewer
def get_checkout(request: ViewerRequest, checkout_id: str) -> HttpResponse:
    found = queries.checkout_of(buyer_of(request.viewer), checkout_id)
    return _json(queries.checkout_view(found))


@router.patch(
    "/checkouts/{checkout_id}", response=CheckoutView,
    summary="Set the recipient, the address and the shipping",
)  # fmt: skip
@access.viewer
def patch_checkout(request: ViewerRequest, checkout_id: str, body: CheckoutIn) -> HttpResponse:
    address = body.address or AddressIn()
    details = rules.Details(
        email=body.email, name=body.name, gift_note=body.gift_note, vat_id=body.vat_id,
        **address.dict(),
    )  # fmt: skip
    extras = filling_in.Extras(body.voucher, body.wrapped, body.begin_at_once, body.gift)
    buyer = buyer_of(request.viewer)
    notice = ""
    if details.vat_id and details.vat_id.strip():  # the register is asked outside of a transaction
        country = details.country or queries.checkout_of(buyer, checkout_id).country
        checked = vat_numbers.check(buyer.brand, details.vat_id, destination=country, now=utc_now())
        notice, details = checked.notice, replace(details, vat_id=checked.number)
    view = filling_in.update(buyer, checkout_id, details, body.shipping_option, extras)
    return _json({**view, "vat_notice": notice})


@router.delete(
    "/checkouts/{checkout_id}", response={204: None},
    summary="Leave a checkout and give its stock back",
)  # fmt: skip
@access.viewer
def delete_checkout(request: ViewerRequest, checkout_id: str) -> HttpResponse:
    checkout.abandon(buyer_of(request.viewer), checkout_id)
    return HttpResponse(status=204)


@router.post(
    "/checkouts/{checkout_id}/pay", response=PaymentView,
    summary="Pay; 402 when the card was declined",
)  # fmt: skip
@access.viewer
def post_pay(request: ViewerRequest, checkout_id: str, body: PayIn) -> HttpResponse:
    key = request.headers.get(idempotency.HEADER, "")
    return _reply(commands.pay(buyer_of(request.viewer), key, checkout_id, body.dict()))


@router.post(
    "/checkouts/{checkout_id}/payment", response=PaymentView,
    summary="Ask how the payment stands, after the buyer was at their bank",
)  # fmt: skip
@access.viewer
def post_payment(request: ViewerRequest, checkout_id: str, body: NothingIn) -> HttpResponse:
    return _reply(payment.look(buyer_of(request.viewer), checkout_id))


@router.get("/orders/{number}", response=OrderView, summary="One of the viewer's orders")
@access.viewer
def get_order(request: ViewerRequest, number: str) -> HttpResponse:
    return _json(queries.order_view(queries.order_of(buyer_of(request.viewer), number)))


@router.post("/webhooks/payments/{provider}", summary="Signed notices of a payment provider")
@access.signed("the payment provider")
def post_payment_webhook(request: HttpRequest, provider: str) -> HttpResponse:
    return _take_notice(request, webhook.Address(provider))


@router.post(
    "/webhooks/payments/{provider}/{account_id}",
    summary="Signed notices for a brand's own account at a payment provider",
)
@access.signed("the payment provider")
def post_account_webhook(request: HttpRequest, provider: str, account_id: str) -> HttpResponse:
    return _take_notice(request, webhook.Address(provider, account_id))


def _take_notice(request: HttpRequest, address: webhook.Address) -> HttpResponse:
    if len(request.body) > webhook.NOTICE_BYTES_MAX:
        raise TooLarge("A notice is smaller than that.")
    return _json({"outcome": webhook.receive(address, request.headers, request.body, utc_now())})


def _reply(reply: Reply) -> HttpResponse:
    response = _json(reply.body, reply.status)
    if reply.replayed:
        response[idempotency.REPLAYED] = "true"
    return response


def _json(body: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """Private to one buyer: no cache keeps it."""
    kind = CONTENT_TYPE if status >= 400 else "application/json"
    response = JsonResponse(dict(body), status=status, content_type=kind)
    response["Cache-Control"] = "no-store"
    return response
