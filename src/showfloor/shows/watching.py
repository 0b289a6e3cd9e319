"""Who may watch a show, and follow what is said in it: everyone, members, or people with a ticket.

A ticket is a right that a room above sells; that room registers how it answers. Staff may always
watch. Each endpoint of a show asks here, with the facts of the show that it has at hand.
"""

from collections.abc import Collection
from typing import Protocol

from django.utils.translation import gettext as _

from showfloor.accounts.tokens import Claims
from showfloor.kernel.errors import Forbidden, Invalid
from showfloor.shows.models import OpenTo, Show, ShowState
from showfloor.shows.watched_show import WatchedShow

NO_RIGHT: dict[str, str] = {OpenTo.MEMBERS: "members-only", OpenTo.TICKET: "ticket-required"}


class Tickets(Protocol):
    """The rights to watch that are sold."""

    def holders(self, show: WatchedShow, subjects: Collection[str]) -> set[str]:
        """Return those of these people (the `sub`s of their tokens) who hold a right now."""

    def variants(self, show: WatchedShow) -> dict[str, list[str]]:
        """Return by product id the ids of its variants on sale that give the right."""


class _NoTickets:
    def holders(self, show: WatchedShow, subjects: Collection[str]) -> set[str]:
        return set()

    def variants(self, show: WatchedShow) -> dict[str, list[str]]:
        return {}


_tickets: Tickets = _NoTickets()


def register(tickets: Tickets) -> None:
    """Let a room above sell tickets."""
    global _tickets
    _tickets = tickets


def facts_of(show: Show) -> WatchedShow:
    return WatchedShow(show.pk, show.brand_id, show.open_to, show.state == ShowState.ENDED)


def admitted(show: WatchedShow, people: Collection[Claims]) -> frozenset[str]:
    """Return the `sub`s of those among these people who may watch the show now."""
    of_brand = [one for one in people if one.brand == show.brand_id]
    if show.open_to == OpenTo.EVERYONE:
        return frozenset(one.sub for one in of_brand)
    staff = {one.sub for one in of_brand if one.is_staff}
    if show.open_to == OpenTo.MEMBERS:
        return frozenset(staff | {one.sub for one in of_brand if one.subject.is_member})
    others = {one.sub for one in of_brand if not one.subject.is_nameless} - staff
    return frozenset(staff | (_tickets.holders(show, others) if others else set()))


def may_watch(show: WatchedShow, person: Claims) -> bool:
    return person.sub in admitted(show, [person])


def check(show: Show, person: Claims | None) -> None:
    """Raise Forbidden for a person who may not watch the show. None: nobody in particular."""
    facts = facts_of(show)
    if facts.open_to != OpenTo.EVERYONE and (person is None or not may_watch(facts, person)):
        raise no_right(show.open_to)


def no_right(open_to: str) -> Forbidden:
    words = _("This show is for members.")
    if open_to == OpenTo.TICKET:
        words = _("This show is for people with a ticket.")
    return Forbidden(words, code=NO_RIGHT[open_to])


def tickets(show: Show) -> dict[str, list[str]]:
    """Return by product id the ids of its variants that a person can buy to watch the show."""
    return _tickets.variants(facts_of(show)) if show.open_to == OpenTo.TICKET else {}


def check_tickets_are_sold(show: Show) -> None:
    """Raise Invalid for a show that needs a ticket which nobody can buy."""
    if show.open_to == OpenTo.TICKET and not _tickets.variants(facts_of(show)):
        raise Invalid(
            _(
                "Nobody sells a ticket for this show yet. Save it unpublished, give a product the"
                " right to attend it (in the back office: Selling, Rights of products), and"
                " publish it then."
            ),
            field="open_to", code="no-ticket-sold",
        )  # fmt: skip
