"""What was acknowledged is there after a stop; and loading is seen."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading

from tests.resp import ask
from tests.supervisor.conftest import Run
from tests.supervisor.running import Running


def again(run: Run, before: Running, *arguments: str) -> Running:
    """Another run over the data of one that has ended."""
    after = run().with_redis("--dir", str(before.dir), *arguments)
    return after.start()


def test_it_is_saved_when_it_is_stopped(run: Run) -> None:
    running = run().with_redis("--save", "3600 1").start()
    running.wait_up()
    assert running.call("SET", "key", "value") == "OK"
    assert running.stop() == 0
    after = again(run, running)
    after.wait_up()
    assert after.call("GET", "key") == "value"


def test_a_stop_under_load_loses_no_acknowledged_write(run: Run) -> None:
    running = run().with_redis("--appendonly", "yes", "--save", "").start()
    running.wait_up()
    acknowledged: list[int] = []
    busy = threading.Event()

    def write() -> None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", running.redis_port), timeout=5.0) as connection,
        ):
            for number in range(1_000_000):
                assert ask(connection, "RPUSH", "list", number) == number + 1
                acknowledged.append(number)
                if number == 500:
                    busy.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert busy.wait(15.0)
    assert running.stop() == 0
    writer.join()
    after = again(run, running, "--appendonly", "yes", "--save", "")
    after.wait_up()
    assert after.call("LLEN", "list") >= len(acknowledged) > 500


def test_loading_is_seen(run: Run) -> None:
    running = run().with_redis("--save", "3600 1", "--enable-debug-command", "yes").start()
    running.wait_up()
    running.call("DEBUG", "POPULATE", "6000")
    running.call("SET", "key", "value")
    assert running.stop() == 0
    slowly = ("--key-load-delay", "400", "--loading-process-events-interval-bytes", "1024")
    after = again(run, running, *slowly)
    assert after.wait_code("LOADING")["state"] == "down"
    after.wait_up()
    assert after.call("GET", "key") == "value"


def test_everything_is_known_soon_after_the_start(run: Run) -> None:
    running = run(arguments=("--server-interval", "60")).with_redis().start()
    running.wait_up()
    # The first rounds came before the server: the next ones must not wait for their interval.
    running.wait_for(lambda health: health["version"] is not None, within=3.0)


def test_a_server_in_the_background_is_kept_in_the_foreground(run: Run) -> None:
    running = run().with_redis("--daemonize", "yes").start()
    running.wait_up()
    assert int(running.call("INFO", "server").split("process_id:")[1].split()[0]) == running.child()
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
