"""allauth's forms, where ours do something else."""

from typing import Any, override

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import RequestLoginCodeForm as AllauthRequestLoginCodeForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.translation import gettext as _


class _OwnLabels:
    """Labels in the words that all our other pages use."""

    fields: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"login": _("E-mail"), "email": _("E-mail"), "remember": _("Remember me")}
        for name in labels.keys() & self.fields.keys():
            self.fields[name].label = labels[name]


class LoginForm(_OwnLabels, AllauthLoginForm):  # type: ignore[misc]
    """Sign in with a password."""


class RequestLoginCodeForm(_OwnLabels, AllauthRequestLoginCodeForm):  # type: ignore[misc]
    """Ask for a code by e-mail."""


class ResetPasswordForm(_OwnLabels, AllauthResetPasswordForm):  # type: ignore[misc]
    """Ask for a code that sets a new password."""


class SignupForm(_OwnLabels, AllauthSignupForm):  # type: ignore[misc]
    """Takes as long for an address that has an account as for one that has none: hashing the
    password is nearly all of it."""

    @override
    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        result: tuple[Any, Any] = super().try_save(request)
        return result


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A key that signs in by itself, unless somebody wants it as a second factor alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].label = _("Sign in with it without a password")
