from typing import override

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class StockConfig(AppConfig):
    name = "showfloor.stock"
    label = "stock"
    verbose_name = gettext_lazy("Stock")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        """Have the alarms of low stock hear of every change."""
        # Not at the top: models can be imported only now.
        from showfloor.stock import counters, low_stock

        counters.on_change(low_stock.watch)
