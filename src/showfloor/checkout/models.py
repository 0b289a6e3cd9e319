"""From the cart to the order, and the money between them.

The invariants: one order per checkout; prices come from the catalogue and are frozen when checkout
begins. The tables of money are in `payment_models`; Django looks for them here.
"""

from typing import Any, override

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandOwnedIndexed, BrandScoped
from showfloor.accounts.word_index import WordIndex
from showfloor.checkout import address_formats
from showfloor.checkout.entitlement_models import DownloadFile as DownloadFile
from showfloor.checkout.entitlement_models import Entitlement as Entitlement
from showfloor.checkout.entitlement_models import (
    EntitlementRevocation as EntitlementRevocation,
)
from showfloor.checkout.entitlement_models import ProductGrant as ProductGrant
from showfloor.checkout.pauses.models import SellingPause as SellingPause
from showfloor.checkout.payment_models import EventKind as EventKind
from showfloor.checkout.payment_models import Payment as Payment
from showfloor.checkout.payment_models import PaymentAccount as PaymentAccount
from showfloor.checkout.payment_models import PaymentEvent as PaymentEvent
from showfloor.checkout.payment_models import PaymentState as PaymentState
from showfloor.checkout.payment_models import SavedMethod as SavedMethod
from showfloor.checkout.payment_models import WebhookInbox as WebhookInbox
from showfloor.checkout.reservations.models import CURRENCY_LENGTH as CURRENCY_LENGTH
from showfloor.checkout.reservations.models import Reservation as Reservation
from showfloor.checkout.reservations.models import ReservationState as ReservationState

COUNTRY_LENGTH = 2


class ShippingKind(models.TextChoices):
    DELIVERY = "delivery", _("Delivery to the address")
    PICKUP = "pickup", _("Pick-up by the buyer")


