"""Back office: a brand's legal profile, its texts with their versions, and overrides."""

from typing import Any, override

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldBooleanWidget

from showfloor.accounts.admin_base import BrandAdmin, BrandForm, ReadOnlyInline
from showfloor.accounts.models import Brand, Role
from showfloor.accounts.stale_forms import MergingForm
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.legal import queries, rules, services
from showfloor.legal.models import LegalOverride, LegalText, LegalVersion, SellerProfile
from showfloor.legal.starters import starter
from showfloor.legal.vat_format import read_own


class SellerProfileForm(MergingForm):
    """Takes codes and numbers as people type them."""

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"country", "ships_from"} & set(self.fields):
            field = self.fields[name]
            field.to_python = lambda value: str(value or "").strip().upper()  # type: ignore[method-assign]

    def clean_vat_number(self) -> str:
        text = str(self.cleaned_data["vat_number"])
        return read_own(text) if text else ""


@admin.register(SellerProfile)
class SellerProfileAdmin(BrandAdmin):
    form = SellerProfileForm
    view_roles = (Role.PRODUCER,)
    list_display = ("brand", "company", "country", "sells_to", "needed")
    list_select_related = ("brand",)
    search_fields = ("brand__name", "company")
    fieldsets = (
        (None, {"fields": (
            "brand", "company", "line1", "line2", ("postal_code", "city"), "country",
            ("email", "phone"), ("managed_by", "registration"),
        )}),
        (gettext_lazy("Tax"), {"fields": (
            ("vat_number", "tax_number"), "ships_from", "exempt_note",
        )}),
        (gettext_lazy("Law"), {"fields": ("sells_to", "withdrawal_days", "needed")}),
    )  # fmt: skip
    readonly_fields = ("needed",)

    @admin.display(description=gettext_lazy("required texts"))
    def needed(self, about: SellerProfile) -> str:
        return queries.names(rules.required(about.country, about.sells_to))


class LegalTextForm(MergingForm):
    """The draft; with the mark at *publish*, it becomes the next version when it is saved."""

    publish = forms.BooleanField(
        label=gettext_lazy("Publish this as the next version"), required=False,
        widget=UnfoldBooleanWidget,
        help_text=gettext_lazy(
            "It is in force at once. Orders keep the version they were made with."
        ),
    )  # fmt: skip

    class Meta:
        widgets = {
            "draft": UnfoldAdminTextareaWidget(attrs={"rows": 28}),
            "language": UnfoldAdminSelectWidget(choices=settings.LANGUAGES),
        }

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "publish" in self.fields:
            self.fields["publish"].show_hidden_initial = False

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["draft"] = str(cleaned.get("draft") or "").replace("\r\n", "\n")
        if len(cleaned["draft"]) > rules.TEXT_CHARS_MAX:
            self.add_error(
                "draft", _("At most %(count)d characters.") % {"count": rules.TEXT_CHARS_MAX}
            )
        if cleaned.get("publish"):
            self._check(cleaned["draft"], bool(cleaned.get("names_loss")))
        return cleaned

    def _check(self, draft: str, names_loss: bool) -> None:
        try:
            body = rules.check_publishable(draft)
        except ShowfloorError as error:
            self.add_error("draft", error.message)
            return
        if names_loss and not rules.says_loss(body):
            self.add_error(
                "names_loss" if "names_loss" in self.fields else "draft",
                _("The text says nothing of a loss of value. Take the mark away, or write it in."),
            )
        last = None if self.instance._state.adding else self.instance.versions.first()
        if last is not None and (last.body, last.names_loss) == (body, names_loss):
            self.add_error("draft", _("This is what the published version says already."))


class LegalVersionInline(ReadOnlyInline):
    model = LegalVersion
    view_roles = (Role.PRODUCER,)
    fields = ("number", "published_at", "published_by", "page")
    readonly_fields = ("page",)
    ordering = ("-number",)

    @override
    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        is_withdrawal = obj is not None and obj.kind == rules.Text.WITHDRAWAL
        return (*self.fields, "names_loss") if is_withdrawal else self.fields

    @admin.display(description=gettext_lazy("text"))
    def page(self, version: LegalVersion) -> str:
        url = queries.version_address(version.pk)
        return format_html('<a href="{}">{}</a>', url, _("Read"))


