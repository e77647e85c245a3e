"""As much of HTTP/1.1 as a proxy needs that wants to hold whole messages in its hands."""

import asyncio
from dataclasses import dataclass


class Gone(Exception):
    """The peer closed the connection, in the middle of a message or between two."""


class Inbox:
    """Reads messages from a stream, and can wait for the peer's end without taking anything away."""

    def __init__(self, reader: asyncio.StreamReader):
        self.reader = reader
        self.buffer = bytearray()

    async def fill(self) -> None:
        piece = await self.reader.read(1 << 16)
        if not piece:
            raise Gone
        self.buffer += piece

    def take(self, count: int) -> bytes:
        piece = bytes(self.buffer[:count])
        del self.buffer[:count]
        return piece

    async def exactly(self, count: int) -> bytes:
        while len(self.buffer) < count:
            await self.fill()
        return self.take(count)

    async def through(self, mark: bytes) -> bytes:
        while (at := self.buffer.find(mark)) < 0:
            await self.fill()
        return self.take(at + len(mark))

    async def until_gone(self) -> None:
        """Returns when the peer has closed; what it sends meanwhile is kept."""
        try:
            while True:
                await self.fill()
        except (Gone, OSError):
            return


@dataclass
class Message:
    first: list[str]  # the words of the first line
    headers: dict[str, str]
    head: bytes
    body: bytes = b""  # as transferred
    content: bytes = b""  # without the chunks' framing

    @property
    def raw(self) -> bytes:
        return self.head + self.body

    @property
    def status(self) -> int:
        return int(self.first[1])


async def read_message(inbox: Inbox, *, answer: bool) -> Message:
    """A request, or an answer; of an event stream only the head."""
    head = await inbox.through(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest if line)}
    message = Message(first.split(), headers, head)
    if answer and (message.status in (204, 304) or is_stream(message)):
        return message
    if "chunked" in headers.get("transfer-encoding", ""):
        while True:
            line = await inbox.through(b"\r\n")
            size = int(line.split(b";")[0], 16)
            piece = await inbox.exactly(size + 2)
            message.body += line + piece
            message.content += piece[:-2]
            if size == 0:
                return message
    message.body = message.content = await inbox.exactly(int(headers.get("content-length", 0)))
    return message


def is_stream(message: Message) -> bool:
    return message.headers.get("content-type", "").startswith("text/event-stream")
