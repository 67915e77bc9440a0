"""What goes wrong in the service itself, and what it says of that; never that Redis is to blame."""

from __future__ import annotations

import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.ports import poll
from tests.selfdoubt.launcher import HOUR, SUSPENDED
from tests.selfdoubt.stage import SOON, Stage, document, message, notes, took
from tests.service import ServiceProcess

_STALL = 10.0


def the_loop_stands_still() -> None:
    with Stage.up(STALL=str(_STALL)) as stage, stage.never_blamed():
        stage.signal(signal.SIGUSR1)
        time.sleep(0.3)
        with stage.asked_meanwhile() as answers:
            pass
        _told_of_the_stall(answers)
        stage.wait_up()
        line = stage.logged("event loop stands still")[0]
        assert line["stack"][-1].endswith("in Faults.doze")
        _counted_as_ours(stage)


def it_is_stopped() -> None:
    with Stage.up() as stage, stage.never_blamed():
        stage.stop()
        time.sleep(0.2)
        with stage.asked_meanwhile() as answers:
            time.sleep(_STALL)
            stage.go_on()
        _told_of_the_stall(answers)
        stage.wait_up()
        # The loop itself has never stood: whoever wakes the process finds it well.
        assert not stage.logged("event loop stands still")
        _counted_as_ours(stage)


def redis_dies_while_it_is_stopped() -> None:
    with Stage.up() as stage:
        stage.stop()
        stage.server.kill()
        with stage.asked_meanwhile(["/health", "/readyz", "/metrics"]) as answers:
            time.sleep(_STALL)
            stage.go_on()
        # No green of before it was stopped.
        assert answers["/health"].status == 503
        assert answers["/readyz"].status == 503
        assert b"\nredis_up 1\n" not in answers["/metrics"].body
        stage.service.wait_for(lambda health: bool(message(health, "CONN_REFUSED")), within=SOON)


def _told_of_the_stall(answers: dict[str, Any]) -> None:
    """What the very first requests after it are told, before any probe has run again."""
    health = document(answers["/health"])
    told = message(health, "UNOBSERVED")
    assert health["state"] == "down", health
    assert "the service's own event loop stalled for " in told, told
    assert 9.0 < float(told.rpartition("stalled for ")[2].split()[0]) < 20.0, told
    assert "(every 1 s)" in told, told
    assert "LOOP_STALL" in notes(health)
    assert answers["/readyz"].status == 503
    assert answers["/livez"].status == 200
    metrics = answers["/metrics"].body.decode()
    assert "\nredis_up " not in metrics
    assert "\nservice_health 0\n" in metrics


def _counted_as_ours(stage: Stage) -> None:
    metrics = stage.service.metrics()
    for code in ("TIMEOUT", "CONNECT_TIMEOUT", "CONN_RESET", "CONN_REFUSED"):
        assert f'code="{code}"' not in metrics
    assert 9.0 < _longest_stall(stage) < 20.0
    lag = stage.metric("redis_health_event_loop_lag_seconds")
    assert lag is not None
    assert lag > 9.0
    # Asked again, by somebody else, it is still told.
    time.sleep(1.5)
    assert stage.metric("redis_health_event_loop_lag_seconds") == lag


def _longest_stall(stage: Stage) -> float:
    return max(float(line["seconds"]) for line in stage.logged("event loop stalled"))


def the_machine_is_suspended() -> None:
    with Stage.up() as stage, stage.never_blamed():
        stage.signal(signal.SIGRTMIN)
        health = stage.service.wait_for(lambda health: "LOOP_STALL" in notes(health), within=2.0)
        stalled = float(notes(health)["LOOP_STALL"].rpartition("stalled for ")[2].split()[0])
        # Less what was left until the next beat.
        assert SUSPENDED - 0.3 < stalled < SUSPENDED + 5
        stage.wait_up()
        assert SUSPENDED - 1 < _longest_stall(stage) < SUSPENDED + 5
        # What is not required is looked at a little later.
        states = [each["state"] for each in stage.logged("verdict")]
        assert [each for each in states if each != "degraded"] == ["up", "down", "up"]
        assert stage.service.get("/livez").status == 200


def the_wall_clock_is_set() -> None:
    with Stage.up() as stage, stage.never_blamed(frozenset()):
        for number, hours in ((1, 5.0), (2, -5.0)):
            stage.signal(signal.SIGRTMIN + number)
            offset = hours * HOUR
            health = stage.service.wait_for(_observed_now(offset), within=5.0)
            assert health["state"] == "up"
            # Up since it was, by the clock as it goes now.
            assert 0.0 <= _ago(health["since"], offset) < 60.0
            ages = [check["age_seconds"] for check in health["checks"].values()]
            assert all(0.0 <= age < 60.0 for age in ages), ages
            metrics = stage.service.metrics()
            for line in metrics.splitlines():
                if line.startswith("redis_health_check_last_observed_timestamp_seconds"):
                    seen = float(line.rpartition(" ")[2])
                    assert -1.0 < time.time() + offset - seen < 60.0, line
        assert [line["state"] for line in stage.logged("verdict")] == ["up"]
        assert not stage.logged("event loop stalled")


def _observed_now(offset: float) -> Callable[[dict[str, Any]], bool]:
    return lambda health: abs(_ago(health["observed_at"], offset)) < 5.0


def _ago(stamp: str, offset: float) -> float:
    return time.time() + offset - datetime.fromisoformat(stamp).timestamp()


