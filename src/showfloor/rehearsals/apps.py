from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class RehearsalsConfig(AppConfig):
    name = "showfloor.rehearsals"
    label = "rehearsals"
    verbose_name = gettext_lazy("Rehearsals")
    default_auto_field = "django.db.models.BigAutoField"
