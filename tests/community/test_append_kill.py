"""`kill -9` of a real server while many people write. Every acknowledged message is there, once,
under the number that its sender was told, and the log has no gap. A message that was not
acknowledged may be sent again."""

import http.client
import json
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support import law_script
from tests.support.database import database
from tests.support.live import LiveServer
from tests.support.waiting import wait_until

KILLS = 2
WRITERS = 12
PEOPLE = 600

MAKE = (
    law_script.WAIVE
    + """
import json, sys
from showfloor.accounts.models import Brand, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.shows import services as shows
brand = Brand.objects.get()
show = shows.create_show(brand, shows.ShowDraft(title="Killed while they talk"))
shows.start(show, User.objects.get())
def token(n):
    claims = Claims(f"g:{new_id()}", brand.pk, f"P{n}", (), f"net-{n}")
    return token_signer().issue(claims, utc_now())
print(json.dumps([show.slug, [token(n) for n in range(int(sys.argv[1]))]]))
"""
)
READ = """
import json, sys
from showfloor.community.chat.models import Message
from showfloor.shows.models import Show
from showfloor.timeline import queries
show = Show.objects.all_brands().get(slug=sys.argv[1])
entries, after = [], 0
while page := queries.read(show.timeline_id, after):
    after = page[-1].seq
    entries += [(entry.seq, entry.body.get("client_id")) for entry in page]
rows = list(Message.objects.all_brands().filter(show=show).values_list("seq", "client_id"))
print(json.dumps({"head": queries.head(show.timeline_id).seq, "entries": entries, "rows": rows}))
"""


@dataclass
class Crowd:
    """People who write as fast as they are answered. `acked`: the number that each message's sender
    was told; `open`: messages that were sent and not answered."""

    server: LiveServer
    path: str
    tokens: list[str]
    acked: dict[str, int] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)  # token by client id
    strange: list[Any] = field(default_factory=list)
    sent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def write_until_killed(self, answers: int) -> None:
        """Kill the server after so many more answers."""
        wanted = len(self.acked) + answers
        threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: len(self.acked) >= wanted, 40, "so many answers")
        finally:
            self.server.kill()
            for thread in threads:
                thread.join(20)
        assert self.strange == []

    def send_again(self) -> None:
        """Send everything that was not answered, and some of what was."""
        connection = self._connect()
        known = random.sample(sorted(self.acked), 20)
        for client_id, token in [*self.open.items(), *((one, self._whose(one)) for one in known)]:
            seq = self._post(connection, client_id, token)
            assert self.acked.setdefault(client_id, seq) == seq
        self.open.clear()
        connection.close()

    def _write(self) -> None:
        connection = self._connect()
        try:
            while True:
                with self._lock:
                    client_id = f"m{self.sent}"
                    token = self._whose(client_id)
                    self.sent += 1
                    self.open[client_id] = token
                self.acked[client_id] = self._post(connection, client_id, token)
                del self.open[client_id]
        except (OSError, http.client.HTTPException):
            pass  # killed
        except Exception as error:  # noqa: BLE001 - looked at by the test
            self.strange.append(error)
        finally:
            connection.close()

    def _whose(self, client_id: str) -> str:
        return self.tokens[int(client_id[1:]) % len(self.tokens)]

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)

    def _post(self, connection: http.client.HTTPConnection, client_id: str, token: str) -> int:
        body = {"id": client_id, "name": "message", "body": {"text": f"This is {client_id}"}}
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", self.path, json.dumps(body), headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        assert answer.status == 200, told
        seq: int = told["seq"]
        return seq


@pytest.fixture(params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveServer]:
    with database(request.param) as environ:
        live = LiveServer(tmp_path / "data", environ)
        live.data_dir.mkdir()
        live.migrate()
        owner = "owner@example.test"
        live.set_up("M", owner, "enough-123")
        yield live
        live.kill()


@pytest.mark.timeout(240)
def test_killed_server_loses_no_acknowledged_message(server: LiveServer) -> None:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    chance = random.Random(seed)
    slug, tokens = json.loads(server.python(MAKE, str(PEOPLE)).splitlines()[-1])
    crowd = Crowd(server, f"/timeline/{slug}/commands", tokens)
    for _round in range(KILLS):
        server.start()
        crowd.write_until_killed(chance.randint(30, 300))
        check(server, slug, crowd)
    server.start()
    crowd.send_again()
    stored = check(server, slug, crowd)
    written = sorted(client_id for _seq, client_id in stored["entries"] if client_id)
    assert written == sorted(crowd.acked), "everything that was ever sent, once"


def check(server: LiveServer, slug: str, crowd: Crowd) -> Any:
    """The log is gap-free; every acknowledged message is there once, where its sender was told; no
    message is there in half. Return what is stored."""
    stored = json.loads(server.python(READ, slug).splitlines()[-1])
    assert [seq for seq, _client_id in stored["entries"]] == list(range(1, stored["head"] + 1))
    posted = [(seq, client_id) for seq, client_id in stored["entries"] if client_id is not None]
    by_id = {client_id: seq for seq, client_id in posted}
    assert len(by_id) == len(posted), "a message is in the log twice"
    assert crowd.acked.items() <= by_id.items()
    assert by_id.keys() <= crowd.acked.keys() | crowd.open.keys()
    assert sorted(map(tuple, stored["rows"])) == sorted(posted)
    return stored
