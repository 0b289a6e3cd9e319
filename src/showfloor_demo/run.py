"""`showfloor demo`: the whole product on one machine, with shows that are live right now.

One process tree: this process serves, one FFmpeg child for each live show publishes its film over
RTMP into our own ingest, as OBS would. Beside them a producer follows each film, and an invented
audience watches, talks and buys. Ctrl-C stops all of it.
"""

import asyncio
import functools
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

import imageio_ffmpeg
from django.conf import settings as django_settings

from showfloor.accounts import installation
from showfloor.accounts.database_threads import Database
from showfloor.audience.engine import Audience, Plan
from showfloor.audience.script import Script
from showfloor.kernel.settings import Settings
from showfloor.roles import serve, start_checks
from showfloor.roles.http import own_address
from showfloor_demo import replays, seed, video
from showfloor_demo.chat.casts import SCRIPTS
from showfloor_demo.houses import shows
from showfloor_demo.material import Material
from showfloor_demo.producer import Producer
from showfloor_demo.seed import DemoFacts, LiveFacts
from showfloor_demo.welcome import addresses

log = logging.getLogger(__name__)

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_OPEN_WARNING = """
  ************************************************************************************
  HOST={host}: everyone who reaches this machine can sign in to the demo as its owner
  (the passwords are printed below, and public). Leave HOST out to keep it to yourself.
  ************************************************************************************
"""

# The replays are recorded while the films of the live shows are still being drawn.
FILMS_IN_ORDER = [about.film for about in sorted(shows(), key=attrgetter("is_live")) if about.film]

RETRY_FROM_S, RETRY_TO_S = 0.5, 5.0
AUDIENCE_MINUTES = 12 * 60
AUDIENCE_AGAIN_S = 5.0
SEED = 26


def demo(settings: Settings) -> int:
    """Set up what is missing, go live and serve; return the exit code."""
    for name in ("showfloor", "uvicorn.error"):  # the terminal is for the addresses
        logging.getLogger(name).setLevel(logging.WARNING)
    django_settings.ROOT_URLCONF = "showfloor_demo.urls"
    django_settings.ALLOWED_HOSTS.append(".localhost")  # the second brand's host name
    if settings.host not in _LOOPBACK:
        print(_OPEN_WARNING.format(host=settings.host), flush=True)
    with Material(settings.data_dir / "material", _say, FILMS_IN_ORDER) as material:
        with _step("database"):
            start_checks.migrate(verbosity=0)
            installation.mark_as_demo()
        with _step("pictures"):
            pictures = material.wait_for_pictures()
        with _step("brands, catalogues, and shows of the past"):
            facts = seed.seed(pictures, replays.Recorder(settings, material.film, _say))
        with _step("films"):
            films = {live.about.film: material.film(live.about.film) for live in facts.live}
    return serve.serve(settings, functools.partial(_go_live, settings, facts, films))


async def _go_live(settings: Settings, facts: DemoFacts, films: Mapping[str, Path]) -> None:
    """Run every live show until this is cancelled."""
    print(addresses(settings, facts), flush=True)
    database = Database()
    try:
        async with asyncio.TaskGroup() as group:
            for live in facts.live:
                producer = Producer(live, settings.media_dir, database)
                film = films[live.about.film]
                group.create_task(_publish_for_ever(settings, live, film, producer.film_restarts))
                group.create_task(producer.run())
                group.create_task(_fill(settings, live))
    finally:
        await database.stop()


async def _publish_for_ever(
    settings: Settings, live: LiveFacts, source: Path, restarts: Callable[[], None]
) -> None:
    retry_s = RETRY_FROM_S
    while True:
        began = time.monotonic()
        restarts()
        code = await _publish(settings, live, source)
        retry_s = (
            RETRY_FROM_S if time.monotonic() - began > RETRY_TO_S else min(retry_s * 2, RETRY_TO_S)
        )
        log.warning("demo_encoder_ended code=%s; again in %s s", code, retry_s)
        await asyncio.sleep(retry_s)


async def _publish(settings: Settings, live: LiveFacts, source: Path) -> int:
    """Run FFmpeg as the encoder until it ends; return its exit code."""
    target = f"rtmp://127.0.0.1:{settings.rtmp_port}/live/{live.stream_key}"
    command = video.loop_command(imageio_ffmpeg.get_ffmpeg_exe(), source, target)
    child = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        return await child.wait()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def _fill(settings: Settings, live: LiveFacts) -> None:
    """Send the audience in; once more after a fault, and home after twelve hours."""
    until = time.monotonic() + AUDIENCE_MINUTES * 60
    while time.monotonic() < until:
        minutes = max(1, int((until - time.monotonic()) / 60))
        plan = Plan(
            own_address(settings, settings.port), live.slug, SEED, minutes,
            language=live.house.brand.language,
        )  # fmt: skip
        try:
            await Audience(plan, cast_of(live)).run()
        except Exception:  # the demo goes on without an audience
            log.exception("demo_audience_failed show=%s", live.slug)
        await asyncio.sleep(AUDIENCE_AGAIN_S)


def cast_of(live: LiveFacts) -> Script:
    """Return the show's script, in which the first of the cast are members."""
    script = SCRIPTS[live.about.slug]
    members = [
        replace(persona, session=session)
        for persona, session in zip(script.personas, live.sessions, strict=False)
    ]
    return replace(script, personas=(*members, *script.personas[len(members) :]))


class _step:  # in small letters, because it reads as a statement
    """Prints a step of the set-up, and how long it took."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        self._began = time.monotonic()
        print(f"  {self._what} …", flush=True)

    def __exit__(self, *_: object) -> None:
        print(f"  {self._what}: {time.monotonic() - self._began:.1f} s", flush=True)


def _say(text: str) -> None:
    print(f"    {text}", flush=True)
