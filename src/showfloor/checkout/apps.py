from typing import override

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class CheckoutConfig(AppConfig):
    name = "showfloor.checkout"
    label = "checkout"
    verbose_name = gettext_lazy("Selling")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from showfloor.accounts import currencies, handover
        from showfloor.accounts import mine as mine_page
        from showfloor.catalogue import sale_guards
        from showfloor.checkout import (
            mine,
            order_emails,
            segments,
            tickets,
        )  # these need the models
        from showfloor.checkout.services import guest_merge, shipping
        from showfloor.shows import watching

        order_emails.register()
        segments.register()
        for section in mine.SECTIONS:
            mine_page.register(section)
        currencies.register(shipping.none_priced_in)
        handover.on_handover(guest_merge.merge_guest)
        watching.register(tickets.SoldTickets())
        sale_guards.register(tickets.reasons_to_stay)
