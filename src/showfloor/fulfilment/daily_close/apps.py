from typing import override

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class DailyCloseConfig(AppConfig):
    name = "showfloor.fulfilment.daily_close"
    label = "daily_close"
    verbose_name = gettext_lazy("Daily close")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None: ...
