"""The back office's page for taking products over from a file."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanSwitchWidget,
)

from showfloor.accounts import rules
from showfloor.accounts.admin_base import brand_ids
from showfloor.accounts.models import Brand, Role
from showfloor.accounts.rules import StaffPageRequest
from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.importing.sources import BYTES_MAX
from showfloor.kernel.errors import ShowfloorError
from showfloor.site.catalogue_import import import_products


class ImportForm(forms.Form):
    brand = forms.ModelChoiceField(
        Brand.objects.none(), label=gettext_lazy("Brand"), empty_label=None,
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("File"), widget=UnfoldAdminFileFieldWidget, max_length=200,
        help_text=gettext_lazy(
            "Shopify's product CSV, or a Google Merchant feed as XML or TSV. At most 50 MB."
        ),
    )  # fmt: skip
    dry_run = forms.BooleanField(
        label=gettext_lazy("Only try it"), required=False, widget=UnfoldBooleanSwitchWidget,
        help_text=gettext_lazy("Shows what would happen and writes nothing."),
    )  # fmt: skip

    def __init__(self, *args: Any, ids: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["brand"]
        assert isinstance(field, forms.ModelChoiceField), "declared above"
        field.queryset = Brand.objects.filter(pk__in=ids)
        if len(ids) == 1:
            field.initial = ids[0]
            field.widget = forms.HiddenInput()

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > BYTES_MAX:
            raise forms.ValidationError(_("The file is larger than 50 MB; split it."))
        return file


@rules.staff_page(Role.PRODUCER)
def import_page(request: StaffPageRequest, site: AdminSite) -> HttpResponse:
    ids = brand_ids(request, (Role.PRODUCER,))
    form = ImportForm(request.POST or None, request.FILES or None, ids=ids)
    report: Report | None = None
    if request.method == "POST" and form.is_valid():
        try:
            report = _run(form)
        except ShowfloorError as error:
            form.add_error("file", error.message)
    context = {
        **site.each_context(request),
        "title": _("Import products"),
        "form": form,
        "report": report,
        "brand_choice": len(ids) > 1,
    }
    return TemplateResponse(request, "admin/catalogue/product/import.html", context)


def _run(form: ImportForm) -> Report:
    file: UploadedFile[bytes] = form.cleaned_data["file"]
    with NamedTemporaryFile(prefix="showfloor-import-") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        return import_products(
            form.cleaned_data["brand"], Path(copy.name), dry_run=form.cleaned_data["dry_run"]
        )
