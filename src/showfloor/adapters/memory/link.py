"""A link between several buses in one process, as if each were a process: for tests and
benchmarks."""

from typing import override

from showfloor.timeline.bus import Bus, Link, Payload


class MemoryExchange:
    """Passes each notice of one bus to all other joined buses at once, on the same thread."""

    def __init__(self) -> None:
        self._buses: list[Bus] = []

    def join(self, bus: Bus) -> None:
        self._buses.append(bus)
        bus.attach(_MemoryLink(self, bus))

    def pass_on(self, sender: Bus, topic: str, payload: Payload) -> None:
        for bus in self._buses:
            if bus is not sender:
                bus.receive(topic, payload)


class _MemoryLink(Link):
    def __init__(self, exchange: MemoryExchange, bus: Bus) -> None:
        self._exchange = exchange
        self._bus = bus

    @override
    def send(self, topic: str, payload: Payload) -> None:
        self._exchange.pass_on(self._bus, topic, payload)
