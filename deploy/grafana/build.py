"""From the declarations to the objects of Grafana."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from string import ascii_uppercase
from typing import Any

from grafana_foundation_sdk.builders import common as layout
from grafana_foundation_sdk.builders import dashboard as grafana
from grafana_foundation_sdk.builders import prometheus, stat, statetimeline, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model

from deploy.grafana.panel import SELECTOR, Kind, Panel
from deploy.grafana.rows import ROWS
from redis_health.alerting import values
from redis_health.model import Policy, ProbeOptions
from redis_health.probes import catalogue

SOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
#: The marks on every panel: what a verdict changed to, its value, and a colour. They are taken from
#: the gauge: redis_health_transitions_total begins a series at 1, which no increase() sees.
CHANGES = (("down", "0", "red"), ("degraded", "0.5", "orange"), ("up", "1", "green"))
#: Both variables offer what redis-health watches, and nothing else that Prometheus scrapes.
JOBS = "label_values(redis_health_detect_within_seconds, job)"
INSTANCES = 'label_values(redis_health_detect_within_seconds{job=~"$job"}, instance)'

_Builder = timeseries.Panel | statetimeline.Panel | stat.Panel


def dashboard() -> dict[str, Any]:
    """The whole dashboard, as JSON has it."""
    board = (
        grafana.Dashboard("redis-health")
        .uid("redis-health")
        .description("The health of Redis and Valkey servers, as redis-health sees it.")
        .tags(["redis", "redis-health"])
        .time("now-3h", "now")
        .refresh("30s")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .with_variable(
            grafana.DatasourceVariable("datasource").label("Data source").type("prometheus")
        )
        .with_variable(_variable("job", "Job", JOBS))
        .with_variable(_variable("instance", "Instance", INSTANCES))
    )
    for state, value, color in CHANGES:
        board = board.annotation(
            grafana.AnnotationQuery()
            .name(f"Changed to {state}")
            .datasource(SOURCE)
            .enable(enable=True)
            .icon_color(color)
            .expr(changes_to(value))
        )
    numbers = itertools.count(1)
    limits = values(catalogue(), Policy(), ProbeOptions())
    for row in ROWS:
        panels = [_panel(panel, limits).id(next(numbers)) for panel in row.panels]
        title = grafana.Row(row.title).id(next(numbers))
        if row.folded:
            title = title.collapsed(collapsed=True)
            for panel in panels:
                title = title.with_panel(panel)
        board = board.with_row(title)
        if not row.folded:
            for panel in panels:
                board = board.with_panel(panel)
    document: dict[str, Any] = json.loads(json.dumps(board.build(), cls=JSONEncoder))
    for mark, (state, _, _) in zip(document["annotations"]["list"], CHANGES, strict=True):
        # The library has no fields for how a mark reads.
        mark |= {"titleFormat": f"{{{{instance}}}} is {state}", "tagKeys": "job,instance"}
    return document


def changes_to(value: str) -> str:
    """When a verdict became that of this value."""
    verdict = f"service_health{SELECTOR}}}"
    return f"{verdict} == {value} and changes({verdict}[$__rate_interval]) > 0"


def _variable(name: str, label: str, query: str) -> grafana.QueryVariable:
    return (
        grafana.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query({"query": query, "refId": name})
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.NATURAL_ASC)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".*")
        .current(model.VariableOption(text="All", value="$__all"))
    )


def _panel(panel: Panel, limits: Mapping[str, float | None]) -> _Builder:
    built = (
        _kind(panel)
        .title(panel.title)
        .description(panel.description)
        .datasource(SOURCE)
        .unit(panel.unit)
        .span(panel.width)
        .height(panel.height)
    )
    for letter, query in zip(ascii_uppercase, panel.queries, strict=False):
        built = built.with_target(
            prometheus.Dataquery()
            .ref_id(letter)
            .datasource(SOURCE)
            .expr(query.promql)
            .legend_format(query.legend)
        )
    if panel.mappings:
        built = built.mappings([_mapping(panel.mappings)])
    return built.thresholds(_thresholds(panel, limits))


def _kind(panel: Panel) -> _Builder:
    if panel.kind is Kind.STATES:
        return statetimeline.Panel().show_value(common.VisibilityMode.NEVER).row_height(0.8)
    if panel.kind is Kind.VALUE:
        return (
            stat.Panel()
            .graph_mode(common.BigValueGraphMode.NONE)
            .color_mode(common.BigValueColorMode.VALUE)
            .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        )
    lines = (
        timeseries.Panel()
        .min(0)
        .fill_opacity(10)
        .show_points(common.VisibilityMode.NEVER)
        .tooltip(
            layout.VizTooltipOptions()
            .mode(common.TooltipDisplayMode.MULTI)
            .sort(common.SortOrder.DESCENDING)
        )
    )
    if panel.maximum is not None:
        lines = lines.max(panel.maximum)
    if panel.stacked:
        lines = lines.stacking(layout.StackingConfig().mode(common.StackingMode.NORMAL))
    if panel.limit is not None:
        lines = lines.thresholds_style(
            layout.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED)
        )
    return lines


def _mapping(texts: Mapping[str, tuple[str, str]]) -> model.ValueMapping:
    return model.ValueMap(
        {
            value: model.ValueMappingResult(text=text, color=color, index=index)
            for index, (value, (text, color)) in enumerate(texts.items())
        }
    )


def _thresholds(panel: Panel, limits: Mapping[str, float | None]) -> grafana.ThresholdsConfig:
    steps = [model.Threshold(None, "green")]
    if panel.limit is not None:
        steps.append(model.Threshold(limits[panel.limit], "orange"))
    return grafana.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)
