"""docs/faults.md tells of every fault that is declared, and of nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.faults import document, outcome
from tests.faults.declared import FAULTS
from tests.faults.outcome import Outcome
from tests.faults.rivals import Answer
from tests.kinds import LEFT_OUT

#: Those of servers that this Python can have.
ROWS = {
    name: row
    for name, row in document.rows(document.DOCUMENT.read_text(encoding="utf-8")).items()
    if name.rpartition(", ")[2] not in LEFT_OUT
}
#: The numbers of the list of faults that this project was given.
LISTED = {
    *range(1, 6),
    7,
    *range(9, 14),
    *(15, 16, 17, 19, 20, 22, 23, 25, 26, 28),
    *(30, 31, 32, 34, 37, 38, 40, 41, 42, 44, 46, 48, 49, 50, 51, 53, 55, 56, 58, 59),
    *(60, 62, 63, 64, 65, 67, 68, 69, 71, 72, 73, 77, 78),
}


def test_every_number_of_the_list_is_declared() -> None:
    assert {fault.row for fault in FAULTS} - {None} == LISTED


def test_every_fault_has_its_row() -> None:
    told = {name: row.expected for name, row in ROWS.items()}
    assert told == {fault.name: document.expected(fault) for fault in FAULTS}, "run: make faults"


def test_the_service_was_right_about_all() -> None:
    assert {name for name, row in ROWS.items() if row.service != "right"} == set()


def test_others_were_asked_where_it_applies() -> None:
    asked = {name for name, row in ROWS.items() if row.redis_cli and row.exporter}
    assert asked == {fault.name for fault in FAULTS if fault.rivals}


def test_a_run_is_kept_written_and_read_again(tmp_path: Path) -> None:
    ping, scrape = Answer(True, "exit 0: PONG | `x`", 0.1), Answer(False, "redis_up 0", 10.0)
    told = {fault.name: Outcome(redis_cli=ping, exporter=scrape, bound=7.6) for fault in FAULTS}
    first, *others = told
    results = tmp_path / "build" / "faults.json"
    outcome.add({name: told[name] for name in others}, results)
    outcome.add({first: told[first]}, results)
    kept = outcome.load(results)
    assert kept == told
    page = document.document(kept)
    assert document.rows(page) == {
        fault.name: document.row_of(fault, kept[fault.name]) for fault in FAULTS
    }
    assert document.differences(kept, page) == []
    kept[first] = Outcome(problem="down too late", redis_cli=ping, exporter=scrape)
    (difference,) = document.differences(kept, page)
    assert difference.startswith(f"{first}: ")
