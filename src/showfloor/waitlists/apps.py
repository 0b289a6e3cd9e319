from typing import override

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class WaitlistsConfig(AppConfig):
    name = "showfloor.waitlists"
    label = "waitlists"
    verbose_name = gettext_lazy("Waitlists")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from showfloor.accounts import handover, mine
        from showfloor.checkout.reservations import kinds
        from showfloor.stock import services as stock
        from showfloor.waitlists import mails, mine_section, queue, services

        stock.set_queue(queue.WaitQueue())
        kinds.register(queue.KIND)
        handover.on_handover(services.hand_over)
        mine.register(mine_section.SECTION)
        mails.register()
