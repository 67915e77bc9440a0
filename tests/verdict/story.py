"""One Redis as its rounds tell of it: results folded, judged at any moment, without a clock."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from dataclasses import replace

from redis_health.model import (
    Failure,
    Finding,
    Policy,
    Probe,
    ProbeResult,
    Reading,
    Reason,
    Schedule,
    Snapshot,
    Standing,
    Verdict,
)
from redis_health.probes import catalogue
from redis_health.replies import (
    Phase,
    failure_of_exception,
    failure_of_reply,
    failure_of_silence,
)
from redis_health.verdict import advance, detect_within, judge, lifetime

#: What the wall clock shows when the monotonic one shows nothing.
EPOCH = 1_700_000_000.0
WHERE = "redis:6379"
PROBES = {probe.name: probe for probe in catalogue()}
SCHEDULES = {
    name: Schedule(interval=probe.interval, timeout=probe.timeout) for name, probe in PROBES.items()
}
POLICY = Policy(schedules=SCHEDULES)

SILENT = failure_of_silence(Phase.REPLY, where=WHERE, seconds=1.0)
REFUSED = failure_of_exception(
    ConnectionRefusedError(errno.ECONNREFUSED, "refused"), where=WHERE, phase=Phase.CONNECT
)
RESET = failure_of_exception(
    ConnectionResetError(errno.ECONNRESET, "reset"), where=WHERE, phase=Phase.LOGIN
)


def reply(text: str, command: str = "PING") -> Failure:
    return failure_of_reply(text, user="default", command=command, where=WHERE)


MISCONF = reply(
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist"
)
WRONGPASS = reply("WRONGPASS invalid username-password pair or user is disabled.", "AUTH")
UNEXPECTED = reply(
    "ERR AUTH <password> called without any password configured for the default user.", "AUTH"
)


class Story:
    """Rounds of the real probes' declarations.

    ``write`` and ``sentinels`` say whether the write check and the one that asks Sentinels run.
    """

    def __init__(
        self,
        policy: Policy = POLICY,
        *,
        write: bool = False,
        sentinels: bool = False,
        probes: Mapping[str, Probe] = PROBES,
    ) -> None:
        self.policy = policy
        self.probes = {
            name: p
            for name, p in probes.items()
            if (write or p.opt_in is None) and (sentinels or not p.independent)
        }
        self.now = 1000.0
        self.snapshot = Snapshot(
            target=WHERE,
            checks={name: Standing(name) for name in self.probes},
            started=self.now,
            started_wall=self.wall,
        )
        self.last_verdict: Verdict | None = None

    @property
    def wall(self) -> float:
        return EPOCH + self.now

    @property
    def verdict(self) -> Verdict:
        self.last_verdict = judge(
            self.snapshot,
            self.policy,
            self.probes,
            now=self.now,
            wall=self.wall,
            detect_within=detect_within(self.probes.values(), self.policy),
            before=self.last_verdict,
        )
        return self.last_verdict

    def wait(self, seconds: float) -> Story:
        self.now += seconds
        return self

    def round(
        self,
        check: str,
        failure: Failure | None = None,
        *,
        findings: Iterable[Finding] = (),
        readings: Iterable[Reading] = (),
        facts: Mapping[str, object] | None = None,
        own_fault: str | None = None,
        unavailable: str | None = None,
        took: float = 0.001,
    ) -> Story:
        """One round that ends now and ``took`` so many seconds."""
        result = ProbeResult(
            check=check,
            started=self.now - took,
            finished=self.now,
            observed=self.now,
            wall=self.wall,
            expires=self.now + lifetime(self.policy.schedules[check], failure),
            findings=tuple(findings),
            readings=tuple(readings),
            facts=facts or {},
            failure=failure,
            own_fault=own_fault,
            unavailable=unavailable,
        )
        standing = advance(self.snapshot.checks[check], result, self.policy)
        self.snapshot = self.snapshot.with_standing(standing)
        return self

    def well(self, *but: str, role: str = "master") -> Story:
        """A good round of every check, except those that are named."""
        for name in self.probes:
            if name not in but:
                self.round(name, facts={"role": role} if name == "replication" else None)
        return self

    def reason(self, code: str) -> Reason:
        return next(reason for reason in self.verdict.reasons if reason.code == code)

    @property
    def told(self) -> dict[str, str]:
        """The severity of each reason by its code."""
        return {reason.code: reason.severity.value for reason in self.verdict.reasons}

    @property
    def noted(self) -> set[str]:
        return {note.code for note in self.verdict.notes}


def policy(**changes: object) -> Policy:
    return replace(POLICY, **changes)  # type: ignore[arg-type]
