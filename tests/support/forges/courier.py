"""How webhooks leave a forge: in the background, one after the other, with everything that goes wrong on the way when a test asks for it."""

import http.client
import itertools
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from support.wait import wait_until


@dataclass
class Webhook:
    """Of a repository. `config` is what only this kind of forge knows of it."""

    id: int
    url: str
    secret: str
    events: list[str]
    active: bool = True
    content_type: str = "json"
    config: dict = field(default_factory=dict)


@dataclass
class Delivery:
    """A webhook's request, and what became of each try: (status, body), or (0, why nobody answered)."""

    id: str
    event: str
    url: str
    headers: dict[str, str]
    body: bytes = field(repr=False)
    repository: str
    about: str  # the ref or the change's ref
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def status(self) -> int:
        """Of the newest answer; 0 before there was one."""
        return self.answers[-1][0] if self.answers else 0


class Courier:
    """Sends what it is given in its order. Faults count from when they are asked for:
    `delay` seconds before each; double(n) sends the next n twice, with the same id; drop(n) loses the next n; hold() keeps all back until
    release(), which may give them another order. Nothing is sent again by itself: that is how the real ones are."""

    timeout = 10.0

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.dropped: list[Delivery] = []
        self.delay = 0.0
        self._doubles = self._drops = 0
        self._held: list[Delivery] | None = None
        self._queue: list[tuple[float, int, Delivery]] = []
        self._numbers = itertools.count()
        self._sending = 0
        self._changed = threading.Condition()
        self._over = False
        threading.Thread(target=self._work, daemon=True).start()

    def take(self, delivery: Delivery) -> None:
        with self._changed:
            self.deliveries.append(delivery)
            if self._drops:
                self._drops -= 1
                self.dropped.append(delivery)
            elif self._held is not None:
                self._held.append(delivery)
            else:
                times = 2 if self._doubles else 1
                self._doubles = max(0, self._doubles - 1)
                for _ in range(times):
                    self._add(delivery)

    def again(self, delivery: Delivery, **changes) -> Delivery:
        """Sends one once more, as the button of a forge does; `changes` are fields of it, such as headers with another id."""
        other = replace(delivery, answers=[], **changes)
        with self._changed:
            self.deliveries.append(other)
            self._add(other)
        return other

    def double(self, count: int = 1_000_000) -> None:
        with self._changed:
            self._doubles = count

    def drop(self, count: int = 1_000_000) -> None:
        """drop(0) ends it."""
        with self._changed:
            self._drops = count

    def hold(self) -> None:
        with self._changed:
            self._held = self._held or []

    def release(self, order: Callable[[list[Delivery]], list[Delivery]] = list) -> None:
        """`order` gives what is sent of what was held, in its new order: reversed, or with some of them twice."""
        with self._changed:
            held, self._held = self._held or [], None
            for delivery in order(held):
                self._add(delivery)

    def held(self) -> int:
        with self._changed:
            return len(self._held or [])

    def idle(self) -> bool:
        with self._changed:
            return not self._queue and not self._sending

    def wait(self, within: float = 30) -> None:
        """Until all that is not held has been sent."""
        wait_until("the webhooks to be sent", self.idle, within)

    def close(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _add(self, delivery: Delivery) -> None:
        self._queue.append((time.monotonic() + self.delay, next(self._numbers), delivery))
        self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._over and not self._queue:
                    self._changed.wait()
                if self._over:
                    return
                due, _, delivery = self._queue[0]
                if (left := due - time.monotonic()) > 0:
                    self._changed.wait(left)
                    continue
                self._queue.pop(0)
                self._sending += 1
            try:
                answer = send(delivery, self.timeout)
            finally:
                with self._changed:
                    self._sending -= 1
            delivery.answers.append(answer)


def send(delivery: Delivery, timeout: float = 10) -> tuple[int, bytes]:
    address = urllib.parse.urlsplit(delivery.url)
    connection = http.client.HTTPConnection(address.hostname, address.port or 80, timeout=timeout)
    try:
        connection.request("POST", address.path + ("?" + address.query if address.query else ""), delivery.body, delivery.headers)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error).encode()
    finally:
        connection.close()
