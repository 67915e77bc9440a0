"""A monitor whose judgement the test writes, and short ways to write one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from prometheus_client import CollectorRegistry, Counter, Gauge

from redis_health.exposition import Exposition
from redis_health.model import (
    CheckStatus,
    CheckView,
    Identity,
    Probe,
    Reason,
    Severity,
    Snapshot,
    Standing,
    State,
    Target,
    Verdict,
)
from redis_health.probes import catalogue
from redis_health.web import Service

#: 2026-01-02 03:04:05.678 UTC.
EPOCH = 1767323045.678


@dataclass
class StillClock:
    """Clocks that stand until the test moves them."""

    monotonic: float = 1000.0
    epoch: float = EPOCH

    def now(self) -> float:
        return self.monotonic

    def wall(self) -> float:
        return self.epoch

    def advance(self, seconds: float) -> None:
        self.monotonic += seconds
        self.epoch += seconds


def view(
    name: str,
    status: CheckStatus = CheckStatus.OK,
    *,
    observed: float | None = 999.5,
    latency: float | None = None,
    code: str | None = None,
    message: str | None = None,
) -> CheckView:
    return CheckView(name, status, observed, latency, code, message)


def reason(
    code: str,
    check: str,
    severity: Severity = Severity.DOWN,
    *,
    message: str = "it is broken",
    advice: str = "mend it",
) -> Reason:
    return Reason(code, check, severity, message, advice, EPOCH - 60)


REDIS = Identity("redis", "7.0.15", "7.0.15", "a" * 40, "standalone", "master")
VALKEY = Identity("valkey", "7.2.4", "9.1.2", "b" * 40, "cluster", "slave")


def verdict(
    state: State = State.UP,
    *,
    reasons: Iterable[Reason] = (),
    notes: Iterable[Reason] = (),
    checks: Iterable[CheckView] = (),
    identity: Identity | None = REDIS,
    observed_at: float | None = EPOCH - 1,
) -> Verdict:
    views = list(checks) or [view("ping", latency=0.0003), view("memory")]
    return Verdict(
        state=state,
        reasons=tuple(reasons),
        notes=tuple(notes),
        checks={view.name: view for view in views},
        since=EPOCH - 3600,
        observed_at=observed_at,
        valid_until=2000.0,
        redis_up=True,
        fresh=frozenset(),
        identity=identity,
        detect_within=4.0,
    )


UP = verdict()
DEGRADED = verdict(
    State.DEGRADED,
    reasons=[reason("MEM_HIGH", "memory", Severity.DEGRADED, message="memory 92%")],
    checks=[view("ping"), view("memory", CheckStatus.DEGRADED, code="MEM_HIGH")],
)
DOWN = verdict(
    State.DOWN,
    reasons=[reason("CONN_REFUSED", "connect", message="refused by 127.0.0.1:6379")],
    checks=[
        view("connect", CheckStatus.ERROR, code="CONN_REFUSED", message="refused"),
        view("ping"),
    ],
    identity=None,
)
STARTING = verdict(
    State.DOWN,
    reasons=[reason("STARTING", "connect", message="no probe has finished yet")],
    checks=[view("ping", CheckStatus.STARTING, observed=None)],
    identity=None,
    observed_at=None,
)


def _exposition(clock: StillClock) -> Exposition:
    registry = CollectorRegistry()
    Gauge("redis_up", "Whether Redis is there.", registry=registry).set(1)
    Counter("redis_commands_processed", "Commands.", registry=registry).inc(7)
    edition = object()
    return Exposition(registry, edition=lambda: (edition, 1e9), clock=clock)


@dataclass
class StubMonitor:
    """What the endpoints ask of a Monitor, written down by the test."""

    verdict: Verdict = UP
    target: Target = field(
        default_factory=lambda: Target(host="redis", username="mon", password="s3cr3t")
    )
    clock: StillClock = field(default_factory=StillClock)
    rounds: dict[str, int] = field(default_factory=lambda: {"ping": 1, "memory": 1})
    without: dict[frozenset[str], Verdict] = field(default_factory=dict)
    stuck_probes: tuple[str, ...] = ()
    exposition: Exposition = field(init=False)

    def __post_init__(self) -> None:
        self.exposition = _exposition(self.clock)

    @property
    def probes(self) -> Sequence[Probe]:
        return [probe for probe in catalogue() if probe.name in self.rounds]

    @property
    def snapshot(self) -> Snapshot:
        checks = {name: Standing(name, rounds=rounds) for name, rounds in self.rounds.items()}
        return Snapshot("redis:6379", checks, started=900.0, started_wall=EPOCH - 100)

    def judged_without(self, excluded: frozenset[str]) -> Verdict:
        return self.without[excluded]

    def stuck(self) -> tuple[str, ...]:
        return self.stuck_probes


def service(judged: Verdict = UP, *, monitor: StubMonitor | None = None) -> Service:
    return Service(
        monitor=monitor or StubMonitor(judged),
        hostname="sidecar-1",
        version="0.1.0",
        drain_delay=5.0,
    )


def spared(judged: Verdict, *names: str, state: State = State.UP) -> Verdict:
    """The judgement as it is without these checks."""
    return replace(
        judged,
        state=state,
        reasons=tuple(reason for reason in judged.reasons if reason.check not in names),
        checks={name: view for name, view in judged.checks.items() if name not in names},
    )
