"""Shapes of carts, checkouts and orders in JSON. Times are ISO 8601 with milliseconds, money is in
minor units."""

from typing import NotRequired, TypedDict


class CartItem(TypedDict):
    """One line of a cart. `available` counts what the buyer's own checkout keeps."""

    sku: str
    variant_id: str
    product_id: str
    name: str
    options: dict[str, str]
    image_url: str | None
    quantity: int
    price: int
    line_total: int
    available: int


class CartView(TypedDict):
    """A cart at the prices and stock of now. `held`: units that the buyer's own open checkout
    keeps, by variant; the timeline's stock is without them."""

    currency: str
    items: list[CartItem]
    subtotal: int
    count: int
    held: dict[str, int]


class Totals(TypedDict):
    """`tax_rate_bp`: basis points of the tax that the total includes."""

    subtotal: int
    shipping: int
    tax_included: int
    tax_rate_bp: int
    total: int
    currency: str


class AddressView(TypedDict):
    line1: str
    line2: str
    postal_code: str
    city: str
    country: str


class OrderedLine(TypedDict):
    """A line of a checkout or an order, at the price that was frozen."""

    sku: str
    variant_id: str | None
    name: str
    options: dict[str, str]
    image_url: str | None
    quantity: int
    price: int
    line_total: int


class ShippingChoice(TypedDict):
    id: str
    name: str
    price: int
    note: str
    countries: list[str]


class CheckoutView(TypedDict):
    """A checkout: `state` is holding, paying, completed, abandoned or expired. `countries`: ISO
    3166-1 codes of the places that the brand sends to; `shipping_options`: those for the chosen
    country."""

    id: str
    state: str
    expires_at: str
    lines: list[OrderedLine]
    email: str
    name: str
    address: AddressView
    countries: list[str]
    postal_code_required: bool
    shipping_options: list[ShippingChoice]
    shipping_option: str | None
    totals: Totals


class OrderView(TypedDict):
    """An order. `url`: its page, open to everyone who has this address."""

    number: str
    url: str
    state: str
    is_test: bool
    cancel_reason: str | None
    payment_state: str
    placed_at: str
    totals: Totals
    lines: list[OrderedLine]
    email: str
    name: str
    address: AddressView
    shipping: str


class OrderState(TypedDict):
    """The order of a payment, as it is after it."""

    number: str
    url: str
    state: str
    payment_state: str


class PaymentView(TypedDict):
    """The answer to a payment. `action`: what the provider asks the buyer to do first."""

    payment_state: str
    order: OrderState | None
    action: NotRequired[str]
