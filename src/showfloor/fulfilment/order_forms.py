"""The forms on an order's page: each is one act of a clerk, and says what is wrong with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, override

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from showfloor.accounts.models import User
from showfloor.catalogue import amounts
from showfloor.catalogue.admin import AmountField
from showfloor.catalogue.amounts import NotAnAmount, amount_error
from showfloor.checkout.models import Order, OrderState
from showfloor.fulfilment import (
    cancellations,
    carriers,
    edits,
    notes,
    refunds,
    shipments,
    stale_forms,
)
from showfloor.fulfilment.documents import failures
from showfloor.fulfilment.models import OrderRefund, Shipment
from showfloor.fulfilment.order_sheet import OrderSheet
from showfloor.fulfilment.refunds import Ask
from showfloor.fulfilment.rules import SoldLine, Wanted
from showfloor.fulfilment.shipments import Parcel
from showfloor.kernel.errors import NotFound, ShowfloorError
from showfloor.kernel.ids import new_id
from showfloor.stock.rules import QUANTITY_MAX

_TELL = gettext_lazy("Send the buyer a mail")


def _text(label: Any, length_max: int, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length_max, required=False, widget=UnfoldAdminTextInputWidget,
        **more,
    )  # fmt: skip


def _check(label: Any, initial: bool, help_text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(
        label=label, required=False, initial=initial, widget=UnfoldBooleanWidget,
        help_text=help_text,
    )  # fmt: skip


class OrderForm(forms.Form):
    """One act. `name` is sent along as `action`; `act` does it and returns what was done, in
    words."""

    name: ClassVar[str]
    title: ClassVar[Any]
    button: ClassVar[Any]
    icon: ClassVar[str] = "check"
    letter: ClassVar[str] = ""  # the key that opens the form

    def __init__(self, data: Any, sheet: OrderSheet) -> None:
        super().__init__(data, auto_id=f"{self.name}-%s")
        self.order, self.sheet = sheet.order, sheet
        self.set_up()

    def set_up(self) -> None:
        """Add the fields that depend on the order."""

    def act(self, by: User, now: datetime) -> str:
        raise NotImplementedError

    @classmethod
    def is_offered(cls, order: Order, lines: Sequence[SoldLine]) -> bool:
        """Return whether the act makes sense for an order as it is."""
        return True

    def refuse(self, error: ShowfloorError) -> None:
        """Show an error of a verb at the field that it names."""
        field = (error.field or "").replace("units.", "units_").replace("address.", "")
        self.add_error(field if field in self.fields else None, error.message)

    def text(self, name: str) -> str:
        return str(self.cleaned_data.get(name) or "")


class UnitsForm(OrderForm):
    """A form with a number of units for each line that has some. It knows how often goods and money
    of the order had moved when it was shown."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    @staticmethod
    def most(line: SoldLine) -> int:
        """Return how many units of a line the act can take."""
        raise NotImplementedError

    @staticmethod
    def first(line: SoldLine) -> int:
        """Return the number that the form begins with."""
        return line.open

    @override
    def set_up(self) -> None:
        for row in self.sheet.lines:
            most = self.most(row.sold)
            if most:
                words = " · ".join(
                    text for text in (row.shown["name"], row.shown["options"]) if text
                )
                self.fields[f"units_{row.sold.id}"] = forms.IntegerField(
                    label=words, min_value=0, max_value=QUANTITY_MAX, required=False,
                    initial=self.first(row.sold), help_text=_("of %(count)d") % {"count": most},
                    widget=UnfoldAdminIntegerFieldWidget(attrs={"min": 0, "max": most}),
                )  # fmt: skip
        self.order_fields([name for name in self.fields if name.startswith("units_")])
        self.fields["seen"].initial = stale_forms.count(self.order)

    @override
    def refuse(self, error: ShowfloorError) -> None:
        if error.field != "seen":
            super().refuse(error)
            return
        # Shown again, the form has seen the order of now.
        self.data = {**self.data.dict(), "seen": str(stale_forms.count(self.order))}  # type: ignore[attr-defined]
        self.add_error(None, error.message)

    @property
    def units(self) -> dict[str, int]:
        """The typed units by line id."""
        return {
            name.removeprefix("units_"): value or 0
            for name, value in self.cleaned_data.items()
            if name.startswith("units_")
        }


