"""Fills the values in force into the expressions of rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from redis_health.model import Policy, Probe, ProbeOptions

#: PromQL has no braces around a bare name, and the templates of Prometheus have two of them.
_PLACE = re.compile(r"(?<!\{)\{(?P<name>[a-z_]+)(?:\|(?P<otherwise>[0-9.]+))?\}(?!\})")


def values(
    probes: Sequence[Probe], policy: Policy, options: ProbeOptions
) -> Mapping[str, float | None]:
    """The numbers in force by name: thresholds at their entry (None is off), and settings."""
    found: dict[str, float | None] = {}
    for probe in probes:
        for setting in probe.settings:
            value = options.value(setting)
            if isinstance(value, int | float):
                found[setting.name] = float(value)
        for threshold in probe.thresholds:
            found[threshold.name] = policy.limits_of(threshold).enter
    return found


def fill(template: str, numbers: Mapping[str, float | None]) -> str:
    """The template with a number in each place.

    Raises:
        KeyError: a place names what is neither a threshold nor a number that an operator sets.
        ValueError: the threshold is off and the template has no value for that case.
    """

    def number(place: re.Match[str]) -> str:
        value = numbers[place["name"]]
        if value is not None:
            return f"{value:.12g}"
        if place["otherwise"] is None:
            raise ValueError(f"the threshold {place['name']} is off")
        return place["otherwise"]

    return _PLACE.sub(number, template)


def names(template: str) -> frozenset[str]:
    """What the template has places for."""
    return frozenset(place["name"] for place in _PLACE.finditer(template))


def applies(template: str, numbers: Mapping[str, float | None]) -> bool:
    """Whether all that the template needs is switched on."""
    return all(
        numbers[place["name"]] is not None or place["otherwise"] is not None
        for place in _PLACE.finditer(template)
    )
