"""Back office: withdrawals to settle, returns to receive, and the brand's return policy."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, override

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from showfloor.accounts.act_page import ActForm, ActPage
from showfloor.accounts.admin_base import BrandAdmin
from showfloor.accounts.models import Role
from showfloor.accounts.stale_forms import MergingForm
from showfloor.catalogue import amounts
from showfloor.catalogue.admin import AmountField
from showfloor.catalogue.amounts import DecimalSign, NotAnAmount, amount_error
from showfloor.fulfilment import (
    labels,
    refunds,
    return_links,
    return_mails,
    returns,
    withdrawal_rules,
    withdrawals,
)
from showfloor.fulfilment.models import DEDUCTION_REASON_CHARS_MAX
from showfloor.fulfilment.return_models import (
    Condition,
    OrderReturn,
    ReturnLine,
    ReturnPolicy,
    ReturnState,
    Withdrawal,
    WithdrawalState,
)
from showfloor.fulfilment.returns import Received
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid


@admin.register(ReturnPolicy)
class ReturnPolicyAdmin(BrandAdmin):
    form = MergingForm
    view_roles = (Role.PRODUCER, Role.CLERK)
    list_display = ("brand", "days", "label_url")
    list_select_related = ("brand",)
    search_fields = ("brand__name",)
    fields = ("brand", "days", "address", "instructions", "label_url")

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in {"address", "instructions"}:
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 4})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class WithdrawalForm(ActForm):
    @override
    @classmethod
    def fields_of_act(cls, row: Any) -> Mapping[str, forms.Field]:
        if row.state != WithdrawalState.OPEN:
            return {}
        return {
            "outcome": forms.ChoiceField(
                label=_("What is done"), widget=UnfoldAdminSelectWidget,
                choices=[("settled", _("It is settled")), ("refused", _("It is refused"))],
            ),
            "note": forms.CharField(
                label=_("Note, or the reason of a refusal"), required=False, max_length=300,
                widget=UnfoldAdminTextInputWidget,
            ),
        }  # fmt: skip

    @override
    def do(self) -> None:
        if "outcome" in self.fields:
            withdrawals.settle(
                self.instance, utc_now(), by=self.act, note=self.text("note"),
                refused=self.text("outcome") == "refused",
            )  # fmt: skip


class ReturnForm(ActForm):
    """One act with a return: what came of each line and what goes back for it, a label for the
    buyer, or a refusal."""

    field_of: ClassVar[Mapping[str, str]] = {"answer": "refusal"}

    @override
    @classmethod
    def fields_of_act(cls, row: Any) -> Mapping[str, forms.Field]:
        if row.state != ReturnState.REQUESTED:
            return {}
        outcomes = [("received", _("The goods are here")), ("label", _("The buyer gets a label"))]
        if row.withdrawal_id is None:
            outcomes.append(("refused", _("It is refused")))
        fields: dict[str, forms.Field] = {
            "outcome": forms.ChoiceField(
                label=_("What is done"), choices=outcomes, initial="received",
                widget=UnfoldAdminSelectWidget,
            ),
        }  # fmt: skip
        may_deduct = returns.may_deduct(row.order)
        for one in _lines(row):
            fields |= _received_fields(one, may_deduct=may_deduct)
        shown = amounts.localised(refunds.shipping_left(row.order), row.order.currency)
        fields["shipping"] = AmountField(
            label=_("Shipping that goes back"), required=False,
            initial=_written(returns.shipping_due(row), row.order.currency),
            help_text=_("of %(amount)s") % {"amount": shown},
        )  # fmt: skip
        fields["label"] = forms.FileField(
            label=_("Label, as PDF or PNG"), required=False, widget=UnfoldAdminFileFieldWidget,
            help_text=_("At most %(count)d MB.") % {"count": labels.BYTES_MAX // 1024**2},
        )  # fmt: skip
        if row.withdrawal_id is None:
            fields["refusal"] = forms.CharField(
                label=_("Answer to the buyer"), required=False, max_length=500,
                widget=UnfoldAdminTextInputWidget,
                help_text=_("The reason of a refusal; it goes out as a mail."),
            )  # fmt: skip
        return fields

    @override
    @classmethod
    def groups(cls, row: Any) -> Sequence[tuple[str, Sequence[Any]]]:
        names = list(cls.fields_of_act(row))
        if not names:
            return ()
        found: list[tuple[str, Sequence[Any]]] = [(_("Act"), ["outcome"])]
        for one in _lines(row):
            own = [name for name in names if name.endswith(one.line_id)]
            title = f"{one.line.product_name} ({one.line.sku})"
            found.append((title, [tuple(own[:3]), *([tuple(own[3:])] if own[3:] else [])]))
        found.append((_("Money"), ["shipping"]))
        found.append((_("Label"), ["label"]))
        return [*found, *([(_("Refusal"), ["refusal"])] if "refusal" in names else [])]

    @override
    def do(self) -> None:
        match self.text("outcome"):
            case "received":
                returns.receive(
                    self.instance, self._came(), self._amount("shipping"), utc_now(), by=self.act
                )
            case "label":
                file = self.cleaned_data.get("label")
                content = b"" if file is None else file.read(labels.BYTES_MAX + 1)
                labels.add(self.instance, content, utc_now(), by=self.act)
            case "refused":
                returns.refuse(self.instance, self.text("refusal"), utc_now(), by=self.act)

    def _came(self) -> dict[str, Received]:
        return {
            row.line_id: Received(
                self.cleaned_data[f"units_{row.line_id}"],
                self.text(f"condition_{row.line_id}"),
                bool(self.cleaned_data[f"restock_{row.line_id}"]),
                self._amount(f"deduction_{row.line_id}"),
                self.text(f"deduction_reason_{row.line_id}"),
            )
            for row in _lines(self.instance)
        }

    def _amount(self, name: str) -> int:
        """Return a typed amount in minor units, 0 for none; Invalid names the field."""
        typed, currency = self.text(name), self.instance.order.currency
        if not typed:
            return 0
        try:
            amount = amounts.read_money(typed, currency, _decimal_sign()).amount
        except NotAnAmount as error:
            raise Invalid(amount_error(typed, currency, error), field=name) from None
        if amount < 0:
            raise Invalid(_("The amount must not be negative."), field=name)
        return amount


def _received_fields(one: ReturnLine, *, may_deduct: bool) -> dict[str, forms.Field]:
    """Return the fields of one line of a return."""
    fields: dict[str, forms.Field] = {
        f"units_{one.line_id}": forms.IntegerField(
            label=_("Came"), min_value=0, max_value=one.quantity, initial=one.quantity,
            help_text=_("of %(count)d") % {"count": one.quantity},
            widget=UnfoldAdminIntegerFieldWidget,
        ),
        f"condition_{one.line_id}": forms.ChoiceField(
            label=_("Condition"), choices=Condition.choices, initial=Condition.AS_NEW,
            widget=UnfoldAdminSelectWidget,
        ),
        f"restock_{one.line_id}": forms.BooleanField(
            label=_("Back into stock"), required=False, initial=True, widget=UnfoldBooleanWidget,
        ),
    }  # fmt: skip
    if may_deduct:
        fields[f"deduction_{one.line_id}"] = AmountField(
            label=_("Kept for a loss of value"), required=False,
            help_text=_("Only by handling beyond a check of the goods (§ 357a BGB)."),
        )  # fmt: skip
        fields[f"deduction_reason_{one.line_id}"] = forms.CharField(
            label=_("Reason, for the buyer"), required=False, max_length=DEDUCTION_REASON_CHARS_MAX,
            widget=UnfoldAdminTextInputWidget,
        )  # fmt: skip
    return fields


def _decimal_sign() -> DecimalSign:
    return amounts.decimal_sign(get_language())


def _written(minor: int, currency: str) -> str:
    return amounts.written(minor, currency, _decimal_sign())


def _lines(made: OrderReturn) -> QuerySet[ReturnLine]:
    rows = ReturnLine.objects.for_brand(made.brand_id).filter(order_return=made)
    return rows.select_related("line").order_by("line__position")


class _OfAnOrder(ActPage):
    """The pages of this module are about an order, which clerks work on."""

    view_roles = (Role.PRODUCER,)
    edit_roles = (Role.CLERK,)

    @admin.display(description=gettext_lazy("order"))
    def order_link(self, row: Any) -> str:
        if row.order_id is None:
            return _("Not found: look for it by name and e-mail")
        url = reverse("admin:checkout_order_change", args=[row.order_id])
        return format_html('<a href="{}">{}</a>', url, row.order.number)


@admin.register(Withdrawal)
class WithdrawalAdmin(_OfAnOrder):
    """Statements of withdrawal, the oldest open one first by its deadline."""

    form = WithdrawalForm
    list_display = ("submitted_at", "name", "contract", "state", "refund_by")
    list_filter = ("state", "submitted_at")
    list_select_related = ("brand", "order")
    search_fields = ("name", "contract", "email")
    shown = (
        "order_link", "name", "contract", "email", "goods", "submitted_at", "refund_by", "state",
        "return_link", "settled_at", "note_text",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("goods"))
    def goods(self, row: Withdrawal) -> str:
        return "; ".join(return_mails.goods_of(row))

    @admin.display(description=gettext_lazy("money back by"), ordering="submitted_at")
    def refund_by(self, row: Withdrawal) -> Any:
        return row.submitted_at + withdrawal_rules.REFUND_WITHIN

    @admin.display(description=gettext_lazy("note"), empty_value="–")
    def note_text(self, row: Withdrawal) -> str | None:
        return row.note or None

    @admin.display(description=gettext_lazy("return"), empty_value="–")
    def return_link(self, row: Withdrawal) -> str | None:
        found = withdrawals.expected_return(row)
        if found is None:
            return None
        url = reverse("admin:fulfilment_orderreturn_change", args=[found.pk])
        return format_html('<a href="{}">{}</a>', url, found)


@admin.register(OrderReturn)
class OrderReturnAdmin(_OfAnOrder):
    form = ReturnForm
    list_display = ("requested_at", "order_number", "number", "state", "closed_at")
    list_filter = ("state", "requested_at")
    list_select_related = ("brand", "order")
    search_fields = ("order__number", "order__email", "order__name")
    shown = (
        "order_link", "announced", "note_text", "requested_at", "state", "closed_at", "answer",
        "files",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("order"), ordering="order__number")
    def order_number(self, row: OrderReturn) -> str:
        return f"{row.order.number}/{row}"

    @admin.display(description=gettext_lazy("files"))
    def files(self, row: OrderReturn) -> str:
        """Link the slip, and the label if there is one."""
        slip = return_links.path_of(row)
        links = [(f"{slip}/pdf", _("Return slip"))]
        if labels.is_there(row):
            links.append((return_links.label_path(row), _("Label")))
        return format_html_join(" · ", '<a href="{}" download>{}</a>', links)

    @admin.display(description=gettext_lazy("note of the buyer"), empty_value="–")
    def note_text(self, row: OrderReturn) -> str | None:
        return row.note or None

    @admin.display(description=gettext_lazy("goods"))
    def announced(self, row: OrderReturn) -> str:
        lines = (
            (one.quantity, one.line.product_name, one.get_reason_display(), _came(one))
            for one in _lines(row)
        )
        return format_html_join("", "<p>{} × {} · {}{}</p>", lines)


def _came(one: ReturnLine) -> str:
    if one.received is None:
        return ""
    back = _("back into stock") if one.restock else _("not into stock")
    said = _("came: %(count)d") % {"count": one.received}
    return " · ".join(["", said, one.get_condition_display(), back] if one.received else ["", said])
