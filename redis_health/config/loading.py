"""From flags, variables and file to Settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis_health.config.catalogue import (
    interval_option,
    options,
    setting_option,
    threshold_option,
    timeout_option,
)
from redis_health.config.connection import REDIS_HOST, REDIS_PORT, REDIS_URL
from redis_health.config.kinds import number_text
from redis_health.config.merging import Values, merge
from redis_health.config.option import UNSET, Option
from redis_health.config.scrape import scrape_settings
from redis_health.config.service import (
    ACCEPT,
    CONFIG,
    DRAIN_DELAY,
    EXPECT_ROLE,
    FAILURES,
    LISTEN,
    LOG_FORMAT,
    LOG_LEVEL,
    LOGIN_GRACE,
    REQUIRE,
    SUCCESSES,
    WEB_CONFIG_FILE,
)
from redis_health.config.settings import Settings, Source
from redis_health.config.sources import (
    Given,
    Layer,
    environment_layer,
    flags_layer,
    unknown_variables,
)
from redis_health.config.supervision import RESTART, STOP_TIMEOUT, Supervision
from redis_health.config.target import build_target, target_warnings
from redis_health.config.watchers import build_watchers, watcher_warnings
from redis_health.errors import ConfigError
from redis_health.model import Nature, Policy, Probe, ProbeOptions, Schedule
from redis_health.model.policy import FALL, RISE

if TYPE_CHECKING:
    from redis_health.config.web_config import WebConfig


def load(
    probes: Sequence[Probe], *, flags: Mapping[str, object | None], environ: Mapping[str, str]
) -> Settings:
    """The settings in force: flag before environment before file before default.

    ``flags`` has a value, or None, by ``Option.key``. An empty variable counts as not set. Every
    value that is given is checked, also one that a higher source overrides. Nothing is read but
    the TOML files of the options and of the logins for /scrape, and the web configuration with the
    files that it names; other files are only looked for, relative paths from the working directory.

    Raises ConfigError, which names the option as it was given and never holds a secret.
    """
    catalogue = options(probes)
    from_flags = flags_layer(catalogue, flags)
    url = from_flags.get(REDIS_URL.name)
    if url is not None and url.value.password is not None:
        raise ConfigError(
            f"{url.name}: ps shows the password in it; "
            "give it in REDIS_URL, REDIS_PASSWORD or a file"
        )
    from_environment = environment_layer(catalogue, environ)
    config = from_flags.get(CONFIG.name, from_environment.get(CONFIG.name))
    from_file = _from_file(catalogue, config)
    values, contradictions = merge((from_file, from_environment, from_flags))
    target = build_target(values)
    web = _web(values)
    return Settings(
        target=target,
        policy=_policy(probes, values),
        probe_options=ProbeOptions(
            expect_role=values[EXPECT_ROLE],
            given={
                setting.name: values[setting_option(setting)]
                for probe in probes
                for setting in probe.settings
            },
            watchers=build_watchers(values),
        ),
        listen=values[LISTEN],
        log_format=values[LOG_FORMAT],
        log_level=values[LOG_LEVEL],
        drain_delay=values[DRAIN_DELAY],
        scrape=scrape_settings(values),
        supervision=Supervision(stop_timeout=values[STOP_TIMEOUT], restart=values[RESTART]),
        web=web,
        sources={option.name: _source(option, values) for option in catalogue},
        warnings=(
            *unknown_variables(catalogue, environ),
            *contradictions,
            *target_warnings(values),
            *watcher_warnings(values),
            *_round_warnings(probes, values),
            *(web.warnings if web else ()),
        ),
    )


def _from_file(catalogue: Sequence[Option[Any]], config: Given | None) -> Layer:
    if config is None or config.value is None:
        return {}
    from redis_health.config.toml_file import file_layer  # noqa: PLC0415 - see that module

    return file_layer(catalogue, config)


def _web(values: Values) -> WebConfig | None:
    path, name = values[WEB_CONFIG_FILE], values.name(WEB_CONFIG_FILE)
    if path is None:
        return None
    try:
        from redis_health.config.web_config import read_web_config  # noqa: PLC0415 - an extra

        return read_web_config(Path(path), name=name)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{name}: the package {error.name} is missing: pip install 'redis-health[web]'"
        ) from None


def _policy(probes: Sequence[Probe], values: Values) -> Policy:
    requires, accepted = values[REQUIRE], values[ACCEPT]
    return Policy(
        requires=frozenset(requires) or None,
        expect_role=values[EXPECT_ROLE],
        fall={**FALL, Nature.SILENCE: values[FAILURES]},
        rise={**RISE, Nature.SILENCE: values[SUCCESSES]},
        login_grace=values[LOGIN_GRACE],
        limits={
            threshold.name: values[threshold_option(threshold)]
            for probe in probes
            for threshold in probe.thresholds
        },
        schedules={
            probe.name: Schedule(
                interval=values[interval_option(probe)], timeout=values[timeout_option(probe)]
            )
            for probe in probes
        },
        accepted=frozenset(accepted),
    )


def _round_warnings(probes: Sequence[Probe], values: Values) -> Iterator[str]:
    for probe in probes:
        interval, timeout = interval_option(probe), timeout_option(probe)
        touched = interval in values or timeout in values
        if touched and values[timeout] > values[interval]:
            yield (
                f"{values.name(timeout)} ({number_text(values[timeout])} s) is longer than "
                f"{values.name(interval)} ({number_text(values[interval])} s): "
                "rounds without an answer come less often than that"
            )


def _source(option: Option[Any], values: Values) -> Source:
    given = values.given.get(option.name)
    if given is not None:
        return Source(option.shown(given.value), given.origin)
    if option in (REDIS_HOST, REDIS_PORT) and values.socket is not None:
        return Source(UNSET, values.given[REDIS_URL.name].origin)
    if option is REDIS_URL and (REDIS_HOST in values or REDIS_PORT in values):
        # The default would name a server that is not the one we watch.
        return Source(UNSET, "default")
    return Source(option.shown(option.default), "default")
