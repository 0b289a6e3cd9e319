"""The back office's page for taking a list of words over from a file."""

from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from showfloor.accounts import rules
from showfloor.accounts.admin_base import brand_ids
from showfloor.accounts.models import Brand, Role
from showfloor.accounts.rules import StaffPageRequest
from showfloor.community.moderation import wordrules
from showfloor.community.moderation.wordrules import CSV_BYTES_MAX, ImportReport
from showfloor.kernel.errors import ShowfloorError


class ImportForm(forms.Form):
    brand = forms.ModelChoiceField(
        Brand.objects.none(), label=gettext_lazy("Brand"), empty_label=None,
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("File"), widget=UnfoldAdminFileFieldWidget, max_length=200,
        help_text=gettext_lazy(
            "A CSV with the columns pattern, language, action, replacement and variants, or a word"
            " to a line. At most 500 kB."
        ),
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
        if (file.size or 0) > CSV_BYTES_MAX:
            raise forms.ValidationError(_("The file is larger than 500 kB."))
        return file


@rules.staff_page(Role.PRODUCER, Role.MODERATOR)
def import_page(request: StaffPageRequest, site: AdminSite) -> HttpResponse:
    ids = brand_ids(request, (Role.PRODUCER, Role.MODERATOR))
    form = ImportForm(request.POST or None, request.FILES or None, ids=ids)
    report: ImportReport | None = None
    if request.method == "POST" and form.is_valid():
        file: UploadedFile[bytes] = form.cleaned_data["file"]
        try:
            report = wordrules.import_csv(form.cleaned_data["brand"], file.read(), request.user)
        except ShowfloorError as error:
            form.add_error("file", error.message)
    context = {
        **site.each_context(request),
        "title": _("Import word rules"),
        "form": form,
        "report": report,
    }
    return TemplateResponse(request, "admin/community/wordrule/import.html", context)
