"""Every kind of entry that a timeline of this installation can hold."""

from collections.abc import Iterable

from showfloor.site.slices import SHOW_SLICES
from showfloor.timeline.kinds import Delivery, EntryKind


def _by_name(kinds: Iterable[EntryKind]) -> dict[str, EntryKind]:
    return {kind.name: kind for kind in kinds}


KINDS = _by_name(kind for one in SHOW_SLICES for kind in one.kinds)
IN_REPLAY = frozenset(name for name, kind in KINDS.items() if kind.in_replay)
# Some entries of these kinds are left out live, when a show is too fast to read.
THINNED = frozenset(name for name, kind in KINDS.items() if kind.delivery is Delivery.CHAT)
BACKSTAGE = _by_name(kind for one in SHOW_SLICES for kind in one.backstage_kinds)
PRIVATE = _by_name(kind for one in SHOW_SLICES for kind in one.private_kinds)
