"""The publishers of one show: a primary, a backup, or both."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from showfloor.kernel.clock import iso_ms
from showfloor.media.diagnostics.ingest_health import IngestHealth, SourceState
from showfloor.media.encoding.broadcast import LiveChannel
from showfloor.media.encoding.capacity import Encoding
from showfloor.media.listening.listening import Listening
from showfloor.media.restream.ports import Destination
from showfloor.media.restream.restreams import Restreams
from showfloor.media.source_role import SourceRole
from showfloor.shows.directory import ShowInfo
from showfloor.shows.ingest.picture_report import PictureReport
from showfloor.shows.ingest.publisher import Publisher


@dataclass(slots=True)
class ShowSources:
    """Stands while the show has a publisher here, and while slates take the place of its picture.
    `had_backup`: since then. `destinations`: where
    the people of the show want its stream, too."""

    show: ShowInfo
    live: LiveChannel
    picture: PictureReport
    restreams: Restreams
    listening: Listening | None = None
    language: str = ""  # in which the people of the show want captions from a program
    destinations: Sequence[Destination] = ()
    publishers: dict[SourceRole, Publisher] = field(default_factory=dict)
    had_backup: bool = False
    # Its publisher was let in as one that sends all rungs itself, and nobody has seen them yet.
    brings_ladder: bool = False

    @property
    def encoding(self) -> Encoding:
        """Return what is encoded here, as `capacity.room` takes it."""
        known = self.live.encoder.encoding
        return () if known is None and self.brings_ladder else known

    @property
    def all(self) -> Sequence[Publisher]:
        return list(self.publishers.values())

    def add(self, publisher: Publisher) -> None:
        self.publishers[publisher.role] = publisher
        self.had_backup |= publisher.role is SourceRole.BACKUP

    def health(self) -> IngestHealth:
        """Return the health of the source on air, and the state of both."""
        on_air = [one for one in self.all if one.session.is_on_air]
        health = (on_air or self.all)[0].health()
        states = self._states() if self.had_backup else ()
        return replace(
            health, sources=states,
            figures=tuple(one.session.figures(one.encoder) for one in self.all),
        )  # fmt: skip

    def apply(self, *, is_live: bool) -> None:
        """Send the show on and listen to it, as its people want. What comes before the show and
        after it is nobody's but the staff's."""
        self.restreams.apply(self.destinations if is_live else ())
        if self.listening is not None:
            self.listening.apply(self.language if is_live else "")

    def _states(self) -> tuple[SourceState, ...]:
        return tuple(
            self._state(self.publishers[role]) for role in SourceRole if role in self.publishers
        )

    def _state(self, publisher: Publisher) -> SourceState:
        role, switch = publisher.role, self.live.switch
        is_on_air = publisher.session.is_on_air
        is_switched = switch is not None and switch.role is role and is_on_air
        return SourceState(
            role, publisher.encoder, is_on_air, self.live.chosen is role,
            self.live.fault(role) or "",
            switch.reason if switch is not None and is_switched else "",
            iso_ms(switch.at) if switch is not None and is_switched else "",
        )  # fmt: skip
