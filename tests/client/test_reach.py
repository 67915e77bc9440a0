"""A unix socket whose queue is full."""

from __future__ import annotations

import socket
from pathlib import Path

from redis_health.model import Nature, Target
from tests.client.sessions import dial_failure


async def test_a_full_queue_of_a_unix_socket_is_silence(tmp_path: Path) -> None:
    path = str(tmp_path / "redis.sock")
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as waiting:
        listener.bind(path)
        listener.listen(0)
        waiting.connect(path)
        failure = await dial_failure(Target(path=path), within=0.3)
    assert (failure.code, failure.nature) == ("CONNECT_TIMEOUT", Nature.SILENCE)
    assert failure.message == (
        f"connection to {path} not accepted within 0.3 s (firewall, backlog full, host gone)"
    )
