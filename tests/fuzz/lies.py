"""What a server might say that is no Redis, or one that has gone mad."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from tests.fuzz.liar import Lie, Said

_MIB = 2**20


def to(command: str, said: bytes) -> Lie:
    """These bytes to one command; the truth to all others."""
    return lambda words: said if words[0] == command else None


def always(said: bytes) -> Lie:
    """These bytes to every command."""
    return lambda _words: said


def endless(command: str, start: bytes, piece: bytes) -> Lie:
    """A reply that begins and never ends."""

    async def flood() -> AsyncIterator[bytes]:
        yield start
        while True:
            yield piece

    return lambda words: flood() if words[0] == command else None


def trickled(command: str, said: bytes, *, every: float) -> Lie:
    """One byte at a time."""

    async def drops() -> AsyncIterator[bytes]:
        for byte in said:
            yield bytes([byte])
            await asyncio.sleep(every)

    return lambda words: drops() if words[0] == command else None


def late(command: str, said: bytes, *, after: float) -> Lie:
    """A reply that comes when nobody waits for it any more."""

    async def delayed() -> AsyncIterator[bytes]:
        await asyncio.sleep(after)
        yield said

    return lambda words: delayed() if words[0] == command else None


def twice(words: list[str]) -> Said:
    """The answer to PING, twice: whoever takes the second for another's answer is off by one."""
    return b"+PONG\r\n+PONG\r\n" if words[0] == "PING" else None


def hangs_up(words: list[str]) -> Said:
    """No answer to PING but the end of the connection."""
    if words[0] == "PING":
        raise ConnectionResetError
    return None


def bulk(text: bytes) -> bytes:
    """A bulk string."""
    return b"$%d\r\n%b\r\n" % (len(text), text)


def info(*lines: bytes) -> Lie:
    """An answer to INFO."""
    return to("INFO", bulk(b"\r\n".join(lines) + b"\r\n"))


_HEAD = (b"# Server", b"redis_version:7.0.15", b"run_id:" + b"a" * 40, b"role:master")
_NUMBERS = (
    *(b"used_memory:-1", b"maxmemory:nan", b"connected_clients:1e400", b"maxclients:-0"),
    *(b"uptime_in_seconds:" + b"9" * 5000, b"rdb_last_save_time:1e18", b"role:master"),
    *(b"rdb_changes_since_last_save:1e300", b"rdb_last_bgsave_status:err", b"aof_enabled:inf"),
    *(
        b"instantaneous_ops_per_sec:-inf",
        b"total_commands_processed:-5",
        b"mem_fragmentation_ratio:x",
    ),
    *(b"# Keyspace", b"db0:keys=1e99,expires=-1", b"db" + b"9" * 5000 + b":keys=1"),
)

#: By name: the lie, and what the service is greeted with.
LIES: dict[str, tuple[Lie, bytes]] = {
    "hangs up": (hangs_up, b""),
    "a bulk of negative length": (to("PING", b"$-5\r\n"), b""),
    "an array of a billion": (to("INFO", b"*1000000000\r\n"), b""),
    "a bulk of 99 GB": (to("INFO", b"$99999999999\r\n"), b""),
    "an endless bulk": (endless("INFO", b"$4000000\r\n", b"x" * 65536), b""),
    "an endless line": (endless("PING", b"+", b"a" * 65536), b""),
    "an endless error": (endless("PING", b"-ERR ", b"e" * 65536), b""),
    "endless replies": (endless("PING", b"", b"+PONG\r\n" * 8192), b""),
    "endless pushes": (endless("PING", b"", b">2\r\n+a\r\n+b\r\n" * 4096), b""),
    "endless empty maps": (endless("INFO", b"*100000\r\n", b"%0\r\n" * 16384), b""),
    "arrays in arrays": (to("INFO", b"*1\r\n" * 100_000), b""),
    "a map of lists": (to("INFO", b"%1\r\n*0\r\n:1\r\n"), b""),
    "an attribute": (to("PING", b"|1\r\n+a\r\n+b\r\n+PONG\r\n"), b""),
    "pushes before a name": (to("CLIENT", b">2\r\n+x\r\n+y\r\n+OK\r\n"), b""),
    "numbers alone": (always(b":1\r\n"), b""),
    "empty arrays": (always(b"*0\r\n"), b""),
    "maps alone": (always(b"%1\r\n+a\r\n*1\r\n:1\r\n"), b""),
    "nothing": (always(b"$-1\r\n"), b""),
    "errors of odd words": (always(b"-\x1b[2J\x00\xff " + b"w" * 60_000 + b"\r\n"), b""),
    "no UTF-8": (info(*_HEAD, b"redis_mode:\xff\xfe", b"os:\x80\x1b]0;x\x07"), b""),
    "a line many times": (info(*_HEAD, *[b"x:1"] * 400_000), b""),
    "a line a million times": (info(*_HEAD, *[b"x:1"] * 1_000_000), b""),
    "many commands": (
        info(*_HEAD, b"# Commandstats", *[b"cmdstat_%d:calls=1,usec=1" % n for n in range(30_000)]),
        b"",
    ),
    "many databases": (
        info(*_HEAD, b"# Keyspace", *[b"db%d:keys=1,expires=0" % n for n in range(30_000)]),
        b"",
    ),
    "a field of 1 MB": (info(*_HEAD, b"os:" + b"o" * _MIB, b"role:" + b"r" * 9999), b""),
    "a field of 10 MB": (info(*_HEAD, b"os:" + b"o" * 10 * _MIB), b""),
    "zeros": (info(b"\0" * 100_000), b""),
    "no line end": (info(b"redis_version:7.0.15 role:master"), b""),
    "odd numbers": (info(*_HEAD, *_NUMBERS), b""),
    "sections twice": (info(*_HEAD * 1000), b""),
    "answers before questions": (to("NEVER", b""), b"+PONG\r\n"),
    "a banner": (to("NEVER", b""), b"220 mail.example ESMTP\r\n"),
    "every answer twice": (twice, b""),
    "a byte at a time": (trickled("PING", b"+PONG\r\n", every=0.3), b""),
    "late": (late("PING", b"+PONG\r\n", after=0.7), b""),
    "another's answer": (to("PING", b"+OK\r\n"), b""),
}
