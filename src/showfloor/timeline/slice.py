"""What timelines bring: people's own streams, and how long ticks and streams are kept."""

from showfloor.accounts.transactions import verb, write
from showfloor.kernel.slices import Erasure, PersonalData, Slice
from showfloor.timeline import personal_stream, retention


@verb
def _erase(order: Erasure) -> None:
    with write():
        personal_stream.forget(order.brand_id, order.subject)


SLICE = Slice("timeline", privacy=PersonalData(_erase, keeps=retention.KEPT))
