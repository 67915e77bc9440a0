"""Certificates and users change while the service runs."""

from __future__ import annotations

import asyncio
import shutil
import signal
import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from redis_health.web import reload
from redis_health.web.reload import keep_current
from tests.certificates import Certificates, make_certificates
from tests.conftest import Services
from tests.ports import poll
from tests.servers import RedisServer
from tests.web.guarded import DEADLINE, Guarded, guarded, hashed, login

OLD = login("alice", "old")
NEW = login("alice", "new")


def users(**passwords: str) -> str:
    lines = "".join(f"  {name}: {hashed(password)}\n" for name, password in passwords.items())
    return f"basic_auth_users:\n{lines}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "web.yml"
    file.write_text(users(alice="old"))
    return file


@pytest.fixture
async def served(file: Path) -> AsyncIterator[Guarded]:
    async with guarded(file) as served:
        yield served


async def until(condition: Callable[[], bool]) -> None:
    """The loop goes on meanwhile."""
    assert await asyncio.to_thread(poll, condition, within=DEADLINE)


def rewrite(file: Path, content: str | None) -> None:
    """All at once, as those do who care: nobody reads half of it. None removes it."""
    if content is None:
        file.unlink()
        return
    new = file.with_suffix(".new")
    new.write_text(content)
    new.replace(file)


async def test_a_new_password_takes_the_place_of_the_old(served: Guarded, file: Path) -> None:
    assert (await served.get("/metrics", OLD)).status == 200
    assert (await served.get("/metrics", NEW)).status == 401
    rewrite(file, users(alice="new"))
    before = served.guard.config
    served.reload.set()
    await until(lambda: served.guard.config is not before)
    assert (await served.get("/metrics", OLD)).status == 401
    assert (await served.get("/metrics", NEW)).status == 200


async def test_a_user_who_has_gone_is_not_remembered(served: Guarded, file: Path) -> None:
    assert (await served.get("/metrics", OLD)).status == 200
    rewrite(file, users(bob="old"))
    served.reload.set()
    await until(lambda: b"bob" in served.guard.config.users)
    assert (await served.get("/metrics", OLD)).status == 401


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("basic_auth_users:\n  alice: hush\n", "line 2: basic_auth_users: expected the bcrypt"),
        ("x: [", "not YAML"),
        ("", "the last user goes by a restart alone"),
        (None, "No such file or directory"),
    ],
)
async def test_what_cannot_be_used_leaves_the_old_in_force(
    served: Guarded, file: Path, content: str | None, told: str
) -> None:
    with capture_logs() as logs:
        rewrite(file, content)
        served.reload.set()
        await until(lambda: bool(logs))
    assert [log["log_level"] for log in logs] == ["error"]
    assert str(file) in logs[0]["problem"]
    assert told in logs[0]["problem"]
    assert "hush" not in str(logs)
    assert (await served.get("/metrics", OLD)).status == 200
    assert (await served.get("/metrics")).status == 401


async def test_a_mistake_is_told_once_and_mended(served: Guarded, file: Path) -> None:
    with ThreadPoolExecutor(1) as worker, capture_logs() as logs:
        rewrite(file, "x: [")
        polling = asyncio.create_task(
            keep_current(served.guard, worker=worker, asked=asyncio.Event(), interval=0.01)
        )
        await until(lambda: bool(logs))
        rewrite(file, users(alice="new"))
        await until(lambda: len(logs) > 1)
        polling.cancel()
    assert [log["event"] for log in logs] == [
        "web configuration not reloaded, the old one stays",
        "web configuration reloaded",
    ]
    assert (await served.get("/metrics", NEW)).status == 200


@pytest.fixture
def renewed(tmp_path: Path) -> tuple[Path, Certificates, Certificates]:
    """A configuration with the first of two sets of certificates."""
    sets = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        sets.append(make_certificates(tmp_path / name))
    install(sets[0], tmp_path)
    file = tmp_path / "web.yml"
    rewrite(file, "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n")
    return file, sets[0], sets[1]


def install(certificates: Certificates, directory: Path) -> None:
    shutil.copy(certificates.server.cert, directory / "tls.crt")
    shutil.copy(certificates.server.key, directory / "tls.key")


def trusting(certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificates.ca))


