"""A guest who signs in takes along what that guest asked of deals.

Locks: the deals by id, as taps and decisions lock them, then the requests, then the guest's own
stream: a reservation that lapses locks its request before it tells anybody, too.
"""

from itertools import chain

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
        lost = {deal: _beyond(deal, handover) for deal in locked}
        deciding.lose([(one, "withdrawn") for some in lost.values() for one in some])
        guests.filter(deal__in=locked).update(owner=handover.owner)  # the others: next time
        told = [deciding.news_of(deal, some)[handover.guest] for deal, some in lost.items() if some]
        if told:
            tell_each(handover.brand_id, {handover.guest: list(chain.from_iterable(told))})


def _beyond(deal: Deal, handover: Handover) -> list[DealRequest]:
    """Return what the guest waits for in a deal and the account can't have."""
    rows = DealRequest.objects.all_brands().filter(deal=deal)
    both = list(rows.filter(owner__in=(handover.guest, handover.owner)))
    waiting = [one for one in both if one.state == RequestState.PENDING]
    theirs = [one for one in waiting if one.owner == handover.guest]
    held = sum(one.quantity for one in both if one.state in queries.TAKEN)
    is_twice = len(waiting) > len(theirs)
    return [
        one for one in theirs
        if is_twice or (deal.per_person is not None and held + one.quantity > deal.per_person)
    ]  # fmt: skip
