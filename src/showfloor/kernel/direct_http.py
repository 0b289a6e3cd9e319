"""Calls of services that the operator has named: to their address and nowhere else."""

import urllib.request
from typing import override


def direct_opener() -> urllib.request.OpenerDirector:
    """Return an opener without the environment's proxies, which follows no redirect to another
    host. Its calls block; each needs a timeout."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    @override
    def redirect_request(self, *_args: object) -> None:
        return None