class ParcelFields(forms.Form):
    carrier = _text(gettext_lazy("Carrier"), shipments.CARRIER_CHARS_MAX)
    tracking_number = _text(gettext_lazy("Tracking number"), carriers.TRACKING_CHARS_MAX)
    tracking_url = _text(
        gettext_lazy("Tracking address"), carriers.URL_CHARS_MAX,
        help_text=gettext_lazy("Only for other carriers: it is known of those in the list."),
    )  # fmt: skip
    tell = _check(_TELL, initial=True)

    def parcel(self) -> Parcel:
        return Parcel(
            *(str(self.cleaned_data.get(name) or "") for name in (
                "carrier", "tracking_number", "tracking_url",
            ))
        )  # fmt: skip


def _key() -> forms.CharField:
    return forms.CharField(max_length=64, initial=new_id, widget=forms.HiddenInput)


class ShipForm(ParcelFields, UnitsForm):
    name, icon, letter = "ship", "local_shipping", "s"
    title, button = gettext_lazy("Ship"), gettext_lazy("Mark as shipped")
    key = _key()

    @staticmethod
    @override
    def most(line: SoldLine) -> int:
        return line.open

    @override
    def set_up(self) -> None:
        super().set_up()
        self.fields["carrier"].widget.attrs["list"] = "carriers"
        self._leave_wrapping_out()

    def _leave_wrapping_out(self) -> None:
        """Ask nothing about a gift's wrapping: it goes along with the goods."""
        still_open = [row.sold for row in self.sheet.lines if row.sold.open]
        if any(line.is_goods for line in still_open):
            for line in still_open:
                if not line.is_goods:
                    del self.fields[f"units_{line.id}"]

    @classmethod
    @override
    def is_offered(cls, order: Order, lines: Sequence[SoldLine]) -> bool:
        return order.state == OrderState.CONFIRMED and any(line.open for line in lines)

    @override
    def act(self, by: User, now: datetime) -> str:
        shipments.ship(
            self.order, self.units, self.parcel(), self.text("key"), now, by=by,
            tell=bool(self.cleaned_data["tell"]), seen=self.cleaned_data["seen"],
        )  # fmt: skip
        if not self.cleaned_data["tell"]:
            return _("Shipped.")
        return _("Shipped. The buyer hears of it in a minute; until then it can be undone.")


class RefundForm(UnitsForm):
    name, icon, letter = "refund", "currency_exchange", "r"
    title, button = gettext_lazy("Refund"), gettext_lazy("Send money back")
    shipping = AmountField(label=gettext_lazy("Shipping"), required=False)
    amount = AmountField(
        label=gettext_lazy("Amount"), required=False,
        help_text=gettext_lazy("In place of what units and shipping come to. Empty: that."),
    )  # fmt: skip
    reason = _text(gettext_lazy("Reason"), 200)
    restock = _check(gettext_lazy("Put the units back into stock"), initial=True)
    returned = _check(
        gettext_lazy("The goods have come back"), initial=False,
        help_text=gettext_lazy("Otherwise units that were not sent go first."),
    )  # fmt: skip
    tell = _check(_TELL, initial=True)
    key = _key()

    @staticmethod
    @override
    def most(line: SoldLine) -> int:
        return line.quantity - line.refunded

    @staticmethod
    @override
    def first(line: SoldLine) -> int:
        return 0

    @override
    def set_up(self) -> None:
        super().set_up()
        self.left = refunds.left(self.order)
        self.shipping_left = refunds.shipping_left(self.order)
        shown = amounts.localised(self.shipping_left, self.order.currency)
        self.fields["shipping"].help_text = _("of %(amount)s") % {"amount": shown}

    @property
    def left_text(self) -> str:
        return amounts.localised(self.left, self.order.currency)

    @classmethod
    @override
    def is_offered(cls, order: Order, lines: Sequence[SoldLine]) -> bool:
        is_paid = order.state in (OrderState.CONFIRMED, OrderState.COMPLETED)
        return is_paid and bool(order.total)

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("shipping", "amount"):
            cleaned[name] = self._minor_units(name)
        return cleaned

    def _minor_units(self, name: str) -> int | None:
        typed = self.text(name)
        if not typed:
            return None
        sign = amounts.decimal_sign(get_language())
        try:
            return amounts.read_money(typed, self.order.currency, sign).amount
        except NotAnAmount as error:
            self.add_error(name, amount_error(typed, self.order.currency, error))
            return None

    @override
    def refuse(self, error: ShowfloorError) -> None:
        if error.field == "amount" and "left" in error.more:
            error.message = _("At most %(amount)s can go back.") % {"amount": self.left_text}
        super().refuse(error)

    @override
    def act(self, by: User, now: datetime) -> str:
        wanted = Wanted(self.units, self.cleaned_data["shipping"] or 0, self.cleaned_data["amount"])
        if "all" in self.data:
            units = {row.sold.id: self.most(row.sold) for row in self.sheet.lines}
            wanted = Wanted(units, self.shipping_left, self.left)
        made = refunds.refund(
            self.order,
            Ask(
                wanted, bool(self.cleaned_data["restock"]), self.text("reason"),
                bool(self.cleaned_data["returned"]), by, bool(self.cleaned_data["tell"]),
                seen=self.cleaned_data["seen"],
            ),
            self.text("key"),
            now,
        )  # fmt: skip
        shown = amounts.localised(made.amount, self.order.currency)
        return _("%(amount)s go back. The provider is asked now.") % {"amount": shown}


