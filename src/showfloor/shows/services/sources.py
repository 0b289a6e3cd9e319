"""The verbs of a show's sources: a person chooses the one on air, and a switch is written down."""

from showfloor.media import services as media
from showfloor.media.source_role import SourceRole
from showfloor.shows.models import Show
from showfloor.shows.services.locking import lock, lock_by_id
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry


@timeline.verb
def choose_source(show: Show, role: SourceRole | None) -> None:
    """Put this source on air for as long as it is there; None lets the server choose again."""
    with timeline.write():
        locked = lock(show)
        media.choose_source(locked.channel, role)
        timeline.append(locked.backstage_id, [NewEntry("source.chosen", {"source": role})])


@timeline.verb
def source_switched(show_id: str, role: SourceRole, reason: str) -> None:
    """Write down backstage that another source is on air, and why."""
    with timeline.write():
        locked = lock_by_id(show_id)
        body = {"source": role, "reason": reason}
        timeline.append(locked.backstage_id, [NewEntry("source.switched", body)])
