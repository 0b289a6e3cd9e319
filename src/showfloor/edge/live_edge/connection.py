"""`WS /live-edge/<show>`: the picture of a show in fragments of one picture each.

    client  {"type":"hello","token"?,"preview"?,"height"?,"sid"?}  first
            {"type":"rung","name"}                a rung of the list; null: the server chooses
            {"type":"token","token"}              a fresh token of the same person
            {"type":"ping"}
    server  {"type":"live","number","rung","codecs","rungs":[{"name","height"}]}
            an init segment (binary), then fragments (binary: prft, moof, mdat) from a key frame
            on; another `live` begins another rung or, with another number, a run from time zero
            {"type":"off"}                        there is no picture; `live` comes with the next
            {"type":"pong"} · {"type":"problem","status","code","detail"}

`prft` holds the wall-clock time of the picture, as its segment's program date time gives it. A
viewer whose line takes too little is skipped to a key frame, of a smaller rung unless the viewer
chose one; a viewer who takes nothing is cut, and plays HLS.
"""

import socket
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, override

from showfloor.accounts.tokens import Claims
from showfloor.edge.live_edge import messages
from showfloor.edge.live_edge.registry import LiveEdgeRegistry, RegisteredViewer
from showfloor.edge.live_edge.rung_choice import RungChoice
from showfloor.edge.ports import Admission, AdmissionDenied
from showfloor.edge.websocket.json_socket import JsonSocket
from showfloor.edge.websocket.registry import Phase
from showfloor.edge.websocket_frames import CloseCode
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.media.live_edge.feed import LiveFeed, LiveRung, LiveViewer
from showfloor.media.live_edge.fragments import LiveFragment
from showfloor.timeline.served_pictures import served

# What waits in the kernel cannot be skipped: half a second of a good picture.
SEND_BUFFER_BYTES: Final = 64 * 1024
UNSENT_MAX: Final = 3 << 20  # bytes that wait here: two seconds of the best picture, and more
BEHIND_MAX_S: Final = 1.0  # with bytes waiting for that long, a viewer is skipped
CUT_AFTER_S: Final = 6.0  # a viewer who has taken nothing for that long is cut


def protocol(registry: LiveEdgeRegistry) -> Any:
    """Return the maker of connections that the HTTP server calls for each upgrade."""

    def make(**_uvicorn: Any) -> LiveEdgeConnection:
        return LiveEdgeConnection(registry)

    return make


