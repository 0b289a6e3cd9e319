"""Tables of goods that come back: withdrawals from contracts, returns, and a brand's return policy.

The invariants: a withdrawal is a statement as it was made, and never changes but for what staff did
about it; a return asks for no more units than were sent and have not come back.
"""

from typing import Any, override

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped


class ReturnPolicy(BrandOwned):
    """How goods come back to a brand, beside what the law gives."""

    days = models.PositiveSmallIntegerField(
        _("days for a return"), default=30, validators=[MaxValueValidator(366)],
        help_text=_("From the day on which the goods arrive; 0: no returns but withdrawals."),
    )  # fmt: skip
    address = models.TextField(
        _("address for returns"), max_length=400, blank=True,
        help_text=_(
            "Printed on the return slip, one line below the other. Empty: the address of the"
            " seller's details."
        ),
    )  # fmt: skip
    instructions = models.TextField(
        _("how to send it back"), max_length=1000, blank=True,
        help_text=_("Shown to the buyer and in the mail, for example who pays the postage."),
    )  # fmt: skip
    label_url = models.URLField(
        _("address of your label"), max_length=500, blank=True,
        help_text=_("A page or file of your carrier. Empty: the slip that Showfloor makes."),
    )  # fmt: skip

    class Meta(BrandOwned.Meta):
        verbose_name = _("return policy")
        verbose_name_plural = _("return policies")
        constraints = [
            models.UniqueConstraint(fields=["brand"], name="one_return_policy_per_brand")
        ]

    @override
    def __str__(self) -> str:
        return str(self.days)


class WithdrawalState(models.TextChoices):
    """`open → settled / refused`; only staff refuses, with a reason."""

    OPEN = "open", _("To be settled")
    SETTLED = "settled", _("Settled")
    REFUSED = "refused", _("Refused")


class Withdrawal(BrandOwned):
    """A statement of withdrawal (Directive 2011/83/EU Art. 11a), word for word.

    `order` is empty for a statement whose contract staff has yet to find. `units`: line id → units;
    empty for a statement that was made without the order's page, whose `part` is in words.
    """

    order = models.ForeignKey(
        "checkout.Order", null=True, blank=True, on_delete=models.CASCADE,
        related_name="withdrawals", verbose_name=_("order"),
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=120)
    contract = models.CharField(_("contract"), max_length=120)
    email = models.EmailField(_("e-mail for the confirmation"))
    is_whole = models.BooleanField(_("whole contract"), default=True)
    part = models.TextField(_("part of the contract"), max_length=1000, blank=True)
    units: Any = models.JSONField(default=dict)
    language = models.CharField(max_length=10, default="en")
    submitted_at = models.DateTimeField(_("submitted at"))
    state = models.CharField(
        _("state"), max_length=8, choices=WithdrawalState, default=WithdrawalState.OPEN
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip

    class Meta(BrandOwned.Meta):
        ordering = ["-submitted_at", "-pk"]
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        indexes = [
            models.Index(fields=["brand", "state", "submitted_at"], name="withdrawal_by_state")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.contract} · {self.name}"


class ReturnState(models.TextChoices):
    """`requested → received / refused / withdrawn`."""

    REQUESTED = "requested", _("On its way back")
    RECEIVED = "received", _("Received and refunded")
    REFUSED = "refused", _("Refused")


class ReturnReason(models.TextChoices):
    CHANGED_MIND = "changed-mind", _("I don't want it any more")
    FIT = "fit", _("It doesn't fit")
    NOT_AS_SHOWN = "not-as-shown", _("It isn't as it was shown")
    DAMAGED = "damaged", _("It arrived damaged")
    DEFECTIVE = "defective", _("It doesn't work")
    WRONG_ITEM = "wrong-item", _("It is the wrong item")
    WITHDRAWAL = "withdrawal", _("Withdrawal from the contract")


class Condition(models.TextChoices):
    AS_NEW = "as-new", _("As new")
    OPENED = "opened", _("Opened")
    DAMAGED = "damaged", _("Damaged")


class OrderReturn(BrandOwned):
    """Goods of one order that a buyer sends back."""

    order = models.ForeignKey(
        "checkout.Order", on_delete=models.CASCADE, related_name="returns",
        verbose_name=_("order"),
    )  # fmt: skip
    number = models.PositiveIntegerField(_("number"))  # 1, 2, … within the order
    withdrawal = models.OneToOneField(
        Withdrawal, null=True, blank=True, on_delete=models.SET_NULL, related_name="order_return",
        verbose_name=_("withdrawal"),
    )  # fmt: skip
    state = models.CharField(
        _("state"), max_length=9, choices=ReturnState, default=ReturnState.REQUESTED
    )
    note = models.CharField(_("note of the buyer"), max_length=500, blank=True)
    answer = models.CharField(_("answer to the buyer"), max_length=500, blank=True)
    requested_at = models.DateTimeField(_("requested at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip

    class Meta(BrandOwned.Meta):
        ordering = ["-requested_at", "-pk"]
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="return_number_unique")
        ]
        indexes = [models.Index(fields=["brand", "state", "requested_at"], name="return_by_state")]

    @override
    def __str__(self) -> str:
        return f"R{self.number}"


class ReturnLabel(BrandScoped):
    """The label of a return that a clerk uploaded: a private file, for the bearer of the return's
    link and for staff. A label with a name and an address goes when the return is closed."""

    brand_path = "order_return__brand"

    order_return = models.OneToOneField(OrderReturn, on_delete=models.CASCADE, related_name="label")
    kind = models.CharField(max_length=4)  # `labels.KINDS`
    content = models.BinaryField()
    added_at = models.DateTimeField()

    class Meta(BrandScoped.Meta):
        pass

    @override
    def __str__(self) -> str:
        return f"{self.order_return}.{self.kind}"


class ReturnLine(BrandScoped):
    """Units of an order line in a return: what was announced, and what came."""

    brand_path = "order_return__brand"

    order_return = models.ForeignKey(OrderReturn, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey("checkout.OrderLine", on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))
    reason = models.CharField(_("reason"), max_length=12, choices=ReturnReason)
    received = models.PositiveIntegerField(_("received"), null=True, blank=True)
    condition = models.CharField(
        _("condition"), max_length=8, choices=Condition, blank=True, default=""
    )
    restock = models.BooleanField(_("back into stock"), default=False)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["order_return", "line"], name="return_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="return_line_of_one"),
            models.CheckConstraint(
                condition=Q(received__isnull=True) | Q(received__lte=models.F("quantity")),
                name="return_receives_what_was_announced",
            ),
        ]
