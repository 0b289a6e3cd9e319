"""The port of what hears of one source's media: the session of its publisher."""

from typing import Protocol

from showfloor.media.diagnostics.ingest_health import HealthMeter
from showfloor.media.diagnostics.output_meter import OutputMeter


class SourceListener(Protocol):
    """Hears what becomes of one source's media. It belongs to the source's session."""

    @property
    def health_meter(self) -> HealthMeter: ...

    @property
    def output_meter(self) -> OutputMeter: ...

    def on_picture(self) -> None:
        """The first part of a new or restarted picture is on its way to viewers."""

    def on_picture_goes_on(self) -> None:
        """The picture of the source before goes on with this one, in the same broadcast."""

    def on_picture_lost(self) -> None:
        """The encoder is lost while the source is there; `on_picture` comes with the next."""

    def give_up(self, why: str) -> None:
        """Nothing more of this source will be encoded."""
