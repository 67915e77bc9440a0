from __future__ import annotations

import gzip
from collections.abc import Iterable

import pytest
from prometheus_client import CollectorRegistry

from redis_health.exposition import Exposition, Format, SnapshotCollector
from redis_health.model import Metric, Sample

COLLECTED = Metric("redis_health_collected", "How often the registry was collected.")


class Desk:
    """An editor of pages, with hands on the clock."""

    def __init__(self) -> None:
        self.collected = 0
        self.content: object = object()
        self.valid_until = 100.0
        self.time = 0.0
        registry = CollectorRegistry()
        registry.register(SnapshotCollector(self.samples))
        self.page = Exposition(
            registry, edition=lambda: (self.content, self.valid_until), clock=self
        )

    def samples(self) -> Iterable[Sample]:
        self.collected += 1
        return [Sample(COLLECTED, float(self.collected))]

    def now(self) -> float:
        return self.time

    def wall(self) -> float:
        return self.time


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("gzipped", [True, False])
def test_an_edition_is_rendered_once(desk: Desk, form: Format, *, gzipped: bool) -> None:
    bodies = [desk.page.body(form, gzipped=gzipped) for _ in range(3)]
    assert desk.collected == 1
    assert bodies[0] is bodies[1] is bodies[2]


def test_nothing_is_rendered_before_somebody_asks(desk: Desk) -> None:
    assert desk.collected == 0


@pytest.mark.parametrize("form", list(Format))
def test_gzip_is_the_same_page(desk: Desk, form: Format) -> None:
    packed = desk.page.body(form, gzipped=True)
    plain = desk.page.body(form, gzipped=False)
    assert gzip.decompress(packed) == plain
    assert desk.collected == 1
    assert packed[4:8] == bytes(4), "the time of compression is in the page"


def test_each_format_is_a_page_of_its_own(desk: Desk) -> None:
    assert not desk.page.body(Format.TEXT, gzipped=False).endswith(b"# EOF\n")
    assert desk.page.body(Format.OPENMETRICS, gzipped=False).endswith(b"# EOF\n")


@pytest.mark.parametrize("gzipped", [True, False])
def test_another_edition_is_rendered_anew(desk: Desk, *, gzipped: bool) -> None:
    old = desk.page.body(Format.TEXT, gzipped=gzipped)
    desk.content = object()
    assert desk.page.body(Format.TEXT, gzipped=gzipped) != old
    assert desk.collected == 2


def test_a_new_judgement_of_the_same_content_is_rendered_anew(desk: Desk) -> None:
    desk.page.body(Format.TEXT, gzipped=False)
    desk.valid_until = 200.0
    desk.page.body(Format.TEXT, gzipped=False)
    assert desk.collected == 2


def test_contents_that_are_equal_are_still_two_editions(desk: Desk) -> None:
    desk.content = [1]
    desk.page.body(Format.TEXT, gzipped=False)
    desk.content = [1]
    desk.page.body(Format.TEXT, gzipped=False)
    assert desk.collected == 2


def test_a_page_is_not_shown_past_its_moment(desk: Desk) -> None:
    desk.page.body(Format.TEXT, gzipped=False)
    desk.time = 99.9
    desk.page.body(Format.TEXT, gzipped=False)
    assert desk.collected == 1
    desk.time = 100.0
    desk.page.body(Format.TEXT, gzipped=False)
    assert desk.collected == 2
