"""The life of a process: components that start in order and stop in reverse, and a server."""

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Protocol

import uvloop

from showfloor.kernel.settings import SettingError, Settings
from showfloor.roles.http import Beside, HttpServer

log = logging.getLogger(__name__)


class Component(Protocol):
    """A component of a process. Both methods belong to the event loop."""

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """End; called once, also when a later component did not start."""
        ...


class AlreadyRunning(RuntimeError):
    """Another process does this work, which only one may do."""


async def run_components(
    components: Sequence[Component], http: HttpServer, on_ready: Callable[[int], object],
    beside: Beside | None = None,
) -> None:  # fmt: skip
    """Start the components, serve until a signal says stop, and stop them in reverse."""
    http.stop_at_signals()
    started: list[Component] = []
    try:
        for component in components:
            await component.start()
            started.append(component)
        await http.serve(on_ready, beside)
    finally:
        for component in reversed(started):
            try:
                await component.stop()
            except Exception:  # the others must be stopped in order all the same
                log.exception("part_not_stopped part=%s", type(component).__name__)


def run(main: Callable[[], Coroutine[None, None, None]]) -> int:
    """Run a process to its end; return its exit code. It is 1, with a sentence on standard error,
    when another one is running or an address is taken."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main())
    except (AlreadyRunning, OSError) as error:
        print(f"showfloor: {error}", file=sys.stderr)
        return 1
    return 0


def require_shared(settings: Settings, role: str) -> None:
    """Raise SettingError unless this process can share its work with others."""
    if not settings.database_url:
        raise SettingError(
            f"DATABASE_URL: `showfloor {role}` works beside other processes and needs PostgreSQL; "
            "SQLite serves one process, `showfloor serve`"
        )
    if not settings.secret_key:
        raise SettingError(
            f"SHOWFLOOR_SECRET_KEY: must be set, the same for `showfloor {role}` and all other "
            "processes, or they would not believe each other's tokens"
        )
