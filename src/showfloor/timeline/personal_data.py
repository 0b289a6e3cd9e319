"""The personal data of timelines."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.kernel.clock import from_epoch_ms, iso_ms
from showfloor.kernel.slices import PersonalColumns
from showfloor.timeline import personal_stream

NEWS_MAX: Final = 10_000


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the news on this person's own stream."""
    entries = personal_stream.read(brand_id, subject, limit=NEWS_MAX)
    news = [
        {"at": iso_ms(from_epoch_ms(one.at)), "kind": one.kind, **one.body} for one in entries
    ]  # fmt: skip
    return {"news": news}


COLUMNS: Final = (
    PersonalColumns(
        "timeline.Entry", ("actor", "body",),
        "what happened in a show, its replay; and news for one person", "until the show is deleted",
        "name and words are emptied; the place in the order and an id stay",
    ),
    PersonalColumns(
        "timeline.PersonStream", ("subject",),
        "to tell one person about their order, question or offer", "person_streams",
        "deleted with all its entries",
    ),
)  # fmt: skip
