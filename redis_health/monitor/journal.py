"""What the log says of a target: changes, and nothing else."""

from __future__ import annotations

import structlog

from redis_health.model import CheckStatus, State, Verdict

_LEVEL = {State.UP: "info", State.DEGRADED: "warning", State.DOWN: "error"}


class Journal:
    """One line when the verdict or its reasons change; none for a round that fails as before."""

    def __init__(self, target: str) -> None:
        self._log = structlog.get_logger().bind(target=target)
        self._refused: dict[str, str] = {}
        self._rounds = 0

    def failed_round(self) -> None:
        """Counts a failed round for the summary in the next line."""
        self._rounds += 1

    def changed(self, before: Verdict | None, after: Verdict) -> None:
        """Tells of a verdict that differs from the one before."""
        was = before.state if before is not None else None
        told = before is not None and was is after.state and before.codes == after.codes
        if not told:
            rounds, self._rounds = self._rounds, 0
            write = getattr(self._log, _LEVEL[after.state])
            write(
                "verdict",
                state=after.state.value,
                was=was.value if was is not None else None,
                reasons=[f"{reason.code}: {reason.message}" for reason in after.reasons],
                **({"failed_rounds": rounds} if rounds else {}),
            )
        self._refusals(after)

    def _refusals(self, verdict: Verdict) -> None:
        refused = {
            name: check.message or ""
            for name, check in verdict.checks.items()
            if check.status is CheckStatus.UNAVAILABLE
        }
        for name, message in refused.items():
            if self._refused.get(name) != message:
                self._log.info("not available", check=name, why=message)
        self._refused = refused

    def stalled(self, seconds: float) -> None:
        """Tells that our own event loop stood still."""
        self._log.warning("event loop stalled", seconds=round(seconds, 2))

    def died(self, probe: str, error: BaseException | None, restart_in: float) -> None:
        """Tells that a probe task ended although it never should."""
        self._log.error(
            "probe task died",
            probe=probe,
            error=repr(error) if error is not None else "cancelled",
            restart_in=restart_in,
        )
