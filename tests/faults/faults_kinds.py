"""The faults that matter most, on every server of the matrix but the one that all others are on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.faults.fault import Fault
from tests.faults.faults_login import LOGIN
from tests.faults.faults_memory import MEMORY
from tests.faults.faults_network import NETWORK
from tests.faults.faults_persistence import PERSISTENCE
from tests.faults.faults_process import PROCESS
from tests.kinds import DEFAULT_KIND, MATRIX

_NAMES = (
    "server killed",
    "server frozen",
    "maxclients reached",
    "no password given",
    "loading its data",
    "BGSAVE fails",
    "out of memory, noeviction",
)
#: Directives of the default server that Redis 6.2 does not have, or does not need.
_NEWER = frozenset({"enable-debug-command", "loading-process-events-interval-bytes"})


def _everywhere() -> Iterator[Fault]:
    known = {fault.name: fault for fault in (*PROCESS, *NETWORK, *LOGIN, *PERSISTENCE, *MEMORY)}
    for name in _NAMES:
        for kind in MATRIX.values():
            if kind.name != DEFAULT_KIND:
                yield _on(kind.name, known[name])


def _on(kind: str, fault: Fault) -> Fault:
    old = kind == "redis-6.2"
    config = {word: value for word, value in fault.config.items() if not (old and word in _NEWER)}
    return replace(fault, row=None, name=f"{fault.name}, {kind}", kind=kind, config=config)


KINDS = tuple(_everywhere())
