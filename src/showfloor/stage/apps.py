from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class StageConfig(AppConfig):
    name = "showfloor.stage"
    label = "stage"
    verbose_name = gettext_lazy("Stage")
    default_auto_field = "django.db.models.BigAutoField"
