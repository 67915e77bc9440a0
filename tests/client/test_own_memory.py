"""A reply for which there is no memory is no word about Redis."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

#: A process of its own, since it is to have no memory left.
_CODE = """
import asyncio, resource, socket, threading
from redis_health.client.connection import Connection
from redis_health.errors import OwnFault

async def main():
    ours, peer = socket.socketpair()
    ours.setblocking(False)
    reply = b"*300000\\r\\n" + b"$100\\r\\n%s\\r\\n" % (b"x" * 100) * 300000
    connection = Connection(resp=2)
    await connection.open(ours, context=None, server_name=None, lost=lambda: None)
    told = threading.Event()

    def speak():
        told.wait()
        try:
            peer.sendall(reply)
        except OSError:
            pass

    threading.Thread(target=speak, daemon=True).start()
    resource.setrlimit(resource.RLIMIT_AS, (1, resource.RLIM_INFINITY))
    told.set()
    try:
        await connection.ask([("CLIENT", "LIST")])
    except (OwnFault, MemoryError) as error:
        connection.abort()
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
        print("own fault:", repr(error))

asyncio.run(main())
"""


def test_no_memory_for_a_reply() -> None:
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", _CODE],
        check=False,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60.0,
    )
    assert ended.stdout.startswith("own fault: "), ended.stdout + ended.stderr