def a_probe_task_dies_again_and_again() -> None:
    with Stage.up() as stage, stage.never_blamed():
        stage.signal(signal.SIGUSR2)
        health = stage.service.wait_for(
            lambda health: bool(message(health, "UNOBSERVED")), within=6.0
        )
        assert health["state"] == "down"
        told = message(health, "UNOBSERVED")
        assert told.startswith("not observed: ping last ran "), told
        assert "s ago (every 1 s)" in told, told
        assert poll(lambda: stage.service.get("/livez").status == 503, within=15.0, every=0.1)
        assert b"ping" in stage.service.get("/livez").body
        pattern = r'redis_health_probe_restarts_total\{probe="ping"\}'
        assert poll(lambda: (stage.metric(pattern) or 0.0) >= 5.0, within=6.0, every=0.1)
        deaths = stage.logged("probe task died")
        assert {(line["probe"], line["error"]) for line in deaths} == {
            ("ping", "RuntimeError('a bug in the scheduler')")
        }
        assert len(deaths) <= 6
        stage.signal(signal.SIGUSR2)
        stage.wait_up(within=20.0)
        assert stage.service.get("/livez").status == 200


def there_are_no_descriptors() -> None:
    with Stage.up() as stage:
        pid, service = stage.service.pid, stage.service
        kept = http.client.HTTPConnection("127.0.0.1", service.port, timeout=5.0)
        kept.request("GET", "/livez")
        assert kept.getresponse().read()
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        # What is open stays open, and nothing can be opened.
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))

        def health() -> dict[str, Any]:
            kept.request("GET", "/health")
            answer: dict[str, Any] = json.loads(kept.getresponse().read())
            return answer

        states: list[dict[str, Any]] = []

        def told() -> bool:
            states.append(health())
            return bool(message(states[-1], "UNOBSERVED"))

        assert poll(told, within=15.0, every=0.1), states[-1]
        assert "Too many open files" in message(states[-1], "UNOBSERVED")
        assert {r["code"] for each in states for r in each["reasons"]} == {"UNOBSERVED"}
        kept.request("GET", "/metrics")
        metrics = kept.getresponse().read().decode()
        assert "\nredis_up " not in metrics
        assert "\nredis_memory_used_bytes " in metrics
        # Somebody who cannot be let in waits, and costs little meanwhile.
        burnt = _cpu(pid)
        with socket.create_connection(("127.0.0.1", service.port)):
            time.sleep(3.0)
            assert health()["state"] == "down"
        assert _cpu(pid) - burnt < 1.0
        (line,) = stage.logged("out of resources")
        assert "accept() out of system resource" in line["told"]
        assert len(stage.log) < 10
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        stage.wait_up()
        kept.close()


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def there_is_no_memory() -> None:
    with Stage.up() as stage:
        pid = stage.service.pid
        before = resource.prlimit(pid, resource.RLIMIT_AS)
        # Nothing more is to be had from the kernel.
        resource.prlimit(pid, resource.RLIMIT_AS, (1, before[1]))
        with stage.never_blamed():
            ended = poll(lambda: stage.ended, within=8.0, every=0.2)
        if ended:
            # Not in silence, though there may be no memory left for a line of the log's form.
            assert stage.service.wait() != 0
            assert "error" in stage.service.stderr.lower()
            return
        resource.prlimit(pid, resource.RLIMIT_AS, before)
        stage.wait_up()
        assert stage.service.get("/livez").status == 200


def sigterm_comes_at_any_moment_of_the_start() -> None:
    for seconds in (0.05, 0.15, 0.25, 0.35, 0.5):
        environment = {"REDIS_HEALTH_DRAIN_DELAY": "0", "REDIS_PORT": "1"}
        with ServiceProcess(environment=environment).start(live=False) as service:
            time.sleep(seconds)
            service.signal(signal.SIGTERM)
            # Before Python runs our code it is the kernel that ends it.
            assert service.wait(within=5.0) in {0, 128 + signal.SIGTERM, -signal.SIGTERM}
            assert "Traceback" not in service.stderr


def sigterm_comes_to_the_first_process_of_a_container() -> None:
    # What is not heeded is not delivered to it.
    code = (
        "import signal, sys; from redis_health.cli import _Commands, main; "
        "_Commands.get_command(main, None, 'serve'); print('ready', flush=True); signal.pause()"
    )
    rights = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *rights, "--pid", "--fork", "--kill-child", sys.executable]
    with subprocess.Popen([*command, "-c", code], stdout=subprocess.PIPE) as unshare:
        assert unshare.stdout is not None
        assert unshare.stdout.readline() == b"ready\n"
        children = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children").read_text()
        os.kill(int(children), signal.SIGTERM)
        assert unshare.wait(10.0) == 128 + signal.SIGTERM


def sigterm_comes_in_a_stall() -> None:
    with Stage.up(STALL="3") as stage:
        stage.signal(signal.SIGUSR1)
        time.sleep(0.3)
        stage.signal(signal.SIGTERM)
        assert took(lambda: stage.service.wait(within=10.0)) > 1.5
        assert stage.service.wait() == 0
        assert stage.logged("draining")
        assert stage.logged("stopped")


def sigterm_comes_twice_in_a_stall() -> None:
    with Stage.up(STALL="3", REDIS_HEALTH_DRAIN_DELAY="60") as stage:
        stage.signal(signal.SIGUSR1)
        for _ in range(2):
            time.sleep(0.3)
            stage.signal(signal.SIGTERM)
        assert stage.service.wait(within=10.0) == 128 + signal.SIGTERM


SCENES: tuple[Callable[[], None], ...] = (
    a_probe_task_dies_again_and_again,
    the_loop_stands_still,
    it_is_stopped,
    redis_dies_while_it_is_stopped,
    there_are_no_descriptors,
    there_is_no_memory,
    the_machine_is_suspended,
    the_wall_clock_is_set,
    sigterm_comes_at_any_moment_of_the_start,
    sigterm_comes_to_the_first_process_of_a_container,
    sigterm_comes_in_a_stall,
    sigterm_comes_twice_in_a_stall,
)
