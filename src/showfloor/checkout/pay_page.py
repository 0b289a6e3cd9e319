"""The address at which a person pays for goods that are kept: the cart stands beside a show."""

from django.urls import reverse

from showfloor.accounts.models import Brand
from showfloor.checkout.reservations.models import Reservation
from showfloor.shows import queries as shows
from showfloor.shows.appearances import places_of
from showfloor.shows.models import OpenTo, Show


def path_of(brand: Brand, reservation: Reservation) -> str:
    """Return the path of a show whose page opens the cart: the one in which the goods were kept,
    else one that shows them, else any that everyone may watch. Empty for a brand without one."""
    show = reservation.show
    if show is None or not shows.is_public(show):
        show = _other_show(brand, reservation.variant.product_id)
    return f"{reverse('show', args=[show.slug])}?cart" if show is not None else ""


def _other_show(brand: Brand, product_id: str) -> Show | None:
    places = places_of(brand, product_id, limit=1)
    if places:
        return places[0][0]
    programme = shows.programme(brand)
    every = [*programme.live, *programme.replays, *programme.coming]
    return next((one for one in every if one.open_to == OpenTo.EVERYONE), None)
