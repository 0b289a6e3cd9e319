"""The account pages about what a buyer keeps for the next purchase: addresses and payment methods.

What is kept at one brand is that brand's: the pages list each by itself.
"""

from typing import Any, override

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from showfloor.accounts import permissions, services
from showfloor.accounts.countries import COUNTRIES, country_name
from showfloor.accounts.permissions import MemberRequest
from showfloor.checkout import address_formats, rules, saved_method_views
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import SavedAddress
from showfloor.checkout.services import addresses, prefill, saved_methods
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound

ADDRESSES, METHODS = "account_addresses", "account_payment_methods"
_AUTOCOMPLETE = {
    "name": "name", "line1": "address-line1", "line2": "address-line2",
    "postal_code": "postal-code", "city": "address-level2", "region": "address-level1",
}  # fmt: skip


class AddressForm(forms.Form):
    """The fields of a country's address, in its order and with its words."""

    name = forms.CharField(label=gettext_lazy("Name"), required=False)
    country = forms.ChoiceField(label=gettext_lazy("Country"))
    is_default = forms.BooleanField(label=gettext_lazy("Use it by default"), required=False)

    @override
    def __init__(self, country: str, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        names = sorted(((code, country_name(code)) for code in COUNTRIES), key=lambda one: one[1])
        self.fields["country"] = forms.ChoiceField(
            label=_("Country"),
            choices=names,
            widget=forms.Select(attrs={"autocomplete": "country"}),
        )
        for row in address_formats.rows_of(country):
            for one in row:
                self.fields[one["name"]] = _address_field(one)
        for name, kind in _AUTOCOMPLETE.items():
            if name in self.fields:
                self.fields[name].widget.attrs["autocomplete"] = kind
        self.order_fields([*(name for name in self.fields if name != "is_default"), "is_default"])

    def details(self) -> rules.Details:
        """Return what was entered; the fields that this country does not have are emptied."""
        entered = {name: self.cleaned_data.get(name, "") for name in addresses.FIELDS}
        return rules.Details(**entered)

    def refuse(self, error: Invalid) -> None:
        """Show an error at its field."""
        name = (error.field or "").removeprefix("address.")
        self.add_error(name if name in self.fields else None, str(error.message))


def _address_field(one: address_formats.AddressField) -> forms.Field:
    label = one["label"] if one["required"] else _("%(field)s (optional)") % {"field": one["label"]}
    if one["choices"]:
        choices = [("", _("Please choose")), *((value, name) for value, name in one["choices"])]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    return forms.CharField(label=label, required=False)


@never_cache
@require_http_methods(["GET", "POST"])
@permissions.member_page
def addresses_page(request: MemberRequest) -> HttpResponse:
    """List the addresses by brand; a form of the page deletes one, or makes it the default one."""
    if request.method == "POST":
        buyer = _buyer(request, request.POST.get("brand", ""))
        address_id = request.POST.get("address", "")
        if request.POST.get("action") == "delete":
            addresses.delete(buyer, address_id)
            messages.success(request, _("The address is deleted."))
        else:
            addresses.save(
                buyer, rules.Details(), utc_now(), address_id=address_id, is_default=True
            )
            messages.success(request, _("This address is filled in from now on."))
        return redirect(ADDRESSES)
    shown = [
        {"brand": buyer.brand, "addresses": [_lines(one) for one in addresses.of(buyer)]}
        for buyer in _buyers(request)
    ]
    return render(request, "account/addresses.html", {"shown": shown})


@never_cache
@require_http_methods(["GET", "POST"])
@permissions.member_page
def address_page(request: MemberRequest, brand: str, address_id: str = "") -> HttpResponse:
    """Enter a new address, or change one. *Change the country* shows the fields of another one."""
    buyer = _buyer(request, brand)
    kept = next((one for one in addresses.of(buyer) if one.pk == address_id), None)
    if address_id and kept is None:
        raise NotFound(_("There is no such address."))
    form = _form(request, buyer, kept)
    is_saving = request.method == "POST" and request.POST.get("action") != "country"
    if is_saving and form.is_valid() and _save(request, form, buyer, address_id):
        return redirect(ADDRESSES)
    about = {"form": form, "brand": buyer.brand, "is_new": kept is None}
    return render(request, "account/address.html", about)


@never_cache
@require_http_methods(["GET", "POST"])
@permissions.member_page
def methods_page(request: MemberRequest) -> HttpResponse:
    """List the payment methods by brand; a form of the page removes one."""
    now = utc_now()
    if request.method == "POST":
        buyer = _buyer(request, request.POST.get("brand", ""))
        saved_methods.remove(buyer, request.POST.get("method", ""), now)
        messages.success(request, _("The payment method is removed, and the provider forgets it."))
        return redirect(METHODS)
    shown = [
        {"brand": buyer.brand, **saved_method_views.view(saved_methods.of(buyer), now)}
        for buyer in _buyers(request)
    ]
    return render(request, "account/payment_methods.html", {"shown": shown})


def _buyers(request: MemberRequest) -> list[Buyer]:
    """Return the person as the buyer of each brand that knows them."""
    return [Buyer(brand, subject) for brand, subject in services.brands_of(request.user)]


def _buyer(request: MemberRequest, slug: str) -> Buyer:
    for buyer in _buyers(request):
        if buyer.brand.slug == slug:
            return buyer
    raise NotFound(_("You are no member there."))


def _lines(address: SavedAddress) -> dict[str, Any]:
    lines = [*address_formats.lines_of(address), country_name(address.country)]
    return {"row": address, "lines": lines}


def _form(request: HttpRequest, buyer: Buyer, kept: SavedAddress | None) -> AddressForm:
    if request.method == "POST":
        country = request.POST.get("country", "")
        if request.POST.get("action") != "country":
            return AddressForm(country, request.POST)
        # The fields of another country, with what was typed so far and without a reproach.
        return AddressForm(country, initial=request.POST.dict())
    if kept is not None:
        initial = {name: getattr(kept, name) for name in (*addresses.FIELDS, "is_default")}
        return AddressForm(kept.country, initial=initial)
    first = next(iter(addresses.of(buyer)), None)
    home = first.country if first is not None else rules.default_country(
        (buyer.region, prefill.home(buyer.brand)), COUNTRIES
    )  # fmt: skip
    return AddressForm(home, initial={"country": home, "is_default": first is None})


def _save(request: HttpRequest, form: AddressForm, buyer: Buyer, address_id: str) -> bool:
    """Keep the form's address; False with its errors on the form."""
    try:
        addresses.save(
            buyer, form.details(), utc_now(), address_id=address_id,
            is_default=form.cleaned_data["is_default"] or None,
        )  # fmt: skip
    except Invalid as error:
        form.refuse(error)
        return False
    except Conflict as error:
        form.add_error(None, str(error.message))
        return False
    messages.success(request, _("The address is saved."))
    return True