class LiveEdgeConnection(JsonSocket, LiveViewer, RegisteredViewer):
    """One viewer's WebSocket. Belongs to the event loop."""

    frame_bytes_max: ClassVar = 4096
    frames_max: ClassVar = 60
    claims: Claims

    def __init__(self, registry: LiveEdgeRegistry) -> None:
        super().__init__(registry)
        self.timeline_id = ""
        self.personal_seq = -1
        self._registry = registry
        self._admission: Admission | None = None
        self._feed: LiveFeed | None = None
        self._is_preview = False
        self._sid = ""  # of a viewer who is sent every picture
        self._number = 0  # of the connection, for that
        self._choice = RungChoice()
        self._waiting_since: float | None = None  # bytes wait in the transport
        self._is_skipping = False  # until a key frame that finds nothing waiting

    # --- the registry's view ---------------------------------------------------------------------

    @property
    @override
    def is_public(self) -> bool:
        # A token's end is looked at where the show, or the picture, is not everyone's.
        return self._admission is not None and self._admission.public and not self._is_preview

    @override
    def look(self, now: float) -> None:
        since = self._waiting_since
        if self.phase is Phase.LIVE and since is not None and now - since > CUT_AFTER_S:
            self.disconnect(CloseCode.TOO_SLOW, "the line is too slow for the live edge")
            self.transport.abort()  # it would not take the close either

    # --- the transport's callbacks ---------------------------------------------------------------

    @override
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        accepted: socket.socket = transport.get_extra_info("socket")
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        transport.set_write_buffer_limits(high=0)  # paused exactly while bytes wait

    @override
    def pause_writing(self) -> None:
        self._waiting_since = self._registry.now()

    @override
    def resume_writing(self) -> None:
        self._waiting_since = None

    @override
    def _leave(self) -> None:
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.leave(self)
            served.left_live(self._sid, self._number)

    # --- the feed's side -------------------------------------------------------------------------

    @property
    @override
    def sees_preview(self) -> bool:
        return self._is_preview

    @property
    @override
    def wanted(self) -> int:
        return self._choice.place

    @override
    def begin(self, rung: LiveRung, rungs: Sequence[LiveRung]) -> None:
        self._choice.begin(rung, rungs, self._registry.now())
        self._is_skipping = False
        self.transport.write(messages.beginning(rung, rungs))

    @override
    def give(self, fragment: LiveFragment) -> None:
        if self._is_skipping:
            if not fragment.is_key or self._waiting_since is not None:
                return
            self._is_skipping = False
        elif self._is_behind():
            self._is_skipping = True
            self._choice.too_slow(self._registry.now())
            return
        self.transport.write(messages.framed(fragment))
        if fragment.is_key:
            self._choice.calm(self._registry.now())

    def _is_behind(self) -> bool:
        since = self._waiting_since
        if since is None:
            return False
        is_late = self._registry.now() - since > BEHIND_MAX_S
        return is_late or self.transport.get_write_buffer_size() > UNSENT_MAX

    @override
    def off(self) -> None:
        self.transport.write(messages.OFF)

    @override
    def over(self) -> None:
        self.disconnect(CloseCode.NORMAL, "the show has ended")

    # --- listening -------------------------------------------------------------------------------

    @override
    def _check_hello(self, frame: Mapping[str, Any]) -> None:
        messages.parse_hello(frame)

    @override
    def _handle(self, frame: Mapping[str, Any]) -> None:
        kind = frame.get("type")
        if kind == "rung":
            self._choice.choose(messages.parse_rung(frame))
        elif kind == "token" and isinstance(frame.get("token"), str):
            self._renew(frame["token"])
        else:
            raise AdmissionDenied(CloseCode.BAD_FRAME, "there is no such frame")

    @override
    async def _enter(self, frame: Mapping[str, Any]) -> None:
        hello = messages.parse_hello(frame)
        entry = await self._registry.admit(
            self, self._opening.slug, hello,
            self._registry.address_of(self._opening, self._address),
        )  # fmt: skip
        if self.phase is not Phase.ENTERING:
            return
        self._admission, self.claims, self._feed = entry.admission, entry.claims, entry.feed
        self.is_admitted, self.timeline_id = True, entry.admission.timeline_id
        self._is_preview = hello.is_preview
        self._choice.fit(hello.height)
        self.phase, self.heard_at = Phase.LIVE, self._registry.now()
        if not hello.is_preview:
            self._sid = hello.sid
            now_ms = to_epoch_ms(utc_now())
            self._number = served.went_live(hello.sid, self._opening.slug, now_ms)
        entry.feed.join(self)

    def _renew(self, token: str) -> None:
        if self.phase is not Phase.LIVE:
            raise AdmissionDenied(CloseCode.BAD_FRAME, "the first frame must be a hello")
        try:
            claims = self._registry.renew(self.claims, token)
        except AdmissionDenied as denied:
            if denied.code != CloseCode.BAD_TOKEN:
                raise
            told = {"type": "problem", "status": 401, "code": "bad-token", "detail": denied.reason}
            self.send(told)
            return
        # A right to watch is looked at where people come in.
        assert self._admission is not None, "whoever is live was admitted"
        is_open = self._admission.public or claims.is_staff
        if claims.is_staff != self.claims.is_staff or not is_open:
            raise AdmissionDenied(CloseCode.BAD_TOKEN, "come in anew")
        self.claims = claims
