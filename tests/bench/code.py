"""Work per round and per scrape, without a network in between."""

from __future__ import annotations

import asyncio

from redis_health.config import load
from redis_health.exposition import Format, families, render
from redis_health.info import parse_info
from redis_health.monitor import Monitor
from redis_health.probes import catalogue
from redis_health.verdict import judge
from tests.bench.report import Report, per_call
from tests.servers import RedisServer


def measure(report: Report, server: RedisServer) -> None:
    """Everything that happens in our process for one INFO round and one scrape."""
    monitor = asyncio.run(_looked(server))
    raw = str(server.call("INFO", "everything"))
    probes = {probe.name: probe for probe in monitor.probes}
    snapshot, verdict = monitor.snapshot, monitor.verdict
    now, wall = monitor.clock.now(), monitor.clock.wall()
    samples = [
        sample
        for standing in snapshot.checks.values()
        if standing.success is not None
        for sample in standing.success.samples
    ]

    def rendered() -> bytes:
        return render(families(samples), Format.TEXT)

    parse = per_call(lambda: parse_info(raw, observed=0.0, seconds=0.0))
    judged = per_call(
        lambda: judge(
            snapshot,
            monitor.policy,
            probes,
            now=now,
            wall=wall,
            detect_within=verdict.detect_within,
            before=verdict,
        )
    )
    render_seconds = per_call(rendered)
    cached = per_call(lambda: monitor.exposition.body(Format.TEXT, gzipped=False))
    report.tell("INFO text", len(raw), "bytes")
    report.tell("parse INFO", parse * 1e6, "µs")
    report.tell("judge one snapshot", judged * 1e6, "µs")
    report.tell("samples of a scrape", len(samples), "")
    report.tell("size of a scrape", len(rendered()), "bytes")
    report.tell("render a scrape", render_seconds * 1e3, "ms")
    report.tell("serve a scrape that is rendered", cached * 1e6, "µs")
    report.hold("rendered scrape : rendering", cached / render_seconds, most=0.02)
    report.hold("judging : rendering", judged / render_seconds, most=0.25)
    report.hold("parsing INFO : rendering", parse / render_seconds, most=0.25)


async def _looked(server: RedisServer) -> Monitor:
    settings = load(catalogue(), flags={}, environ={"REDIS_URL": server.url})
    monitor = Monitor(settings.target, probes=catalogue(), policy=settings.policy)
    await monitor.look()
    return monitor
