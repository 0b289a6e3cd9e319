"""An address that is proven: whose it is, and what was set before nobody knew."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from django.http import HttpRequest

from showfloor.accounts import token_revocation


def forget_unproven_password(
    sender: object, request: HttpRequest, email_address: EmailAddress, **_more: Any
) -> None:
    """Somebody signs in by code at an address that nobody had proven: whoever chose the password
    may have been a stranger who signed up with it. A superuser was made at the server's own
    terminal, which no stranger was."""
    user = email_address.user
    records = get_authentication_records(request, user)
    by_code = bool(records) and records[-1]["method"] == "code"
    if by_code and user.has_usable_password() and not user.is_superuser:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        token_revocation.revoke_person_tokens(user)
