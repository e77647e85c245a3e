"""Ports for servers that a test starts, ends and starts again at the same place."""

import contextlib
import pathlib
import random
import socket


def free_port() -> int:
    """A port of 127.0.0.1 below those that the kernel gives to outgoing connections. One of those could be taken while the server is
    away, even by a client that tries to reach it."""
    lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10000, lowest) if lowest > 12000 else 0
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
