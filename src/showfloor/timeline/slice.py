"""The slice of timelines: personal streams, and how long ticks and streams are kept."""

from collections.abc import Mapping

from showfloor.accounts.transactions import verb, write
from showfloor.kernel.slices import Erasure, PersonalData, Slice
from showfloor.timeline import personal_data, personal_stream, retention


@verb
def _erase(order: Erasure) -> Mapping[str, int]:
    with write():
        personal_stream.forget(order.brand_id, order.subject)
    return {}


SLICE = Slice(
    "timeline",
    privacy=PersonalData(
        _erase, keeps=retention.KEPT, take_out=personal_data.take_out, columns=personal_data.COLUMNS
    ),
)
