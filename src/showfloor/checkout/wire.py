"""Shapes of carts, checkouts and orders in JSON. Times are ISO 8601 with milliseconds, money is in
minor units."""

from typing import NotRequired, TypedDict

from showfloor.checkout.address_formats import AddressField


class CartItem(TypedDict):
    """One line of a cart. `available` counts what the buyer's own checkout keeps. `price`: of one
    unit now; `compare_at_price` and `lowest_price_30d`: beside a reduction; `sale`: its name."""

    sku: str
    variant_id: str
    product_id: str
    name: str
    options: dict[str, str]
    image_url: str | None
    quantity: int
    price: int
    compare_at_price: int | None
    lowest_price_30d: int | None
    sale: str | None
    line_total: int
    available: int


class UnavailableItem(TypedDict):
    """A line without a price in the cart's market: it can't be bought there."""

    sku: str
    name: str


class ReservedItem(TypedDict):
    """Goods that are kept for the buyer until `expires_at`, before a checkout: `price` of one unit,
    their own or today's. `kind` and `ref`: what keeps them (`wait`, `deal`, `auction`, …), and its
    id. `in_checkout`: the buyer's open checkout has them. `time_left_s`: null while the timer runs;
    while the sale is paused, what is left when it goes on."""

    id: str
    kind: str
    ref: str
    label: str
    sku: str
    variant_id: str
    product_id: str
    name: str
    options: dict[str, str]
    image_url: str | None
    quantity: int
    price: int
    line_total: int
    expires_at: str
    time_left_s: float | None
    in_checkout: bool


class CartGift(TypedDict):
    """The free gift that a cart brings: `missing` is what lacks to it, 0 when it is reached.
    `is_there`: False when it is sold out."""

    label: str
    name: str
    missing: int
    is_there: bool


class BundlePart(TypedDict):
    """Units of one variant in a bundle."""

    sku: str
    variant_id: str
    product_id: str
    name: str
    quantity: int


class CartBundle(TypedDict):
    """Goods that cost `price` together and are `worth` more by themselves. The cart holds the set
    `times`, which takes `off` so much."""

    id: str
    name: str
    price: int
    worth: int
    times: int
    off: int
    items: list[BundlePart]


class CheckoutGift(TypedDict):
    """The free gift of a checkout: `state` is given, sold-out or refused."""

    label: str
    name: str
    state: str


class CartView(TypedDict):
    """A cart at the prices and stock of now. `held`: units that the buyer's own open checkout
    keeps, by variant; the timeline's stock is without them. `version` counts the cart's changes.
    `reserved`: goods that are kept for the buyer; they are in `subtotal` and `count`.
    `bundles`: all that are sold here; what they take off is not in `subtotal` any more."""

    version: int
    currency: str
    market: str  # the short name of its market, empty for the brand's home market
    unpriced: list[UnavailableItem]
    items: list[CartItem]
    reserved: list[ReservedItem]
    gift: CartGift | None
    bundles: list[CartBundle]
    subtotal: int
    count: int
    held: dict[str, int]


class AdjustmentRow(TypedDict):
    """A change of an amount and its reason: `kind` is price-list, reserved, gift, bundle,
    voucher or tax-relief; `amount` is negative for a reduction."""

    kind: str
    source: str
    label: str
    amount: int


class TaxRow(TypedDict):
    """The amounts of one rate in basis points: `tax` on `net`. `exemption`: the reason for a rate
    of 0, or empty."""

    rate_bp: int
    net: int
    tax: int
    exemption: str


class Totals(TypedDict):
    """`subtotal` and `shipping` at list price, `discount` what all adjustments take off;
    `tax_included` is the whole tax in `total`, `tax_added` its part on top of the prices.
    total = subtotal + shipping + tax_added - discount."""

    subtotal: int
    discount: int
    shipping: int
    shipping_adjustments: list[AdjustmentRow]
    tax_included: int
    tax_added: int
    taxes: list[TaxRow]
    total: int
    currency: str


class AddressView(TypedDict):
    line1: str
    line2: str
    postal_code: str
    city: str
    region: str
    country: str


class SavedAddressView(TypedDict):
    """An address that a member keeps."""

    id: str
    name: str
    address: AddressView
    is_default: bool


class SavedAddresses(TypedDict):
    """The default one first."""

    addresses: list[SavedAddressView]


class SavedMethodView(TypedDict):
    """A payment method that a member keeps. `brand`: the card's network as it is written, or the
    kind of another method; `last4` and `expires` (MM/YY) are empty where it has none."""

    id: str
    brand: str
    last4: str
    expires: str
    is_expired: bool


class SavedMethods(TypedDict):
    """The one that was used last first."""

    methods: list[SavedMethodView]


class OrderedLine(TypedDict):
    """A line of a checkout or an order, at the price that was frozen. `price` is of one unit,
    `line_total` of all of them after the adjustments. `withdrawal_note`: why the right of
    withdrawal does not hold for it; empty where it does."""

    sku: str
    variant_id: str | None
    name: str
    options: dict[str, str]
    image_url: str | None
    quantity: int
    price: int
    adjustments: list[AdjustmentRow]
    line_total: int
    withdrawal_note: str


class ShippingChoice(TypedDict):
    """A way to send. `kind` is delivery or pickup; `deliver_from` and `deliver_to` are dates, ISO
    8601, where the brand says how many working days it takes."""

    id: str
    name: str
    price: int
    note: str
    countries: list[str]
    kind: str
    pickup_address: str
    pickup_hours: str
    deliver_from: str | None
    deliver_to: str | None


class CheckoutView(TypedDict):
    """A checkout: `state` is holding, paying, completed, abandoned or expired. `time_left_s`: null
    while its timer runs; while the sale is paused, what is left when it goes on. `countries`: ISO
    3166-1 codes of the places that the brand sends to; `shipping_options`: those for the country,
    the weight and the value of the goods; `address_rows`: the country's fields of an address, row
    by row; `needs_shipping`: false where nothing is sent, and the country is enough of an address;
    `wrapping_price`: null where nothing is wrapped; `voucher`: the code that counts;
    `needs_consent`: it has digital content, whose buyer agrees (`consented`, set by
    `begin_at_once`) that it begins at once and that the right of withdrawal is lost by it;
    `vat_notice`: why tax is charged although a VAT number was just entered;
    `legal`: the addresses of the texts that the purchase is made under, by their kind."""

    id: str
    state: str
    expires_at: str
    time_left_s: float | None
    lines: list[OrderedLine]
    email: str
    name: str
    address: AddressView
    countries: list[str]
    postal_code_required: bool
    address_rows: list[list[AddressField]]
    vat_id: str
    vat_notice: str
    gift_note: str
    wrapped: bool
    wrapping_price: int | None
    needs_shipping: bool
    needs_consent: bool
    consented: bool
    voucher: str | None
    gift: CheckoutGift | None
    shipping_options: list[ShippingChoice]
    shipping_option: str | None
    totals: Totals
    legal: dict[str, str]


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
    needs_shipping: bool
    shipping: str
    pickup: str
    deliver_from: str | None
    deliver_to: str | None
    gift_note: str
    vat_id: str


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
