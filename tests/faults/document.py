"""docs/faults.md: written from the outcomes of a run, and read to hold a later run to it.

``python -m tests.faults.document build/faults.json docs/faults.md`` writes it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.faults.declared import FAULTS
from tests.faults.fault import Fault, Group
from tests.faults.outcome import Outcome, load
from tests.faults.report import Played, is_right, played, seconds, sentence, totals
from tests.faults.rivals import PING_LIMIT, SCRAPE_LIMIT, Answer
from tests.kinds import MATRIX
from tests.peer.exporter import program

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "faults.md"

_HEAD = ("No", "Fault", "Expected", "redis-health", "Told", "Well again", "redis-cli", "exporter")
_SHOWN = 44


class Row(NamedTuple):
    """One fault as the document tells of it; the last two are empty where nobody was asked."""

    expected: str
    service: str
    redis_cli: str
    exporter: str


def rows(text: str) -> dict[str, Row]:
    """The faults of the document, by name."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip().replace("`", "") for cell in line.split("|")[1:-1]]
        if len(cells) == len(_HEAD) and cells[0] != _HEAD[0] and not cells[0].startswith("---"):
            judged = [cell.split(":")[0].strip("*").strip("-") for cell in cells[-2:]]
            found[cells[1]] = Row(cells[2], cells[3].strip("*"), judged[0], judged[1])
    return found


def row_of(fault: Fault, outcome: Outcome) -> Row:
    """What the document should say of a fault after a run."""
    service = "wrong" if outcome.problem else "right"
    redis_cli, exporter = outcome.redis_cli, outcome.exporter
    return Row(expected(fault), service, _verdict(fault, redis_cli), _verdict(fault, exporter))


def expected(fault: Fault) -> str:
    """State, code and HTTP status of /readyz."""
    ready = str(fault.ready) if fault.ready else "no answer"
    return f"{fault.expected}, {ready}"


def differences(outcomes: Mapping[str, Outcome], text: str) -> list[str]:
    """Where a run and the document disagree about who was right."""
    told = rows(text)
    return [
        f"{fault.name}: {now}, and docs/faults.md says {told.get(fault.name)}"
        for fault, outcome in played(outcomes)
        if (now := row_of(fault, outcome)) != told.get(fault.name)
    ]


def document(outcomes: Mapping[str, Outcome]) -> str:
    """The whole page; KeyError where a declared fault was not played."""
    missing = [fault.name for fault in FAULTS if fault.name not in outcomes]
    if missing:
        raise KeyError(f"not played: {', '.join(missing)}")
    faults = played(outcomes)
    parts = [_introduction(), _scores(faults)]
    for group in Group:
        of_group = [each for each in faults if each[0].group is group]
        if of_group:
            title = group.value[0].upper() + group.value[1:]
            parts += [f"## {title}", "\n".join(_table(of_group))]
    return "\n\n".join(parts) + "\n"


def _introduction() -> str:
    return f"""# Faults

What redis-health says of faults that were really made, and what a plain health check and
redis_exporter say at the same moment. `make faults` plays them all; this page is what it wrote.

Every fault is a scene of its own: a real server, redis-health beside it with its defaults (but for
the option that a fault is about), the damage, the verdict, the repair, and the way back. The server
is {_version("redis-server", "--version")} unless the fault names another of {", ".join(MATRIX)}.

- **redis-health** is right when all of this holds: `/health` has the state and the code, with a
  message and an advice that say what to do; `/readyz`, `/livez`, `/healthz` and `/metrics` agree
  with it; the verdict came within the bound that the service publishes as `detect_within_seconds`
  (or within the limit of the rule, where it is about age); and all was well again after the repair.
- **redis-cli** is `redis-cli ping` of {_version("redis-cli", "--version")} with the same address,
  login and TLS files, and {PING_LIMIT:g} s to answer. Up is exit status 0, which is all that the
  health check of a container reads.
- **exporter** is redis_exporter {_exporter_version()} with its defaults and the same address and
  login. Up is `redis_up 1` in a scrape that is given {SCRAPE_LIMIT:g} s.

Both are asked when the verdict of redis-health stands. They know up and down alone, so they are
right when that is what `/readyz` should say: up for 200, also when the state is degraded. What ends
by itself while they are asked counts for them. They do not apply to faults of the service itself.

*No* is the number in the list of faults that this project was given; a row with two phases is two
scenes, and those without a number are beyond the list. *Told* is how long the verdict took, of
the bound. Times are those of one run, with many scenes at a time on two cores."""


def _scores(faults: list[Played]) -> str:
    listed = [each for each in faults if each[0].row is not None]
    lines = [
        "| Right of tried | redis-health | redis-cli ping | redis_exporter |",
        "| --- | --- | --- | --- |",
    ]
    for title, some in (("The list", listed), ("All", faults)):
        found = totals(some)
        lines.append(f"| {title} | {found.service} | {found.redis_cli} | {found.exporter} |")
    return "\n".join([*lines, "", sentence(faults).partition("; ")[2].capitalize() + "."])


def _table(faults: list[Played]) -> Iterator[str]:
    yield f"| {' | '.join(_HEAD)} |"
    yield "| --- " * len(_HEAD) + "|"
    for fault, outcome in faults:
        number = "-" if fault.row is None else str(fault.row)
        again = "-" if outcome.recovered is None else f"{outcome.recovered:.1f} s"
        cells = (
            number,
            fault.name,
            f"`{expected(fault)}`",
            "**wrong**" if outcome.problem else "right",
            seconds(outcome),
            again,
            _cell(fault, outcome.redis_cli),
            _cell(fault, outcome.exporter),
        )
        yield f"| {' | '.join(cells)} |"


def _verdict(fault: Fault, answer: Answer | None) -> str:
    if answer is None:
        return ""
    return "right" if is_right(fault, answer) else "wrong"


def _cell(fault: Fault, answer: Answer | None) -> str:
    if answer is None:
        return "-"
    verdict = _verdict(fault, answer)
    marked = verdict if verdict == "right" else f"**{verdict}**"
    # Ports are other ones in each run.
    said = re.sub(r"(127\.0\.0\.1|\[::1\]|localhost):\d+", "HOST:PORT", answer.said)
    said = said.replace("|", "/").replace("`", "'")
    said = said if len(said) <= _SHOWN else said[: _SHOWN - 1].rstrip() + "…"
    return f"{marked}: `{said}`"


def _version(name: str, flag: str) -> str:
    path = shutil.which(name)
    assert path is not None, f"{name} is not installed"
    said = subprocess.run([path, flag], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+\.\d+\.\d+", said)
    assert found, said
    return f"Redis {found[0]}" if name == "redis-server" else found[0]


def _exporter_version() -> str:
    ran = subprocess.run([program(), "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d+\.\d+", ran.stdout + ran.stderr)
    assert found, ran
    return found[0]


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(document(load(Path(sys.argv[1]))), encoding="utf-8")
