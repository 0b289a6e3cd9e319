"""The back office's page that imports a list of words from a file."""

from django.contrib.admin import AdminSite
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts import permissions
from showfloor.accounts.admin_base import brand_ids
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffPageRequest
from showfloor.community.moderation import word_rules
from showfloor.community.moderation.word_rules import CSV_BYTES_MAX, ImportReport
from showfloor.community.safety.models import WordRule
from showfloor.kernel.errors import ShowfloorError
from showfloor.site.views.file_import import FileForm


class ImportForm(FileForm):
    bytes_max = CSV_BYTES_MAX
    too_large = gettext_lazy("The file is larger than 500 kB.")
    file_help = gettext_lazy(
        "A CSV with the columns pattern, language, action, replacement and variants, or a word"
        " to a line. At most 500 kB."
    )


@permissions.staff_page(Role.PRODUCER, Role.MODERATOR)
def import_page(request: StaffPageRequest, site: AdminSite) -> HttpResponse:
    ids = brand_ids(request, (Role.PRODUCER, Role.MODERATOR))
    form = ImportForm(request.POST or None, request.FILES or None, ids=ids)
    report: ImportReport | None = None
    if request.method == "POST" and form.is_valid():
        file: UploadedFile[bytes] = form.cleaned_data["file"]
        try:
            report = word_rules.import_csv(form.cleaned_data["brand"], file.read(), request.user)
        except ShowfloorError as error:
            form.add_error("file", error.message)
    context = {
        **site.each_context(request),
        "title": _("Import word rules"),
        "opts": WordRule._meta,
        "form": form,
        "list_url": reverse("admin:community_wordrule_changelist"),
        "report": report,
        "rejected": report.faults if report else [],
        "rejected_count": report.left_out if report else 0,
    }
    return TemplateResponse(request, "admin/community/wordrule/import.html", context)
