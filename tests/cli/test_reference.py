"""Tables that are written from the declarations."""

from __future__ import annotations

from pathlib import Path

import pytest

from redis_health.cli.reference import TABLES, all_conditions, all_metrics, main, rewritten


def page(name: str, body: str = "old\n") -> str:
    return f"# Title\n\n<!-- generated: {name} -->\n{body}<!-- end -->\n\nBy hand.\n"


@pytest.mark.parametrize("name", TABLES)
def test_a_block_is_made_anew_and_then_left_alone(name: str) -> None:
    once = rewritten(page(name))
    assert "old" not in once.split("<!--")[1].split("-->\n")[1].splitlines()
    assert once.startswith("# Title\n\n")
    assert once.endswith("<!-- end -->\n\nBy hand.\n")
    assert rewritten(once) == once
    rows = [line for line in once.splitlines() if line.startswith("|")]
    bars = {line.replace("\\|", "").count("|") for line in rows}
    assert len(rows) > 2
    assert len(bars) == 1


def test_what_is_not_asked_for_stays() -> None:
    assert rewritten("| by | hand |\n") == "| by | hand |\n"


def test_a_table_that_there_is_not() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        rewritten(page("nonsense"))


def test_files_are_written_only_when_they_change(tmp_path: Path) -> None:
    file, other = tmp_path / "probes.md", tmp_path / "other.md"
    file.write_text(page("probes"))
    other.write_text("nothing\n")
    main([str(file), str(other)])
    assert "| `ping` |" in file.read_text()
    assert other.read_text() == "nothing\n"
    written = file.stat().st_mtime_ns
    main([str(file)])
    assert file.stat().st_mtime_ns == written


def test_every_code_is_told_once() -> None:
    codes = [condition.code for condition in all_conditions()]
    assert codes == sorted(set(codes))
    assert {"STARTING", "UNOBSERVED", "CONN_REFUSED", "OOM", "SLOW"} <= set(codes)


def test_every_condition_says_what_to_do() -> None:
    for condition in all_conditions():
        assert condition.summary, condition.code
        assert condition.advice, condition.code


def test_every_metric_has_help() -> None:
    for origin, metric in all_metrics():
        assert metric.help, (origin, metric.name)
