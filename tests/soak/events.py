"""What happens to Redis and to the service: each event does damage, repairs it and looks."""

from __future__ import annotations

import contextlib
import random
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.ports import poll
from tests.resp import ReplyError
from tests.servers import RedisServer
from tests.soak.stage import Stage

#: Seconds for what a busy machine adds to the bound that the service publishes.
_SLACK = 4.0
#: Seconds in which all must be well again.
RECOVERY = 40.0

Health = dict[str, Any]
#: Does one event; returns how many of its kind that were.
Event = Callable[[Stage, random.Random], int]


def restarted(stage: Stage, dice: random.Random) -> int:
    """One restart that takes long enough to be seen as down, or a few that nobody sees."""
    if dice.random() < 0.5:
        _end(stage, dice)
        down(stage)
        stage.server.start()
        well(stage)
        return 1
    times = dice.randint(1, 5)
    for _ in range(times):
        _end(stage, dice)
        stage.server.start()
        time.sleep(dice.uniform(0.0, 0.5))
    well(stage)
    return times


def _end(stage: Stage, dice: random.Random) -> None:
    how = dice.choice(("kill", "terminate", "shutdown"))
    if how == "kill":
        stage.server.kill()
    elif how == "terminate":
        stage.server.stop()
    else:
        # It answers nothing when it obeys.
        with contextlib.suppress(OSError):
            stage.call("SHUTDOWN", "NOSAVE")
        assert stage.server.process is not None
        stage.server.process.wait(15.0)


def froze(stage: Stage, dice: random.Random) -> int:
    """SIGSTOP of Redis: a blip, or until it is told."""
    with stage.server.frozen():
        if dice.random() < 0.5:
            time.sleep(dice.uniform(0.1, 1.5))
        else:
            down(stage)
    well(stage)
    return 1


def service_froze(stage: Stage, dice: random.Random) -> int:
    """SIGSTOP of the service, also while Redis is restarted behind its back."""
    with stage.frozen():
        stage.service.signal(signal.SIGSTOP)
        try:
            time.sleep(dice.uniform(0.2, 3.0))
            if dice.random() < 0.3:
                stage.server.kill()
                stage.server.start()
        finally:
            stage.service.signal(signal.SIGCONT)
    well(stage)
    return 1


def connections_killed(stage: Stage, dice: random.Random) -> int:
    """CLIENT KILL of the service, or of everybody."""
    if dice.random() < 0.5:
        stage.call("CLIENT", "KILL", "USER", "default")
    else:
        stage.call("CLIENT", "KILL", "TYPE", "normal")
    well(stage)
    return 1


def paused(stage: Stage, dice: random.Random) -> int:
    """CLIENT PAUSE of everything, which runs out by itself, or of writes."""
    if dice.random() < 0.5:
        stage.call("CLIENT", "PAUSE", 7000, "ALL")
        down(stage)
    else:
        stage.call("CLIENT", "PAUSE", 30_000, "WRITE")
        down(stage, code="PAUSED_WRITE")
        stage.call("CLIENT", "UNPAUSE")
    well(stage)
    return 1


def squeezed(stage: Stage, _dice: random.Random) -> int:
    """No room for new clients."""
    with stage.operator() as ask:
        before = ask("CONFIG", "GET", "maxclients")[1]
        ask("CONFIG", "SET", "maxclients", 1)
        try:
            down(stage, code="MAXCLIENTS")
        finally:
            ask("CONFIG", "SET", "maxclients", before)
    well(stage)
    return 1


def rotated(stage: Stage, dice: random.Random) -> int:
    """A new password, at the server or in our file first, now and then with the old one cut off."""
    password = stage.new_password()
    steps = [lambda: _change(stage, dice, password), lambda: stage.write_password_file(password)]
    dice.shuffle(steps)
    steps[0]()
    time.sleep(dice.choice((0.0, dice.uniform(0.0, 4.0))))
    if dice.random() < 0.3:
        stage.call("CLIENT", "KILL", "USER", "default")
    steps[1]()
    well(stage)
    return 1


def _change(stage: Stage, dice: random.Random, password: str) -> None:
    stage.keep_password(password)
    if dice.random() < 0.5:
        stage.call("CONFIG", "SET", "requirepass", password)
    else:
        stage.call("ACL", "SETUSER", "default", "resetpass", f">{password}")


def failed_over(stage: Stage, _dice: random.Random) -> int:
    """To the replica and back again: our server is a replica in between."""
    for server, role in ((stage.trio.replica, "slave"), (stage.trio.primary, "master")):
        _fail_over_to(stage, server)
        well(stage, role=role)
    return 2


def _fail_over_to(stage: Stage, server: RedisServer) -> None:
    """The Sentinels give a failover up that meets a replica in mid-synchronisation: asked again."""
    for left in (2, 1, 0):
        _order_failover(stage)
        try:
            stage.trio.wait_primary(server, within=RECOVERY)
        except AssertionError:
            if not left:
                raise
        else:
            return


def _order_failover(stage: Stage) -> None:
    refusal = ""

    def ordered() -> bool:
        nonlocal refusal
        try:
            stage.trio.sentinels[0].call("SENTINEL", "FAILOVER", stage.trio.name)
        except ReplyError as error:
            refusal = str(error)
            return False
        return True

    assert poll(ordered, within=RECOVERY, every=0.2), f"no failover: {refusal}"


def down(stage: Stage, *, code: str | None = None) -> None:
    """Waits until the service says so, within its own bound.

    Raises AssertionError when it does not.
    """

    def told(health: Health) -> bool:
        codes = {reason["code"] for reason in health["reasons"]}
        return health["state"] == "down" and (code is None or code in codes)

    bound = stage.service.health()["detect_within_seconds"]
    _wait(stage, told, within=bound + _SLACK, what=f"down {code or ''}")


def well(stage: Stage, *, role: str = "master") -> None:
    """Waits until the service says that all is well with this very process, by a fresh login.

    Raises AssertionError when it does not.
    """
    begun = time.monotonic()
    run_id = stage.call("INFO", "server").split("run_id:")[1].split()[0]

    def told(health: Health) -> bool:
        age = health["checks"]["connect"]["age_seconds"]
        return (
            health["state"] == "up"
            and not health["reasons"]
            and health["role"] == role
            and health["server"]["run_id"] == run_id
            and age is not None
            and age < time.monotonic() - begun
        )

    _wait(stage, told, within=RECOVERY, what="up")


def _wait(stage: Stage, told: Callable[[Health], bool], *, within: float, what: str) -> None:
    begun, health = time.monotonic(), stage.service.health()
    while not told(health):
        if time.monotonic() - begun > within:
            reasons = [f"{each['code']}: {each['message']}" for each in health["reasons"]]
            server = health["server"] and health["server"]["run_id"]
            raise AssertionError(
                f"not {what} within {within:.1f} s but {health['state']},"
                f" {health['role']} {server}: {'; '.join(reasons) or 'no reasons'}"
            )
        time.sleep(0.03)
        health = stage.service.health()


#: Which count of the plan each event is of.
EVENTS: dict[str, Event] = {
    "restarts": restarted,
    "rotations": rotated,
    "failovers": failed_over,
    "freezes": froze,
    "service_freezes": service_froze,
    "kills": connections_killed,
    "pauses": paused,
    "squeezes": squeezed,
}


def order(counts: dict[str, int], dice: random.Random) -> Iterator[str]:
    """The kinds of events in an order that mixes them; the caller stops when it has had enough."""
    while True:
        left = [kind for kind, count in counts.items() if count > 0]
        if not left:
            return
        yield dice.choices(left, weights=[counts[kind] for kind in left])[0]