class CancelForm(UnitsForm):
    name, icon, letter = "cancel", "cancel", "c"
    title, button = gettext_lazy("Cancel order"), gettext_lazy("Cancel and send the money back")
    note = _text(gettext_lazy("Reason"), 200)
    key = _key()

    @staticmethod
    @override
    def most(line: SoldLine) -> int:
        return line.unshipped

    @staticmethod
    @override
    def first(line: SoldLine) -> int:
        return line.unshipped

    @classmethod
    @override
    def is_offered(cls, order: Order, lines: Sequence[SoldLine]) -> bool:
        return order.state in (OrderState.PLACED, OrderState.CONFIRMED) and any(
            line.unshipped for line in lines
        )

    @override
    def act(self, by: User, now: datetime) -> str:
        if self.order.state == OrderState.PLACED:
            cancellations.cancel(self.order, now, by=by, note=self.text("note"))
        else:
            cancellations.cancel_lines(
                self.order, self.units, self.text("key"), now, by=by, note=self.text("note"),
                seen=self.cleaned_data["seen"],
            )  # fmt: skip
        return _("Cancelled: back into stock, and the money goes back.")


class EditForm(OrderForm):
    name, icon, letter = "edit", "edit", "e"
    title, button = gettext_lazy("Edit"), gettext_lazy("Save")
    email = _text(gettext_lazy("e-mail"), 254)
    full_name = _text(gettext_lazy("name"), 120)
    line1 = _text(gettext_lazy("street and number"), 120)
    line2 = _text(gettext_lazy("address, second line"), 120)
    postal_code = _text(gettext_lazy("postal code"), 16)
    city = _text(gettext_lazy("city"), 80)
    region = _text(gettext_lazy("region"), 80)
    gift_note = _text(gettext_lazy("gift note"), 300)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    @override
    def set_up(self) -> None:
        for name in edits.FIELDS:
            self.fields[_typed(name)].initial = getattr(self.order, name)
        self.fields["version"].initial = edits.version(self.order)

    @classmethod
    @override
    def is_offered(cls, order: Order, lines: Sequence[SoldLine]) -> bool:
        return edits.can_edit(order)

    @override
    def refuse(self, error: ShowfloorError) -> None:
        if error.field == "version":  # shown again, the form has seen the order of now
            self.data = {**self.data.dict(), "version": str(edits.version(self.order))}  # type: ignore[attr-defined]
            self.add_error(None, error.message)
            return
        if error.field == "name":
            error.field = "full_name"
        super().refuse(error)

    @override
    def act(self, by: User, now: datetime) -> str:
        typed = {name: self.text(_typed(name)) for name in edits.FIELDS}
        changes = edits.edit(self.order, typed, self.cleaned_data["version"], now, by=by)
        return _("Saved.") if changes else _("Nothing was changed.")


