"""Django as an ASGI application: WSGI in a few threads, which slow clients do not hold."""

from collections.abc import Callable
from typing import Any, Final

from showfloor.accounts.database_threads import Database
from showfloor.adapters.drand.http_beacon import HttpBeacon
from showfloor.adapters.ffmpeg.file_player import FfmpegFileProbe
from showfloor.adapters.filesystem.recorded_runs import recorded_runs
from showfloor.adapters.libretranslate.translator import LibreTranslate
from showfloor.adapters.vies.register import Vies
from showfloor.community.chat import translation
from showfloor.edge.asgi_types import App, Scope
from showfloor.edge.http import responses
from showfloor.edge.http.request_buffering import (
    ANYONE_BYTES_MAX,
    BODY_BYTES_MAX,
    RequestBuffering,
    Uploader,
    too_large,
)
from showfloor.edge.http.wsgi_threads import WsgiThreads
from showfloor.giveaways import beacon
from showfloor.kernel.settings import Settings
from showfloor.media.files.ports import use_probe

WSGI_THREADS: Final = 8


def django_app(settings: Settings, database: Database) -> App:
    from showfloor.pricing import vat_numbers
    from showfloor.shows import recorded_time
    from showfloor.site.wsgi import application  # after django.setup()

    translation.use(
        LibreTranslate(settings.translate_url, settings.translate_key)
        if settings.translate_url
        else None
    )
    recorded_time.use(lambda channel_id: recorded_runs(settings.media_dir / channel_id))
    use_probe(FfmpegFileProbe())
    beacon.use(HttpBeacon(settings.drand_url) if settings.drand_url else None)
    vat_numbers.use(Vies(settings.vies_url) if settings.vies_url else None)

    def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        try:
            return application(environ, start_response)
        finally:
            database.keep_connection()

    return RequestBuffering(
        WsgiThreads(wsgi, WSGI_THREADS), _SiteBodies(database), threads=WSGI_THREADS,
        trusted_proxies=settings.trusted_proxies,
    )  # fmt: skip


class _SiteBodies:
    """`edge.http.request_buffering.BodyRules` of the site."""

    def __init__(self, database: Database) -> None:
        from showfloor.site import body_rules  # after django.setup()

        self._database = database
        self._rules = body_rules

    def has_reader(self, path: str) -> bool:
        return self._rules.find(path) is not None

    async def uploader(self, scope: Scope) -> Uploader:
        cookies = responses.header(scope, b"cookie")
        person = await self._database.run(self._rules.uploader, scope["path"], cookies)
        if person is None:
            raise too_large(ANYONE_BYTES_MAX)
        return Uploader(person, BODY_BYTES_MAX)
