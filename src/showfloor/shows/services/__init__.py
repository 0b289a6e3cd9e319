"""The verbs of a show, one module for each concern. Other rooms call them from here.

Each verb is one transaction: lock the show, check, write rows and timeline entries; the followers
wake when it commits. Locks are taken in one order everywhere: show, then timeline (by `append`).
"""

from showfloor.shows.services.broadcasts import (
    abandoned_broadcasts,
    broadcast_lost,
    broadcast_opened,
    recover_after_restart,
)
from showfloor.shows.services.cues import hold, reach, reach_due, take_back
from showfloor.shows.services.duplicating import duplicate_show, make_rehearsal_show
from showfloor.shows.services.highlights import highlight, take_down
from showfloor.shows.services.lifecycle import end, on_end, record_peak, start, tell_ended
from showfloor.shows.services.plan import add_item, change_item, order_items, remove_item
from showfloor.shows.services.planning import (
    ShowChanges,
    ShowDraft,
    create_host,
    create_show,
    update_show,
)
from showfloor.shows.services.price_changes import announce_due, announce_prices
from showfloor.shows.services.rundown import add_to_rundown, remove_from_rundown, set_rundown
from showfloor.shows.services.sources import choose_source, source_switched
from showfloor.shows.services.srt import set_srt
from showfloor.shows.services.stock_levels import announce_changes, announce_stock
from showfloor.shows.services.visibility import announce_hidden, on_hidden

__all__ = [
    "ShowChanges",
    "ShowDraft",
    "abandoned_broadcasts",
    "add_item",
    "add_to_rundown",
    "announce_changes",
    "announce_due",
    "announce_hidden",
    "announce_prices",
    "announce_stock",
    "broadcast_lost",
    "broadcast_opened",
    "change_item",
    "choose_source",
    "create_host",
    "create_show",
    "duplicate_show",
    "end",
    "highlight",
    "hold",
    "make_rehearsal_show",
    "on_end",
    "on_hidden",
    "order_items",
    "reach",
    "reach_due",
    "record_peak",
    "recover_after_restart",
    "remove_from_rundown",
    "remove_item",
    "set_rundown",
    "set_srt",
    "source_switched",
    "start",
    "take_back",
    "take_down",
    "tell_ended",
    "update_show",
]
