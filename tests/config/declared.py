"""A few probes to configure, and a short way to load a configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from redis_health.config import Settings, load
from redis_health.model import Condition, Item, Probe, Reader, Setting, Threshold


async def collect(reader: Reader) -> Iterable[Item]:
    """These probes are declared, and never run."""
    raise NotImplementedError


SLOW = Condition("SLOW", "slow", "look")
HIGH = Threshold(
    name="ping_latency",
    condition=SLOW,
    enter=0.25,
    leave=0.1,
    unit="seconds",
    help="Round trip of PING.",
)
LOW = Threshold(
    name="certificate_days",
    condition=SLOW,
    enter=14,
    leave=21,
    unit="days",
    help="Days until the certificate expires.",
    above=False,
)
OFF = Threshold(name="used_bytes", condition=SLOW, enter=None, unit="bytes", help="Memory in use.")

CHECK_WRITE = Setting(name="check_write", default=False, help="Ask whether it would write.")
EXPECT_REPLICAS = Setting(name="expect_replicas", default=0, high=10_000, help="Replicas.")
KEYS: Setting[tuple[str, ...]] = Setting(name="keys", default=(), help="Keys to look at.")
PATIENCE = Setting(name="patience", default=2.5, low=1, high=10, help="Seconds to wait.")
LABEL = Setting(name="label", default="plain", help="A word.")

PROBES = (
    Probe(
        name="ping", summary="answers", interval=1, timeout=1, collect=collect, thresholds=(HIGH,)
    ),
    Probe(
        name="slow_facts",
        summary="facts",
        interval=15,
        timeout=2.5,
        collect=collect,
        thresholds=(LOW, OFF),
        settings=(CHECK_WRITE, EXPECT_REPLICAS, KEYS, PATIENCE, LABEL),
    ),
)


def settings(
    flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """The settings of these flags and variables, with the probes above."""
    return load(PROBES, flags=flags or {}, environ=environ or {})
