"""What allauth asks of us: where people go after they signed in, and where they come from."""

from typing import Any, override

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.db import transaction
from django.http import HttpRequest

from showfloor.accounts import access, account_mails, rights
from showfloor.accounts.models import User
from showfloor.accounts.network import client_address

_UNKNOWN = "0.0.0.0"  # noqa: S104 - a name for "none", nothing listens there


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    @override
    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff to their console, members to the programme."""
        return "/console/" if access.roles_of(request.user) else "/"

    @override
    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    @override
    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            rights.announce_person(user)

    @override
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Into the outbox: a page that waited for a mail server would tell what it sent."""
        request = allauth_context.request
        about = {"request": request, "email": email, "current_site": get_current_site(request)}
        account_mails.queue(self.render_mail(template_prefix, email, about | context))

    @override
    def set_password(self, user: User, password: str) -> None:
        """Changed, reset or chosen for the first time: whoever has a token from before is to come
        in anew, which takes a session that is still good."""
        with transaction.atomic():
            super().set_password(user, password)
            rights.announce_person(user)

    @override
    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Guesses at one account count together, whichever of the site's host names they use."""
        login: str = credentials.get("email", "")
        return login.strip().lower()

    @override
    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that rate limits count by: only trusted proxies are believed."""
        address = client_address(
            request.META.get("REMOTE_ADDR", ""),
            request.headers.get("X-Forwarded-For", ""),
            settings.SHOWFLOOR.trusted_proxies,
        )
        return address or _UNKNOWN
