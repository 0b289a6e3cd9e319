"""Rights that have changed: a token says for 15 minutes what its bearer could do when it was made,
so whoever follows a show with an older one is to come in anew."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from showfloor.accounts.models import Member, StaffRole, User
from showfloor.kernel.listeners import Listeners


@dataclass(frozen=True, slots=True)
class RightsChange:
    """`subjects`: whose, as in a token's `sub`. `brand_id`: where; None: at every brand."""

    subjects: frozenset[str]
    brand_id: str | None = None

    def covers(self, brand_id: str, subject: str, network: str) -> bool:
        """Whether this is about that viewer."""
        return subject in self.subjects and self.brand_id in {None, brand_id}


_listeners = Listeners[RightsChange]()


def subscribe(listener: Callable[[RightsChange], object]) -> Callable[[], None]:
    """Be told of each change once it is committed; the result ends that."""
    return _listeners.subscribe(listener)


def announce_role(row: StaffRole) -> None:
    """Someone's role at a brand was changed or taken away."""
    _announce(RightsChange(frozenset({_staff(row.user_id)}), row.brand_id))


def announce_person(user: User) -> None:
    """Someone signed out, or what their account may do has changed. Call it before a deletion."""
    members = Member.objects.all_brands().filter(user=user).values_list("pk", flat=True)
    _announce(RightsChange(frozenset({_staff(user.pk), *(f"m:{pk}" for pk in members)})))


def _staff(user_id: str) -> str:
    return f"u:{user_id}"


def _announce(change: RightsChange) -> None:
    transaction.on_commit(partial(_listeners.tell, change))
