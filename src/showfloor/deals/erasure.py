"""The erasure of a person from deals."""

from django.db.models import F

from showfloor.deals.models import DealRequest, RequestState
from showfloor.kernel.ids import new_id
from showfloor.timeline import services as timeline


@timeline.verb
def forget_person(brand_id: str, subject: str) -> int:
    """Let a person's requests be nobody's: what waits is lost, what was won counts on; return how
    many. What a guest has handed over is the account's alone from then on."""
    with timeline.write():
        requests = DealRequest.objects.for_brand(brand_id)
        rows = list(requests.filter(owner=subject))
        for row in rows:
            row.owner = row.asked_by = f"x:{new_id()}"
            row.key = ""
            if row.state == RequestState.PENDING:
                row.state, row.reason = RequestState.LOST, "withdrawn"
            row.save(update_fields=["owner", "asked_by", "key", "state", "reason"])
        requests.filter(asked_by=subject).update(asked_by=F("owner"))
    return len(rows)
