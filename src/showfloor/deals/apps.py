from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class DealsConfig(AppConfig):
    name = "showfloor.deals"
    label = "deals"
    verbose_name = gettext_lazy("Deals")
    default_auto_field = "django.db.models.BigAutoField"