@admin.register(LegalText)
class LegalTextAdmin(BrandAdmin):
    form = LegalTextForm
    view_roles = (Role.PRODUCER,)
    can_delete_rows = False  # its versions stand for orders
    list_display = ("kind", "language", "in_force", "updated_at")
    list_filter = ("kind", "language")
    list_select_related = ("brand",)
    search_fields = ("draft",)
    inlines = (LegalVersionInline,)
    readonly_fields = ("preview",)

    @override
    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("brand", ("kind", "language"), "draft")
        loss = ("names_loss",) if obj.kind == rules.Text.WITHDRAWAL else ()
        return ("brand", ("kind", "language"), "preview", "draft", *loss, "publish")

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What a text is never changes: its versions were published as that."""
        return self.readonly_fields if obj is None else (*self.readonly_fields, "kind", "language")

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "draft":
            field.help_text = _(
                "Left empty, a new text begins with a template, which is no legal advice."
                " Blank lines part paragraphs; ## begins a heading, - an item of a list."
            )
        return field

    @override
    def save_model(self, request: HttpRequest, obj: LegalText, form: Any, change: bool) -> None:
        if not change and not obj.draft.strip():
            obj.draft = starter(obj.kind, obj.language, queries.profile(obj.brand_id))
            obj.names_loss = obj.kind == rules.Text.WITHDRAWAL  # its template says so
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("publish"):
            services.publish(obj, request.user, utc_now())  # type: ignore[arg-type]

    @admin.display(description=gettext_lazy("in force"), empty_value="–")
    def in_force(self, text: LegalText) -> str | None:
        last = LegalVersion.objects.for_brand(text.brand_id).filter(text=text).first()
        return None if last is None else _("Version %(number)d") % {"number": last.number}

    @admin.display(description=gettext_lazy("preview"))
    def preview(self, text: LegalText) -> str:
        url = reverse("legal-preview", args=[text.brand.slug, text.pk])
        said = _("See the saved draft as a page")
        return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', url, said)


class LegalOverrideForm(BrandForm):
    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        brand = cleaned.get("brand")
        if brand is not None:
            try:
                services.overriding(brand, None, str(cleaned.get("reason") or ""))
            except ShowfloorError as error:
                self.add_error(error.field, error.message)
        return cleaned


def _covered(brand: Brand) -> str:
    lacking = queries.missing(brand)
    if not lacking:
        return _("%(brand)s: nothing is missing.") % {"brand": brand.name}
    return _(
        "%(brand)s: shows can be public without these texts from now on: %(names)s."
        " Your name, the time and the reason are kept."
    ) % {"brand": brand.name, "names": queries.names(lacking)}


@admin.register(LegalOverride)
class LegalOverrideAdmin(BrandAdmin):
    """The log of overrides. Only owners add to it, and nobody changes it."""

    form = LegalOverrideForm
    view_roles = (Role.PRODUCER,)
    can_change = can_delete_rows = False
    list_display = ("at", "by", "missing_names", "reason")
    list_select_related = ("brand", "by")
    search_fields = ("reason",)
    fields = ("brand", "reason")

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("brand", "at", "by", "missing_names", "reason")

    @override
    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj is None else self.get_readonly_fields(request, obj)

    @override
    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Say before the act what it covers."""
        form = super().get_form(request, obj, change, **kwargs)
        if "reason" in form.base_fields:
            brands = Brand.objects.filter(pk__in=self.editable_brand_ids(request))
            form.base_fields["reason"].help_text = " ".join(map(_covered, brands))
        return form

    @override
    def save_model(self, request: HttpRequest, obj: LegalOverride, form: Any, change: bool) -> None:
        assert not change
        made = services.overriding(obj.brand, request.user, obj.reason)  # type: ignore[arg-type]
        obj.by, obj.missing, obj.reason = made.by, made.missing, made.reason
        super().save_model(request, obj, form, change)

    @admin.display(description=gettext_lazy("missing texts"))
    def missing_names(self, row: LegalOverride) -> str:
        return queries.names(tuple(rules.Text(kind) for kind in row.missing))
