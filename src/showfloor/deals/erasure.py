"""The erasure of a person from deals."""

from showfloor.deals.models import DealRequest, RequestState
from showfloor.kernel.ids import new_id
from showfloor.timeline import services as timeline


@timeline.verb
def forget_person(brand_id: str, subject: str) -> int:
    """Let a person's requests be nobody's: what waits is lost, what was won counts on; return how
    many."""
    with timeline.write():
        rows = list(DealRequest.objects.for_brand(brand_id).filter(owner=subject))
        for row in rows:
            row.owner, row.key = f"x:{new_id()}", ""
            if row.state == RequestState.PENDING:
                row.state, row.reason = RequestState.LOST, "withdrawn"
            row.save(update_fields=["owner", "key", "state", "reason"])
    return len(rows)
