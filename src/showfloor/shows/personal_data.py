"""The personal data of shows."""

from typing import Final

from showfloor.kernel.slices import PersonalColumns

COLUMNS: Final = (
    PersonalColumns(
        "shows.Host", ("name", "about", "picture",),
        "to name and show the people on camera", "until staff delete the host",
        "by hand, in the back office: hosts are the brand's own people",
    ),
    PersonalColumns(
        "shows.Cue", ("by",), "who gave a cue, for the next one that comes by itself",
        "until the show is deleted", "emptied when the account is deleted",
    ),
)  # fmt: skip
