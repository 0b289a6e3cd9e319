from typing import override

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class CatalogueConfig(AppConfig):
    name = "showfloor.catalogue"
    label = "catalogue"
    verbose_name = gettext_lazy("Catalogue")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from showfloor.accounts import currencies
        from showfloor.catalogue import queries  # these need the models

        currencies.register(queries.unpriced_in)
