"""Every option that there is: the fixed ones, and those that follow from the probes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from redis_health.config.connection import CONNECTION
from redis_health.config.kinds import integer, limits, listing, seconds, switch, text
from redis_health.config.option import Invalid, Kind, Option
from redis_health.config.scrape import SCRAPE
from redis_health.config.sentinels import SENTINELS_GROUP
from redis_health.config.service import LONGEST, PREFIX, SERVICE
from redis_health.config.supervision import SUPERVISION
from redis_health.model import Limits, Probe, Setting, Threshold

_PROBES = "Probes"
_ROUNDS = "Rounds"
_THRESHOLDS = "Thresholds"
#: Less than this would only load Redis, in seconds.
_SHORTEST = 0.01


def options(probes: Sequence[Probe]) -> tuple[Option[Any], ...]:
    """All options, in the order in which they are documented.

    Raises ValueError when two declarations come to one option.
    """
    rounds = [make(probe) for probe in probes for make in (interval_option, timeout_option)]
    thresholds = [threshold_option(each) for probe in probes for each in probe.thresholds]
    settings = [setting_option(each) for probe in probes for each in probe.settings]
    fixed = (*CONNECTION, *SENTINELS_GROUP, *SERVICE, *SUPERVISION, *SCRAPE)
    found = (*fixed, *settings, *rounds, *thresholds)
    twice = [name for name, times in Counter(each.name for each in found).items() if times > 1]
    if twice:
        raise ValueError(f"declared more than once: {', '.join(twice)}")
    return found


def interval_option(probe: Probe) -> Option[float]:
    """The seconds from one round of the probe to the next."""
    return _seconds_option(probe, "interval", probe.interval, "Time between two rounds")


def timeout_option(probe: Probe) -> Option[float]:
    """The seconds that one round of the probe may take."""
    return _seconds_option(probe, "timeout", probe.timeout, "Longest time for one round")


def threshold_option(threshold: Threshold) -> Option[Limits]:
    """When the threshold is entered and left."""
    name = _kebab(threshold.name)
    return Option(
        name=name,
        env=_env(name),
        kind=limits(threshold),
        default=Limits(threshold.enter, threshold.leave),
        help=f"{threshold.help.rstrip('.')} ({threshold.unit}).",
        group=_THRESHOLDS,
    )


def setting_option(setting: Setting[Any]) -> Option[Any]:
    """What the operator tells a probe."""
    name = _kebab(setting.name)
    return Option(
        name=name,
        env=_env(name),
        kind=_kind_of(setting),
        default=setting.default,
        help=setting.help,
        group=_PROBES,
    )


def _kind_of(setting: Setting[Any]) -> Kind[Any]:
    default = setting.default
    if isinstance(default, bool):
        return switch()
    if isinstance(default, int):
        return integer(setting.low, setting.high)
    if isinstance(default, float):
        return seconds(setting.low, setting.high)
    if isinstance(default, tuple):
        return listing("TEXT,…", "texts with commas between", lambda word: _checked(setting, word))
    return text()


def _checked(setting: Setting[Any], word: str) -> str:
    expected = setting.expects(word)
    if expected is not None:
        raise Invalid(expected)
    return word


def _seconds_option(probe: Probe, what: str, default: float, meaning: str) -> Option[float]:
    name = f"{_kebab(probe.name)}-{what}"
    return Option(
        name=name,
        env=_env(name),
        kind=seconds(_SHORTEST, LONGEST),
        default=default,
        help=f"{meaning} of the check {probe.name}.",
        group=_ROUNDS,
    )


def _kebab(name: str) -> str:
    return name.replace("_", "-")


def _env(name: str) -> str:
    return PREFIX + name.upper().replace("-", "_")
