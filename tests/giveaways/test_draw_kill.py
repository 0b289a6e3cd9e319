"""`kill -9` while giveaways are entered, closed and drawn, at random moments. What an entrant was
told stands in the list, each draw is recomputed from its record, and nobody wins twice."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.live import ROOT, LiveServer

MAKE = """
from showfloor.accounts.models import Brand, Role
from showfloor.accounts.setup import add_staff
from tests.support.shows import make_show
brand = Brand.objects.create(slug="maison", name="Maison")
add_staff(brand, "lea@maison.test", "a long password here", Role.PRODUCER)
print(make_show(brand, products=0).pk)
"""

RUN = """
import sys
from datetime import timedelta
import django
django.setup()
from showfloor.accounts.models import User
from showfloor.giveaways import drawing, services
from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show
from tests.giveaways.drawing import enter, opened
from tests.support.shows import guest
show = Show.objects.all_brands().select_related("brand").get(pk=sys.argv[1])
by = User.objects.get(email="lea@maison.test")
later = utc_now() + timedelta(days=1)
drawing.close_due(later)
drawing.draw_due(later)
while True:
    one = opened(show, by, winners=2, substitutes=1)
    for _person in range(5):
        viewer = guest(show.brand)
        told = enter(show, viewer, one)
        assert told.problem is None, told
        print(one.pk, told.result["number"], told.result["seal"], flush=True)
    services.close(show, one.pk, None, by)
    drawing.draw_due(later)
"""

CHECK = """
from datetime import timedelta
from showfloor.giveaways import drawing, verify_draw
from showfloor.giveaways.models import DrawEntry, Giveaway, Prize
from showfloor.kernel.clock import utc_now
from tests.giveaways.drawing import record
later = utc_now() + timedelta(days=1)
drawing.close_due(later)
drawing.draw_due(later)
for one in Giveaway.objects.all_brands().exclude(state="draft"):
    assert one.state == "drawn", one.state
    assert verify_draw.check(record(one)) == [], one.pk
    prizes = list(Prize.objects.all_brands().filter(giveaway=one).order_by("rank"))
    assert len({prize.entry_id for prize in prizes}) == len(prizes) == min(3, one.entries)
    assert sum(prize.state == "offered" for prize in prizes) == min(2, one.entries)
for one in DrawEntry.objects.all_brands():
    print(one.giveaway_id, one.number, one.seal)
"""


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_killed_draw_keeps_every_entry_and_nobody_wins_twice(kills: int, tmp_path: Path) -> None:
    imports = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    server = LiveServer(tmp_path, {"PYTHONPATH": imports, "SHOWFLOOR_DRAND_URL": ""})
    server.migrate()
    show = server.python(MAKE).strip()
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    chance = random.Random(seed)
    told: set[str] = set()
    for _round in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, show], env=server.env(), cwd=server.data_dir,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        for _line in range(chance.randint(1, 17)):
            told.add(process.stdout.readline().strip())
        process.kill()
        process.wait(10)
        told.update(line.strip() for line in process.stdout.read().splitlines())
        process.stdout.close()
    assert "" not in told
    assert told <= set(server.python(CHECK).split("\n"))
