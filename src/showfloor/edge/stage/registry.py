"""The studios and guests that are connected to this process, and the ways between them.

A show has one studio, the one that came last: a page that was loaded again, or was taken to another
device, needs no word from the old one. The same holds for the pages of one guest. Host and guest
may be connected to different processes; what one has for the other then goes by the bus.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from typing import Any, Final, Protocol

from showfloor.accounts.network import client_address
from showfloor.accounts.tokens import Claims
from showfloor.edge.fanout.hub import Covers
from showfloor.edge.stage.messages import StageHello
from showfloor.edge.websocket import handshake
from showfloor.edge.websocket.handshake import AllowsOrigin, Opening
from showfloor.edge.websocket.registry import Phase
from showfloor.edge.websocket_frames import CloseCode
from showfloor.kernel.ids import new_id
from showfloor.stage.notices import TOPIC, NoticeBus

log = logging.getLogger(__name__)

PATH: Final = re.compile(r"/timeline/(?P<slug>[-a-zA-Z0-9_]{1,80})/stage")
CONNECTIONS_MAX: Final = 1000  # of one process
PER_NETWORK_MAX: Final = 100
LOOK_EVERY_S: Final = 20.0  # a notice may be lost
# The time for a page to come back, after which its guest has left.
GONE_AFTER_S: Final = 30.0
_SILENCE_MAX_S: Final = {
    Phase.OPENING: 5.0, Phase.GREETING: 10.0, Phase.ENTERING: 20.0, Phase.LIVE: 15.0,
    Phase.CLOSING: 5.0, Phase.GONE: 0.0,
}  # fmt: skip


NOBODY: Final = Claims("", "")


@dataclass(frozen=True, slots=True)
class StageEntry:
    """A page that may come in: a guest's, or a studio's, which has the `claims` of its staff."""

    show_id: str
    guest_id: str = ""
    claims: Claims = NOBODY


class StageAdmission(Protocol):
    """Decides who may be connected to a show's stage."""

    async def studio(self, slug: str, token: str, address: str) -> StageEntry:
        """Return the entry of staff who may go live; AdmissionDenied."""

    async def guest(self, slug: str, seat: str) -> StageEntry:
        """Return the entry of the guest in this seat; AdmissionDenied."""

    async def inside(self, guest_ids: Collection[str]) -> Collection[str]:
        """Return those of these guests who may still be connected."""

    async def gone(self, guest_id: str) -> None:
        """Take in that a guest has not come back."""

    def renew(self, claims: Claims, token: str) -> Claims:
        """Return the claims of a fresh token of the same person; AdmissionDenied."""


class StageMember(Protocol):
    """The part of a connection that the registry uses."""

    connection_id: str
    show_id: str
    guest_id: str  # empty: a studio
    page: str
    claims: Claims
    phase: Phase
    heard_at: float
    network: str
    is_admitted: bool

    @property
    def is_public(self) -> bool: ...

    @property
    def personal_seq(self) -> int: ...

    def tell(self, told: Mapping[str, Any]) -> None: ...

    def disconnect(self, code: int, reason: str) -> None: ...

    def overdue(self, now: float) -> None: ...

    def abort(self) -> None: ...


_names = count()


def new_name() -> str:
    """Return the name of a page that comes in now: those that come later sort behind it, also two
    of one millisecond, and those of other processes as far as the clocks agree."""
    return f"{time.time_ns():020d}.{next(_names):010d}.{new_id()}"


