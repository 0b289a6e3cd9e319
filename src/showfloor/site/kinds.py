"""Every kind of entry that a timeline of this installation can hold."""

from showfloor.checkout import events as checkout
from showfloor.community import events as community
from showfloor.community.moderation.events import PRIVATE_KINDS
from showfloor.shows import events as shows
from showfloor.timeline.kinds import EntryKind

KINDS: dict[str, EntryKind] = {kind.name: kind for kind in (*shows.KINDS, *community.KINDS)}
IN_REPLAY = frozenset(name for name, kind in KINDS.items() if kind.in_replay)
BACKSTAGE: dict[str, EntryKind] = {kind.name: kind for kind in community.BACKSTAGE_KINDS}
PRIVATE: dict[str, EntryKind] = {
    kind.name: kind for kind in (*PRIVATE_KINDS, *checkout.PRIVATE_KINDS)
}
