from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class LegalConfig(AppConfig):
    name = "showfloor.legal"
    label = "legal"
    verbose_name = gettext_lazy("Law")
    default_auto_field = "django.db.models.BigAutoField"
