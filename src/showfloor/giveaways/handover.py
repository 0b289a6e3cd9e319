"""A guest who signs in takes along entries in draws, and what they have won (decision 51).

Locks: the giveaways by id, as entries lock them, then the entries.
"""

from showfloor.accounts.handover import Handover
from showfloor.giveaways.models import DrawEntry, Giveaway
from showfloor.timeline import services as timeline


@timeline.verb
def hand_over(handover: Handover) -> None:
    """Let the entries of a guest belong to the account that the guest has signed in to. The seal
    stays what it is: it has the guest's id in it."""
    guests = DrawEntry.objects.for_brand(handover.brand_id).filter(owner=handover.guest)
    if not guests.exists():
        return
    with timeline.write():
        giveaways = Giveaway.objects.for_brand(handover.brand_id).filter(
            pk__in=guests.values("giveaway")
        )
        list(giveaways.order_by("pk").select_for_update(of=("self",), no_key=True))
        guests.update(owner=handover.owner)
