from typing import override

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class FulfilmentConfig(AppConfig):
    name = "showfloor.fulfilment"
    label = "fulfilment"
    verbose_name = gettext_lazy("Orders after payment")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from showfloor.fulfilment import mails, return_mails  # these need the models

        mails.register()
        return_mails.register()
