"""A unix socket that leads to a TCP port of this machine: for a container that has no network to it."""

import pathlib
import socket
import threading
from collections.abc import Callable


class Relay:
    """Until close(). A connection's end in one direction is passed on; errors end both."""

    def __init__(self, path: pathlib.Path, host: str, port: int):
        self.target = (host, port)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(64)
        serve_each(self.listener, self._serve)

    def close(self) -> None:
        close(self.listener)

    def _serve(self, near: socket.socket) -> None:
        with near:
            join(near, self.target)


def serve_each(listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    """Gives each connection a thread of its own, until close(listener)."""

    def accept() -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(near,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def close(listener: socket.socket) -> None:
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def join(near: socket.socket, target: tuple[str, int]) -> None:
    """Passes on what comes from either side until both have ended. Returns at once when nobody is there."""
    try:
        far = socket.create_connection(target, timeout=10)
    except OSError:
        return
    with far:
        far.settimeout(None)
        back = threading.Thread(target=pump, args=(far, near), daemon=True)
        back.start()
        pump(near, far)
        back.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is gone already
