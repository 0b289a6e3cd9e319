"""Back office: the brand's own words in its mails, with a preview and a test to oneself."""

from typing import Any, override

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from showfloor.accounts.admin_base import BrandForm
from showfloor.accounts.models import Role
from showfloor.outbox import kinds, wording
from showfloor.outbox.mail_pages import MailPages
from showfloor.outbox.models import MailWording


def _editable() -> list[tuple[str, str]]:
    return [(kind.name, str(kind.label)) for kind in kinds.registered().values() if kind.names]


class MailWordingForm(BrandForm):
    """Says which names a text uses that its mail does not know."""

    kind = forms.ChoiceField(
        label=gettext_lazy("mail"), choices=_editable, widget=UnfoldAdminSelectWidget
    )
    language = forms.ChoiceField(
        label=gettext_lazy("language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget
    )

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        kind = kinds.registered().get(str(cleaned.get("kind", "")))
        for field in ("subject", "headline", "text"):
            for problem in wording.problems(cleaned.get(field) or "", kind.names if kind else ()):
                self.add_error(field, problem)
        return cleaned


@admin.register(MailWording)
class MailWordingAdmin(MailPages):
    """Deleting a row brings the words back that come with Showfloor."""

    form = MailWordingForm
    view_roles = (Role.PRODUCER,)
    edit_roles = (Role.PRODUCER,)
    change_form_template = "admin/outbox/mailwording/change_form.html"
    list_display = ("kind_label", "language", "subject")
    list_filter = ("language",)
    list_select_related = ("brand",)
    search_fields = ("subject", "headline", "text")
    fields = ("brand", ("kind", "language"), "subject", "headline", "text")

    @admin.display(description=gettext_lazy("mail"), ordering="kind")
    def kind_label(self, row: MailWording) -> str:
        return kinds.label(row.kind)

    @override
    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["kinds"] = [kind for kind in kinds.registered().values() if kind.names]
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    @override
    def mail_of(self, row: MailWording) -> tuple[str, str]:
        return row.kind, row.language
