"""A bound on the requests of one network at a time, for servers behind a proxy.

Most requests wait: for a playlist, a part, a tick. Without a proxy the bound on connections
(`edge.http.intake`) does the same, before a byte is parsed.
"""

from collections import Counter
from collections.abc import Callable

from showfloor.edge.asgi_types import App, Receive, Scope, Send
from showfloor.edge.http import responses
from showfloor.edge.http.direct import Answer, Direct
from showfloor.edge.http.responses import Response, problem
from showfloor.kernel.networks import network_of


class NetworkRequestSlots:
    """An ASGI application around another. Belongs to the event loop."""

    def __init__(
        self, app: App, per_network_max: int, trusted_proxies: int = 0,
        network: Callable[[str], str] = network_of,
    ) -> None:  # fmt: skip
        self._app = app
        self._per_network_max = per_network_max
        self._trusted_proxies = trusted_proxies
        self._network = network
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        network = self._network_of(scope)
        if not network:
            await self._app(scope, receive, send)
            return
        if self._under_way[network] >= self._per_network_max:
            await responses.respond(send, _TOO_MANY, head=scope["method"] == "HEAD")
            return
        self._under_way[network] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._leave(network)

    def around(self, direct: Direct) -> Direct:
        """Return the application's direct way within the same bound."""

        def take(scope: Scope, body: bytes, answer: Answer) -> bool:
            network = self._network_of(scope)
            if not network:
                return direct(scope, body, answer)
            if self._under_way[network] >= self._per_network_max:
                return False

            is_under_way = True  # a way that fails after its answer has left already

            def leave() -> None:
                nonlocal is_under_way
                if is_under_way:
                    is_under_way = False
                    self._leave(network)

            def leave_with(response: Response) -> None:
                leave()
                answer(response)

            self._under_way[network] += 1
            is_taken = False
            try:
                is_taken = direct(scope, body, leave_with)
            finally:
                if not is_taken:
                    leave()
            return is_taken

        return take

    def _network_of(self, scope: Scope) -> str:
        return self._network(responses.visitor_address(scope, self._trusted_proxies))

    def _leave(self, network: str) -> None:
        self._under_way[network] -= 1
        if not self._under_way[network]:
            del self._under_way[network]


_TOO_MANY = problem(
    429, "rate-limited", "Too much comes from your network at once. Try again in a moment.",
    retry_after_s=2,
)  # fmt: skip
