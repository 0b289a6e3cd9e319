"""`kill -9` while giveaways are entered, closed and drawn, at random moments. What an entrant was
told stands in the list, each draw is recomputed from its record, and nobody wins twice."""

import json
import os
import random
from pathlib import Path

import pytest

from tests.support.live import ROOT, LiveServer

# One process is made ready; each process that is killed is a fork of it, with connections of its
# own. The last line: the giveaways with the faults of their records, and what people were told.
RUN = """
import json, os, random, signal, sys
from datetime import timedelta
from django.db import connections
from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.setup import add_staff
from showfloor.giveaways import drawing, services, verify_draw
from showfloor.giveaways.models import DrawEntry, Giveaway, Prize
from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show
from tests.giveaways.drawing import enter, opened, record
from tests.support.shows import guest, make_show
chance = random.Random(int(sys.argv[1]))
brand = Brand.objects.create(slug="maison", name="Maison")
add_staff(brand, "lea@maison.test", "a long password here", Role.PRODUCER)
show_id = make_show(brand, products=0).pk
later = utc_now() + timedelta(days=1)

def go_on(say):
    show = Show.objects.all_brands().select_related("brand").get(pk=show_id)
    by = User.objects.get(email="lea@maison.test")
    drawing.close_due(later)
    drawing.draw_due(later)
    while True:
        one = opened(show, by, winners=2, substitutes=1)
        for _person in range(5):
            told = enter(show, guest(show.brand), one)
            assert told.problem is None, told
            print(one.pk, told.result["number"], told.result["seal"], file=say, flush=True)
        services.close(show, one.pk, None, by)
        drawing.draw_due(later)

def killed_after(lines):
    connections.close_all()
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.close(reads)
        try:
            go_on(os.fdopen(writes, "w"))
        finally:
            os._exit(1)
    os.close(writes)
    with os.fdopen(reads) as heard:
        told = [heard.readline() for _line in range(lines)]
        os.kill(child, signal.SIGKILL)
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1]), "it ended by itself"
        return [*told, *heard]

told = [line.strip() for _kill in range(int(sys.argv[2]))
        for line in killed_after(chance.randint(1, 17))]
drawing.close_due(later)
drawing.draw_due(later)
drawn = []
for one in Giveaway.objects.all_brands().exclude(state="draft"):
    prizes = list(Prize.objects.all_brands().filter(giveaway=one))
    drawn.append([
        one.state, verify_draw.check(record(one)) if one.state == "drawn" else None, one.entries,
        len({prize.entry_id for prize in prizes}), len(prizes),
        sum(prize.state == "offered" for prize in prizes),
    ])
listed = [f"{one.giveaway_id} {one.number} {one.seal}" for one in DrawEntry.objects.all_brands()]
print(json.dumps([told, listed, drawn]))
"""


@pytest.mark.parametrize("kills", [1, pytest.param(200, marks=pytest.mark.soak)])
def test_killed_draw_keeps_every_entry_and_nobody_wins_twice(kills: int, tmp_path: Path) -> None:
    imports = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    server = LiveServer(tmp_path, {"PYTHONPATH": imports, "SHOWFLOOR_DRAND_URL": "off"})
    server.migrate()
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    answer = server.python(RUN, str(seed), str(kills), timeout_s=10 + 3 * kills)
    told, listed, drawn = json.loads(answer.splitlines()[-1])
    assert len(told) >= kills
    assert set(told) <= set(listed)
    for state, faults, entries, winners, prizes, offered in drawn:
        assert (state, faults) == ("drawn", [])
        assert winners == prizes == min(3, entries)
        assert offered == min(2, entries)
