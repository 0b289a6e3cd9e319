from typing import override

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class DocumentsConfig(AppConfig):
    name = "showfloor.fulfilment.documents"
    label = "documents"
    verbose_name = gettext_lazy("Documents")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from showfloor.checkout import order_emails
        from showfloor.fulfilment.documents import queries  # these need the models

        order_emails.add_links(queries.mail_links)
