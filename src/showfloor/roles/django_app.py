"""Django as an ASGI application: WSGI in a few threads, which slow clients do not hold."""

from typing import Any, Final

from a2wsgi import WSGIMiddleware

from showfloor.adapters.libretranslate.translator import LibreTranslate
from showfloor.community.chat import translation
from showfloor.edge.patience import Patience
from showfloor.edge.types import App
from showfloor.kernel.settings import Settings

WSGI_THREADS: Final = 8


def django_app(settings: Settings) -> App:
    from showfloor.site.wsgi import application  # after django.setup()

    translation.use(
        LibreTranslate(settings.translate_url, settings.translate_key)
        if settings.translate_url
        else None
    )
    wsgi: Any = application  # Django's stubs do not say that its answers can be iterated
    threads: Any = WSGIMiddleware(wsgi, workers=WSGI_THREADS)
    return Patience(threads)
