"""``/``: the status page."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redis_health.model import CheckStatus, Identity, Severity, State, Target, Verdict
from redis_health.web.page import render
from tests.web.conftest import Connect
from tests.web.stub import (
    DEGRADED,
    DOWN,
    STARTING,
    UP,
    VALKEY,
    StubMonitor,
    reason,
    service,
    verdict,
    view,
)

VOID = {"meta", "link"}


class Page(HTMLParser):
    """The elements of a page with their attributes, its text, and what is not well formed."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.style = ""
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["style"]:
            self.style += data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}

    def all(self, wanted: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == wanted]


@pytest.mark.parametrize("judged", [UP, DEGRADED, DOWN, STARTING])
async def test_the_page_is_there_whatever_redis_does(connect: Connect, judged: Verdict) -> None:
    client = await connect(service(judged))
    answer = await client.get("/")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    page = Page(await answer.text())
    assert page.all("header")[0]["class"] == judged.state.value
    assert page.text.startswith(f"{judged.state} · redis:6379 {judged.state} ")


async def test_reasons_come_with_advice(connect: Connect) -> None:
    note = reason("RECONNECTED", "connect", Severity.NOTE, message="once", advice="none")
    judged = verdict(State.DOWN, reasons=[reason("OOM", "memory")], notes=[note])
    client = await connect(service(judged))
    text = Page(await (await client.get("/")).text()).text
    assert "Reasons OOM it is broken mend it memory, since 2026-01-02 03:03:05 UTC" in text
    assert "Notes RECONNECTED once none connect, since 2026-01-02 03:03:05 UTC" in text


async def test_no_empty_lists_when_all_is_well(connect: Connect) -> None:
    client = await connect(service())
    text = Page(await (await client.get("/")).text()).text
    assert "Reasons" not in text
    assert "Notes" not in text


async def test_every_check_has_its_row(connect: Connect) -> None:
    checks = [
        view("ping", latency=0.0003),
        view("memory", CheckStatus.DEGRADED, code="MEM_HIGH", message="92%"),
        view("slowlog", CheckStatus.STARTING, observed=None),
    ]
    monitor = StubMonitor(verdict(checks=checks, identity=VALKEY))
    client = await connect(service(monitor=monitor))
    monitor.clock.advance(60)
    page = Page(await (await client.get("/")).text())
    assert [row.get("class") for row in page.all("tr")] == [None, "up", "degraded", "note"]
    assert "ping ok 60 s 300 µs" in " ".join(filter(str.strip, page.texts))
    assert "memory degraded 60 s MEM_HIGH 92%" in " ".join(filter(str.strip, page.texts))
    assert "slowlog starting never" in " ".join(filter(str.strip, page.texts))
    assert "redis:6379 · valkey 9.1.2 · cluster · slave" in page.text


async def test_the_page_reloads_itself_and_needs_nothing_else(connect: Connect) -> None:
    client = await connect(service())
    page = Page(await (await client.get("/")).text())
    assert {"http-equiv": "refresh", "content": "5"} in page.all("meta")
    assert page.tags.isdisjoint({"script", "img", "iframe", "form", "base"})
    assert [link["href"] for link in page.all("a")] == [
        "health",
        "healthz",
        "readyz?verbose",
        "startupz?verbose",
        "livez?verbose",
        "metrics",
        "openapi.json",
    ]
    for link in page.all("a"):
        assert (await client.get(f"/{link['href']}")).status == 200
    for _, attributes in page.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes)


async def test_the_policy_allows_this_style_and_no_other(connect: Connect) -> None:
    client = await connect(service())
    answer = await client.get("/")
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in answer.headers["Content-Security-Policy"].split(";")
    )
    style = Page(await answer.text()).style
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"])))
def test_nothing_that_redis_says_becomes_markup(foreign: str) -> None:
    hostile = f'<b title="\'x">&amp;{foreign}'
    told = reason(hostile, hostile, message=hostile, advice=hostile)
    judged = replace(
        verdict(State.DOWN, reasons=[told], notes=[told]),
        checks={"x": view(hostile, CheckStatus.ERROR, code=hostile, message=hostile)},
        identity=Identity(hostile, hostile, hostile, hostile, hostile, hostile),
    )
    plain = verdict(State.DOWN, reasons=[reason("A", "a")], notes=[reason("B", "b")])
    plain = replace(plain, checks={"x": view("c", CheckStatus.ERROR)}, identity=VALKEY)
    watching = service(monitor=StubMonitor(judged, target=Target(path=hostile)))
    watching.hostname = hostile
    page = Page(render(watching, judged))
    assert [tag for tag, _ in page.elements] == [
        tag for tag, _ in Page(render(service(plain), plain)).elements
    ]
    assert "".join(page.texts).count(hostile) == 18
