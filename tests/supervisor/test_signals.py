"""The table of signals and exit statuses, with a real server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

from redis_health.cli import main
from tests.ports import poll
from tests.supervisor.conftest import Run


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def shell(script: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", script)


@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGQUIT, 131)]
)
def test_a_signal_ends_the_server_and_its_status_is_ours(
    run: Run, sent: signal.Signals, status: int
) -> None:
    running = run().with_redis().start()
    running.wait_up()
    child = running.child()
    running.signal(sent)
    assert running.wait() == status
    assert gone(child)
    expected = "ended with exit status 0" if status == 0 else f"was killed by {sent.name}"
    assert running.wait_event("server ended")["how"] == expected
    if status == 0:
        assert "User requested shutdown" in running.stdout


@pytest.mark.parametrize(
    ("sent", "status"),
    [(signal.SIGKILL, 137), (signal.SIGTERM, 0), (signal.SIGUSR1, 138)],
    ids=["KILL, as the kernel does when memory is short", "TERM", "USR1"],
)
def test_the_server_ends_by_itself(run: Run, sent: signal.Signals, status: int) -> None:
    running = run().with_redis().start()
    running.wait_up()
    os.kill(running.child(), sent)
    assert running.wait() == status


def test_a_client_shuts_it_down(run: Run) -> None:
    running = run(arguments=("--restart", "on-failure")).with_redis().start()
    running.wait_up()
    with pytest.raises(ConnectionError):
        running.call("SHUTDOWN", "NOSAVE")
    assert running.wait() == 0


def test_a_server_that_does_not_start(run: Run) -> None:
    running = run().with_redis("--maxmemory-policy", "nonsense").start(live=False)
    assert running.wait() == 1
    assert "maxmemory-policy" in running.stderr


@pytest.mark.parametrize(
    ("mode", "status", "why"),
    [
        (None, 127, "no such file or directory"),
        (0o644, 126, "permission denied"),
        (0o755, 126, "exec format error"),
    ],
)
def test_what_cannot_be_executed(run: Run, mode: int | None, status: int, why: str) -> None:
    running = run()
    word = running.dir / "server"
    if mode is not None:
        word.write_text("no program\n")
        word.chmod(mode)
    running.command = (str(word),)
    assert running.start(live=False).wait() == status
    assert f"redis-health: cannot execute {word}: {why}\n" in running.stderr
    assert "Traceback" not in running.stderr


def test_a_port_that_is_taken_keeps_the_server_from_starting(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        running = run(*shell("echo started"), arguments=("--listen", address)).start(live=False)
        assert running.wait() == 1
    assert running.stdout == ""
    assert f"cannot listen on {address}" in running.stderr


def test_hang_up_is_passed_on_and_ends_nothing(run: Run) -> None:
    script = "trap 'echo hung up' HUP; trap 'exit 7' TERM; while :; do sleep 0.05; done"
    running = run(*shell(script)).start()
    running.child()
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP):
        running.signal(number)
    assert poll(lambda: "hung up" in running.stdout, within=10.0)
    assert [event["signal"] for event in running.events("signal")] == ["SIGHUP"]
    assert running.stop() == 7


def test_a_second_signal_is_passed_on_too(run: Run) -> None:
    script = "trap 'echo again; trap \"exit 9\" INT' INT; while :; do sleep 0.05; done"
    running = run(*shell(script)).start()
    running.child()
    running.signal(signal.SIGINT)
    assert poll(lambda: "again" in running.stdout, within=10.0)
    running.signal(signal.SIGINT)
    assert running.wait() == 9


def test_redis_heeds_a_second_interrupt_while_it_saves(run: Run) -> None:
    slow = ("--save", "3600 1", "--rdb-key-save-delay", "100000")
    running = run().with_redis(*slow, "--enable-debug-command", "yes").start()
    running.wait_up()
    running.call("DEBUG", "POPULATE", "1000")
    running.call("SET", "key", "value")
    running.signal(signal.SIGINT)
    assert poll(lambda: "Saving the final RDB" in running.stdout, within=10.0)
    assert running.get("/readyz").status == 503
    assert running.get("/livez").status == 200
    running.signal(signal.SIGINT)
    assert running.wait(within=5.0) == 1
    assert "You insist" in running.stdout


def test_a_server_that_does_not_stop_is_killed(run: Run) -> None:
    running = run(arguments=("--stop-timeout", "1")).with_redis().start()
    running.wait_up()
    child = running.child()
    os.kill(child, signal.SIGSTOP)
    running.signal(signal.SIGTERM)
    assert poll(lambda: running.get("/readyz").body.startswith(b"draining"), within=5.0)
    assert running.get("/readyz").status == 503
    assert running.wait() == 137
    assert gone(child)
    assert running.wait_event("server did not stop and is killed")["after_seconds"] == 1.0


def test_output_is_passed_through_untouched(run: Run) -> None:
    running = run(*shell("printf 'out\\001'; printf 'err\\n' >&2; exit 3")).start(live=False)
    assert running.wait() == 3
    assert running.stdout == "out\x01"
    assert "err\n" in running.stderr


def test_a_signal_before_the_start_keeps_it_from_happening() -> None:
    script = """
        import asyncio, os, signal
        from redis_health.config import Restart, Supervision
        from redis_health.supervisor import Child, Supervisor

        async def main():
            supervision = Supervision(stop_timeout=1.0, restart=Restart.NEVER)
            supervisor = Supervisor(Child("server"), launch=None, supervision=supervision)
            supervisor.attend()
            os.kill(os.getpid(), signal.SIGTERM)
            await supervisor.stopping()
            print(await supervisor.run())

        asyncio.run(main())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "143"


def test_orphans_are_reaped(run: Run) -> None:
    # The inner shell ends at once, and what it has left behind becomes ours.
    script = "(sh -c 'sleep 0.2 & echo $!'); trap 'exit 0' TERM; while :; do sleep 0.05; done"
    running = run(*shell(script), arguments=("--log-level", "debug")).start()
    assert poll(lambda: running.stdout.endswith("\n"), within=10.0)
    orphan = int(running.stdout)
    assert running.wait_event("orphan reaped")["pid"] == orphan
    assert gone(orphan)
    assert running.stop() == 0


def test_signals_have_their_defaults_in_the_server(run: Run) -> None:
    running = run(*shell("grep -E '^Sig(Ign|Blk):' /proc/self/status")).start(live=False)
    assert running.wait() == 0
    masks = {line.split()[0]: int(line.split()[1], 16) for line in running.stdout.splitlines()}
    # 32 and 33 belong to the C library, which sets them up in every program anew.
    assert masks["SigIgn:"] & ~(3 << 31) == 0
    assert masks["SigBlk:"] == 0


def test_the_terminal_reaches_the_server_once(run: Run) -> None:
    running = run(*shell("exec sleep 60")).start()
    child = running.child()
    assert os.getpgid(child) == child
    assert os.getpgid(running.pid) != child
    assert running.stop() == 143


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run"], "Missing argument"),
        (["run", "--"], "Missing argument"),
        (["run", "redis-server"], "put -- before"),
        (["run", "--port", "7000", "--", "redis-server"], "No such option"),
    ],
)
def test_usage(words: list[str], told: str) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert told in result.stderr
