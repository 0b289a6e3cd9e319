"""The back office's page that fills in the published rates of tax: first shown, then done."""

from typing import Any, Final

from django import forms
from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from showfloor.accounts import permissions
from showfloor.accounts.admin_base import brand_ids
from showfloor.accounts.models import Brand, Role
from showfloor.accounts.permissions import StaffPageRequest
from showfloor.catalogue.tax_classes import TaxClass
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.pricing import published_rates
from showfloor.pricing.models import TaxRate
from showfloor.pricing.published_rates import Outcome, RateChange

_WORDS: Final = {
    Outcome.ADDED: gettext_lazy("new"),
    Outcome.CHANGED: gettext_lazy("changes today"),
    Outcome.UNCHANGED: gettext_lazy("as it is"),
    Outcome.OWN: gettext_lazy("yours stays"),
    Outcome.UNCLEAR: gettext_lazy("several rates: enter the right one yourself"),
}


class FillForm(forms.Form):
    """The brand and the countries."""

    brand = forms.ModelChoiceField(
        Brand.objects.none(), label=gettext_lazy("Brand"), empty_label=None,
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    countries = forms.CharField(
        label=gettext_lazy("Countries"), initial="EU", max_length=400,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Codes with commas, for example DE, AT; EU for all member states."),
    )  # fmt: skip

    def __init__(self, *args: Any, ids: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["brand"]
        assert isinstance(field, forms.ModelChoiceField), "declared above"
        field.queryset = Brand.objects.filter(pk__in=ids)
        if len(ids) == 1:
            field.initial = ids[0]
            field.widget = forms.HiddenInput()

    def clean_countries(self) -> list[str]:
        return published_rates.read_countries(self.cleaned_data["countries"])


@permissions.staff_page(Role.OWNER)
def fill_page(request: StaffPageRequest, site: AdminSite) -> HttpResponse:
    form = FillForm(request.POST or None, ids=brand_ids(request, ()))
    changes: list[RateChange] | None = None
    is_done = False
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["countries"]
        is_done = "fill" in request.POST
        act = published_rates.fill if is_done else published_rates.plan
        try:
            changes = act(form.cleaned_data["brand"], wanted, utc_now().date())
        except ShowfloorError as error:
            form.add_error("countries", error.message)
    context = {
        **site.each_context(request),
        "title": _("Fill in published rates"),
        "opts": TaxRate._meta,
        "form": form,
        "list_url": reverse("admin:pricing_taxrate_changelist"),
        "rows": [_row(one) for one in changes] if changes is not None else None,
        "is_done": is_done and changes is not None,
        "to_do": sum(one.outcome in {Outcome.ADDED, Outcome.CHANGED} for one in changes or ()),
        "source": published_rates.source(),
    }
    return TemplateResponse(request, "admin/pricing/taxrate/fill.html", context)


def _row(one: RateChange) -> dict[str, Any]:
    is_change = one.outcome in {Outcome.ADDED, Outcome.CHANGED}
    return {
        "country": one.country, "tax_class": TaxClass(one.tax_class).label,
        "before": _percent(one.before_bp), "after": _percent(one.after_bp),
        "outcome": _WORDS[one.outcome], "is_change": is_change,
    }  # fmt: skip


def _percent(rate_bp: int | None) -> str:
    return "–" if rate_bp is None else f"{rate_bp / 100:g} %"
