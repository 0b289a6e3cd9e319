"""The page that an invitation's link opens: only its addressee can accept it."""

from typing import Any

from allauth.account.utils import perform_login
from django import forms
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from showfloor.accounts import invitations, permissions
from showfloor.accounts.models import StaffInvitation, User


class NameForm(forms.Form):
    full_name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=60,
        help_text=gettext_lazy("Viewers see it beside what you write in the chat."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "POST"])
@permissions.public
def accept(request: HttpRequest, token: str) -> HttpResponse:
    invitation = invitations.find(token)
    user = request.user
    if isinstance(user, User):
        return _for_account(request, invitation, user)
    if invitations.has_account(invitation.email):
        if request.method == "POST":
            return redirect_to_login(request.get_full_path())
        return _page(request, invitation, has_account=True)
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        taken = invitations.accept_as_new(invitation, form.cleaned_data["full_name"])
        done: HttpResponse = perform_login(
            request, taken.user, redirect_url="/console/", email=invitation.email
        )
        return done
    return _page(request, invitation, form=form)


def _for_account(request: HttpRequest, invitation: StaffInvitation, user: User) -> HttpResponse:
    if request.method == "POST":
        invitations.accept(invitation, user)
        return redirect("console")
    is_theirs = invitations.holds_address(user, invitation.email)
    return _page(request, invitation, is_theirs=is_theirs)


def _page(request: HttpRequest, invitation: StaffInvitation, **more: Any) -> HttpResponse:
    context = {"invitation": invitation, "brand": invitation.brand, **more}
    response = render(request, "account/staff_invitation.html", context)
    response["Referrer-Policy"] = "no-referrer"  # the address is the proof
    return response
