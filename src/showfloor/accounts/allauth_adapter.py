"""The adapter that allauth asks: where people go after they sign in, and how it sends mails."""

from typing import Any, override

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sites.shortcuts import get_current_site
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from showfloor.accounts import (
    account_mails,
    brand_mail,
    reauthentication,
    second_factor,
    services,
    staff_access,
    token_revocation,
)
from showfloor.accounts.models import User
from showfloor.accounts.network import client_address
from showfloor.accounts.transactions import verb, write

_UNKNOWN = "0.0.0.0"  # noqa: S104 - a name for "none", nothing listens there

# Texts of the notices that allauth sends, by its template.
_NOTICES = {
    "second_factors_removed": _(
        "The second factors of your account were removed by the installation's superuser."
    ),
    "account/email/email_changed": _(
        "Your account's e-mail address was changed from %(from_email)s to %(to_email)s."
    ),
    "account/email/email_deleted": _(
        "The e-mail address %(deleted_email)s was removed from your account."
    ),
    "account/email/password_changed": _("Your password was changed."),
    "account/email/password_reset": _("Your password was set anew with a code from a mail."),
    "account/email/password_set": _("A password was chosen for your account."),
    "mfa/email/totp_activated": _("An authenticator app was set up for your account."),
    "mfa/email/totp_deactivated": _("The authenticator app was taken from your account."),
    "mfa/email/webauthn_added": _("A passkey was added to your account."),
    "mfa/email/webauthn_removed": _("A passkey was removed from your account."),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made for your account."),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    @override
    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff to their console, members to the programme."""
        return "/console/" if staff_access.roles_of(request.user) else "/"

    @override
    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    @override
    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            token_revocation.revoke_person_tokens(user)

    @override
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail: a page that waits for the mail server shows by its duration whether
        a mail was sent."""
        request = allauth_context.request
        about = {"request": request, "email": email, "current_site": get_current_site(request)}
        account_mails.queue(self.render_mail(template_prefix, email, about | context))

    @override
    def render_mail(
        self, template_prefix: str, email: str | list[str], context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:  # fmt: skip
        """From the brand whose page asked for it."""
        request: HttpRequest | None = allauth_context.request
        brand = services.brand_of_host(request.get_host()) if request is not None else None
        about = {**context, "brand": brand}
        message: EmailMessage = super().render_mail(template_prefix, email, about, headers)
        brand_mail.dress(message, brand)
        return message

    @override
    @verb
    def set_password(self, user: User, password: str) -> None:
        """Changed, reset or chosen for the first time: whoever has a token from before is to come
        in anew, which takes a session that is still good."""
        user.set_password(password)  # hashed outside of the turn, which others wait for
        with write():
            user.save()
            token_revocation.revoke_person_tokens(user)

    @override
    def is_reauthentication_required(self, *, app: str, **_more: Any) -> bool:
        """Always; also of someone with neither password nor second factor, whom allauth would
        let through: they get a code by mail."""
        request = allauth_context.request
        user = request.user
        if isinstance(user, User) and not super().get_reauthentication_methods(user):
            if not reauthentication.has_confirmed_lately(request, user):
                raise ReauthenticationRequired
            return False
        return True

    @override
    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """A code by mail is no way around a second factor."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if isinstance(user, User) and not second_factor.has_one(user):
            by_code = {"id": "code", "description": _("Get a code by e-mail")}
            methods.append({**by_code, "url": reverse("account_reauthenticate_by_code")})
        return methods

    @override
    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:  # fmt: skip
        """Mail what changed at an account; a removed address gets the mail, too."""
        about = dict(context or {})
        if template_prefix in _NOTICES:
            about["sentence"] = _NOTICES[template_prefix] % about
            template_prefix = "account/email/notice"
        super().send_notification_mail(template_prefix, user, about, email)
        if "deleted_email" in about:
            super().send_notification_mail(template_prefix, user, about, about["deleted_email"])

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
