"""INFO's text, split into fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redis_health.info import MAX_LINES, parse_info, parse_pairs

TEXT = (
    "# Server\r\nredis_version:7.0.15\r\nexecutable:/usr/bin/redis-server\r\n"
    "monotonic_clock:X86 TSC @ 2595.89 ticks/us\r\n\r\n"
    "# Commandstats\r\ncmdstat_config|get:calls=1,usec=21,usec_per_call=21.00\r\n\r\n"
    "# Keyspace\r\ndb0:keys=2,expires=1,avg_ttl=0\r\n"
)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(TEXT, id="text"),
        pytest.param(TEXT.encode(), id="bytes"),
        pytest.param(TEXT.replace("\r\n", "\n"), id="line feeds alone"),
        pytest.param(TEXT.removesuffix("\r\n"), id="no line end at the end"),
    ],
)
def test_fields_and_sections(raw: bytes | str) -> None:
    info = parse_info(raw, observed=12.5, seconds=0.25)
    assert info.fields["redis_version"] == "7.0.15"
    assert info.fields["monotonic_clock"] == "X86 TSC @ 2595.89 ticks/us"
    assert info.fields["cmdstat_config|get"] == "calls=1,usec=21,usec_per_call=21.00"
    assert list(info.sections) == ["server", "commandstats", "keyspace"]
    assert info.sections["keyspace"] == {"db0": "keys=2,expires=1,avg_ttl=0"}
    assert (info.observed, info.seconds) == (12.5, 0.25)


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        pytest.param("", {}, id="nothing"),
        pytest.param("junk\nfield:1\n::\n:2\n", {"field": "1"}, id="junk between"),
        pytest.param("a:1\na:2\n", {"a": "1"}, id="first wins"),
        pytest.param("# One\na:1\n# Two\na:2\n", {"a": "1"}, id="first wins over sections"),
        pytest.param("a:b:c\n", {"a": "b:c"}, id="first colon splits"),
        pytest.param("a:\n", {"a": ""}, id="empty value"),
        pytest.param(b"a:\xff\xfe\n", {"a": "\ufffd\ufffd"}, id="not UTF-8"),
        pytest.param("a:x\u2028y\x85z\nb:1\n", {"a": "x\u2028y\x85z", "b": "1"}, id="odd breaks"),
        pytest.param("# Not: a field\na:1\n", {"a": "1"}, id="header with a colon"),
    ],
)
def test_oddities(raw: bytes | str, fields: dict[str, str]) -> None:
    assert parse_info(raw, observed=0.0, seconds=0.0).fields == fields


def test_a_section_keeps_its_own_value_of_a_repeated_field() -> None:
    info = parse_info("# One\na:1\n# Two\na:2\n", observed=0.0, seconds=0.0)
    assert info.sections == {"one": {"a": "1"}, "two": {"a": "2"}}


def test_lines_are_bounded() -> None:
    text = "".join(f"field{index}:1\n" for index in range(MAX_LINES + 10))
    assert len(parse_info(text, observed=0.0, seconds=0.0).fields) == MAX_LINES


@given(st.binary())
def test_any_bytes_are_survived(raw: bytes) -> None:
    info = parse_info(raw, observed=0.0, seconds=0.0)
    in_sections = {name for section in info.sections.values() for name in section}
    assert set(info.fields) == in_sections


@given(st.lists(st.tuples(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.text())))
def test_what_is_written_is_read(pairs: list[tuple[str, str]]) -> None:
    pairs = [(name, value.replace("\n", "").rstrip("\r")) for name, value in pairs]
    text = "".join(f"{name}:{value}\r\n" for name, value in pairs)
    expected = dict(reversed(pairs))
    assert parse_info(text.encode("utf-8", "replace"), observed=0.0, seconds=0.0).fields == {
        name: value.encode("utf-8", "replace").decode() for name, value in expected.items()
    }


@pytest.mark.parametrize(
    ("value", "pairs"),
    [
        ("calls=1,usec=2,usec_per_call=2.00", {"calls": "1", "usec": "2", "usec_per_call": "2.00"}),
        ("ip=::1,port=6379,state=online", {"ip": "::1", "port": "6379", "state": "online"}),
        ("name=a=b", {"name": "a=b"}),
        ("", {}),
        ("junk,count=4,", {"count": "4"}),
    ],
)
def test_pairs(value: str, pairs: dict[str, str]) -> None:
    assert parse_pairs(value) == pairs


@given(st.text())
def test_pairs_survive_any_text(value: str) -> None:
    assert all("=" not in key and "," not in key for key in parse_pairs(value))
