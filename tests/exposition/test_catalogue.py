from __future__ import annotations

from dataclasses import replace

import pytest

from redis_health.exposition.catalogue import collisions, reference
from redis_health.model import Metric, MetricKind
from tests.exposition.declared import ERRORS, EVICTED, KEYS, LATENCY, PERCENTILES, QUANTILES, UP

GAUGE = Metric("redis_x", "X.")


def test_declarations_of_every_kind_live_together() -> None:
    assert collisions([UP, EVICTED, ERRORS, KEYS, LATENCY, PERCENTILES, QUANTILES]) == ()


def test_two_probes_may_fill_one_family() -> None:
    assert collisions([KEYS, UP, replace(KEYS)]) == ()


@pytest.mark.parametrize(
    ("other", "name"),
    [
        (replace(GAUGE, kind=MetricKind.COUNTER), "redis_x"),
        (replace(GAUGE, help="Y."), "redis_x"),
        (Metric("redis_y", "Y.", aliases=("redis_x",)), "redis_x"),
        (Metric("redis_x_total", "Y.", MetricKind.COUNTER), "redis_x"),
        (Metric("redis_x", "Y.", MetricKind.HISTOGRAM), "redis_x"),
    ],
)
def test_a_name_belongs_to_one_declaration(other: Metric, name: str) -> None:
    (problem,) = collisions([GAUGE, other])
    assert problem.startswith(f"{name} is claimed by redis_x (gauge) and by redis_")
    assert other.kind.value in problem


@pytest.mark.parametrize(
    ("owner", "part"),
    [
        (Metric("redis_x", "X.", MetricKind.HISTOGRAM), "redis_x_bucket"),
        (Metric("redis_x", "X.", MetricKind.SUMMARY), "redis_x_count"),
        (Metric("redis_x_total", "X.", MetricKind.COUNTER), "redis_x_created"),
    ],
)
def test_a_family_owns_the_names_of_its_parts(owner: Metric, part: str) -> None:
    problems = collisions([owner, Metric(part, "Y.")])
    assert problems == (f"{part} is claimed by {owner.name} ({owner.kind}) and by {part} (gauge)",)


def test_an_alias_may_not_repeat_the_name() -> None:
    assert len(collisions([replace(GAUGE, aliases=("redis_x",))])) == 1


def test_the_reference_is_a_table_for_each_probe() -> None:
    memory = [
        Metric(
            "redis_memory_used_bytes",
            "Memory in use | by the allocator.",
            field="used_memory",
            aliases=("redis_used", "redis_bytes"),
        ),
        Metric("redis_cpu_seconds_total", "CPU.", MetricKind.COUNTER, field="cpu", scale=0.001),
    ]
    assert reference({"memory": memory, "silent": [], "keys": [KEYS]}) == (
        "### memory\n"
        "\n"
        "| metric | type | labels | from | meaning |\n"
        "|---|---|---|---|---|\n"
        "| `redis_memory_used_bytes`, also `redis_used`, `redis_bytes` | gauge |  | `used_memory` "
        "| Memory in use \\| by the allocator. |\n"
        "| `redis_cpu_seconds_total` | counter |  | `cpu * 0.001` | CPU. |\n"
        "\n"
        "### keys\n"
        "\n"
        "| metric | type | labels | from | meaning |\n"
        "|---|---|---|---|---|\n"
        "| `redis_keys_total` | gauge | `db` |  | Keys by database. |\n"
    )
