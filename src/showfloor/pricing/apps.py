from typing import override

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class PricingConfig(AppConfig):
    name = "showfloor.pricing"
    label = "pricing"
    verbose_name = gettext_lazy("Prices and taxes")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        """Let a brand be at the host names of its markets, too."""
        # Not at the top: models can be imported only now.
        from showfloor.accounts import host_names
        from showfloor.pricing import markets

        host_names.also_at(markets.brand_at)
