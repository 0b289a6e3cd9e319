"""A TCP relay to a server's local socket that can go silent."""

import ctypes
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SO_ATTACH_FILTER = 26  # Linux; Python has no name for it


class SilentRelay:
    """Listens on `port` and passes on, until it vanishes."""

    def __init__(self, target: Path) -> None:
        self._target = str(target)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._target)
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()

    def vanish(self) -> None:
        """As if the machine at the other end had lost its power: from now on the kernel drops
        every packet that comes, and so acknowledges nothing."""
        drop_all = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # "return 0"
        program = struct.pack("HL", 1, ctypes.addressof(drop_all))
        for near in self._open[::2]:
            near.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)

    def close(self) -> None:
        for one in (self._listener, *self._open):
            with suppress(OSError):  # it has ended already
                one.shutdown(socket.SHUT_RDWR)  # wakes a blocked reader, which `close` does not
            one.close()


@contextmanager
def way_to(target: Path) -> Iterator[SilentRelay]:
    way = SilentRelay(target)
    thread = threading.Thread(target=way.serve)
    thread.start()
    try:
        yield way
    finally:
        way.close()
        thread.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_RDWR)
