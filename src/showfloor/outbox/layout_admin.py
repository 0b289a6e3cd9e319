"""Back office: the layout of a brand's mails, with a preview and a test to oneself."""

from typing import Any, override

from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextareaWidget

from showfloor.accounts.mail_layout import MailLayout, harmless
from showfloor.accounts.models import Role
from showfloor.accounts.stale_forms import MergingForm
from showfloor.outbox.mail_pages import MailPages

SHOWN_MAIL = "order-confirmed"


class MailLayoutForm(MergingForm):
    """Keeps a frame as it will be sent, so that a person sees what was cut away."""

    def clean_frame(self) -> str:
        return harmless(str(self.cleaned_data["frame"])).strip()


@admin.register(MailLayout)
class MailLayoutAdmin(MailPages):
    """Deleting a row brings the layout back that comes with Showfloor."""

    form = MailLayoutForm
    view_roles = (Role.PRODUCER,)
    edit_roles = (Role.PRODUCER,)
    change_form_template = "admin/accounts/maillayout/change_form.html"
    list_display = ("brand", "__str__", "ground")
    list_select_related = ("brand",)
    search_fields = ("brand__name",)
    fields = ("brand", "header", "footer", "ground", "frame")

    @override
    def mail_of(self, row: MailLayout) -> tuple[str, str]:
        return SHOWN_MAIL, row.brand.language

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "frame":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 18, "spellcheck": "false"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)
