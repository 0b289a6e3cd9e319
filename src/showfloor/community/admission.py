"""Admission: the rule that says which viewers may take part in a show now. Those without a token,
of another brand, or banned are refused, and everybody once the show is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from showfloor.accounts.bans import banned_among
from showfloor.accounts.tokens import Claims
from showfloor.community.refusals import refused
from showfloor.kernel.errors import Conflict, Forbidden, NotFound, NotSignedIn
from showfloor.shows import watching
from showfloor.shows.models import Show, ShowState
from showfloor.shows.queries import by_id, is_public
from showfloor.shows.watched_show import is_cast
from showfloor.timeline.commands import Command, Outcome

OPEN = frozenset({ShowState.SCHEDULED, ShowState.LIVE})  # people can take part


def show_closed() -> Conflict:
    return Conflict(_("The show is not on."), code="show-closed")


@dataclass(frozen=True, slots=True)
class Admission:
    """A show that people send commands to, the senders who are banned from it, and those who may
    watch it."""

    show: Show
    banned: frozenset[str]
    watchers: frozenset[str]

    def admit(self, claims: Claims) -> None:
        """Raise NotSignedIn, NotFound, Forbidden or Conflict unless this viewer may take part
        now."""
        if claims.subject.is_nameless:
            raise NotSignedIn(_("A viewer token is needed."), code="no-token")
        if claims.brand != self.show.brand_id:
            raise NotSignedIn(_("This token is for another brand."), code="other-brand")
        is_insider = claims.is_staff or is_cast(self.show.pk, claims.traits)
        if not (is_public(self.show) or is_insider):
            raise NotFound(_("There is no such show."))
        if claims.sub in self.banned:
            raise Forbidden(_("You can't take part here."), code="banned")
        if claims.sub not in self.watchers:
            raise watching.no_right(self.show.open_to)
        if self.show.state not in OPEN:
            raise show_closed()


def admission_for(
    show_id: str, commands: Sequence[Command], now: datetime, *, lock: bool = False
) -> Admission | None:
    """Return the show as it is now, kept for this transaction if `lock`; None when there is
    none."""
    show = by_id(show_id, lock=lock)
    if show is None:
        return None
    return admission_of(show, [one.claims for one in commands], now)


def admission_of(show: Show, senders: Sequence[Claims], now: datetime) -> Admission:
    """Return the admission to a show that was read in this transaction."""
    banned = banned_among(show.brand_id, senders, now)
    return Admission(show, banned, watching.admitted(watching.facts_of(show), senders))


def no_such_show(commands: Sequence[Command]) -> list[Outcome]:
    return [refused(NotFound(_("There is no such show."))) for _command in commands]


def lock_show(brand_id: str, show_id: str) -> Show:
    """Return one of the brand's shows, kept for this transaction; NotFound when it is gone."""
    locked = by_id(show_id, lock=True)
    if locked is None or locked.brand_id != brand_id:
        raise NotFound(_("There is no such show."))
    return locked
