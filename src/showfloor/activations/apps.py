from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class ActivationsConfig(AppConfig):
    name = "showfloor.activations"
    label = "activations"
    verbose_name = gettext_lazy("Activation points")
    default_auto_field = "django.db.models.BigAutoField"
