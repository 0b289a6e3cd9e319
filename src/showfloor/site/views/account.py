"""Account pages that allauth lacks: reauthentication by a mailed code, and the sessions."""

from typing import Any, override

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.account.views import BaseReauthenticateView
from allauth.core import ratelimit
from allauth.core.exceptions import RateLimited
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from showfloor.accounts import reauthentication, sessions
from showfloor.accounts.models import User
from showfloor.accounts.permissions import public


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not reauthentication.is_right_code(self._request, code):
            raise forms.ValidationError(_("This code is not right, or no longer good."))
        return code


@method_decorator([never_cache, login_required], name="dispatch")
class ReauthenticateByCode(BaseReauthenticateView):  # type: ignore[misc]
    """Shows a button that sends a code, then the field for the code."""

    form_class = CodeForm
    template_name = "account/reauthenticate_by_code.html"

    @override
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("action") == "send":
            return self._send(request)
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def _send(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        assert isinstance(user, User), "the page needs a log-in"
        email = EmailAddress.objects.get_primary_email(user) or user.email
        try:
            ratelimit.consume(request, action="request_login_code", key=email, raise_exception=True)
        except RateLimited:
            too_many: HttpResponse = ratelimit.respond_429(request)
            return too_many
        context = {"code": reauthentication.new_code(request)}
        get_adapter().send_mail("account/email/confirm_code", email, context)
        return redirect(self.passthrough_next_url(request.path))

    @override
    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    @override
    def form_valid(self, form: CodeForm) -> HttpResponse:
        record_authentication(self.request, self.request.user, "code", reauthenticated=True)
        answer: HttpResponse = super().form_valid(form)
        return answer

    @override
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_sent = reauthentication.sent_code(self.request) is not None
        return {**super().get_context_data(**kwargs), "is_sent": is_sent}


reauthenticate_by_code = public(ReauthenticateByCode.as_view())  # a log-in is asked for inside


@public  # a log-in is asked for inside
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def list_sessions(request: HttpRequest) -> HttpResponseBase:
    """List the person's sessions; each can be ended, or all others at once."""
    user = request.user
    assert isinstance(user, User), "the page needs a log-in"
    if request.method == "POST":
        chosen = request.POST.get("session", "")
        if chosen == "others":
            sessions.end_others(request, user)
            messages.success(request, _("You are signed out everywhere else."))
        elif chosen.isdecimal() and len(chosen) < 19 and sessions.end(user, int(chosen)):
            messages.success(request, _("That session has ended."))
        return redirect(reverse("usersessions_list"))
    return render(request, "usersessions/sessions.html", {"sessions": sessions.of_user(user)})
