from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class StockConfig(AppConfig):
    name = "showfloor.stock"
    label = "stock"
    verbose_name = gettext_lazy("Stock")
    default_auto_field = "django.db.models.BigAutoField"
