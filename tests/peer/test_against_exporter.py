"""What redis_exporter tells of a server, we tell too: names, types, labels and values.

The one that is installed is held to all of it, newer versions to what families.tsv lists: the
families that their default flags give.

What may differ is what the tables of docs/redis_exporter.md list.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from redis_health.cli.reference import all_metrics
from tests.kinds import LEFT_OUT
from tests.peer.document import first_column, table
from tests.peer.observation import GROWING, OWN, Observation, counterpart
from tests.peer.pages import Page, Series

NOT_GIVEN = first_column("Families that are not given")
ELSEWHERE = first_column("Families that need something else")
OTHER_TYPES = {(name, theirs, ours) for name, theirs, ours, _ in table("Other types")}
OTHER_LABELS = {(name, label, where) for name, label, where, _ in table("Other labels")}
MOVING = set(first_column("Values that move"))
COMMANDS = {
    command.replace("\\", "").strip()
    for cell in first_column("Commands that move")
    for command in cell.split(",")
}

_LINES = (Path(__file__).parent / "families.tsv").read_text(encoding="utf-8").splitlines()
FAMILIES = {name: (kind, labels) for name, kind, labels in (one.split("\t") for one in _LINES[1:])}
needs_them_all = pytest.mark.skipif(
    bool(LEFT_OUT), reason="some families and commands are those of a server that is left out"
)


def listed(family: str, names: list[str]) -> bool:
    return any(fnmatchcase(family, name) for name in names)


def shared(observed: Observation) -> Iterator[tuple[Series, str]]:
    """Their series of the families that we give too, each with its family."""
    for series in observed.theirs.values:
        family = observed.theirs.family(series.name)
        if family in observed.after.types:
            yield series, family


def but(family: str, observed: Observation) -> frozenset[str]:
    """The labels whose values differ on this server, by the document."""
    page = observed.after
    here = {
        "Valkey": any(dict(series.labels).get("valkey_version") for series in page.values),
        "a Sentinel": "redis_sentinel_masters" in page.types,
    }
    return frozenset(label for name, label, on in OTHER_LABELS if name == family and here[on])


def test_every_family_is_given(observed: Observation) -> None:
    missing = observed.theirs.types.keys() - observed.after.types.keys()
    assert not [name for name in sorted(missing) if not listed(name, [*NOT_GIVEN, *ELSEWHERE])]


def test_what_is_said_not_to_be_given_is_not(observed: Observation) -> None:
    assert not [name for name in observed.after.types if listed(name, [*NOT_GIVEN, *ELSEWHERE])]


def test_the_types_are_the_same(observed: Observation) -> None:
    both = observed.theirs.types.keys() & observed.after.types.keys()
    kinds = {(name, observed.theirs.types[name], observed.after.types[name]) for name in both}
    assert {each for each in kinds if each[1] != each[2]} <= OTHER_TYPES


def test_every_label_is_given(observed: Observation) -> None:
    theirs, ours = observed.theirs.labels(), observed.after.labels()
    lacking = {name: labels - ours[name] for name, labels in theirs.items() if name in ours}
    assert {name: labels for name, labels in lacking.items() if labels} == {}


def test_every_series_is_given(observed: Observation) -> None:
    assert not [
        str(series)
        for series, family in shared(observed)
        if counterpart(observed.after, series, but(family, observed)) is None
    ]


def test_the_values_are_equal(observed: Observation) -> None:
    different = []
    for series, family in shared(observed):
        if series.name.startswith(OWN) or moves(series, family):
            continue
        same = counterpart(observed.after, series, but(family, observed))
        if same is None:
            continue  # the test above
        values = [page.values.get(same, math.nan) for page in (observed.before, observed.after)]
        if any(value != observed.theirs.values[series] for value in values):
            different.append((str(series), observed.theirs.values[series], values))
    assert not different


def test_what_only_grows_lies_between(observed: Observation) -> None:
    """A counter that looking moves is no less than before their scrape, no more than after it."""
    checked = 0
    for series, family in shared(observed):
        if series.name.startswith(OWN) or not moves(series, family):
            continue
        if observed.theirs.types[family] in GROWING:
            same = counterpart(observed.after, series)
            assert same is not None, series
            low = observed.before.values.get(same, 0.0)
            high = observed.after.values[same]
            assert low <= observed.theirs.values[series] <= high, series
            checked += 1
    assert checked > 10


def test_there_is_more_here_than_there(observed: Observation) -> None:
    def families(page: Page) -> set[str]:
        return {name for name in page.types if not name.startswith(OWN)}

    assert families(observed.after) > families(observed.theirs) - set(ELSEWHERE) - {
        name for name in observed.theirs.types if listed(name, NOT_GIVEN)
    }


@pytest.mark.parametrize("name", sorted({*MOVING, *(name for name, *_ in OTHER_TYPES)}))
def test_what_is_listed_is_theirs(observations: dict[str, Observation], name: str) -> None:
    assert any(name in observed.theirs.types for observed in observations.values())


@needs_them_all
@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_commands_that_are_listed_are_sent(
    observations: dict[str, Observation], command: str
) -> None:
    series = Series("redis_commands_total", (("cmd", command),))
    values = [
        [page.values[series] for page in (each.before, each.after) if series in page.values]
        for each in observations.values()
    ]
    assert any(len(found) == 1 or len(set(found)) == 2 for found in values)


@needs_them_all
@pytest.mark.parametrize("name", sorted(FAMILIES.keys() - set(NOT_GIVEN) - set(ELSEWHERE)))
def test_a_server_of_the_matrix_gives_the_family(
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
    assert not [name for name in names if listed(name, NOT_GIVEN)]


def moves(series: Series, family: str) -> bool:
    """Whether the document lists it; of a family by command, only for the commands that look."""
    command = dict(series.labels).get("cmd")
    return family in MOVING and (command is None or command in COMMANDS)
