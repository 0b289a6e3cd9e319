"""The back office's page for taking products over from a file."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from django import forms
from django.contrib.admin import AdminSite
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from showfloor.accounts import rules
from showfloor.accounts.admin_base import brand_ids
from showfloor.accounts.models import Role
from showfloor.accounts.rules import StaffPageRequest
from showfloor.catalogue.amounts import DECIMAL_SIGNS
from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.importing.sources import BYTES_MAX
from showfloor.kernel.errors import ShowfloorError
from showfloor.site.catalogue_import import import_products
from showfloor.site.views.file_import import FileForm


class ImportForm(FileForm):
    bytes_max = BYTES_MAX
    too_large = gettext_lazy("The file is larger than 50 MB; split it.")
    file_help = gettext_lazy(
        "Shopify's product CSV, or a Google Merchant feed as XML or TSV. At most 50 MB."
    )

    decimal = forms.ChoiceField(
        label=gettext_lazy("Decimals are written with"), required=False,
        choices=[
            ("", gettext_lazy("No matter: leave out what can be read in two ways")),
            ("point", gettext_lazy("a point: 1,234.50")),
            ("comma", gettext_lazy("a comma: 1.234,50")),
        ],
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    stock = forms.ChoiceField(
        label=gettext_lazy("Its numbers of stock"), required=False,
        choices=[
            ("changed", gettext_lazy("do not know of sales here: take over what changed")),
            ("counted", gettext_lazy("are of now, with every sale taken off")),
        ],
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    dry_run = forms.BooleanField(
        label=gettext_lazy("Only try it"), required=False, widget=UnfoldBooleanSwitchWidget,
        help_text=gettext_lazy("Shows what would happen and writes nothing."),
    )  # fmt: skip


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
        "list_url": reverse("admin:catalogue_product_changelist"),
        "list_name": _("Products"),
        "report": report,
        "rejected": [(row.line, row.reason) for row in report.rejected] if report else [],
        "rejected_count": report.rejected_count if report else 0,
    }
    return TemplateResponse(request, "admin/catalogue/product/import.html", context)


def _run(form: ImportForm) -> Report:
    file: UploadedFile[bytes] = form.cleaned_data["file"]
    with NamedTemporaryFile(prefix="showfloor-import-") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        return import_products(
            form.cleaned_data["brand"],
            Path(copy.name),
            dry_run=form.cleaned_data["dry_run"],
            counted=form.cleaned_data["stock"] == "counted",
            decimal_sign=DECIMAL_SIGNS.get(form.cleaned_data["decimal"]),
        )
