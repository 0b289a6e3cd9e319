"""The back office's pages of a product import: bring a file, check how it was understood, import
it. The process that runs the jobs does the work."""

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from showfloor.accounts import permissions
from showfloor.accounts.admin_base import brand_ids
from showfloor.accounts.models import Role, User
from showfloor.accounts.permissions import StaffPageRequest
from showfloor.catalogue.amounts import DECIMAL_SIGNS
from showfloor.catalogue.import_models import UNDER_WAY
from showfloor.catalogue.importing import jobs
from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.importing.sources import BYTES_MAX
from showfloor.catalogue.models import ImportJob, ImportState, Product, Variant
from showfloor.kernel.errors import ShowfloorError
from showfloor.site.views.file_import import FileForm

REFRESH_S = 2  # while the job goes on
_PICTURES_SHOWN = 50


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


@permissions.staff_page(Role.PRODUCER)
def import_page(request: StaffPageRequest, site: AdminSite) -> HttpResponse:
    ids = brand_ids(request, (Role.PRODUCER,))
    form = ImportForm(request.POST or None, request.FILES or None, ids=ids)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("admin:catalogue_product_import_job", _create(request, form).pk)
        except ShowfloorError as error:
            form.add_error("file", error.message)
    uploads = ImportJob.objects.for_brands(ids).filter(feed__isnull=True)
    context = {
        **site.each_context(request),
        "title": _("Import products"),
        "opts": Product._meta,
        "form": form,
        "list_url": reverse("admin:catalogue_product_changelist"),
        "jobs": uploads.select_related("brand")[: jobs.KEPT_MAX],
    }
    return TemplateResponse(request, "admin/catalogue/product/import.html", context)


def _create(request: StaffPageRequest, form: ImportForm) -> ImportJob:
    assert isinstance(request.user, User), "staff are signed in"
    file = form.cleaned_data["file"]
    return jobs.create(
        form.cleaned_data["brand"], request.user, file.name, file.chunks(),
        decimal_sign=DECIMAL_SIGNS.get(form.cleaned_data["decimal"]),
        counted=form.cleaned_data["stock"] == "counted",
    )  # fmt: skip


@permissions.staff_page(Role.PRODUCER)
def job_page(request: StaffPageRequest, site: AdminSite, job_id: str) -> HttpResponse:
    rows = ImportJob.objects.for_brands(brand_ids(request, (Role.PRODUCER,)))
    job = rows.select_related("brand").filter(pk=job_id).first()
    if job is None:
        raise Http404
    if request.method == "POST":
        return _act(request, job)
    report = Report.from_json(job.report)
    context = {
        **site.each_context(request),
        "title": job.file_name,
        "opts": Product._meta,
        "job": job,
        "report": report,
        "on_its_way": job.state in UNDER_WAY,
        "may_import": job.state in {ImportState.READ, ImportState.FAILED}
        and jobs.file_of(job).is_file(),
        "may_discard": job.state in {*jobs.OPEN, ImportState.FAILED},
        "pictures": _pictures(job) if job.state == ImportState.DONE else [],
        "list_url": reverse("admin:catalogue_product_changelist"),
    }
    page = TemplateResponse(request, "admin/catalogue/product/import_job.html", context)
    if job.state in UNDER_WAY:
        page["Refresh"] = str(REFRESH_S)  # needs no script
    return page


def _act(request: StaffPageRequest, job: ImportJob) -> HttpResponse:
    try:
        if request.POST.get("action") == "import":
            jobs.confirm(job)
        elif request.POST.get("action") == "discard":
            jobs.discard(job)
    except ShowfloorError as error:
        messages.error(request, error.message)
    return redirect("admin:catalogue_product_import_job", job.pk)


def _pictures(job: ImportJob) -> list[dict[str, str]]:
    """Return the brand's pictures that could not be fetched; the fetch follows an import."""
    failed = ~Q(image_error="") & Q(image="")
    products = Product.objects.for_brand(job.brand_id).filter(failed)[:_PICTURES_SHOWN]
    variants = Variant.objects.for_brand(job.brand_id).filter(failed)[:_PICTURES_SHOWN]
    return [
        *(_picture(row.reference, row) for row in products),
        *(_picture(row.sku, row) for row in variants),
    ]


def _picture(ref: str, row: Product | Variant) -> dict[str, str]:
    return {"ref": ref, "url": row.image_source_url, "reason": row.image_error}
