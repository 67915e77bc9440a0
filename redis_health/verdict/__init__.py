"""From observations to one word: hysteresis, staleness, policy, reasons. All of it pure."""

from redis_health.verdict.bounds import detect_within, lifetime, pause
from redis_health.verdict.explain import without
from redis_health.verdict.hysteresis import advance
from redis_health.verdict.judge import judge
from redis_health.verdict.notes import FLAP_SUPPRESSED, LOOP_STALL, RECONNECTED, UNSTABLE
from redis_health.verdict.own import STARTING, UNOBSERVED

#: What the verdict itself may say, besides what probes and failures do.
CONDITIONS = (STARTING, UNOBSERVED, FLAP_SUPPRESSED, UNSTABLE, RECONNECTED, LOOP_STALL)

__all__ = ["CONDITIONS", "advance", "detect_within", "judge", "lifetime", "pause", "without"]
