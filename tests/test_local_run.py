"""``make run`` finds or starts a Redis, and is a good parent to the service."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.ports import free_port, poll
from tests.resp import ask
from tests.servers import RedisServer

_SCRIPT = Path(__file__).resolve().parent.parent / "deploy" / "local" / "run.py"


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("local_run", _SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["local_run"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["local_run"]


@pytest.mark.parametrize(
    "environ",
    [
        {"REDIS_URL": "redis://:hush@elsewhere"},
        {"REDIS_HOST": "elsewhere"},
        {"REDIS_PORT": "7000"},
        {"REDIS_HEALTH_CONFIG": "/etc/redis-health.toml"},
    ],
)
def test_settings_that_name_a_server_are_left_alone(
    script: ModuleType, environ: dict[str, str]
) -> None:
    with script.chosen(environ, usual_port=free_port()) as choice:
        assert choice.url is None
        assert next(iter(environ)) in choice.told
        assert "hush" not in choice.told


def test_the_server_of_this_machine_comes_next(script: ModuleType, server: RedisServer) -> None:
    with script.chosen({"REDIS_URL": ""}, usual_port=server.port) as choice:
        assert choice.url == f"redis://localhost:{server.port}"
        assert str(server.port) in choice.told


def test_otherwise_one_is_started_and_ends_with_the_block(script: ModuleType) -> None:
    with script.chosen({}, usual_port=free_port()) as choice:
        port = int(choice.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=5.0) as connection:
            assert "valkey_version" in ask(connection, "INFO", "server")
            assert ask(connection, "CONFIG", "GET", "save") == ["save", ""]
            directory = Path(ask(connection, "CONFIG", "GET", "dir")[1])
            assert directory.is_dir()
    assert not script.answers("127.0.0.1", port)
    assert not directory.exists()


def test_an_error_reply_is_an_answer(script: ModuleType, server: RedisServer) -> None:
    server.call("CONFIG", "SET", "requirepass", "secret")
    assert script.answers("127.0.0.1", server.port)


def test_what_does_not_speak_the_protocol_is_no_redis(script: ModuleType) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(64)

        thread = threading.Thread(target=greet)
        thread.start()
        assert not script.answers("127.0.0.1", listener.getsockname()[1])
        thread.join()


def test_without_the_embedded_server_it_says_what_to_do(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with (
        pytest.raises(script.StartError, match="REDIS_URL"),
        script.chosen({}, usual_port=free_port()),
    ):
        pass


@pytest.mark.parametrize(
    ("listen", "shown"),
    [
        ("", "http://localhost:9091/"),
        (":8080", "http://localhost:8080/"),
        ("0.0.0.0:9091", "http://localhost:9091/"),
        ("127.0.0.1:7001, :9091", "http://127.0.0.1:7001/"),
        ("[::1]:9091", "http://[::1]:9091/"),
        ("[::]:9091", "http://localhost:9091/"),
        (":0", "The log"),
    ],
)
def test_where_to_look(script: ModuleType, listen: str, shown: str) -> None:
    assert shown in script.where_to_look({"REDIS_HEALTH_LISTEN": listen})


def test_the_exit_status_is_the_services(script: ModuleType) -> None:
    command = [sys.executable, "-c", "raise SystemExit(7)"]
    assert script.serve(command, os.environ) == 7
    killed = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    assert script.serve(killed, os.environ) == 128 + signal.SIGKILL


@pytest.mark.parametrize(
    ("number", "received"),
    [
        (signal.SIGINT, signal.SIGINT),
        (signal.SIGTERM, signal.SIGTERM),
        (signal.SIGHUP, signal.SIGTERM),
    ],
)
def test_signals_reach_the_service(
    tmp_path: Path, number: signal.Signals, received: signal.Signals
) -> None:
    service = (
        "import pathlib, signal, sys\n"
        "for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):\n"
        "    signal.signal(n, lambda n, _: sys.exit(40 + n))\n"
        f"pathlib.Path({str(tmp_path / 'up')!r}).touch()\n"
        "signal.pause()\n"
    )
    parent = (
        f"import os, runpy, sys\n"
        f"script = runpy.run_path({str(_SCRIPT)!r})\n"
        f"sys.exit(script['serve']([sys.executable, '-c', {service!r}], os.environ))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", parent])
    try:
        assert poll((tmp_path / "up").exists, within=15.0)
        process.send_signal(number)
        assert process.wait(15.0) == 40 + received
    finally:
        process.kill()
        process.wait()
