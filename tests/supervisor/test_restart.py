"""A server that fails is started again, and the service tells of it meanwhile."""

from __future__ import annotations

import os
import signal

from tests.supervisor.conftest import Run

ON_FAILURE = ("--restart", "on-failure")


def test_after_a_kill(run: Run) -> None:
    running = run(arguments=ON_FAILURE).with_redis("--save", "").start()
    running.wait_up()
    assert "\nredis_health_child_up 1\n" in running.metrics()
    assert "\nredis_health_child_exit_status " not in running.metrics()
    first = running.child()
    os.kill(first, signal.SIGKILL)
    down = running.wait_code("CHILD_KILLED")
    assert down["state"] == "down"
    assert [reason["code"] for reason in down["reasons"]] == ["CHILD_KILLED"]
    assert "redis-server was killed by SIGKILL at " in down["reasons"][0]["message"]
    assert "OOM killer" in down["reasons"][0]["advice"]
    metrics = running.metrics()
    assert "\nredis_health_child_up 0\n" in metrics
    assert "\nredis_health_child_exit_status 137\n" in metrics
    assert "\nredis_up 0\n" in metrics
    running.wait_event("server started", times=2)
    running.wait_for(lambda health: health["checks"]["ping"]["status"] == "ok", within=15.0)
    assert running.child() != first
    metrics = running.metrics()
    assert "\nredis_health_child_up 1\n" in metrics
    assert "\n# TYPE redis_health_child_restarts_total counter\n" in metrics
    assert "\nredis_health_child_restarts_total 1\n" in metrics
    assert running.stop() == 0


def test_again_and_again_with_longer_pauses(run: Run) -> None:
    running = run("/bin/sh", "-c", "exit 3", arguments=ON_FAILURE).start()
    assert "ended with exit status 3" in str(running.wait_code("CHILD_EXITED")["reasons"])
    running.wait_event("server is started again", times=2)
    pauses = [event["after_seconds"] for event in running.events("server is started again")]
    assert pauses[:2] == [1.0, 2.0]
    # Told to stop while there is no server, it ends at once, as the server did.
    assert running.stop(within=5.0) == 3


def test_not_when_it_was_told_to_stop(run: Run) -> None:
    script = "trap 'exit 4' TERM; while :; do sleep 0.05; done"
    running = run("/bin/sh", "-c", script, arguments=ON_FAILURE).start()
    running.child()
    assert running.stop() == 4
    assert len(running.events("server started")) == 1


def test_a_program_that_has_gone(run: Run) -> None:
    running = run(arguments=ON_FAILURE)
    program = running.dir / "server"
    program.write_text('#!/bin/sh\nrm "$0"\nexit 1\n')
    program.chmod(0o755)
    running.command = (str(program),)
    running.start()
    assert running.wait() == 127
    assert f"redis-health: cannot execute {program}: no such file" in running.stderr