class ShippingOption(BrandOwned):
    """A way to send an order, or a place to fetch it. Prices include tax, in minor units.

    An option is offered for parcels whose country, weight and value it takes. Several options with
    bands that follow each other make a table of prices.
    """

    name = models.CharField(_("name"), max_length=80)
    note = models.CharField(
        _("note"), max_length=120, blank=True, help_text=_("For example: 2–3 working days")
    )
    price = models.PositiveBigIntegerField(_("price, minor units"), default=0)
    currency = models.CharField(_("currency"), max_length=CURRENCY_LENGTH, default="EUR")
    countries: Any = models.JSONField(
        _("countries"), default=list, blank=True,
        help_text=_('Country codes, for example ["DE", "AT"]; empty: everywhere.'),
    )  # fmt: skip
    kind = models.CharField(
        _("kind"), max_length=10, choices=ShippingKind, default=ShippingKind.DELIVERY,
        db_default=ShippingKind.DELIVERY.value,
    )  # fmt: skip
    weight_from_g = models.PositiveIntegerField(
        _("from weight, grams"), default=0, db_default=0,
        help_text=_("Of all goods together; those without a weight count nothing."),
    )  # fmt: skip
    weight_to_g = models.PositiveIntegerField(
        _("below weight, grams"), null=True, blank=True, help_text=_("Empty: any weight.")
    )
    value_from = models.PositiveBigIntegerField(
        _("from value of the goods"), default=0, db_default=0
    )
    value_to = models.PositiveBigIntegerField(
        _("below value of the goods"), null=True, blank=True, help_text=_("Empty: any value.")
    )
    free_from = models.PositiveBigIntegerField(
        _("free from value of the goods"), null=True, blank=True,
        help_text=_("From this value on it costs nothing. Empty: never free."),
    )  # fmt: skip
    days_min = models.PositiveSmallIntegerField(
        _("working days, at least"), null=True, blank=True,
        help_text=_("Until it is there; the buyer sees the dates."),
    )  # fmt: skip
    days_max = models.PositiveSmallIntegerField(_("working days, at most"), null=True, blank=True)
    pickup_address = models.CharField(_("address of the pick-up point"), max_length=200, blank=True)
    pickup_hours = models.CharField(_("opening hours"), max_length=200, blank=True)
    wrapping_price = models.PositiveBigIntegerField(
        _("price of gift wrapping"), null=True, blank=True,
        help_text=_("Empty: nothing is wrapped for this way of sending."),
    )  # fmt: skip
    active = models.BooleanField(_("active"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta(BrandOwned.Meta):
        ordering = ["position", "name"]
        verbose_name = _("shipping option")
        verbose_name_plural = _("shipping options")
        constraints = [
            models.CheckConstraint(
                condition=Q(weight_to_g__isnull=True)
                | Q(weight_to_g__gt=models.F("weight_from_g")),
                name="shipping_weight_band",
                violation_error_message=_("The upper weight must be more than the lower one."),
            ),
            models.CheckConstraint(
                condition=Q(value_to__isnull=True) | Q(value_to__gt=models.F("value_from")),
                name="shipping_value_band",
                violation_error_message=_("The upper value must be more than the lower one."),
            ),
            models.CheckConstraint(
                condition=Q(days_max__isnull=True)
                | Q(days_min__isnull=False, days_max__gte=models.F("days_min")),
                name="shipping_days_in_order",
                violation_error_message=_("The least days come first and are not more."),
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Cart(BrandOwnedIndexed):
    """The things that a buyer means to buy. It keeps no stock: that begins with checkout."""

    owner = models.CharField(max_length=64)  # a viewer token's `sub`
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    market = models.CharField(max_length=26, blank=True, default="")  # id; empty: the home market
    # Counts the changes, so that a page that shows an older cart is found out.
    version = models.PositiveBigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(BrandOwnedIndexed.Meta):
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        constraints = [
            models.UniqueConstraint(fields=["brand", "owner"], name="cart_one_per_owner")
        ]
        indexes = [models.Index(fields=["updated_at"], name="cart_by_age")]

    @override
    def __str__(self) -> str:
        return self.owner


class _Attributed(BrandScoped):
    """The show, and the moment in it, in which something was put into the cart. `show_state`: the
    show's state at that moment; empty where it is not known."""

    show = models.ForeignKey(
        "shows.Show", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("show"),
    )  # fmt: skip
    show_time_s = models.FloatField(null=True, blank=True)  # from the show's `started_at`
    show_state = models.CharField(max_length=10, blank=True, default="", db_default="")

    class Meta(BrandScoped.Meta):
        abstract = True


class CartLine(_Attributed):
    brand_path = "cart__brand"

    cart = models.ForeignKey(  # the constraint below begins with it
        Cart, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    variant = models.ForeignKey("catalogue.Variant", on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta(_Attributed.Meta):
        ordering = ["added_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cart_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cart_line_of_at_least_one"),
        ]


class CheckoutState(models.TextChoices):
    """`holding → paying → completed`; a declined payment leads back to `holding`."""

    HOLDING = "holding", _("Holding stock")
    PAYING = "paying", _("Paying")
    COMPLETED = "completed", _("Completed")
    ABANDONED = "abandoned", _("Abandoned")
    EXPIRED = "expired", _("Expired")


OPEN_STATES = (CheckoutState.HOLDING, CheckoutState.PAYING)


class _Recipient(models.Model):
    """Name and address of a recipient, empty until they are entered. `region`: the state, province
    or prefecture, where the country's addresses have one."""

    name = models.CharField(_("name"), max_length=120, blank=True)
    line1 = models.CharField(_("street and number"), max_length=120, blank=True)
    line2 = models.CharField(_("address, second line"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    region = models.CharField(_("region"), max_length=80, blank=True, default="", db_default="")
    country = models.CharField(_("country"), max_length=COUNTRY_LENGTH, blank=True)

    class Meta:
        abstract = True

    @property
    def address_lines(self) -> list[str]:
        """Return the lines of the address as its country writes them, without the country."""
        return address_formats.lines_of(self)


class SavedAddress(BrandOwned, _Recipient):
    """An address that a member keeps for later purchases at a brand."""

    owner = models.CharField(max_length=64)  # a member's subject
    is_default = models.BooleanField(_("default"), default=False)
    created_at = models.DateTimeField()

    class Meta(BrandOwned.Meta):
        ordering = ["-is_default", "created_at", "id"]
        verbose_name = _("saved address")
        verbose_name_plural = _("saved addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "owner"], condition=Q(is_default=True),
                name="saved_address_one_default",
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["brand", "owner"], name="saved_address_of_owner")]

    @override
    def __str__(self) -> str:
        return f"{self.name}, {self.line1}, {self.postal_code} {self.city}"


class _Addressed(_Recipient):
    """A recipient who can be written to, and what the buyer wants to be done. `vat_id`: the number
    of a business in the EU, checked when it is entered."""

    email = models.EmailField(_("e-mail"), blank=True)
    vat_id = models.CharField(_("VAT number"), max_length=20, blank=True, default="", db_default="")
    gift_note = models.CharField(
        _("gift note"), max_length=300, blank=True, default="", db_default=""
    )

    class Meta:
        abstract = True


class _Totalled(models.Model):
    """A quote as it was when it was frozen, in minor units (`pricing.rules.Quote`).

    `subtotal` and `shipping` are at list price, `discount` is what all adjustments take off,
    `tax_included` is the whole tax inside `total`, of which `tax_added` is on top of the prices.
    `taxes`: `[{rate_bp, net, tax, exemption}]`, one row for each rate, whose sum is the total.
    `shipping_adjustments`: `[{kind, source, label, amount}]`.
    """

    currency = models.CharField(max_length=CURRENCY_LENGTH)
    subtotal = models.PositiveBigIntegerField()
    discount = models.PositiveBigIntegerField(default=0)
    shipping = models.PositiveBigIntegerField(default=0)
    shipping_adjustments: Any = models.JSONField(default=list)
    tax_included = models.PositiveBigIntegerField()
    tax_added = models.PositiveBigIntegerField(default=0)
    taxes: Any = models.JSONField(default=list)
    total = models.PositiveBigIntegerField(_("total, minor units"))

    class Meta:
        abstract = True


_TOTAL_IS_SUM = Q(
    total=models.F("subtotal") + models.F("shipping") + models.F("tax_added") - models.F("discount")
)


class _Agreed(models.Model):
    """The versions of the brand's legal texts that a purchase is made under, as they were when its
    prices were frozen: `{kind: id of a legal.LegalVersion}`; and when the buyer agreed that digital
    content begins at once, and that the right of withdrawal is lost by it."""

    legal_versions: Any = models.JSONField(default=dict)
    consented_at = models.DateTimeField(_("consent to begin at once"), null=True, editable=False)

    class Meta:
        abstract = True


class Checkout(BrandOwnedIndexed, _Addressed, _Totalled, _Agreed):
    """A purchase being made: stock is held for it until `expires_at`, prices no longer move."""

    market = models.CharField(max_length=26, blank=True, default="")  # id; empty: the home market
    owner = models.CharField(max_length=64)  # a viewer token's `sub`
    network = models.CharField(max_length=64, blank=True)  # keyed hash, to limit who holds how much
    state = models.CharField(max_length=10, choices=CheckoutState, default=CheckoutState.HOLDING)
    shipping_option = models.ForeignKey(
        ShippingOption, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    weight_g = models.PositiveBigIntegerField(default=0, db_default=0)  # of all goods
    # Some of the goods are digital content, which begins with the buyer's consent.
    needs_consent = models.BooleanField(default=False, db_default=False)
    # False: it has nothing but downloads and tickets (`_Line.is_sent`).
    needs_shipping = models.BooleanField(default=True, db_default=True)
    # The voucher whose use it has taken: `{id, code, kind, value, variants}`; null for none.
    voucher: Any = models.JSONField(null=True)
    # Its free gift: `{promotion, label, name, state}` (`free_gifts.kept`); null for none.
    gift: Any = models.JSONField(null=True)
    language = models.CharField(max_length=10, default="en")  # what the buyer reads
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # What was left when the timer began to stand still (`pauses.timers`); null: it runs.
    time_left_ms = models.PositiveBigIntegerField(null=True)

    class Meta(BrandOwnedIndexed.Meta):
        verbose_name = _("checkout")
        verbose_name_plural = _("checkouts")
        constraints = [
            # Two open checkouts would hold the same buyer's stock twice.
            models.UniqueConstraint(
                fields=["brand", "owner"], condition=Q(state__in=["holding", "paying"]),
                name="checkout_one_open_per_owner",
            ),
            models.CheckConstraint(condition=_TOTAL_IS_SUM, name="checkout_total_is_sum"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["state", "expires_at"], name="checkout_by_state"),
            # SQLite takes no partial index for `state IN (…)`.
            models.Index(
                fields=["brand", "network", "state", "created_at"], name="checkout_of_network"
            ),
            models.Index(fields=["owner", "created_at"], name="checkout_begun_by_owner"),
            models.Index(
                fields=["time_left_ms"], name="checkout_stands_still",
                condition=Q(time_left_ms__isnull=False),
            ),
        ]  # fmt: skip

    @override
    def __str__(self) -> str:
        return self.id


class _Line(_Attributed):
    """A variant as it was when its price was frozen: later edits change nothing.

    `price` is of one unit at list price; `discount` is what the `adjustments`
    (`[{kind, source, label, amount}]`) take off the whole line.
    """

    variant = models.ForeignKey(
        "catalogue.Variant", null=True, on_delete=models.RESTRICT, related_name="+"
    )  # goods that were sold are archived, not deleted
    position = models.PositiveIntegerField()
    sku = models.CharField(_("SKU"), max_length=120)
    product_name = models.CharField(_("product"), max_length=200)
    options: Any = models.JSONField(_("options"), default=dict)
    image = models.CharField(max_length=200, blank=True)  # path below MEDIA_ROOT
    quantity = models.PositiveIntegerField(_("quantity"))
    price = models.PositiveBigIntegerField(_("price, minor units"))
    discount = models.PositiveBigIntegerField(default=0)
    adjustments: Any = models.JSONField(default=list)
    tax_class = models.CharField(max_length=16, default="standard")
    tax_rate_bp = models.PositiveIntegerField(default=0)
    # Of the product then (`catalogue.facts.WithdrawalException`); empty: none.
    withdrawal_exception = models.CharField(max_length=12, blank=True, default="", db_default="")
    is_sent = models.BooleanField(default=True, db_default=True)  # of the product then

    class Meta(_Attributed.Meta):
        abstract = True

    @property
    def line_total(self) -> int:
        return self.price * self.quantity - self.discount


class CheckoutLine(_Line):
    brand_path = "checkout__brand"

    checkout = models.ForeignKey(  # the constraint below begins with it
        Checkout, on_delete=models.CASCADE, related_name="lines", db_index=False
    )

    class Meta(_Line.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["checkout", "variant"], name="checkout_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="checkout_line_of_one"),
        ]


class OrderState(models.TextChoices):
    """`placed` when the money was authorised, `confirmed` when it was captured and stock taken,
    `completed` when nothing is left to be sent: at once where nothing ever is."""

    PLACED = "placed", _("Placed")
    CONFIRMED = "confirmed", _("Confirmed")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class CancelReason(models.TextChoices):
    SOLD_OUT = "sold-out", _("Paid, but the stock was gone: refunded")
    NOT_CAPTURED = "not-captured", _("The payment never arrived")
    BY_STAFF = "by-staff", _("Cancelled by staff")
    BY_BUYER = "by-buyer", _("Cancelled by the buyer")
    WITHDRAWN = "withdrawn", _("The buyer withdrew from the contract")


class Order(BrandOwnedIndexed, _Addressed, _Totalled, _Agreed):
    """A purchase that was made. One per checkout, whatever arrives how often."""

    number = models.CharField(_("number"), max_length=12)
    market = models.CharField(
        _("market"), max_length=26, blank=True, default="", db_default=""
    )  # id; empty: the home market
    checkout = models.OneToOneField(Checkout, on_delete=models.PROTECT, related_name="order")
    owner = models.CharField(max_length=64, db_index=True)
    state = models.CharField(
        _("state"), max_length=10, choices=OrderState, default=OrderState.PLACED
    )
    # Paid without money moving: nothing is to be sent for it.
    is_test = models.BooleanField(_("test order"), default=False, editable=False)
    # The state of the payment that counts (`payment_ledger.counting`); empty before the first.
    payment_state = models.CharField(
        _("payment"), max_length=20, choices=PaymentState, blank=True, default="", db_default=""
    )
    cancel_reason = models.CharField(_("reason"), max_length=20, choices=CancelReason, blank=True)
    # The show that the first attributed line was put into the cart in.
    show = models.ForeignKey(
        "shows.Show", null=True, blank=True, on_delete=models.SET_NULL, related_name="orders",
        verbose_name=_("show"),
    )  # fmt: skip
    needs_shipping = models.BooleanField(default=True, db_default=True, editable=False)
    shipping_name = models.CharField(_("shipping"), max_length=80, blank=True)
    # The dates between which it should arrive; the place and the hours for what is fetched.
    deliver_from = models.DateField(_("expected from"), null=True, blank=True)
    deliver_to = models.DateField(_("expected until"), null=True, blank=True)
    pickup = models.CharField(_("pick-up"), max_length=410, blank=True, default="", db_default="")
    language = models.CharField(max_length=10, default="en")
    placed_at = models.DateTimeField(_("placed at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta(BrandOwnedIndexed.Meta):
        ordering = ["-placed_at"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=["brand", "number"], name="order_number_unique"),
            models.CheckConstraint(condition=_TOTAL_IS_SUM, name="order_total_is_sum"),
        ]
        indexes = [
            models.Index(models.F("brand"), Lower("email"), name="order_by_email"),
            models.Index(fields=["brand", "-placed_at", "-id"], name="order_by_time"),
            WordIndex(fields=["number", "email", "name"], beside=["brand"], name="order_words"),
        ]

    @override
    def __str__(self) -> str:
        return self.number


class OrderLine(_Line):
    brand_path = "order__brand"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")

    class Meta(_Line.Meta):
        ordering = ["position"]
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_of_one")
        ]
        indexes = [WordIndex(fields=["sku", "product_name"], name="order_line_words")]
