"""`showfloor demo`: the whole product on one machine, with a show that is live right now.

One process tree: this process serves, and one FFmpeg child publishes the demo video over RTMP into
our own ingest, exactly as OBS would. Ctrl-C stops all of it.
"""

import asyncio
import functools
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import imageio_ffmpeg
from django.core.management import call_command

from showfloor.accounts import installation
from showfloor.kernel.settings import Settings
from showfloor.roles import serve
from showfloor_demo import pictures, seed, video
from showfloor_demo.seed import DemoFacts

log = logging.getLogger(__name__)

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_OPEN_WARNING = """
  ************************************************************************************
  HOST={host}: everyone who reaches this machine can sign in to the demo as its owner
  (the passwords are printed below, and public). Leave HOST out to keep it to yourself.
  ************************************************************************************
"""

RETRY_FROM_S, RETRY_TO_S = 0.5, 5.0


def demo(settings: Settings) -> int:
    """Set up what is missing, go live, serve; the exit code."""
    logging.getLogger("showfloor").setLevel(logging.WARNING)
    material = settings.data_dir / "material"
    if settings.host not in _LOOPBACK:
        print(_OPEN_WARNING.format(host=settings.host), flush=True)
    with _step("database"):
        call_command("migrate", interactive=False, verbosity=0)
        installation.mark_as_demo()
    with _step("pictures"):
        pictures.make(material / "pictures", _say)
    with _step("demo video"):
        video.make(material / "demo.mp4", _say)
    with _step("brand, catalogue and shows"):
        facts = seed.seed(material / "pictures")
    publish = functools.partial(_publish, settings, facts, material / "demo.mp4")
    return serve.serve(settings, functools.partial(_go_live, settings, facts, publish))


async def _go_live(
    settings: Settings, facts: DemoFacts, publish: Callable[[], Awaitable[int]]
) -> None:
    print(_addresses(settings, facts), flush=True)
    retry_s = RETRY_FROM_S
    while True:
        began = time.monotonic()
        code = await publish()
        retry_s = (
            RETRY_FROM_S if time.monotonic() - began > RETRY_TO_S else min(retry_s * 2, RETRY_TO_S)
        )
        log.warning("demo_encoder_ended code=%s; again in %s s", code, retry_s)
        await asyncio.sleep(retry_s)


async def _publish(settings: Settings, facts: DemoFacts, source: Path) -> int:
    """FFmpeg as the encoder, until it ends; its exit code."""
    target = f"rtmp://127.0.0.1:{settings.rtmp_port}/live/{facts.stream_key}"
    command = video.publish_command(imageio_ffmpeg.get_ffmpeg_exe(), source, target)
    child = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        return await child.wait()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def _addresses(settings: Settings, facts: DemoFacts) -> str:
    site = settings.site_url
    people = "\n".join(
        f"    {person.role:<10} {person.email:<28} {person.password}" for person in facts.people
    )
    return f"""
  {facts.brand_name} is live: “{facts.show_title}”

    Viewer page       {site}/shows/{facts.show_slug}
    Programme         {site}/
    Producer console  {site}/console/shows/{facts.show_slug}
    Back office       {site}/admin/
    Mail outbox       {site}/outbox/

  Log-ins (password behind the address)
{people}

  Test cards: 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined; any date and code.

  Go live from OBS: make a show in the console, then Settings → Stream → Service “Custom…”
    Server      {settings.ingest_url}
    Stream key  as the console shows it (keyframe interval 2 s, H.264, AAC)

  Ctrl-C stops everything.
"""


class _step:  # in small letters, because it reads as a statement
    """Says what is being done, and how long it took."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        self._began = time.monotonic()
        print(f"  {self._what} …", flush=True)

    def __exit__(self, *_: object) -> None:
        print(f"  {self._what}: {time.monotonic() - self._began:.1f} s", flush=True)


def _say(text: str) -> None:
    print(f"    {text}", flush=True)
