from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class AuctionsConfig(AppConfig):
    name = "showfloor.auctions"
    label = "auctions"
    verbose_name = gettext_lazy("Auctions")
    default_auto_field = "django.db.models.BigAutoField"
