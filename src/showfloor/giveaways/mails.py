"""The mail to a winner."""

from typing import Final

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts import brand_urls, time_zones
from showfloor.giveaways import links
from showfloor.giveaways.models import Prize
from showfloor.outbox import kinds, text_mail
from showfloor.outbox.kinds import Content, MessageKind
from showfloor.outbox.models import OutgoingMessage

OFFERED: Final = "prize.offered"


def register() -> None:
    kinds.register(MessageKind(OFFERED, gettext_lazy("Prize to claim"), _offered))


def _offered(message: OutgoingMessage) -> Content:
    rows = Prize.objects.for_brand(message.brand_id or "")
    prize = rows.select_related("giveaway__show__brand", "entry").get(pk=message.cause_id)
    brand = prize.giveaway.show.brand
    assert prize.claim_until is not None, "an offered prize has a deadline"
    with translation.override(prize.entry.language or brand.language):
        local = prize.claim_until.astimezone(time_zones.zone(brand.time_zone))
        until = date_format(local, "DATETIME_FORMAT")
        parts = [
            _("Hello,"),
            _("your entry no. %(number)d in the draw \"%(title)s\" has won: %(prize)s.")
            % {"number": prize.entry.number, "title": prize.giveaway.title,
               "prize": prize.giveaway.prize},
            _("Claim it until %(until)s; after that it goes to a substitute.") % {"until": until},
            brand_urls.absolute(brand, links.path_of(prize)),
            _("That page also shows how the draw was made, and checks it."),
        ]  # fmt: skip
        return text_mail.content(brand, _("You have won"), parts)
