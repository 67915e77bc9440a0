"""Rounds of a probe over the real client, with what it remembers from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from redis_health.client import RoundReader, Session
from redis_health.model import Probe, ProbeOptions, Target
from tests.probes.readers import Round
from tests.servers import RedisServer

_TIMEOUT = 5.0


class Watched:
    """One probe against one server, as the options of the operator have it."""

    def __init__(
        self,
        probe: Probe,
        server: RedisServer,
        given: Mapping[Any, object],
        *,
        user: tuple[str | None, str] | None = None,
        host: str = "127.0.0.1",
        resp: int = 2,
    ) -> None:
        username, password = user or (None, None)
        self._target = Target(
            host=host, port=server.port, username=username, password=password, resp=resp
        )
        self.probe = probe
        self.options = ProbeOptions(given={setting.name: value for setting, value in given.items()})
        self.facts: Mapping[str, object] = {}
        self.session = Session(self._target, info_timeout=_TIMEOUT)

    def reconnect(self) -> None:
        """New connections, and an INFO that is asked for anew; the facts are remembered."""
        self.session.close()
        self.session = Session(self._target, info_timeout=_TIMEOUT)

    async def round(self) -> Round:
        """One round; its facts are what the next one remembers."""
        reader = RoundReader(self.session, timeout=_TIMEOUT, last=self.facts, options=self.options)
        result = Round(tuple(await self.probe.collect(reader)))
        self.facts = result.facts
        return result

    async def rounds_until(self, name: str, *, most: int = 500) -> list[Round]:
        """The rounds up to the first that tells the metric, that one included."""
        rounds: list[Round] = []
        for _ in range(most):
            rounds.append(await self.round())
            if any(labels[0] == name for labels in rounds[-1].samples):
                return rounds
        raise AssertionError(f"{name} did not come in {most} rounds")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.session.close()
