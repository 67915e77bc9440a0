from __future__ import annotations

import re

import pytest
from prometheus_client import CollectorRegistry, Counter, Enum, Gauge
from prometheus_client.metrics_core import Metric as Family

from redis_health.exposition import Format, families, render
from redis_health.model import Metric, MetricKind, Sample
from tests.exposition.declared import SAMPLES, UP, registry

SHARED_LATENCY = """\
redis_command_latency_seconds_bucket{command="config|get",le="1e-06"} 1
redis_command_latency_seconds_bucket{command="config|get",le="0.001"} 2
redis_command_latency_seconds_bucket{command="config|get",le="1"} 5
redis_command_latency_seconds_bucket{command="config|get",le="+Inf"} 5
redis_command_latency_seconds_sum{command="config|get"} 1.25
redis_command_latency_seconds_count{command="config|get"} 5
"""

SHARED_END = """\
# HELP redis_health_round_seconds Rounds.
# TYPE redis_health_round_seconds summary
redis_health_round_seconds{quantile="0.5"} 0.25
redis_health_round_seconds{quantile="1"} 0.5
redis_health_round_seconds_sum 0.75
redis_health_round_seconds_count 2
"""

TEXT = f"""\
# HELP redis_up Whether "Redis" is there.
# TYPE redis_up gauge
redis_up 1
# HELP redis_keys_evicted_total Keys evicted.
# TYPE redis_keys_evicted_total counter
redis_keys_evicted_total 1048576
# HELP redis_evicted_keys_total Keys evicted.
# TYPE redis_evicted_keys_total counter
redis_evicted_keys_total 1048576
# HELP redis_total_error_replies Error replies.
# TYPE redis_total_error_replies counter
redis_total_error_replies 3
# HELP redis_keys_total Keys by database.
# TYPE redis_keys_total gauge
redis_keys_total{{db="db0"}} 7
redis_keys_total{{db="db1"}} 0
# HELP redis_command_latency_seconds Execution times.
# TYPE redis_command_latency_seconds histogram
{SHARED_LATENCY}\
# HELP redis_latency_percentiles_usec Percents.
# TYPE redis_latency_percentiles_usec summary
redis_latency_percentiles_usec{{cmd="set",quantile="50"}} 8.031
redis_latency_percentiles_usec{{cmd="set",quantile="99.9"}} 18.047
redis_latency_percentiles_usec_sum{{cmd="set"}} 40.5
redis_latency_percentiles_usec_count{{cmd="set"}} 4
{SHARED_END}"""

OPENMETRICS = f"""\
# HELP redis_up Whether \\"Redis\\" is there.
# TYPE redis_up gauge
redis_up 1
# HELP redis_keys_evicted Keys evicted.
# TYPE redis_keys_evicted counter
redis_keys_evicted_total 1048576
# HELP redis_evicted_keys Keys evicted.
# TYPE redis_evicted_keys counter
redis_evicted_keys_total 1048576
# HELP redis_total_error_replies Error replies.
# TYPE redis_total_error_replies unknown
redis_total_error_replies 3
# HELP redis_keys_total Keys by database.
# TYPE redis_keys_total gauge
redis_keys_total{{db="db0"}} 7
redis_keys_total{{db="db1"}} 0
# HELP redis_command_latency_seconds Execution times.
# TYPE redis_command_latency_seconds histogram
{SHARED_LATENCY}\
# HELP redis_latency_percentiles_usec Percents.
# TYPE redis_latency_percentiles_usec unknown
redis_latency_percentiles_usec{{cmd="set",quantile="50"}} 8.031
redis_latency_percentiles_usec{{cmd="set",quantile="99.9"}} 18.047
# HELP redis_latency_percentiles_usec_count Percents.
# TYPE redis_latency_percentiles_usec_count unknown
redis_latency_percentiles_usec_count{{cmd="set"}} 4
# HELP redis_latency_percentiles_usec_sum Percents.
# TYPE redis_latency_percentiles_usec_sum unknown
redis_latency_percentiles_usec_sum{{cmd="set"}} 40.5
{SHARED_END}# EOF
"""


@pytest.mark.parametrize(
    ("form", "golden"), [(Format.TEXT, TEXT), (Format.OPENMETRICS, OPENMETRICS)]
)
def test_golden(form: Format, golden: str) -> None:
    assert render(families(SAMPLES), form).decode() == golden


def types(page: bytes) -> dict[str, str]:
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", page.decode(), re.MULTILINE))


