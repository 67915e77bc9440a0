"""Runs every measurement once and ends with 1 when a ratio does not hold."""

from __future__ import annotations

import sys

from tests.bench import code, service
from tests.bench.report import Report
from tests.kinds import DEFAULT_KIND
from tests.servers import RedisServer
from tests.service import ServiceProcess


def main() -> int:
    """The exit status."""
    report = Report()
    with RedisServer(DEFAULT_KIND) as server:
        code.measure(report, server)
        service.starts(report, server)
        with ServiceProcess(environment={"REDIS_URL": server.url}) as process:
            service.container_probe(report, process)
            service.throughput(report, process)
            service.idling(report, server, process)
            service.endpoints(report, server, process)
            service.detection(report, server, process)
    for what in report.broken:
        print(f"does not hold: {what}", file=sys.stderr)
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
