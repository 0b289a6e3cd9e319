"""The address at which a person pays for goods that are kept: the cart stands beside a show."""

from collections.abc import Collection

from django.urls import reverse

from showfloor.accounts.models import Brand
from showfloor.checkout.reservations.models import Reservation
from showfloor.shows import queries as shows
from showfloor.shows.appearances import latest_of
from showfloor.shows.models import OpenTo, Show


def path_of(brand: Brand, reservation: Reservation) -> str:
    """Return the path for one reservation, as `paths_of` does."""
    return paths_of(brand, [reservation])[reservation.pk]


def paths_of(brand: Brand, reservations: Collection[Reservation]) -> dict[str, str]:
    """Return the path, by the reservation's id, of a show whose page opens the cart: the one in
    which the goods were kept, else one that shows them, else any. Shows that everyone may watch
    come first, because links are opened by browsers in which nobody has signed in. Empty for a
    brand without a public show. The queries are as many for all reservations as for one."""
    lost = [one for one in reservations if not _is_for_everyone(one.show)]
    shown = latest_of(brand, {one.variant.product_id for one in lost})
    any_show = (
        _any_show(brand) if any(one.variant.product_id not in shown for one in lost) else None
    )
    paths = {one.pk: _path(one.show) for one in reservations}
    for one in lost:
        paths[one.pk] = _path(shown.get(one.variant.product_id) or any_show) or paths[one.pk]
    return paths


def _is_for_everyone(show: Show | None) -> bool:
    return show is not None and shows.is_public(show) and show.open_to == OpenTo.EVERYONE


def _any_show(brand: Brand) -> Show | None:
    programme = shows.programme(brand)
    every = [*programme.live, *programme.replays, *programme.coming]
    return next((one for one in every if one.open_to == OpenTo.EVERYONE), None)


def _path(show: Show | None) -> str:
    if show is None or not shows.is_public(show):
        return ""
    return f"{reverse('show', args=[show.slug])}?cart"
