from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class ReplaysConfig(AppConfig):
    name = "showfloor.replays"
    label = "replays"
    verbose_name = gettext_lazy("Replays")
    default_auto_field = "django.db.models.BigAutoField"