class StageRegistry:
    """All methods belong to the event loop."""

    def __init__(
        self, admission: StageAdmission, bus: NoticeBus, allows_origin: AllowsOrigin, *,
        trusted_proxies: int = 0, network: Callable[[str], str] = str,
        now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.now = now
        self._admission = admission
        self._bus = bus
        self._allows_origin = allows_origin
        self._trusted_proxies = trusted_proxies
        self._network = network
        self._members: dict[StageMember, None] = {}
        self._process = new_id()
        self._gone: dict[str, float] = {}  # guests whose page has gone: when
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = True
        self._look_due = now() + LOOK_EVERY_S
        self._unhear: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Hear the other processes from now on, until `stop`."""
        loop = asyncio.get_running_loop()

        def heard(notice: Mapping[str, Any]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._heard, notice)

        self._unhear = self._bus.hear(TOPIC, heard)

    def stop(self) -> None:
        self._unhear()

    def holders(self) -> list[StageMember]:
        """Return the connections that came in by a token."""
        return [one for one in self._live() if not one.guest_id]

    # --- connections' side -----------------------------------------------------------------------

    def open(self, member: StageMember, head: bytes, remote: str) -> Opening:
        """Check the handshake and count the connection in; HandshakeRejected."""
        opening = handshake.check(head, self._allows_origin, PATH)
        network = self._network(self.address_of(opening, remote))
        near = sum(one.network == network for one in self._members)
        is_full = len(self._members) >= CONNECTIONS_MAX or near >= PER_NETWORK_MAX
        if not self._is_open or is_full:
            raise handshake.HandshakeRejected(HTTPStatus.SERVICE_UNAVAILABLE, "Retry-After: 2")
        member.network = network
        self._members[member] = None
        return opening

    def address_of(self, opening: Opening, remote: str) -> str:
        return client_address(remote, opening.forwarded_for, self._trusted_proxies)

    def forget(self, member: StageMember) -> None:
        self._members.pop(member, None)

    async def admit(
        self, member: StageMember, slug: str, hello: StageHello, address: str
    ) -> StageEntry:
        """Return what the page may be connected to; AdmissionDenied."""
        if hello.seat:
            return await self._admission.guest(slug, hello.seat)
        return await self._admission.studio(slug, hello.token, address)

    def join(self, member: StageMember) -> None:
        """Introduce a page that has come in to those whom it concerns."""
        self._gone.pop(member.guest_id, None)
        self._tell_all(_came(member))

    def left(self, member: StageMember) -> None:
        """Tell that a page has gone."""
        if member.guest_id:
            self._gone[member.guest_id] = self.now()
        self._tell_all(_went(member))

    def signal(self, sender: StageMember, to: str, body: Mapping[str, Any]) -> None:
        """Hand a signal to the one whom it is for: a studio's guest (id), or a guest's studio."""
        notice = {
            "show": sender.show_id, "is": "signal", "to": to, "from": sender.guest_id,
            "body": body,
        }  # fmt: skip
        if not self._deliver(notice):
            self._publish(notice)

    def renew(self, claims: Claims, token: str) -> Claims:
        return self._admission.renew(claims, token)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- between the pages -----------------------------------------------------------------------

    def _tell_all(self, notice: Mapping[str, Any]) -> None:
        self._take(notice)
        self._publish(notice)

    def _publish(self, notice: Mapping[str, Any]) -> None:
        self._bus.publish(TOPIC, {**notice, "by": self._process})

    def _heard(self, notice: Mapping[str, Any]) -> None:
        # What this process says it has taken already, in the order of what happened.
        if isinstance(notice.get("show"), str) and notice.get("by") != self._process:
            self._take(notice)

    def _take(self, notice: Mapping[str, Any]) -> None:
        show_id = notice["show"]
        match notice.get("is"):
            case "changed":
                self._changed(show_id)
            case "studio":
                self._studio_came(notice)
            case "guest":
                self._guest_came(notice)
            case "no-studio":
                if not any(self._studios(show_id)):
                    self._tell_guests(show_id, is_here=False)
            case "here":
                self._tell_guests(show_id, is_here=True)
            case "gone":
                self._tell_studios(show_id, {"type": "gone", "id": notice["guest"]})
            case "signal":
                self._deliver(notice)
            case _:
                log.warning("stage_notice_passed_over")

    def _studio_came(self, notice: Mapping[str, Any]) -> None:
        show_id, newest = notice["show"], notice["id"]
        for one in list(self._studios(show_id)):
            if one.connection_id < newest:
                _replace(one, "another studio took the guests")
        self._tell_guests(show_id, is_here=True)
        is_mine = any(one.connection_id == newest for one in self._studios(show_id))
        for guest in self._guests(show_id):
            if is_mine:
                self._tell_studios(show_id, _introduced(_came(guest)))
            else:
                self._publish({**_came(guest), "answers": True})

    def _guest_came(self, notice: Mapping[str, Any]) -> None:
        show_id = notice["show"]
        for one in list(self._guests(show_id)):
            if one.guest_id == notice["guest"] and one.connection_id < notice["id"]:
                _replace(one, "opened in another page")
        self._gone.pop(notice["guest"], None)
        if not any(self._studios(show_id)):
            return
        self._tell_studios(show_id, _introduced(notice))
        mine = [one for one in self._guests(show_id) if one.connection_id == notice["id"]]
        for one in mine:
            one.tell({"type": "studio", "here": True})
        if not mine and not notice.get("answers"):
            self._publish({"show": show_id, "is": "here"})

    def _deliver(self, notice: Mapping[str, Any]) -> bool:
        """Hand a signal to its recipient, if it is connected here; return whether it is."""
        show_id, to, body = notice["show"], notice["to"], notice["body"]
        if to:
            found = [one for one in self._guests(show_id) if one.guest_id == to]
            told = {"type": "signal", "body": body}
        else:
            found = list(self._studios(show_id))
            told = {"type": "signal", "from": notice["from"], "body": body}
        for one in found:
            one.tell(told)
        return bool(found)

    def _changed(self, show_id: str) -> None:
        for one in [*self._studios(show_id), *self._guests(show_id)]:
            one.tell({"type": "changed"})
        guests = [one.guest_id for one in self._guests(show_id)]
        if guests:
            self.run(self._look(guests))

    async def _look(self, guest_ids: Collection[str]) -> None:
        """End the connections of guests who were removed or have left."""
        try:
            inside = await self._admission.inside(guest_ids)
        except Exception:  # the next look makes up for it
            log.exception("stage_not_looked_over")
            return
        for one in self._live():
            if one.guest_id in guest_ids and one.guest_id not in inside:
                one.disconnect(CloseCode.NO_RIGHT, "you have left the stage")

    def _tell_guests(self, show_id: str, *, is_here: bool) -> None:
        for one in self._guests(show_id):
            one.tell({"type": "studio", "here": is_here})

    def _tell_studios(self, show_id: str, told: Mapping[str, Any]) -> None:
        for one in self._studios(show_id):
            one.tell(told)

    def _live(self) -> list[StageMember]:
        return [one for one in self._members if one.is_admitted and one.phase is Phase.LIVE]

    def _guests(self, show_id: str) -> Iterator[StageMember]:
        return (one for one in self._live() if one.show_id == show_id and one.guest_id)

    def _studios(self, show_id: str) -> Iterator[StageMember]:
        return (one for one in self._live() if one.show_id == show_id and not one.guest_id)

    # --- ending ----------------------------------------------------------------------------------

    def disconnect(self, covers: Covers, code: int, reason: str) -> None:
        """End the studios of everyone whom `covers` names."""
        for one in self.holders():
            person = one.claims
            if covers(person.brand, person.sub, person.network):
                one.disconnect(code, reason)

    def disconnect_viewers(self, timeline_id: str, code: int, reason: str) -> None:
        """Do nothing: a show that is hidden again keeps its host and her guests."""

    def sweep(self, now: float) -> None:
        """End overdue connections, see off guests who have not come back, and look now and then
        whether the others may stay."""
        for one in list(self._members):
            if now - one.heard_at > _SILENCE_MAX_S[one.phase]:
                one.overdue(now)
        for guest_id in [one for one, at in self._gone.items() if now - at > GONE_AFTER_S]:
            del self._gone[guest_id]
            self.run(self._see_off(guest_id))
        if now >= self._look_due:
            self._look_due = now + LOOK_EVERY_S
            guests = [one.guest_id for one in self._live() if one.guest_id]
            if guests:
                self.run(self._look(guests))

    async def _see_off(self, guest_id: str) -> None:
        try:
            await self._admission.gone(guest_id)
        except Exception:  # she stays in the list until the host removes her
            log.exception("stage_guest_not_seen_off")

    async def shutdown(self) -> None:
        """Send everyone away, and take nobody in any more. The pages are there still and go on at
        the next process, so nobody is told that they have gone: calls would end by that."""
        self._is_open = False
        for one in list(self._members):
            one.is_admitted = False
            one.disconnect(CloseCode.RESTART, "restarting")
        await asyncio.sleep(0)
        for one in list(self._members):
            one.abort()


def _replace(member: StageMember, reason: str) -> None:
    """End a page that another one has taken the place of, so that nobody is told of its end."""
    member.is_admitted = False
    member.disconnect(CloseCode.TOO_MANY_CONNECTIONS, reason)


def _came(member: StageMember) -> dict[str, Any]:
    if not member.guest_id:
        return {"show": member.show_id, "is": "studio", "id": member.connection_id}
    return {
        "show": member.show_id, "is": "guest", "id": member.connection_id,
        "guest": member.guest_id, "page": member.page,
    }  # fmt: skip


def _went(member: StageMember) -> dict[str, Any]:
    if not member.guest_id:
        return {"show": member.show_id, "is": "no-studio"}
    return {"show": member.show_id, "is": "gone", "guest": member.guest_id}


def _introduced(notice: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "guest", "id": notice["guest"], "page": notice["page"]}
