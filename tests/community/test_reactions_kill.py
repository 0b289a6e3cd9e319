"""`kill -9` while reactions come in. Every acknowledged reaction is counted, and once; sending
everything again, as pages do that have had no answer, makes the count exact."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.support.live import ROOT, LiveServer

KILLS = 2
EACH = 20  # of a person: below the burst, so that all of them count

MAKE = """
from showfloor.accounts.models import Brand
from showfloor.shows import services as shows
from tests.support.shows import make_show
print(make_show(Brand.objects.create(slug="maison", name="Maison"), products=0).pk)
"""

SEND = f"""
import sys
import django
django.setup()
from showfloor.accounts.tokens import Claims
from showfloor.community.reactions.commands import perform
from showfloor.shows.models import Show
from showfloor.timeline.commands import Command
show = Show.objects.all_brands().get(pk=sys.argv[1])
first, until = int(sys.argv[2]), int(sys.argv[3])
for person in range(first, until):
    claims = Claims(f"g:{{person:026}}", show.brand_id)
    for total in range(1, {EACH} + 1):
        body = {{"session": "tab", "totals": {{"heart": total}}}}
        (outcome,) = perform(show.pk, [Command("id", "reactions", body, claims, show.pk)])
        assert outcome.problem is None, outcome
    print(person, flush=True)
"""


def number(server: LiveServer, sql: str) -> int:
    with closing(sqlite3.connect(server.data_dir / "showfloor.sqlite3", timeout=10)) as database:
        found: int = database.execute(sql).fetchone()[0] or 0
        return found


def sender(server: LiveServer, show: str, first: int, until: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", SEND, show, str(first), str(until)],
        env=server.env(), cwd=server.data_dir, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_killed_server_counts_acknowledged_reactions_once(tmp_path: Path) -> None:
    imports = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    server = LiveServer(tmp_path, {"PYTHONPATH": imports})
    server.migrate()
    show = server.python(MAKE).strip()
    counted = "SELECT total FROM community_reactioncount WHERE sort = 'heart'"
    sent = "SELECT sum(json_extract(totals, '$.heart')) FROM community_reactionshare"
    chance = random.Random()
    begun = seen = 0
    for _round in range(KILLS):
        process = sender(server, show, begun, 100_000)
        assert process.stdout is not None
        for _person in range(chance.randint(1, 6)):
            begun = int(process.stdout.readline()) + 1
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        process.stdout.close()
        total = number(server, counted)
        assert total == number(server, sent)
        assert total >= max(seen, EACH * begun)
        seen = total
    again = sender(server, show, 0, begun + 1)
    assert again.communicate(timeout=60)[0].split() == [str(n) for n in range(begun + 1)]
    last = "SELECT count(*) FROM community_reactionshare"
    assert number(server, counted) == number(server, sent)
    people = number(server, last)
    assert EACH * (begun + 1) <= number(server, counted) <= EACH * people
