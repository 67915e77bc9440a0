"""What the service loads, and what it does not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_SHOW = "print(*sorted(sys.modules)); print(os.environ.get('SSL_CERT_FILE'))"


def _after(code: str, **environment: str) -> tuple[set[str], str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import os, sys; {code}; {_SHOW}"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    modules, bundle = done.stdout.splitlines()
    return set(modules.split()), bundle


@pytest.mark.parametrize("bundle", ["/etc/ssl/certs/ca-certificates.crt", ""])
def test_aiohttp_is_loaded_and_the_bundle_is_as_before(bundle: str) -> None:
    given = {"SSL_CERT_FILE": bundle} if bundle else {}
    code = "from redis_health.cli import lean; lean.load_aiohttp()"
    modules, after = _after(code, **given)
    assert "aiohttp" in modules
    assert after == (bundle or str(os.environ.get("SSL_CERT_FILE")))


def test_structlog_is_loaded_without_rich_which_can_be_loaded_later() -> None:
    code = "from redis_health.cli import lean; lean.load_structlog()"
    modules, _ = _after(code)
    assert "structlog" in modules
    assert "rich" not in modules
    modules, _ = _after(f"{code}; import rich")
    assert "rich" in modules


def test_rich_stays_where_somebody_has_loaded_it() -> None:
    modules, _ = _after("import rich; from redis_health.cli import lean; lean.load_structlog()")
    assert "rich" in modules


def test_check_does_not_load_the_web_server() -> None:
    code = "from redis_health.cli import main; main.get_command(None, 'check')"
    modules, _ = _after(code)
    assert "redis_health.monitor" in modules
    assert "aiohttp" not in modules


def test_of_redis_the_connection_is_loaded_and_no_client() -> None:
    modules, _ = _after("from redis_health.cli import lean; lean.load_redis()")
    assert "redis.asyncio.connection" in modules
    assert not modules & {"redis.client", "redis.cluster", "redis.commands.core"}


def test_redis_stays_whole_where_somebody_has_loaded_it() -> None:
    code = "import redis; from redis_health.cli import lean; lean.load_redis(); redis.Redis"
    modules, _ = _after(code)
    assert "redis.client" in modules


def test_the_service_loads_no_client_of_redis() -> None:
    code = "from redis_health.cli import main; main.get_command(None, 'serve')"
    modules, _ = _after(code)
    assert not modules & {"redis.client", "redis.cluster", "redis.commands.core", "rich"}


def test_the_service_loads_no_extra_that_is_not_switched_on() -> None:
    code = "from redis_health.cli import main; main.get_command(None, 'serve')"
    code += "; from redis_health.config import load; from redis_health.probes import catalogue"
    code += "; load(catalogue(), flags={}, environ={})"
    modules, _ = _after(code)
    assert not modules & {"yaml", "bcrypt", "redis_health.web.guard"}
