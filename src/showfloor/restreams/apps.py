from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class RestreamsConfig(AppConfig):
    name = "showfloor.restreams"
    label = "restreams"
    verbose_name = gettext_lazy("Restreams")
    default_auto_field = "django.db.models.BigAutoField"
