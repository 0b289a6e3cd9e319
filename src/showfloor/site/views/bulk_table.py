"""Bulk edits in a spreadsheet: chosen products as a CSV file, and the edited file back. Its changes
are seen, applied and undone like those of any bulk edit."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django import forms
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget

from showfloor.accounts import permissions
from showfloor.accounts.admin_base import brand_ids
from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.permissions import StaffPageRequest
from showfloor.catalogue.amounts import decimal_sign
from showfloor.catalogue.bulk import edits, table
from showfloor.catalogue.bulk.plan import Change, ProductChange
from showfloor.catalogue.bulk.table import CellProblem
from showfloor.catalogue.importing.sources import open_text, read_table
from showfloor.catalogue.models import BulkEdit, Product
from showfloor.community.exports import csv_answer
from showfloor.kernel.errors import Invalid, ShowfloorError
from showfloor.site.views.file_import import FileForm
from showfloor.stock.models import MovementReason
from showfloor.stock.movement_fields import STAFF_REASONS

BYTES_MAX: Final = 10 * 1024 * 1024
MISTAKES_MAX: Final = 200  # on one page


class TableForm(FileForm):
    bytes_max = BYTES_MAX
    too_large = gettext_lazy("The file is larger than 10 MB; split it.")
    file_help = gettext_lazy("The downloaded table as CSV, edited. At most 10 MB.")

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason of the change of stock"), required=False,
        choices=STAFF_REASONS, widget=UnfoldAdminSelectWidget,
    )  # fmt: skip


@permissions.staff_page(Role.PRODUCER)
def download(request: StaffPageRequest, edit_id: str) -> HttpResponse:
    """Send the products of an edit as a table."""
    rows = BulkEdit.objects.for_brands(brand_ids(request, (Role.PRODUCER,)))
    edit = rows.select_related("brand").filter(pk=edit_id).first()
    if edit is None:
        raise Http404
    sign = decimal_sign(get_language())
    return csv_answer("products", table.write(edit.brand, edit.product_ids, sign))


@permissions.staff_page(Role.PRODUCER)
def upload_page(request: StaffPageRequest, site: AdminSite) -> HttpResponse:
    """Take an edited table; one with a mistake changes nothing and prepares nothing."""
    ids = brand_ids(request, (Role.PRODUCER,))
    form = TableForm(request.POST or None, request.FILES or None, ids=ids)
    mistakes: list[CellProblem] = []
    if request.method == "POST" and form.is_valid():
        try:
            edit, mistakes = _begin(request, form.cleaned_data)
        except ShowfloorError as error:
            form.add_error("file", error.message)
        else:
            if edit is not None:
                return redirect("admin:catalogue_product_edit", edit.pk)
    context = {
        **site.each_context(request), "title": _("Edit in a spreadsheet"), "form": form,
        "opts": Product._meta,
        "list_url": reverse("admin:catalogue_product_changelist"),
        "columns": table.COLUMNS, "mistakes": mistakes[:MISTAKES_MAX],
        "mistake_count": len(mistakes),
    }  # fmt: skip
    status = 422 if form.errors or mistakes else 200
    return TemplateResponse(request, "admin/catalogue/product/table.html", context, status=status)


def _begin(
    request: HttpRequest, given: dict[str, Any]
) -> tuple[BulkEdit | None, list[CellProblem]]:
    """Return the edit that waits for a person's word, or the mistakes. Invalid: no such table, or
    nothing in it differs from now."""
    assert isinstance(request.user, User), "staff are signed in"
    changes, mistakes = _read(given["brand"], given["file"].chunks())
    if mistakes:
        return None, mistakes
    if not changes:
        raise Invalid(_("Nothing in the table differs from the products of now."), field="file")
    reason = given.get("reason") or MovementReason.CORRECTION.value
    change = Change(reason=reason, table=changes)
    return edits.begin(given["brand"], request.user, list(changes), change), []


def _read(
    brand: Brand, chunks: Iterable[bytes]
) -> tuple[dict[str, ProductChange], list[CellProblem]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        with path.open("wb") as file:
            file.writelines(chunks)
        with open_text(path) as text:
            return table.read(brand, read_table(text), decimal_sign(get_language()))
