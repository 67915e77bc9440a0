"""Just enough of RESP2 to talk to a server that a test has started."""

from __future__ import annotations

import socket
from typing import Any, BinaryIO


class ReplyError(Exception):
    """An error reply, as the server worded it."""


def ask(connection: socket.socket, *arguments: str | bytes | int) -> Any:
    """Send one command and read its reply: text, a number, None or a list of these.

    Raises ReplyError for an error reply and ConnectionError when the server hangs up.
    """
    connection.sendall(encode(*arguments))
    with connection.makefile("rb") as stream:
        return _read(stream)


def encode(*arguments: str | bytes | int) -> bytes:
    """The command as RESP sends it."""
    parts = [item if isinstance(item, bytes) else str(item).encode() for item in arguments]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(p), p) for p in parts)


def _read(stream: BinaryIO) -> Any:
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionError("the server closed the connection")
    kind, rest = line[:1], line[1:-2]
    match kind:
        case b"+":
            return _text(rest)
        case b"-":
            raise ReplyError(_text(rest))
        case b":":
            return int(rest)
        case b"$":
            if rest == b"-1":
                return None
            return _text(stream.read(int(rest) + 2)[:-2])
        case b"*":
            return None if rest == b"-1" else [_read_element(stream) for _ in range(int(rest))]
    raise ConnectionError(f"not RESP: {line!r}")


def _read_element(stream: BinaryIO) -> Any:
    # An error inside an array is one of its elements: raised, it would leave the rest unread.
    try:
        return _read(stream)
    except ReplyError as error:
        return error


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