def test_objects_of_prometheus_client_are_written_beside_ours() -> None:
    text = render(registry().collect(), Format.TEXT)
    openmetrics = render(registry().collect(), Format.OPENMETRICS)
    ours = {name for name in types(text) if not name.startswith("redis_health_")}
    assert "redis_up" in ours
    assert {name: kind for name, kind in types(text).items() if name not in ours} == {
        "redis_health_round_seconds": "summary",
        "redis_health_scrapes_total": "counter",
        "redis_health_build_info": "gauge",
        "redis_health_request_seconds": "histogram",
    }
    assert types(openmetrics)["redis_health_scrapes"] == "counter"
    assert types(openmetrics)["redis_health_build"] == "info"
    assert types(openmetrics)["redis_health_request_seconds"] == "histogram"
    for page in (text, openmetrics):
        assert b"redis_health_scrapes_total 2\n" in page
        assert b'redis_health_build_info{version="0.1.0"} 1\n' in page
        assert b'redis_health_request_seconds_bucket{le="0.5"} 1\n' in page


def test_series_are_identical_in_both_formats_and_none_is_a_creation_time() -> None:
    pages = [render(registry().collect(), form).decode().splitlines() for form in Format]
    text, openmetrics = ([line for line in page if line[0] != "#"] for page in pages)
    assert sorted(text) == sorted(openmetrics)
    assert not [line for line in text if "_created" in line]


def test_a_gauge_that_is_named_created_stays() -> None:
    made = CollectorRegistry()
    Gauge("redis_dump_created", "Of the dump.", registry=made).set(5)
    for form in Format:
        assert b"redis_dump_created 5\n" in render(made.collect(), form)


def test_a_stateset_is_a_gauge_in_text() -> None:
    made = CollectorRegistry()
    Enum("redis_health_state", "State.", states=["up", "down"], registry=made).state("down")
    assert types(render(made.collect(), Format.TEXT)) == {"redis_health_state": "gauge"}
    assert types(render(made.collect(), Format.OPENMETRICS)) == {"redis_health_state": "stateset"}


def test_an_unknown_type_is_untyped_in_text() -> None:
    family = Family("redis_thing", "A thing.", "unknown")
    family.add_sample("redis_thing", {}, 1)
    assert types(render([family], Format.TEXT)) == {"redis_thing": "untyped"}
    assert types(render([family], Format.OPENMETRICS)) == {"redis_thing": "unknown"}


@pytest.mark.parametrize("gauge_first", [True, False])
def test_a_counter_whose_short_name_is_taken_keeps_its_own(*, gauge_first: bool) -> None:
    gauge = Sample(Metric("redis_rewrites", "Now."), 1.0)
    counter = Sample(Metric("redis_rewrites_total", "Ever.", MetricKind.COUNTER), 2.0)
    made = families([gauge, counter] if gauge_first else [counter, gauge])
    assert types(render(made, Format.TEXT)) == {
        "redis_rewrites": "gauge",
        "redis_rewrites_total": "counter",
    }
    assert types(render(made, Format.OPENMETRICS)) == {
        "redis_rewrites": "gauge",
        "redis_rewrites_total": "unknown",
    }


@pytest.mark.parametrize("form", list(Format))
def test_a_family_without_samples_is_not_written(form: Format) -> None:
    made = CollectorRegistry()
    Counter("redis_health_errors", "By kind.", ["kind"], registry=made)
    assert b"redis_health_errors" not in render(made.collect(), form)


@pytest.mark.parametrize("form", list(Format))
def test_of_two_families_with_one_name_the_first_is_written(form: Format) -> None:
    made = CollectorRegistry()
    Gauge("redis_up", "Another.", registry=made).set(9)
    page = render([*families([Sample(UP, 1.0)]), *made.collect()], form)
    assert page.count(b"# TYPE redis_up gauge\n") == 1
    assert b"redis_up 1\n" in page
    assert b"redis_up 9" not in page


def test_label_values_and_help_are_escaped() -> None:
    metric = Metric("redis_x", 'a\\b\n"c"', labels=("path",))
    made = families([Sample(metric, 1.0, ('C:\\"d"\né',))])
    assert render(made, Format.TEXT).decode() == (
        '# HELP redis_x a\\\\b\\n"c"\n# TYPE redis_x gauge\nredis_x{path="C:\\\\\\"d\\"\\né"} 1\n'
    )
    assert b'# HELP redis_x a\\\\b\\n\\"c\\"\n' in render(made, Format.OPENMETRICS)


def test_bytes_that_were_no_utf_8_do_not_break_the_page() -> None:
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    made = families([Sample(Metric("redis_x", "x", labels=("name",)), 1.0, (name,))])
    assert b'redis_x{name="caf?"} 1\n' in render(made, Format.TEXT)


@pytest.mark.parametrize("form", list(Format))
def test_nothing_to_show_is_a_valid_page(form: Format) -> None:
    assert render([], form) == (b"# EOF\n" if form is Format.OPENMETRICS else b"")


def test_the_content_types_are_those_of_the_specifications() -> None:
    assert Format.TEXT.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert Format.OPENMETRICS.content_type == (
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    )
