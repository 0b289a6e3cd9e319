"""Back office: the brand's own words in its mails, with a preview and a test to oneself."""

from typing import Any, override

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.mail import EmailMultiAlternatives
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from showfloor.accounts.admin_base import BrandAdmin, BrandForm
from showfloor.accounts.models import Role, User
from showfloor.outbox import kinds, services, wording
from showfloor.outbox.kinds import Content
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
class MailWordingAdmin(BrandAdmin):
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

    @override
    def get_urls(self) -> list[URLPattern]:
        views = {"preview": self.preview_page, "frame": self.frame_page, "test": self.test_page}
        own = [
            path(
                f"<str:wording_id>/{name}/", self.admin_site.admin_view(view),
                name=f"outbox_mailwording_{name}",
            )
            for name, view in views.items()
        ]  # fmt: skip
        return [*own, *super().get_urls()]

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

    def preview_page(self, request: HttpRequest, wording_id: str) -> HttpResponse:
        """Show the mail about an invented order, as HTML and as text."""
        row = self._row(request, wording_id)
        context = {
            **self.admin_site.each_context(request), "title": kinds.label(row.kind), "row": row,
            "content": self._content(row), "opts": self.opts,
        }  # fmt: skip
        return TemplateResponse(request, "admin/outbox/mailwording/preview.html", context)

    def frame_page(self, request: HttpRequest, wording_id: str) -> HttpResponse:
        """Send the mail's HTML, which the preview shows in a frame."""
        response = HttpResponse(self._content(self._row(request, wording_id)).html)
        response["X-Frame-Options"] = "SAMEORIGIN"
        return response

    def test_page(self, request: HttpRequest, wording_id: str) -> HttpResponse:
        """Send the mail to the person who asks, and to nobody else."""
        row = self._row(request, wording_id)
        if request.method == "POST" and isinstance(request.user, User):
            content = self._content(row)
            mail = EmailMultiAlternatives(
                content.subject, content.text, content.sender, [request.user.email]
            )
            mail.attach_alternative(content.html, "text/html")
            services.queue_email(mail)
            text = gettext("A test is on its way to %(email)s.") % {"email": request.user.email}
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:outbox_mailwording_preview", args=[row.pk]))

    def _row(self, request: HttpRequest, wording_id: str) -> MailWording:
        row = self.get_object(request, wording_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404(gettext("There is no such thing here."))
        found: MailWording = row
        return found

    def _content(self, row: MailWording) -> Content:
        kind = kinds.registered().get(row.kind)
        if kind is None or kind.sample is None:
            raise Http404(gettext("There is no such thing here."))
        return kind.sample(row.brand, row.language)
