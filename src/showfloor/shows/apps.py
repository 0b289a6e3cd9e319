from typing import override

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class ShowsConfig(AppConfig):
    name = "showfloor.shows"
    label = "shows"
    verbose_name = gettext_lazy("Shows")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        """Give the rooms below the functions that only shows can provide."""
        # Not at the top: models can be imported only now.
        from showfloor.accounts import display_names, permissions
        from showfloor.catalogue import price_models
        from showfloor.shows import queries, services
        from showfloor.stock import services as stock

        permissions.path_names_brand("slug", queries.brand_of, public=queries.public_brand_of)
        display_names.reserve(queries.host_names)
        stock.on_change(services.announce_changes)
        price_models.on_change.subscribe(services.announce_prices)
