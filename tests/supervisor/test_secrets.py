"""The password reaches the server, and nobody who looks at processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kinds import MATRIX
from tests.ports import free_port
from tests.resp import ReplyError
from tests.supervisor.conftest import Run
from tests.supervisor.running import binary

SECRET = 's3cr3t "of" the #house\\'


@pytest.mark.parametrize("kind", MATRIX)
def test_it_is_what_the_server_asks_for(run: Run, kind: str) -> None:
    running = run(environment={"REDIS_PASSWORD": SECRET}).with_redis(kind=kind).start()
    running.wait_up()
    with pytest.raises(ReplyError, match="NOAUTH"):
        running.call("PING")
    assert running.call("PING", password=SECRET) == "PONG"
    child = running.child()
    for path in (
        f"/proc/{child}/environ",
        f"/proc/{child}/cmdline",
        f"/proc/{running.pid}/cmdline",
    ):
        assert SECRET not in Path(path).read_text(errors="replace")
    assert running.stop() == 0
    assert SECRET not in running.stdout + running.stderr


def test_a_sentinel_gets_it_too(run: Run) -> None:
    running = run(environment={"REDIS_PASSWORD": SECRET})
    file = running.dir / "sentinel.conf"
    file.write_text(f"port {running.redis_port}\n")
    running.command = (binary(), str(file), "--sentinel")
    running.start().wait_up()
    with pytest.raises(ReplyError, match="NOAUTH"):
        running.call("PING")
    assert running.call("PING", password=SECRET) == "PONG"


def test_it_may_come_in_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    running = run(environment={"REDIS_PASSWORD_FILE": str(file)}).with_redis().start()
    running.wait_up()
    assert running.call("PING", password=SECRET) == "PONG"


def test_it_may_come_in_the_url(run: Run) -> None:
    port = free_port()
    url = f"redis://:hush@127.0.0.1:{port}"
    running = run(environment={"REDIS_URL": url})
    running.redis_port = port
    running.with_redis().start().wait_up()
    assert running.call("PING", password="hush") == "PONG"
    assert "hush" not in Path(f"/proc/{running.child()}/environ").read_text()


def test_the_file_of_the_server_can_be_rewritten(run: Run) -> None:
    running = run(environment={"REDIS_PASSWORD": "hush"})
    file = running.dir / "redis.conf"
    file.write_text("maxclients 500\n")
    running.with_redis()
    program, *arguments = running.command
    running.command = (program, str(file), *arguments)
    running.start().wait_up()
    assert running.call("CONFIG", "SET", "maxclients", "400", password="hush") == "OK"
    assert running.call("CONFIG", "REWRITE", password="hush") == "OK"
    assert "maxclients 400\n" in file.read_text()
    assert running.stop() == 0
    # The file has the login now, and counts.
    running.start().wait_up()
    assert running.call("CONFIG", "GET", "maxclients", password="hush") == ["maxclients", "400"]


def test_a_password_file_that_has_gone(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hush")
    running = run(
        arguments=("--restart", "on-failure"), environment={"REDIS_PASSWORD_FILE": str(file)}
    ).with_redis("--maxmemory-policy", "nonsense")
    running.start().wait_code("CHILD_EXITED")
    file.unlink()
    assert running.wait() == 1
    assert "redis-health: cannot start redis-server: " in running.stderr
    assert f"{file} cannot be read" in running.stderr


def test_another_user_s_password_is_not_the_server_s(run: Run) -> None:
    environment = {"REDIS_USERNAME": "watcher", "REDIS_PASSWORD": "hush"}
    users = ("--user", "watcher", "on", ">hush", "~*", "&*", "+ping", "+info")
    running = run(environment=environment).with_redis(*users).start()
    running.wait_up()
    assert running.call("PING") == "PONG"