async def test_a_renewed_certificate_is_used_and_connections_stay(
    renewed: tuple[Path, Certificates, Certificates],
) -> None:
    file, first, second = renewed
    async with guarded(file) as served:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", served.port, ssl=trusting(first), server_hostname="localhost"
        )
        install(second, file.parent)
        before = served.guard.config
        served.reload.set()
        await until(lambda: served.guard.config is not before)
        assert (await served.get("/livez", tls=trusting(second))).status == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            await served.get("/livez", tls=trusting(first))
        writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(DEADLINE):
            assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
        writer.close()


async def test_half_a_renewal_leaves_the_old_pair(
    renewed: tuple[Path, Certificates, Certificates],
) -> None:
    file, first, second = renewed
    async with guarded(file) as served:
        with capture_logs() as logs:
            shutil.copy(second.server.cert, file.parent / "tls.crt")
            served.reload.set()
            await until(lambda: bool(logs))
        assert "is not that of" in logs[0]["problem"]
        assert (await served.get("/livez", tls=trusting(first))).status == 200


async def test_tls_is_not_switched_off_by_a_reload(
    renewed: tuple[Path, Certificates, Certificates],
) -> None:
    file, first, _ = renewed
    async with guarded(file) as served:
        with capture_logs() as logs:
            rewrite(file, "")
            served.reload.set()
            await until(lambda: bool(logs))
        assert "TLS is switched on or off by a restart alone" in logs[0]["problem"]
        assert (await served.get("/livez", tls=trusting(first))).status == 200


def test_the_service_reloads_on_sighup(server: RedisServer, services: Services, file: Path) -> None:
    service = services(
        "--web.config.file",
        str(file),
        environment={"REDIS_URL": server.url, "REDIS_HEALTH_DRAIN_DELAY": "0"},
    )
    assert service.get("/metrics", headers=OLD).status == 200
    assert service.get("/metrics").status == 401
    rewrite(file, users(alice="new"))
    service.signal(signal.SIGHUP)
    assert poll(lambda: service.get("/metrics", headers=NEW).status == 200, within=10)
    assert service.get("/metrics", headers=OLD).status == 401
    # The rest of it runs as before.
    assert service.get("/readyz", headers=NEW).status == 200
    assert service.stop() == 0
    assert "$2b$" not in service.stderr
    assert service.stderr.count("web configuration reloaded") == 1


def test_sighup_ends_no_service_that_has_nothing_to_reload(
    server: RedisServer, services: Services
) -> None:
    service = services(environment={"REDIS_URL": server.url, "REDIS_HEALTH_DRAIN_DELAY": "0"})
    service.signal(signal.SIGHUP)
    assert poll(lambda: "nothing to read again" in service.stderr, within=10)
    assert service.get("/livez").status == 200
    assert service.stop() == 0


def test_the_service_says_where_it_serves_and_what_is_wrong(
    server: RedisServer, services: Services, tmp_path: Path, certificates: Certificates
) -> None:
    file = tmp_path / "web.yml"
    pair = certificates.server
    rewrite(file, f"tls_server_config: {{cert_file: {pair.cert}, key_file: {pair.key}}}\n")
    environment = {
        "REDIS_URL": server.url,
        "REDIS_HEALTH_DRAIN_DELAY": "0",
        "REDIS_HEALTH_WEB_CONFIG_FILE": str(file),
    }
    service = services(environment=environment, live=False)
    assert poll(lambda: '"serving"' in service.stderr, within=15)
    assert f"https://127.0.0.1:{service.port}/" in service.stderr
    assert service.stop() == 0
    rewrite(file, "tls_server_config:\n  cert_file: x\n")
    broken = services(environment=environment, live=False)
    assert broken.wait() == 2
    assert f"{file}: line 1: tls_server_config: key_file is missing" in broken.stderr


async def test_an_error_that_nobody_expected_is_told_and_the_next_look_does_better(
    served: Guarded, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = served.guard.config

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("hush")

    with monkeypatch.context() as broken, capture_logs() as logs:
        broken.setattr(reload, "read_web_config", fail)
        rewrite(file, users(alice="new"))
        served.reload.set()
        await until(lambda: bool(logs))
    assert logs[0]["problem"] == f"{file}: RuntimeError"
    served.reload.set()
    await until(lambda: served.guard.config is not before)
    assert (await served.get("/metrics", NEW)).status == 200
    assert (await served.get("/metrics", OLD)).status == 401
