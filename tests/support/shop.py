"""A served installation with one live show, a guest, a producer, and what they may send."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support import law_script
from tests.support.live import LiveServer, free_port

CSRF = "c" * 32
_PEOPLE = (
    law_script.WAIVE
    + """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from showfloor.accounts.models import Brand, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.shows import services as shows
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry
brand, owner = Brand.objects.get(), User.objects.get()
show = shows.create_show(brand, shows.ShowDraft(title="Evening"))
hidden = shows.create_show(brand, shows.ShowDraft(title="Tomorrow", published=False))
with timeline.write():
    timeline.append(show.timeline_id, [NewEntry("filler", {"n": n}) for n in range(ENTRIES)])
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = owner.pk, owner.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session.save()
def token(sub, name, *roles):
    return token_signer().issue(Claims(sub, brand.pk, name, roles, "net-of-" + name), utc_now())
other = f"g:{new_id()}"
print(json.dumps({"slug": show.slug, "hidden": hidden.slug, "session": session.session_key,
    "guest": token(f"g:{new_id()}", "Ana"), "other": token(other, "Ben"),
    "other_id": other,
    "staff": token(f"u:{owner.pk}", "Owner", "owner")}))
"""
)


class LiveShop:
    """`slug`: a public show; `hidden`: one that is not. `guest` (Ana), `other` (Ben), `staff`:
    tokens. `other_id`: whom Ben's names."""

    def __init__(self, server: LiveServer, made: Mapping[str, str]) -> None:
        self.server = server
        self.slug, self.hidden = made["slug"], made["hidden"]
        self.guest, self.other, self.staff = made["guest"], made["other"], made["staff"]
        self.other_id = made["other_id"]
        # Kept for all calls: making a client takes longer than most of them.
        self._producer = httpx.Client(
            cookies={"sessionid": made["session"], "csrftoken": CSRF},
            headers={"X-CSRFToken": CSRF}, timeout=10,
        )  # fmt: skip

    def close(self) -> None:
        self._producer.close()

    def api(self, method: str, path: str, body: Any = None, slug: str = "") -> httpx.Response:
        """As the producer; `path` is below the show's own."""
        url = f"{self.server.url}/api/v1/shows/{slug or self.slug}/{path}"
        answer = self._producer.request(method, url, json=body or {})
        answer.raise_for_status()
        return answer


@contextmanager
def live_shop(
    folder: Path, *, entries: int = 0, port: int = 0, prelude: str = "", **environ: str
) -> Iterator[LiveShop]:
    """A started show on SQLite, with so many `entries` from before."""
    server = LiveServer(folder / "data", environ=environ, port=port or free_port(), prelude=prelude)
    server.data_dir.mkdir(parents=True)
    server.migrate()
    owner = "owner@example.test"
    server.set_up("M", owner, "enough-123")
    made = json.loads(server.python(f"ENTRIES = {entries}\n{_PEOPLE}").splitlines()[-1])
    server.start()
    shop = LiveShop(server, made)
    try:
        shop.api("POST", "start")
        yield shop
    finally:
        shop.close()
        server.stop()
