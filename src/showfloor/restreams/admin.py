"""Back office: the destinations of a brand's restreams."""

from typing import Any, override

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminPasswordWidget

from showfloor.accounts.admin_base import BrandAdmin, BrandForm
from showfloor.accounts.models import Role, User
from showfloor.media.rtmp.target import KEY_CHARS_MAX
from showfloor.restreams import services
from showfloor.restreams.models import RestreamDestination


class DestinationForm(BrandForm):
    """The key goes in and never comes out: an empty field leaves it as it is."""

    key = forms.CharField(
        label=gettext_lazy("stream key"), required=False, max_length=KEY_CHARS_MAX,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Stored encrypted, never shown again. Empty: as it is."),
    )  # fmt: skip

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        row = self.instance
        leads_elsewhere = "address" in self.changed_data and not row._state.adding
        if leads_elsewhere and row.sealed_key and not cleaned.get("key"):
            self.add_error("key", _("The address leads to another server: enter its stream key."))
        brand = cleaned.get("brand") or (row.brand_id and row.brand)
        count = RestreamDestination.objects.for_brand(brand).count() if brand else 0
        if row._state.adding and count >= services.DESTINATIONS_MAX:
            told = _("At most %(count)d destinations.")
            self.add_error(None, told % {"count": services.DESTINATIONS_MAX})
        return cleaned


@admin.register(RestreamDestination)
class RestreamDestinationAdmin(BrandAdmin):
    form = DestinationForm
    edit_roles = (Role.PRODUCER,)
    list_display = ("name", "address")
    search_fields = ("name", "address")
    fields = ("brand", "name", "address", "key")

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        services.save_destination(
            obj, form.cleaned_data.get("key", ""), _staff(request),
            lambda: super(RestreamDestinationAdmin, self).save_model(request, obj, form, change),
        )  # fmt: skip

    @override
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.delete_destination(obj, _staff(request))

    @override
    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for destination in queryset:
            services.delete_destination(destination, _staff(request))


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User), "staff are signed in"
    return request.user
