"""The first step of every verb of a show: the row, locked, and the actor of its entries."""

from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.kernel.errors import NotFound
from showfloor.shows import queries
from showfloor.shows.models import Show


def lock(show: Show) -> Show:
    """Lock the show's row for this transaction and return it; NotFound when it is gone."""
    return lock_by_id(show.pk)


def lock_by_id(show_id: str) -> Show:
    """Lock the row of the show with this id and return it; NotFound when there is none."""
    locked = queries.by_id(show_id, lock=True)
    if locked is None:
        raise NotFound(_("There is no such show."))
    return locked


def staff_actor(user: User) -> str:
    """Return the actor of an entry that this member of staff causes."""
    return str(user.staff_subject)
