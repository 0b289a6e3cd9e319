"""WHIP's status codes and headers (RFC 9725), and the life of a session behind them."""

from datetime import UTC, datetime

from showfloor.media.packets import SourceClaims
from showfloor.media.ports import PublishRequest
from showfloor.media.whip.ice_servers import IceServers
from showfloor.media.whip.ports import PeerFailed, PeerState
from showfloor.media.whip.sessions import WhipLimits
from tests.media.rtmp.support import KEY, PICTURES, WRONG_KEY, picture
from tests.media.whip.support import OFFER, SESSION, whip
from tests.support.waiting import await_until

FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


async def test_publisher_is_let_in_with_an_answer_and_an_address() -> None:
    async with whip() as server:
        answer = await server.post(**{"User-Agent": "OBS/32"})
        assert (answer.status_code, answer.text) == (201, "v=0\r\n")
        assert answer.headers["content-type"] == "application/sdp"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "Location" in answer.headers["access-control-expose-headers"]
        assert "etag" not in answer.headers  # ICE is not restarted
        assert answer.headers["location"].startswith("/whip/spring/")
        (request,) = server.ingest.requests
        expected = PublishRequest("whip", KEY, "OBS/32", request.remote, show="spring")
        assert request == expected


async def test_requests_that_are_wrong_get_their_status_and_open_nothing() -> None:
    async with whip() as server:
        sdp = {"Content-Type": "application/sdp"}
        post = server.client.post
        assert (await post("/whip/spring", content=OFFER, headers=sdp)).status_code == 401
        assert (await server.post(**{"Content-Type": "application/json"})).status_code == 415
        assert (await server.post("x" * 70_000)).status_code == 413
        assert (await server.post("hello")).status_code == 400
        assert (await server.post(SESSION)).status_code == 406
        assert (await server.post(OFFER.replace("actpass", "x"))).status_code == 422
        assert server.ingest.requests == []
        wrong = await server.post(key=WRONG_KEY)
        assert (wrong.status_code, wrong.json()["code"]) == (401, "unauthorized")
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            answer = await server.client.request(method, "/whip/spring")
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
        assert (await post("/whip/a/b/c")).status_code == 404
        assert server.peers == []


async def test_browsers_learn_what_they_may_send() -> None:
    async with whip() as server:
        answer = await server.client.options("/whip/spring")
        assert answer.status_code == 204
        assert answer.headers["accept-post"] == "application/sdp"
        assert "Authorization" in answer.headers["access-control-allow-headers"]
        session = await server.client.options("/whip/spring/abc")
        assert session.headers["access-control-allow-methods"] == "PATCH, DELETE"


async def test_relays_are_told_with_a_pass_for_a_day() -> None:
    at = datetime(2026, 11, 29, tzinfo=UTC)
    servers = IceServers(
        ["stun:s.example:3478", "turn:t.example?transport=udp"], "north", lambda: at
    )
    username = str(int(at.timestamp()) + 86_400)
    async with whip(ice_servers=servers) as server:
        links = (await server.post()).headers.get_list("link")
    assert links[0] == '<stun:s.example:3478>; rel="ice-server"'
    assert links[1].startswith(
        f'<turn:t.example?transport=udp>; rel="ice-server"; username="{username}"; credential="'
    )
    assert servers.for_browser()[0] == {"urls": "stun:s.example:3478"}
    assert len(servers.for_browser()[1]["credential"]) == 28  # of SHA-1


async def test_full_server_says_when_to_come_again() -> None:
    async with whip(limits=WhipLimits(sessions_max=1)) as server:
        assert (await server.post()).status_code == 201
        answer = await server.post()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert len(server.ingest.sinks) == 1


async def test_end_is_answered_at_once_and_a_second_time() -> None:
    async with whip() as server:
        address = (await server.post()).headers["location"]
        stranger = {"Authorization": "Bearer another"}
        refused = await server.client.delete(address, headers=stranger)
        assert (refused.status_code, server.sessions.count) == (401, 1)
        assert (await server.client.delete(address)).status_code == 200
        await await_until(lambda: server.ingest.sinks[0].closed == ["ended"])
        assert (await server.client.delete(address)).status_code == 200
        assert (await server.client.delete(address + "x")).status_code == 404
        assert server.peers[0].closed == 1


async def test_further_candidates_are_tried_and_restarts_are_not() -> None:
    async with whip() as server:
        address = (await server.post()).headers["location"]
        line = "a=candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host"
        patch = server.client.patch
        taken = await patch(address, content=f"{line}\r\n", headers=FRAGMENT)
        assert taken.status_code == 204
        assert server.peers[0].candidates == [line.removeprefix("a=candidate:")]
        for tag, status in (("*", 405), ('"old"', 412)):
            answer = await patch(address, content=line, headers={**FRAGMENT, "If-Match": tag})
            assert answer.status_code == status
        assert (await patch(address, content=line)).status_code == 415
        assert len(server.peers[0].candidates) == 1


async def test_media_goes_to_the_show_and_its_state_to_the_session() -> None:
    async with whip() as server:
        address = (await server.post()).headers["location"]
        session = server.sessions.find(address.rpartition("/")[2])
        assert session is not None
        for item in (PeerState(0.02, 3), PICTURES, picture(0)):
            server.peers[0].items.put_nowait(item)
        sink = server.ingest.sinks[0]
        await await_until(lambda: len(sink.items) == 3)
        assert sink.items == [SourceClaims(has_audio=True, resizes=True), PICTURES, picture(0)]
        assert session.state == PeerState(0.02, 3)


async def test_every_loss_closes_the_sink_once_and_frees_the_place() -> None:
    """A dead worker, a publisher who left, silence, and a cut by the show."""
    limits = WhipLimits(sessions_max=1, connect_s=0.05, silence_s=0.05)
    async with whip(limits=limits) as server:
        for n, (item, closed) in enumerate(
            [(PeerFailed("gone"), "lost"), (None, "lost"), (picture(0), "lost"), ("cut", "refused")]
        ):
            assert (await server.post()).status_code == 201
            if item == "cut":
                server.ingest.sinks[n].kicked_event.set()
            elif not isinstance(item, str):
                server.peers[n].items.put_nowait(item)
            await await_until(lambda: server.ingest.sinks[-1].closed != [])
            assert server.ingest.sinks[n].closed == [closed]
            assert (server.sessions.count, server.peers[n].closed) == (0, 1)
        assert [one.code for one in server.ingest.sinks[3].rejections] == ["failed"]
