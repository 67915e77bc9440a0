"""redis_exporter's families under its default flags, newer versions included: all are here."""

from __future__ import annotations

from pathlib import Path

import pytest

from redis_health.cli.reference import all_metrics
from tests.peer.document import first_column
from tests.peer.observation import Observation

_LINES = (Path(__file__).parent / "families.tsv").read_text(encoding="utf-8").splitlines()
FAMILIES = {name: (kind, labels) for name, kind, labels in (one.split("\t") for one in _LINES[1:])}
NOT_GIVEN = set(first_column("Families that are not given"))
ELSEWHERE = set(first_column("Families that need something else"))


@pytest.mark.parametrize("name", sorted(FAMILIES.keys() - NOT_GIVEN - ELSEWHERE))
def test_a_server_of_the_matrix_gives_it(
    observations: dict[str, Observation], name: str
) -> None:
    pages = [each.after for each in observations.values() if name in each.after.types]
    assert pages, f"{name} is on no page"
    kind, labels = FAMILIES[name]
    assert {page.types[name] for page in pages} == {kind}
    found = [page.labels()[name] for page in pages if name in page.labels()]
    assert any(set(filter(None, labels.split(","))) <= each for each in found), found


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_what_needs_another_server_is_declared(name: str) -> None:
    declared = {metric.name: metric.kind.value for _, metric in all_metrics()}
    aliases = {alias: metric.kind.value for _, metric in all_metrics() for alias in metric.aliases}
    assert {**declared, **aliases}[name] == FAMILIES.get(name, ("gauge", ""))[0]


def test_what_is_not_given_is_not_declared() -> None:
    names = {name for _, metric in all_metrics() for name in (metric.name, *metric.aliases)}
    assert names.isdisjoint(NOT_GIVEN)
