"""`WS /timeline/<show>/stage`: the signals between a host's studio and her guests.

    client  {"type":"hello","page","token"}        first, a studio
            {"type":"hello","page","seat"}         first, a guest
            {"type":"signal","to","body"}          a studio to one guest (id)
            {"type":"signal","body"}               a guest to the studio
            {"type":"token","token"}               a fresh token of the same person
            {"type":"ping"}
    server  {"type":"welcome","guest"}             a guest's own id; null for a studio
            {"type":"guest","id","page"}           to a studio: she is here
            {"type":"gone","id"}                   to a studio: her page has gone
            {"type":"studio","here"}               to a guest: a studio is there, or no longer
            {"type":"signal","from","body"}        to a studio
            {"type":"signal","body"}               to a guest
            {"type":"changed"}                     somebody's state has changed: ask the API
            {"type":"pong"}

Picture and sound go from browser to browser. A signal goes to exactly the one whom it is for, and
is stored nowhere; one that is lost costs a call that is made again.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, override

from showfloor.edge.ports import AdmissionDenied
from showfloor.edge.stage import messages
from showfloor.edge.stage.registry import NOBODY, StageMember, StageRegistry, new_name
from showfloor.edge.websocket.json_socket import JsonSocket
from showfloor.edge.websocket.registry import Phase
from showfloor.edge.websocket_frames import CloseCode

SIGNALS_MAX: Final = 4000  # of one connection: an evening of bad lines takes a few hundred
UNSENT_MAX: Final = 256 * 1024  # bytes that wait for a client who takes nothing


class StageConnection(JsonSocket, StageMember):
    """One page's WebSocket. Belongs to the event loop."""

    frame_bytes_max: ClassVar = 32 * 1024
    frames_max: ClassVar = 150  # a studio calls four guests at once, with their candidates
    is_public: ClassVar = False  # a studio's token is looked at for as long as it is there
    personal_seq: ClassVar = -1

    def __init__(self, registry: StageRegistry) -> None:
        super().__init__(registry)
        self.connection_id = self.show_id = self.guest_id = self.page = ""
        self.claims = NOBODY
        self._registry = registry
        self._signals = 0

    @override
    def tell(self, told: Mapping[str, Any]) -> None:
        if self.transport.get_write_buffer_size() > UNSENT_MAX:
            self.transport.abort()
        elif self.phase is Phase.LIVE:
            self.send(told)

    @override
    def _check_hello(self, frame: Mapping[str, Any]) -> None:
        messages.parse_hello(frame)

    @override
    async def _enter(self, hello: Mapping[str, Any]) -> None:
        said = messages.parse_hello(hello)
        address = self._registry.address_of(self._opening, self._address)
        entry = await self._registry.admit(self, self._opening.slug, said, address)
        if self.phase is not Phase.ENTERING:
            return
        self.show_id, self.guest_id, self.page = entry.show_id, entry.guest_id, said.page
        self.claims, self.connection_id = entry.claims, new_name()
        self.is_admitted = True
        self.phase, self.heard_at = Phase.LIVE, self._registry.now()
        self.send({"type": "welcome", "guest": entry.guest_id or None})
        self._registry.join(self)

    @override
    def _handle(self, frame: Mapping[str, Any]) -> None:
        if self.phase is not Phase.LIVE:
            raise AdmissionDenied(CloseCode.BAD_FRAME, "wait for the welcome")
        kind = frame.get("type")
        if kind == "signal":
            self._signal(frame)
        elif kind == "token" and not self.guest_id and isinstance(frame.get("token"), str):
            self.claims = self._registry.renew(self.claims, frame["token"])
        else:
            raise AdmissionDenied(CloseCode.BAD_FRAME, "there is no such frame")

    def _signal(self, frame: Mapping[str, Any]) -> None:
        self._signals += 1
        if self._signals > SIGNALS_MAX:
            raise AdmissionDenied(CloseCode.TOO_MANY_FRAMES, "too many signals")
        body = messages.parse_signal(frame)
        to = "" if self.guest_id else messages.recipient(frame)
        self._registry.signal(self, to, body)

    @override
    def _leave(self) -> None:
        if self.is_admitted:
            self.is_admitted = False
            self._registry.left(self)


def protocol(registry: StageRegistry) -> Any:
    """Return the maker of connections that the HTTP server calls for each upgrade."""

    def make(**_uvicorn: Any) -> StageConnection:
        return StageConnection(registry)

    return make