def _typed(name: str) -> str:
    """Return the form's name for a field: `name` is the form's own."""
    return "full_name" if name == "name" else name


class NoteForm(OrderForm):
    name, icon, letter = "note", "sticky_note_2", "n"
    title, button = gettext_lazy("Note"), gettext_lazy("Add note")
    key = _key()

    @override
    def set_up(self) -> None:
        self.fields["text"] = forms.CharField(
            label=_("Note"), max_length=notes.NOTE_CHARS_MAX, required=False,
            help_text=_("Buyers never see it. It stays in the history."),
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        )  # fmt: skip

    @override
    def act(self, by: User, now: datetime) -> str:
        notes.add_note(self.order, self.text("text"), self.text("key"), now, by=by)
        return _("Noted.")


class TagForm(OrderForm):
    name, icon, letter = "tag", "sell", "t"
    title, button = gettext_lazy("Tag"), gettext_lazy("Add tag")
    tag = _text(gettext_lazy("tag"), notes.TAG_CHARS_MAX)

    @override
    def act(self, by: User, now: datetime) -> str:
        notes.add_tag(self.order, self.text("tag"), now, by=by)
        return _("Tagged.")


class DeletedTagForm(OrderForm):
    name, title, button = "untag", "", gettext_lazy("Remove")
    tag = _text("", notes.TAG_CHARS_MAX)

    @override
    def act(self, by: User, now: datetime) -> str:
        notes.remove_tag(self.order, self.text("tag"), now, by=by)
        return _("The tag is gone.")


class RowForm(OrderForm):
    """A form about a row of the order's page, named by its id."""

    row = forms.CharField(max_length=40, widget=forms.HiddenInput)
    title = ""

    def shipment(self) -> Shipment:
        return _row(Shipment, self)

    def refund(self) -> OrderRefund:
        return _row(OrderRefund, self)


def _row[M: (Shipment, OrderRefund)](model: type[M], form: RowForm) -> M:
    rows = model.objects.for_brand(form.order.brand_id).filter(order=form.order)
    found = rows.filter(pk=form.text("row")).first()
    if found is None:
        raise NotFound(_("There is no such thing here."))
    return found


class UndoForm(RowForm):
    name, button = "undo", gettext_lazy("Undo")

    @override
    def act(self, by: User, now: datetime) -> str:
        shipments.undo(self.shipment(), now, by=by)
        return _("The shipment is undone; the buyer hears nothing of it.")


class TrackForm(ParcelFields, RowForm):
    name, button = "track", gettext_lazy("Save")

    @override
    def act(self, by: User, now: datetime) -> str:
        shipments.correct_tracking(
            self.shipment(), self.parcel(), now, by=by, tell=bool(self.cleaned_data["tell"])
        )
        return _("Saved.")


class RepeatForm(RowForm):
    name, button = "repeat", gettext_lazy("Send it again")

    @override
    def act(self, by: User, now: datetime) -> str:
        refunds.repeat(self.refund(), now, by=by)
        return _("The provider is asked again.")


class DocumentForm(OrderForm):
    name, button = "document", gettext_lazy("Try again")

    @override
    def act(self, by: User, now: datetime) -> str:
        if not failures.try_again(failures.all_of(self.order), now):
            return _("The document is made.")
        return _("The document is made again in some seconds.")


FORMS: Mapping[str, type[OrderForm]] = {
    form.name: form
    for form in (
        ShipForm, RefundForm, CancelForm, EditForm, NoteForm, TagForm, DeletedTagForm, UndoForm,
        TrackForm, RepeatForm, DocumentForm,
    )
}  # fmt: skip
SHOWN = ("ship", "refund", "cancel", "edit", "note", "tag")  # at the top of the page


def offered(sheet: OrderSheet, failed: OrderForm | None) -> list[OrderForm]:
    """Return the forms at the top of an order's page; `failed` is shown with its errors."""
    lines = [row.sold for row in sheet.lines]
    return [
        failed if failed is not None and failed.name == name else FORMS[name](None, sheet)
        for name in SHOWN
        if FORMS[name].is_offered(sheet.order, lines) or (failed and failed.name == name)
    ]
