"""A guest who signs in takes along what that guest asked of deals.

Locks: the deals by id, as taps and decisions lock them, then the requests.
"""

from showfloor.accounts.handover import Handover
from showfloor.accounts.transactions import verb, write
from showfloor.deals import deciding, queries
from showfloor.deals.models import Deal, DealRequest, RequestState
from showfloor.timeline.personal_stream import tell_each


@verb
def hand_over(handover: Handover) -> None:
    """Let the requests of a guest be those of the account that the guest has signed in to. Of two
    that wait for one deal the account's own stays, and none waits for more than one person can
    get."""
    guests = DealRequest.objects.for_brand(handover.brand_id).filter(owner=handover.guest)
    if not guests.exists():
        return
    with write():
        deals = Deal.objects.for_brand(handover.brand_id).filter(pk__in=guests.values("deal"))
        rows = deals.order_by("pk").select_for_update(of=("self",), no_key=True)
        locked = list(rows.select_related("show"))
        for deal in locked:
            _give_up(deal, handover)
        guests.filter(deal__in=locked).update(owner=handover.owner)  # the others: next time


def _give_up(deal: Deal, handover: Handover) -> None:
    """Let what the guest waits for in a deal come to nothing where the account can't have it."""
    rows = DealRequest.objects.all_brands().filter(deal=deal)
    both = list(rows.filter(owner__in=(handover.guest, handover.owner)))
    waiting = [one for one in both if one.state == RequestState.PENDING]
    theirs = [one for one in waiting if one.owner == handover.guest]
    held = sum(one.quantity for one in both if one.state in queries.TAKEN)
    is_twice = len(waiting) > len(theirs)
    lost = [
        one for one in theirs
        if is_twice or (deal.per_person is not None and held + one.quantity > deal.per_person)
    ]  # fmt: skip
    if lost:
        deciding.lose([(one, "withdrawn") for one in lost])
        tell_each(handover.brand_id, deciding.news_of(deal, lost))
