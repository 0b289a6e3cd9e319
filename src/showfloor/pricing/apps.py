from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class PricingConfig(AppConfig):
    name = "showfloor.pricing"
    label = "pricing"
    verbose_name = gettext_lazy("Prices and taxes")
    default_auto_field = "django.db.models.BigAutoField"
