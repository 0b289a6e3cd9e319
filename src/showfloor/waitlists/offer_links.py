"""The signed address in the mail of an offer: a guest opens a mail in another browser than the one
in which the wait began, and that browser's cart must get the goods."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core import signing
from django.utils.translation import gettext as _

from showfloor.checkout.reservations.models import Reservation, ReservationState
from showfloor.kernel.errors import NotFound
from showfloor.waitlists.models import Wait
from showfloor.waitlists.queue import KIND_NAME

_SIGNER: Final = signing.Signer(salt="showfloor.offer")


@dataclass(frozen=True, slots=True)
class Offer:
    """A wait and the goods that were kept for it. Only people who know its link come to it."""

    wait: Wait
    reservation: Reservation

    def is_open(self, now: datetime) -> bool:
        """Return whether the goods may still be taken over."""
        kept = self.reservation
        return kept.state == ReservationState.ACTIVE and kept.expires_at > now


def path_of(wait: Wait) -> str:
    return f"/offers/{_SIGNER.sign(wait.pk)}"


def read(signed: str) -> Offer:
    """Return the offer of a link; NotFound for one that was made up, or is long over."""
    try:
        wait_id = _SIGNER.unsign(signed)
    except signing.BadSignature:
        wait_id = ""
    waits = Wait.objects.all_brands().select_related("brand", "variant__product", "show")
    wait = waits.filter(pk=wait_id).first()
    if wait is not None:
        made = Reservation.objects.for_brand(wait.brand_id).filter(source=f"{KIND_NAME}:{wait.pk}")
        latest = made.select_related("variant", "show").order_by("-created_at").first()
        if latest is not None:
            return Offer(wait, latest)
    raise NotFound(_("There is no such offer. Is the address complete?"))
