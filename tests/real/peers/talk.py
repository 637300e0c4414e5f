"""How a Python peer speaks with the test that started it: JSON objects, one a line, on standard output and input.

A peer says `{"event": NAME, ...}`; bytes stand as lower-case hexadecimal text. It is told
`{"do": NAME, "tell": N, ...}` and answers each such line with one `told` event that repeats `tell`, and has `result`,
or `error` where the command failed. A peer ends when its standard input ends, so that none outlives its test.
"""

import asyncio
import json
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.connection import Connection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event

DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
LONGEST_COMMAND = 8 * 1024 * 1024

Command = Callable[[dict[str, Any]], Awaitable[object]]


def say(event: str, **fields: object) -> None:
    """Tell the test what happened.

    Args:
        event: its name.
        fields: values that JSON can carry.
    """
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


async def obey(commands: dict[str, Command]) -> None:
    """Carry out what the test tells, each command as a task of its own, until standard input ends.

    Args:
        commands: what to call for each `do`, with the whole line; what it returns stands in the `told` event.
    """
    reader = asyncio.StreamReader(limit=LONGEST_COMMAND)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running: set[asyncio.Task[None]] = set()
    while line := await reader.readline():
        task = asyncio.create_task(_carry_out(commands, json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)


async def _carry_out(commands: dict[str, Command], line: dict[str, Any]) -> None:
    try:
        say("told", tell=line.get("tell"), result=await commands[line["do"]](line))
    except Exception as error:
        code = getattr(error, "code", None)
        say(
            "told",
            tell=line.get("tell"),
            error=code if isinstance(code, str) else type(error).__name__,
            text=str(error),
        )


class Recorded(Connection):
    """A connection of the library that says every frame it gets and every message it sends.

    Put before `ServerConnection` or `ClientConnection` in a class's bases. `about` is added to each event.
    """

    about: dict[str, object] = {}
    _opcode = Opcode.TEXT
    _parts: list[bytes] = []

    def process_event(self, event: Event) -> None:
        """Say a frame that came, then let the library have it."""
        if isinstance(event, Frame):
            self._say_frame(event)
        super().process_event(event)

    def _say_frame(self, frame: Frame) -> None:
        if frame.opcode not in DATA:
            say("control", way="in", opcode=frame.opcode.name.lower(), hex=bytes(frame.data).hex(), **self.about)
            return
        if frame.opcode is not Opcode.CONT:
            self._opcode, self._parts = frame.opcode, []
        self._parts.append(bytes(frame.data))
        if frame.fin:
            self._say_message("in", self._opcode, self._parts)
            self._parts = []

    def _say_message(self, way: str, opcode: Opcode, parts: list[bytes]) -> None:
        name = opcode.name.lower()
        say("message", way=way, opcode=name, hex=b"".join(parts).hex(), fragments=len(parts), **self.about)

    async def send(self, message: Any, *, text: bool | None = None) -> None:
        """Say a message and send it; a list is sent as so many fragments."""
        parts: list[str | bytes] = list(message) if isinstance(message, list) else [message]
        opcode = Opcode.TEXT if text or isinstance(parts[0], str) else Opcode.BINARY
        self._say_message("out", opcode, [part.encode() if isinstance(part, str) else part for part in parts])
        await super().send(message, text=text)


class Line:
    """What the OCPP library sees of a connection: text messages that nothing else has answered.

    Args:
        connection: the WebSocket.
        replies: per action, the payload that answers a CALL instead of the library; None: no answer at all.
    """

    def __init__(self, connection: Connection, replies: dict[str, Any]) -> None:
        self._connection = connection
        self._replies = replies

    async def recv(self) -> str:
        """Wait for the next message that is the library's to handle."""
        while True:
            message = await self._connection.recv()
            if isinstance(message, str) and not await self._answered(message):
                return message

    async def send(self, message: str) -> None:
        """Send a text message."""
        await self._connection.send(message)

    async def _answered(self, message: str) -> bool:
        try:
            kind, unique_id, action = json.loads(message)[:3]
        except (ValueError, TypeError):
            return False
        if kind != 2 or action not in self._replies:
            return False
        payload = self._replies[action]
        if payload is not None:
            await self._connection.send(json.dumps([3, unique_id, payload], separators=(",", ":")))
        return True


async def send_as_told(connection: Connection, line: dict[str, Any]) -> None:
    """Carry out the command `send`: exactly these octets.

    Args:
        connection: the WebSocket.
        line: `text` (text message), `hex` (binary message), `fragments` (list of texts: one fragmented message),
            `ping` (hex of the payload of a ping), or `frame` (hex of the payload of a text frame, UTF-8 or not).
    """
    if "text" in line:
        await connection.send(line["text"])
    elif "hex" in line:
        await connection.send(bytes.fromhex(line["hex"]))
    elif "fragments" in line:
        await connection.send(line["fragments"])
    elif "ping" in line:
        await connection.ping(bytes.fromhex(line["ping"]))
    else:
        await connection.send(bytes.fromhex(line["frame"]), text=True)


async def close_as_told(connection: Connection, line: dict[str, Any]) -> None:
    """Carry out the command `close`.

    Args:
        connection: the WebSocket.
        line: `code` (0: a close frame without a code) and `reason`; without `code` the TCP connection is reset.
    """
    if "code" not in line:
        reset(connection)
    elif line["code"] == 0:
        connection.protocol.send_close()
        connection.send_data()
    else:
        await connection.close(line["code"], line.get("reason", ""))


def reset(connection: Connection) -> None:
    """End a TCP connection with RST.

    Args:
        connection: the WebSocket on it.
    """
    link: socket.socket = connection.transport.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.transport.abort()


def say_closed(connection: Recorded) -> None:
    """Say how a WebSocket ended; `code` and `reason` are the other side's (1005: an empty close frame; null: none).

    Args:
        connection: the WebSocket.
    """
    came, went = connection.protocol.close_rcvd, connection.protocol.close_sent
    say(
        "closed",
        code=came.code if came else None,
        reason=came.reason if came else "",
        own_code=went.code if went else None,
        **connection.about,
    )
