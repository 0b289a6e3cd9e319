"""Tells this process at once that a show has ended: what was known of it is not believed any more.

Other processes hear of it from the show's timeline, as of everything.
"""

from collections.abc import Callable
from functools import partial

from django.db import transaction

from showfloor.kernel.listeners import Listeners

_ended = Listeners[str]()


def on_end(listener: Callable[[str], object]) -> Callable[[], None]:
    """Call `listener`, on any thread, with the timeline's id of a show that has ended, once that is
    committed and before the verb returns; the result ends that."""
    return _ended.subscribe(listener)


def announce(timeline_id: str) -> None:
    """In the transaction that ends the show."""
    transaction.on_commit(partial(tell, timeline_id))


def tell(timeline_id: str) -> None:
    """It is committed: the listeners hear of it."""
    _ended.tell(timeline_id)
