"""The authorizer of the stage's socket: staff who may go live, and guests in their seats."""

from collections.abc import Collection
from typing import Final, Protocol

from showfloor.accounts.tokens import Claims
from showfloor.edge.ports import AdmissionDenied, Authorizer
from showfloor.edge.stage.registry import StageEntry
from showfloor.edge.websocket_frames import CloseCode

# As `site.views.studio` asks for.
_HOSTING: Final = frozenset({"owner", "producer", "host"})


class GuestSeats(Protocol):
    """The seats of guests, in the database."""

    async def open(self, seat: str) -> tuple[str, str, str] | None:
        """Return show (id and slug) and guest (id) of a seat; None for one that is nobody's."""

    async def inside(self, guest_ids: Collection[str]) -> Collection[str]:
        """Return those of these guests who may be connected now."""

    async def gone(self, guest_id: str) -> None:
        """Take in that a guest has not come back."""


class StageAuthorizer:
    """`edge.stage.registry.StageAdmission`."""

    def __init__(self, people: Authorizer, seats: GuestSeats) -> None:
        self._people = people
        self._seats = seats

    async def studio(self, slug: str, token: str, address: str) -> StageEntry:
        admission, claims = await self._people.admit(slug, token, address)
        if _HOSTING.isdisjoint(claims.roles):
            raise AdmissionDenied(CloseCode.NO_RIGHT, "guests come to hosts and producers")
        return StageEntry(admission.show_id, "", claims)

    async def guest(self, slug: str, seat: str) -> StageEntry:
        found = await self._seats.open(seat)
        if found is None or found[1] != slug:
            raise AdmissionDenied(CloseCode.BAD_TOKEN, "no seat here")
        return StageEntry(found[0], found[2])

    async def inside(self, guest_ids: Collection[str]) -> Collection[str]:
        return await self._seats.inside(guest_ids)

    async def gone(self, guest_id: str) -> None:
        await self._seats.gone(guest_id)

    def renew(self, claims: Claims, token: str) -> Claims:
        fresh = self._people.renew(claims, token)
        if _HOSTING.isdisjoint(fresh.roles):
            raise AdmissionDenied(CloseCode.NO_RIGHT, "guests come to hosts and producers")
        return fresh
