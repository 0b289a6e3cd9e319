"""Back office: pages that show a mail about an invented order, and send a person a test of it."""

from typing import Any, Final, override

from django.contrib import messages
from django.core.mail import EmailMultiAlternatives
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext

from showfloor.accounts.admin_base import BrandAdmin
from showfloor.accounts.models import User
from showfloor.outbox import kinds, services
from showfloor.outbox.kinds import Content

_WITHOUT_RIGHTS: Final = (
    "sandbox; default-src 'none'; img-src * data:; style-src 'unsafe-inline';"
    " frame-ancestors 'self'"
)


class MailPages(BrandAdmin):
    """The list and the form of rows that change how mails look, with a preview of each."""

    def mail_of(self, row: Any) -> tuple[str, str]:
        """Return kind and language of the mail that shows a row."""
        raise NotImplementedError

    @override
    def get_urls(self) -> list[URLPattern]:
        views = {"preview": self.preview_page, "frame": self.frame_page, "test": self.test_page}
        own = [
            path(
                f"<str:row_id>/{name}/", self.admin_site.admin_view(view), name=self._name(name)
            )
            for name, view in views.items()
        ]  # fmt: skip
        return [*own, *super().get_urls()]

    def preview_page(self, request: HttpRequest, row_id: str) -> HttpResponse:
        """Show the mail about an invented order, as HTML and as text."""
        row = self._row(request, row_id)
        kind, _language = self.mail_of(row)
        pages = {
            name: reverse(f"admin:{self._name(name)}", args=[row.pk])
            for name in ("change", "frame", "test")
        }
        context = {
            **self.admin_site.each_context(request), "title": kinds.label(kind), "pages": pages,
            "content": self._content(row), "opts": self.opts,
        }  # fmt: skip
        return TemplateResponse(request, "admin/outbox/mailwording/preview.html", context)

    def frame_page(self, request: HttpRequest, row_id: str) -> HttpResponse:
        """Send the mail's HTML, which the preview shows in a frame without rights."""
        response = HttpResponse(self._content(self._row(request, row_id)).html)
        response["X-Frame-Options"] = "SAMEORIGIN"
        response["Content-Security-Policy"] = _WITHOUT_RIGHTS  # also for one that opens it alone
        return response

    def test_page(self, request: HttpRequest, row_id: str) -> HttpResponse:
        """Send the mail to the person who asks, and to nobody else."""
        row = self._row(request, row_id)
        if request.method == "POST" and isinstance(request.user, User):
            content = self._content(row)
            mail = EmailMultiAlternatives(
                content.subject, content.text, content.sender, [request.user.email]
            )
            mail.attach_alternative(content.html, "text/html")
            services.queue_email(mail)
            text = gettext("A test is on its way to %(email)s.") % {"email": request.user.email}
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse(f"admin:{self._name('preview')}", args=[row.pk]))

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def _row(self, request: HttpRequest, row_id: str) -> Any:
        row = self.get_object(request, row_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404(gettext("There is no such thing here."))
        return row

    def _content(self, row: Any) -> Content:
        kind, language = self.mail_of(row)
        try:
            return kinds.sample(kind, row.brand, language)
        except LookupError:
            raise Http404(gettext("There is no such thing here.")) from None
