"""The mail about a unit that is offered to somebody who waits."""

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts import brand_urls, time_zones
from showfloor.checkout.models import Reservation
from showfloor.outbox import kinds, text_mail
from showfloor.outbox.kinds import Content, MessageKind
from showfloor.outbox.models import OutgoingMessage
from showfloor.waitlists import offer_links
from showfloor.waitlists.models import Wait
from showfloor.waitlists.queue import KIND_NAME, OFFER_MAIL


def register() -> None:
    kinds.register(MessageKind(OFFER_MAIL, gettext_lazy("Offer to somebody who waits"), _offer))


def _offer(message: OutgoingMessage) -> Content:
    waits = Wait.objects.for_brand(message.brand_id or "").select_related(
        "brand", "variant__product"
    )
    wait = waits.get(pk=message.cause_id)
    made = Reservation.objects.for_brand(wait.brand_id).filter(source=f"{KIND_NAME}:{wait.id}")
    until = made.latest("created_at").expires_at
    brand = wait.brand
    zone = time_zones.zone(brand.time_zone)
    with translation.override(wait.language), timezone.override(zone):
        name = wait.variant.product.name
        parts = [
            _("You waited for %(name)s, and now one is kept for you until %(until)s.")
            % {"name": name, "until": date_format(timezone.localtime(until), "DATETIME_FORMAT")},
            brand_urls.absolute(brand, offer_links.path_of(wait)),
            _("After that it goes to the next person. If you don't want it any more, say so there:"
              " somebody else waits for it."),
        ]  # fmt: skip
        return text_mail.content(brand, _("%(name)s is kept for you") % {"name": name}, parts)
