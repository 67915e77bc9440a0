from __future__ import annotations

from redis_health.config import describe, options, reference
from tests.config.declared import PROBES, settings


def test_the_description_has_a_line_for_every_option() -> None:
    environ = {"REDIS_URL": "redis://u:hunter2@h:7000/2", "REDIS_HEALTH_PING_LATENCY": "1/0.5"}
    lines = describe(settings({"expect_role": "master"}, environ)).splitlines()
    assert [line.split()[0] for line in lines[1:]] == [option.name for option in options(PROBES)]
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in lines}
    assert rows["OPTION"] == ["VALUE", "SOURCE"]
    assert rows["redis-url"] == ["redis://u:********@h:7000/2", "environment REDIS_URL"]
    assert rows["redis-password"] == ["********", "environment REDIS_URL"]
    assert rows["redis-db"] == ["2", "environment REDIS_URL"]
    assert rows["expect-role"] == ["primary", "flag --expect-role"]
    assert rows["ping-latency"] == ["1/0.5", "environment REDIS_HEALTH_PING_LATENCY"]
    assert rows["redis-tls-ca-file"] == ["-", "default"]


def test_the_columns_of_the_description_are_aligned() -> None:
    lines = describe(settings()).splitlines()
    value, source = lines[0].index("VALUE"), lines[0].index("SOURCE")
    for line in lines:
        assert line[value - 2 : value] == line[source - 2 : source] == "  "
        assert line[value] != " "
        assert line[source] != " "


def test_the_reference_has_a_row_for_every_option() -> None:
    lines = reference(options(PROBES)).splitlines()
    assert len(lines) == 2 + len(options(PROBES))
    assert lines[0] == "| Flag | Variable | TOML key | Default | Meaning |"
    assert set(lines[1]) == set("| -")
    assert (
        "| `--ping-latency` | `REDIS_HEALTH_PING_LATENCY` | `ping_latency` | `0.25/0.1` "
        "| Round trip of PING (seconds). |" in lines
    )
    assert (
        "| - | `REDIS_PASSWORD` | `redis_password` | - "
        "| Password; there is no flag for it, since ps would show it. |" in lines
    )
    assert any(line.startswith("| `--config` | `REDIS_HEALTH_CONFIG` | - | - |") for line in lines)


def test_a_bar_does_not_end_a_cell() -> None:
    option = options(PROBES)[0]
    barred = type(option)(
        name="x", env="X", kind=option.kind, default=option.default, help="a|b", group="G"
    )
    assert reference([barred]).splitlines()[-1].endswith("| a\\|b |")
