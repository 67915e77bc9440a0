"""What the log says of a target: changes, and nothing else."""

from __future__ import annotations

import structlog

from redis_health.model import CheckStatus, CheckView, State, Verdict

_LEVEL = {State.UP: "info", State.DEGRADED: "warning", State.DOWN: "error"}


def news(verdict: Verdict) -> object:
    """What of a verdict is news when it differs from the one before.

    Messages are not: they count seconds and bytes, and would be news in every round.
    """
    reasons = frozenset((r.code, r.check, r.severity) for r in verdict.reasons)
    refused = frozenset(name for name, check in verdict.checks.items() if _is_refused(check))
    return verdict.state, reasons, refused


class Journal:
    """One line when the verdict or its reasons change; none for a round that fails as before."""

    def __init__(self, target: str) -> None:
        self._log = structlog.get_logger().bind(target=target)
        self._rounds = 0

    def failed_round(self) -> None:
        """Counts a failed round for the summary in the next line."""
        self._rounds += 1

    def changed(self, before: Verdict, after: Verdict) -> None:
        """Tells of a verdict that differs from the one before."""
        if before.state is not after.state or _tells_more(before, after):
            rounds, self._rounds = self._rounds, 0
            write = getattr(self._log, _LEVEL[after.state])
            write(
                "verdict",
                state=after.state.value,
                was=before.state.value,
                reasons=[f"{reason.code}: {reason.message}" for reason in after.reasons],
                **({"failed_rounds": rounds} if rounds else {}),
            )
        # What is refused to several checks, or told as a reason, needs no further line.
        told = {check.message for check in before.checks.values() if _is_refused(check)}
        for name, check in after.checks.items():
            if _is_refused(check) and check.code is None and check.message not in told:
                told.add(check.message)
                self._log.info("not available", check=name, why=check.message)

    def deaf(self, error: Exception) -> None:
        """Tells that one who listens to the verdicts failed."""
        self._log.error("a listener failed", exc_info=error)

    def died(self, probe: str, error: BaseException | None, restart_in: float) -> None:
        """Tells that a probe task ended although it never should."""
        self._log.error(
            "probe task died",
            probe=probe,
            error=repr(error) if error is not None else "cancelled",
            restart_in=restart_in,
        )


def _tells_more(before: Verdict, after: Verdict) -> bool:
    """Whether the reasons are others; that a Redis that is down has to be asked again is none."""
    return after.codes != before.codes and not after.codes <= {"STARTING"}


def _is_refused(check: CheckView) -> bool:
    return check.status is CheckStatus.UNAVAILABLE
