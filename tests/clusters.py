"""A Cluster of three primaries with a third of the slots each: real processes."""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import Self

from tests.kinds import DEFAULT_KIND
from tests.ports import poll
from tests.resp import ReplyError
from tests.servers import RedisServer

SLOTS = 16384
#: Far more than three nodes take to meet, for a machine that is busy with other things.
_PATIENCE = 20.0


class ClusterTrio:
    """Three primaries without replicas that know each other; all are gone when the block ends.

    ``nodes`` are RedisServers: the first has slots 0 to 5460, the second 5461 to 10921 and the
    third 10922 to 16383, as ``redis-cli --cluster create`` deals them (5461, 5461 and 5462).
    ``node_timeout`` is ``cluster-node-timeout`` in milliseconds, ``full_coverage`` is
    ``cluster-require-full-coverage``.
    """

    def __init__(
        self,
        *,
        node_timeout: int = 2000,
        full_coverage: bool = True,
        kind: str = DEFAULT_KIND,
    ) -> None:
        config: dict[str, str | int] = {
            "cluster-enabled": "yes",
            "cluster-node-timeout": node_timeout,
            "cluster-require-full-coverage": "yes" if full_coverage else "no",
        }
        self.nodes = [RedisServer(kind, config=config) for _ in range(3)]
        self.slots = [range(5461), range(5461, 10922), range(10922, SLOTS)]

    def start(self) -> Self:
        """Start the nodes, deal the slots, and wait until each of them says ``ok``."""
        for node, slots in zip(self.nodes, self.slots, strict=True):
            # Not ADDSLOTSRANGE, which Redis 6 does not have.
            node.start().call("CLUSTER", "ADDSLOTS", *slots)
        first, *others = self.nodes
        for number, node in enumerate(self.nodes, start=1):
            # Different epochs from the start, as redis-cli sets them: else they are sorted out.
            node.call("CLUSTER", "SET-CONFIG-EPOCH", number)
        for node in others:
            first.call("CLUSTER", "MEET", "127.0.0.1", node.port)
        self.wait_ok()
        return self

    def info(self, node: RedisServer) -> dict[str, str]:
        """The fields of CLUSTER INFO, as one node sees them."""
        lines = node.call("CLUSTER", "INFO").splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def wait_ok(self, *, within: float = _PATIENCE) -> None:
        """Wait until every node sees three nodes and no slot missing."""
        ok = {
            "cluster_state": "ok",
            "cluster_known_nodes": "3",
            "cluster_size": "3",
            "cluster_slots_ok": str(SLOTS),
        }
        for node in self.nodes:
            self.wait(node, within=within, **ok)

    def wait(self, node: RedisServer, *, within: float = _PATIENCE, **expected: str) -> None:
        """Wait until CLUSTER INFO of one node has these fields; AssertionError if it does not."""

        def there() -> bool:
            try:
                return expected.items() <= self.info(node).items()
            except (OSError, ReplyError):
                return False

        assert poll(there, within=within, every=0.02), (expected, self.info(node))

    def close(self) -> None:
        """Kill the nodes and remove their directories."""
        for node in self.nodes:
            node.close()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.callback(self.close)
            self.start()
            stack.pop_all()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
