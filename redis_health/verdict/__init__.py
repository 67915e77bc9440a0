"""From observations to one word: hysteresis, staleness, policy, reasons. All of it pure."""

from redis_health.verdict.bounds import detect_within, lifetime, pause
from redis_health.verdict.explain import without
from redis_health.verdict.hysteresis import advance
from redis_health.verdict.judge import judge

__all__ = ["advance", "detect_within", "judge", "lifetime", "pause", "without"]
