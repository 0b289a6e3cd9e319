from typing import override

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class SiteConfig(AppConfig):
    name = "showfloor.site"
    label = "site"
    default = True
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from showfloor.kernel import slices
        from showfloor.site.slices import SLICES  # these need the models

        slices.install(SLICES)


class BackOfficeConfig(admin_apps.AdminConfig):
    """Django's admin with our site."""

    default = False
    default_site = "showfloor.site.backoffice.BackOffice"
