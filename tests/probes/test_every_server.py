"""All probes against every server of the matrix."""

from __future__ import annotations

from redis_health.model import Item, Sample
from redis_health.probes import catalogue
from tests.probes.readers import Live, ask
from tests.servers import RedisServer


async def test_a_fresh_server_is_well_and_hears_no_errors_from_us(any_server: RedisServer) -> None:
    before = any_server.info()["total_error_replies"]
    for probe in catalogue():
        reader = Live(server=any_server)
        for _ in range(2):
            result = await ask(probe, reader)
            # That a development server has no password is told, and changes no verdict.
            assert {
                code for code, found in result.findings.items() if not found.condition.note
            } == set()
            _declared(result.items, probe.name)
    assert any_server.info()["total_error_replies"] == before


def _declared(items: tuple[Item, ...], name: str) -> None:
    probe = next(probe for probe in catalogue() if probe.name == name)
    seen = set()
    for item in items:
        if isinstance(item, Sample):
            assert item.metric in probe.metrics
            assert len(item.labels) == len(item.metric.labels)
            assert (item.metric.name, item.labels) not in seen
            seen.add((item.metric.name, item.labels))
