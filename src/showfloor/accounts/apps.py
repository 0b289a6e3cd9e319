from typing import override

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class AccountsConfig(AppConfig):
    name = "showfloor.accounts"
    label = "accounts"
    verbose_name = gettext_lazy("People")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        # Not at the top: models can be imported only now.
        from allauth.account.signals import email_changed, email_confirmed
        from allauth.mfa.signals import authenticator_added
        from allauth.usersessions.models import UserSession
        from django.db.backends.signals import connection_created
        from django.db.models.signals import post_migrate, pre_save

        from showfloor.accounts import (
            email_verification,
            prefix_indexes,
            prepared_statements,
            sessions,
        )

        connection_created.connect(prepared_statements.watch)
        post_migrate.connect(prefix_indexes.drop_all, sender=self)
        pre_save.connect(sessions.shorten_address, sender=UserSession)
        authenticator_added.connect(sessions.end_others_after)
        email_changed.connect(sessions.end_others_after)
        email_confirmed.connect(email_verification.forget_unproven_password)
