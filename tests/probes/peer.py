"""redis_exporter beside a server: what it tells at one moment."""

from __future__ import annotations

import shutil
import subprocess
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from tests.ports import free_port, poll
from tests.servers import RedisServer

_PROGRAM = "prometheus-redis-exporter"


def peer_samples(server: RedisServer, *flags: str) -> dict[tuple[str, ...], float]:
    """Its samples by metric name and label values, sorted by the labels' names."""
    program = shutil.which(_PROGRAM)
    assert program is not None, f"{_PROGRAM} is not installed"
    port = free_port()
    arguments = [program, "-redis.addr", server.url, f"-web.listen-address=127.0.0.1:{port}"]
    process = subprocess.Popen(
        [*arguments, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        text = ""

        def answers() -> bool:
            nonlocal text
            try:
                request = urllib.request.Request(
                    f"http://127.0.0.1:{port}/metrics", headers={"Accept": "text/plain"}
                )
                with urllib.request.urlopen(request, timeout=5.0) as response:
                    text = response.read().decode()
            except OSError:
                return False
            return True

        assert poll(answers, within=15.0), "redis_exporter did not come up"
    finally:
        process.kill()
        process.wait()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
