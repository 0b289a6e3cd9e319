"""The stage's people for the edge, by way of the database's threads."""

from collections.abc import Collection

from showfloor.accounts.database_threads import Database
from showfloor.kernel.errors import NotSignedIn
from showfloor.stage import queries, services


class Seats:
    """`edge.stage.authorizer.GuestSeats`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, seat: str) -> tuple[str, str, str] | None:
        """Return show (id and slug) and guest (id) of a seat; None where nobody may be connected
        by it."""
        return await self._database.run(_open, seat)

    async def inside(self, guest_ids: Collection[str]) -> set[str]:
        return await self._database.run(queries.inside, guest_ids)

    async def gone(self, guest_id: str) -> None:
        await self._database.run(services.leave, guest_id)


def _open(seat: str) -> tuple[str, str, str] | None:
    try:
        guest = queries.by_seat(seat)
    except NotSignedIn:
        return None
    if not queries.inside([guest.pk]):
        return None
    return guest.show_id, guest.show.slug, guest.pk
