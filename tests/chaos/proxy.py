"""A proxy that does to connections and to whole HTTP messages what bad networks do, and writes down what passes.

One loop on a thread of its own. Every client has a Link (a port of its own), so that each can be cut, made one-way or be given its own
rate of faults. A fault is counted where it takes effect, in History as "fault".
"""

import asyncio
import random
import re
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress

from chaos.history import History
from chaos.http1 import Gone, Inbox, Message, is_stream, read_message
from chaos.recorder import Recorder, kind_of

REQUEST_FAULTS = ["drop", "drop_answer", "double", "late", "delay", "truncate", "truncate_answer"]


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passing: Callable[[], Awaitable[None]], look=None) -> None:
    """Copies one direction until its end, each piece when passing() lets it. look(piece) may end the connection by returning True."""
    while piece := await reader.read(1 << 16):
        await passing()
        writer.write(piece)
        await writer.drain()
        if look and look(piece):
            return


def seen_as_direct(request: Message, upstream: asyncio.StreamWriter) -> None:
    """A broken poll counts as a sign of death only without a proxy between agent and server. This one is not to be seen: it says that the
    agent's connection is its own."""

    def end(name: str) -> str:
        host, port = upstream.get_extra_info(name)[:2]
        return f"{host}:{port}"

    ends = f"X-Agent-Socket: {end('sockname')} {end('peername')}".encode()
    request.head = re.sub(rb"X-Agent-Socket: [^\r]*", ends, request.head)


async def first_of(*tasks: asyncio.Task) -> None:
    """Waits for one of them, and ends the others before it returns."""
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Link:
    """One client's way to a server. `rates` are the chances of each request's faults."""

    def __init__(self, proxy: "Proxy", name: str, target: Callable[[], int], http: bool, rng: random.Random):
        self.proxy, self.name, self.target, self.http, self.rng = proxy, name, target, http, rng
        self.recorder = Recorder(proxy.history, name, proxy.canaries)
        self.port = 0
        self.rates: dict[str, float] = {}
        self.transparent = True  # the server takes it for no proxy
        self.cut = False
        self.cut_noted = False
        self.up, self.down = asyncio.Event(), asyncio.Event()  # open while bytes pass towards the server, and back
        self.up.set()
        self.down.set()
        self.open: set[asyncio.StreamWriter] = set()
        self.held = 0  # messages and pieces that met a closed gate
        self.traps: list[tuple[str, str, Callable[[], None]]] = []  # (kind of request, "before" or "after", what to do once)
        self.cut_commits = 0  # so many connections end right after a COMMIT has passed

    async def pass_up(self) -> None:
        await self.pass_gate(self.up)

    async def pass_down(self) -> None:
        await self.pass_gate(self.down)

    async def pass_gate(self, gate: asyncio.Event) -> None:
        if not gate.is_set():
            self.held += 1
            await gate.wait()

    def note_partition(self) -> None:
        """Counts each partition once, when something was refused or cut."""
        if not self.cut_noted:
            self.cut_noted = True
            self.proxy.struck("partition", self.name)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.target())
        self.open.add(writer)
        return reader, writer

    def close(self, writer: asyncio.StreamWriter) -> None:
        self.open.discard(writer)
        writer.close()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cut:
            self.note_partition()
            writer.close()
            return
        self.open.add(writer)
        serve = self.serve_http if self.http else self.serve_bytes
        with suppress(Gone, OSError, asyncio.CancelledError, ValueError):
            await serve(reader, writer)
        self.close(writer)

    # Bytes

    async def serve_bytes(self, reader, writer) -> None:
        up_reader, up_writer = await self.connect()
        tasks = [asyncio.create_task(pump(reader, up_writer, self.pass_up, CommitWatch(self))),
                 asyncio.create_task(pump(up_reader, writer, self.pass_down))]
        try:
            await first_of(*tasks)
        finally:
            self.close(up_writer)

    # Messages

    async def serve_http(self, reader, writer) -> None:
        inbox = Inbox(reader)
        upstream = None
        try:
            while True:
                request = await read_message(inbox, answer=False)
                upstream = upstream or await self.connect()
                if not await self.exchange(inbox, writer, request, upstream):
                    return
        finally:
            if upstream:
                self.close(upstream[1])

    def choose(self) -> str | None:
        roll = self.rng.random()
        for fault, rate in self.rates.items():
            roll -= rate
            if roll < 0:
                return fault
        return None

    def spring(self, kind: str, point: str) -> None:
        for trap in list(self.traps):
            if trap[:2] == (kind, point):
                self.traps.remove(trap)
                trap[2]()

    async def exchange(self, inbox: Inbox, writer, request: Message, upstream) -> bool:
        """One request and its answer; whether the connection goes on."""
        fault = self.choose()
        kind = kind_of(request)
        if fault == "drop":
            self.proxy.struck("drop", self.name)
            return False
        if fault == "late":
            self.proxy.spawn(self.send_late(request))
            return False
        if fault == "truncate":
            upstream[1].write(request.raw[: self.rng.randrange(1, len(request.raw))])
            await upstream[1].drain()
            self.proxy.struck("truncate", self.name)
            return False
        if fault == "delay":
            await asyncio.sleep(self.rng.uniform(0.1, 3.0) * self.proxy.scale)
            self.proxy.struck("delay", self.name)
        if fault == "double":
            self.proxy.spawn(self.send_again(request))
        await self.pass_up()
        self.spring(kind, "before")
        answer = await self.ask(inbox, request, upstream)
        if answer is None:
            return False
        self.spring(kind, "after")
        await self.pass_down()
        if fault == "drop_answer":
            self.proxy.struck("drop_answer", self.name)
            return False
        if fault == "truncate_answer":
            writer.write(answer.raw[: self.rng.randrange(1, len(answer.raw))])
            await writer.drain()
            self.proxy.struck("truncate_answer", self.name)
            return False
        writer.write(answer.raw)
        await writer.drain()
        if is_stream(answer):
            return await self.relay_stream(inbox, writer, upstream)
        return answer.headers.get("connection", "").lower() != "close"

    async def ask(self, inbox: Inbox, request: Message, upstream) -> Message | None:
        """Hands the request over; None if the client left while it waited. The server sees that, as it would without us."""
        note = self.recorder.sent(request)
        if self.transparent:
            seen_as_direct(request, upstream[1])
        upstream[1].write(request.raw)
        coming = Inbox(upstream[0])
        answer = asyncio.create_task(read_message(coming, answer=True))
        gone = asyncio.create_task(inbox.until_gone())
        await first_of(answer, gone)
        if answer.cancelled():
            return None
        self.recorder.answered(note, answer.result())
        answer.result().body += coming.take(len(coming.buffer))  # the begin of a stream
        return answer.result()

    async def relay_stream(self, inbox: Inbox, writer, upstream) -> bool:
        gone = asyncio.create_task(inbox.until_gone())
        copy = asyncio.create_task(pump(upstream[0], writer, self.pass_down))
        await first_of(gone, copy)
        return False

    async def send_alone(self, request: Message, fault: str) -> None:
        """On a connection of its own; nobody waits for the answer."""
        with suppress(Gone, OSError, ValueError, asyncio.TimeoutError):
            reader, writer = await self.connect()
            try:
                note = self.recorder.sent(request)
                writer.write(request.raw)
                answer = await asyncio.wait_for(read_message(Inbox(reader), answer=True), 5 if kind_of(request) != "poll" else 0.2)
                self.recorder.answered(note, answer)
                self.proxy.struck(fault, self.name)
            finally:
                self.close(writer)

    async def send_again(self, request: Message) -> None:
        if self.rng.random() < 0.5:
            await asyncio.sleep(self.rng.uniform(0, 1) * self.proxy.scale)
        await self.send_alone(request, "double")

    async def send_late(self, request: Message) -> None:
        """Overtaken by what the client sends after it: that is how requests are reordered."""
        await asyncio.sleep(self.rng.uniform(0.5, 30) * self.proxy.scale)
        await self.send_alone(request, "reorder")


