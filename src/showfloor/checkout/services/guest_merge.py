"""Merging a guest into an account: cart and open checkout go along when the guest signs in."""

from django.db.models import QuerySet

from showfloor.accounts.handover import Handover
from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb
from showfloor.checkout import entitlements
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import CartLine, Checkout, CheckoutState, Reservation
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.services import cart
from showfloor.checkout.services import checkout as checkouts
from showfloor.kernel.clock import utc_now
from showfloor.pricing.vouchers import uses
from showfloor.stock import services as stock


@verb
def merge_guest(handover: Handover) -> None:
    """Add the guest's cart to the owner's, and let open checkouts, what was typed into them and the
    guest's rights be the owner's, too. Orders stay the guest's: they are found by their e-mail
    address."""
    if not _has_something(handover):
        return
    brand = Brand.objects.get(pk=handover.brand_id)
    guest, owner = Buyer(brand, handover.guest), Buyer(brand, handover.owner)
    with stock.writing():
        # Carts before checkouts, as everywhere; a guest's (`g:`) before that of an account.
        theirs, mine = cart.lock(guest), cart.lock(owner)
        _take_checkouts(guest, owner)
        entitlements.hand_over(brand.pk, guest.owner, owner.owner)
        reservations.hand_over(brand.pk, guest.owner, owner.owner)
        cart.merge(theirs, mine, checkouts.held(owner))


def _has_something(handover: Handover) -> bool:
    lines = CartLine.objects.for_brand(handover.brand_id).filter(cart__owner=handover.guest)
    rights = entitlements.known(handover.brand_id, handover.guest)
    kept = Reservation.objects.for_brand(handover.brand_id).filter(owner=handover.guest)
    movable = _movable(handover.brand_id, handover.guest)
    return lines.exists() or rights or kept.exists() or movable.exists()


def _movable(brand_id: str, guest: str) -> QuerySet[Checkout]:
    rows = Checkout.objects.for_brand(brand_id).filter(owner=guest)
    return rows.exclude(state=CheckoutState.COMPLETED)


def _take_checkouts(guest: Buyer, owner: Buyer) -> None:
    """One of them may be open: the guest's is the later one, unless the owner is paying."""
    movable = _movable(guest.brand.pk, guest.owner)
    theirs, mine = checkouts.lock_open(guest), checkouts.lock_open(owner)
    if theirs is not None and mine is not None:
        if mine.state == CheckoutState.HOLDING:
            checkouts.close(mine, CheckoutState.ABANDONED, utc_now())
        elif theirs.state == CheckoutState.HOLDING:
            checkouts.close(theirs, CheckoutState.ABANDONED, utc_now())
        else:  # both are being paid
            movable = movable.exclude(pk=theirs.pk)
    moved = list(movable.values_list("pk", flat=True))
    movable.update(owner=owner.owner)
    uses.hand_over(guest.brand.pk, moved, owner.owner)
