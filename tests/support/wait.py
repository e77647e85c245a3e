"""Waiting for a state with a deadline, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(what: str, probe: Callable[[], T], within: float = 15.0, every: float = 0.02) -> T:
    """The first true value of probe(). Fails with `what` and the last value when `within` seconds are over."""
    deadline = time.monotonic() + within
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within:g} s for {what}; last seen: {value!r}")
        time.sleep(every)
