from typing import override

from django.apps import AppConfig


class CommunityConfig(AppConfig):
    name = "showfloor.community"
    label = "community"
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from showfloor.community.notices import mails, statements  # they need the models

        mails.register()
        statements.register()
