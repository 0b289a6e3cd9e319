from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class CaptionsConfig(AppConfig):
    name = "showfloor.captions"
    label = "captions"
    verbose_name = gettext_lazy("Captions")
    default_auto_field = "django.db.models.BigAutoField"
