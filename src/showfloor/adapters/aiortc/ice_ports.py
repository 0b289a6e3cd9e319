"""ICE on ports and addresses of the operator's choice, which aioice does not offer."""

import asyncio
import errno
import random
from typing import Final, override

from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aioice.ice import Connection, StunProtocol

ANY_PORT: Final = (0, 0)
ICE_COMPONENT: Final = 1
LOOPBACK: Final = ("127.0.0.1",)  # of a machine without a network


class PortRangeConnection(Connection):
    """An ICE connection whose sockets have ports of a range. The class attributes are the
    worker's settings, because aiortc makes the connection by itself.

    `told_addresses` are told to the peer in place of the machine's own. One that is not the
    machine's belongs to a router that passes the ports on (1:1 NAT).
    """

    ports: tuple[int, int] = ANY_PORT
    told_addresses: tuple[str, ...] = ()

    @override
    async def get_component_candidates(
        self, component: int, addresses: list[str], timeout: int = 5
    ) -> list[Candidate]:
        candidates = []
        for address in self.told_addresses or addresses or LOOPBACK:
            protocol = await self._bound(address)
            if protocol is None:
                continue
            self._protocols.append(protocol)
            port = protocol.transport.get_extra_info("sockname")[1]
            protocol.local_candidate = Candidate(
                foundation=candidate_foundation("host", "udp", address), component=component,
                transport="udp", priority=candidate_priority(component, "host"),
                host=address, port=port, type="host",
            )  # fmt: skip
            candidates.append(protocol.local_candidate)
        return candidates

    @override
    async def query_consent(self) -> None:
        """Ask for no consent (RFC 7675): FFmpeg answers no such request, and would be cut after
        30 s. Nothing but feedback is sent from here, and a publisher whose media stops is cut by
        the server within seconds."""
        await asyncio.Event().wait()

    async def _bound(self, address: str) -> StunProtocol | None:
        """Return a socket for the address; None when no port of the range is free."""
        loop = asyncio.get_running_loop()
        low, high = self.ports
        at, ports = address, list(range(low, high + 1))
        random.shuffle(ports)
        for port in ports:
            for _ in range(2):
                try:
                    _, protocol = await loop.create_datagram_endpoint(
                        lambda: StunProtocol(self), local_addr=(at, port)
                    )
                    return protocol
                except OSError as error:
                    if error.errno != errno.EADDRNOTAVAIL:
                        break  # another publisher has the port
                    at = "::" if ":" in address else "0.0.0.0"  # noqa: S104 - the router's address
        return None
