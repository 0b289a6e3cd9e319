"""What the public may see: the law's texts before a show is public, and the notice, for every
process, that a show is hidden."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from showfloor.accounts import access_changes
from showfloor.accounts.models import AccessChangeKind
from showfloor.kernel.errors import Invalid
from showfloor.legal import services as legal
from showfloor.shows import rules, watching
from showfloor.shows.models import Show
from showfloor.timeline import cache_invalidation


def check_may_be_public(show: Show) -> None:
    """Raise Conflict for a show that is public while a required legal text of its brand is missing,
    Invalid while nobody sells the ticket that it needs. A test show is announced nowhere, so it
    needs neither; the show of a rehearsal is never public."""
    if show.rehearses_id is not None and show.published:
        raise Invalid(_("The show of a rehearsal stays hidden."), field="published")
    if rules.is_public(show.state, published=show.published) and not show.is_test:
        legal.check_public(show.brand)
    check_tickets_are_sold(show)


def check_tickets_are_sold(show: Show) -> None:
    """Raise Invalid for a show that is public while nobody can buy the ticket that it needs."""
    if rules.is_public(show.state, published=show.published) and not show.is_test:
        watching.check_tickets_are_sold(show)


def on_hidden(listener: Callable[[str], object]) -> Callable[[], None]:
    """Call `listener` with the timeline's id of each show that is hidden from some of its viewers.

    Any process may have hidden it; the call may come on any thread. The result unsubscribes.
    """
    return access_changes.on(AccessChangeKind.HIDDEN, lambda change: listener(change.subject))


def announce_hidden(show: Show) -> None:
    """End the public's connections to a show that not everyone may watch; those who may come back.

    A verb calls this in its transaction, after its change.
    """
    if not rules.is_open(show.state, published=show.published, open_to=show.open_to):
        access_changes.record(AccessChangeKind.HIDDEN, show.brand_id, show.timeline_id)
        cache_invalidation.note(show.timeline_id, 1)  # caches in front must drop it, too