class CommitWatch:
    """Ends a connection to PostgreSQL right after a COMMIT has passed, when its link is asked to. A COMMIT is prepared under a name by
    the first of a connection (Parse), and later ones only say that name (Bind)."""

    PREPARED = re.compile(rb"P.{4}([^\0]*)\0COMMIT\0", re.DOTALL)

    def __init__(self, link: Link):
        self.link = link
        self.names: set[bytes] = set()

    def __call__(self, piece: bytes) -> bool:
        prepared = self.PREPARED.findall(piece)
        self.names.update(prepared)
        if not self.link.cut_commits or not (prepared or any(b"\0" + name + b"\0" in piece for name in self.names)):
            return False
        self.link.cut_commits -= 1
        self.link.proxy.struck("cut_in_commit", self.link.name)
        return True


class Proxy:
    """All links and the loop that serves them. Methods may be called from any thread."""

    def __init__(self, history: History, scale: float, seed: int):
        self.history, self.scale, self.seed = history, scale, seed
        self.canaries: dict[str, str] = {}
        self.links: dict[str, Link] = {}
        self.servers: list[asyncio.Server] = []
        self.tasks: set[asyncio.Task] = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def struck(self, fault: str, victim: str) -> None:
        self.history.add("fault", fault=fault, victim=victim)

    def spawn(self, work) -> None:
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def link(self, name: str, target: Callable[[], int], http: bool = True) -> Link:
        async def listen() -> Link:
            link = Link(self, name, target, http, random.Random(f"{self.seed}/{name}"))
            server = await asyncio.start_server(link.accept, "127.0.0.1", 0, limit=1 << 22)
            self.servers.append(server)
            link.port = server.sockets[0].getsockname()[1]
            return link

        self.links[name] = asyncio.run_coroutine_threadsafe(listen(), self.loop).result(10)
        return self.links[name]

    def partition(self, link: Link, on: bool) -> None:
        """Both ways: what is open ends, what comes is refused."""

        def act() -> None:
            link.cut, link.cut_noted = on, False
            if on and link.open:
                link.note_partition()
            for writer in list(link.open) if on else []:
                link.close(writer)

        self.loop.call_soon_threadsafe(act)

    def one_way(self, link: Link, direction: str, on: bool, fault: str) -> None:
        """"up": nothing reaches the server; "down": nothing comes back. What was sent arrives afterwards, as retransmitted. Counted as
        `fault` when it ends, if something met it."""
        gate = link.up if direction == "up" else link.down

        def act() -> None:
            if on:
                link.held = 0
                gate.clear()
            else:
                gate.set()
                if link.held:
                    self.struck(fault, link.name)

        self.loop.call_soon_threadsafe(act)

    def disconnect(self, link: Link) -> None:
        """Ends what is open, once: viewers and databases have to come again."""

        def act() -> None:
            if link.open:
                self.struck("disconnect", link.name)
            for writer in list(link.open):
                link.close(writer)

        self.loop.call_soon_threadsafe(act)

    def stop(self) -> None:
        async def end() -> None:
            for server in self.servers:
                server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            if others:
                await asyncio.wait(others, timeout=2)

        with suppress(Exception):
            asyncio.run_coroutine_threadsafe(end(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
