from typing import override

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class OutboxConfig(AppConfig):
    name = "showfloor.outbox"
    label = "outbox"
    verbose_name = gettext_lazy("Messages")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from showfloor.accounts import account_mails
        from showfloor.outbox import services  # this needs the models

        account_mails.send_through(services.queue_email)
