"""allauth's forms, where ours do something else."""

from typing import Any, override

from allauth.account.forms import SignupForm as AllauthSignupForm
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    """Takes as long for an address that has an account as for one that has none: hashing the
    password is nearly all of it."""

    @override
    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        result: tuple[Any, Any] = super().try_save(request)
        return result
