"""What timelines keep about people."""

from typing import Final

from showfloor.kernel.slices import PersonalColumns

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
