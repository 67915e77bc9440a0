"""Who makes room when there are too many connections."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from redis_health.config import Listen
from redis_health.web import bind, create_app, crowd, serving
from tests.web.stub import service
from tests.web.test_server import DEADLINE, GET, HALF, Client, connected

#: Connections that the service here takes.
MOST = 3


@contextlib.asynccontextmanager
async def served() -> AsyncIterator[tuple[int, contextlib.AsyncExitStack]]:
    """A port, and a stack for clients that go first."""
    sockets = bind([Listen("127.0.0.1", 0)])
    port: int = sockets[0].getsockname()[1]
    async with (
        serving(create_app(service()), sockets, patience=DEADLINE, most=MOST),
        contextlib.AsyncExitStack() as clients,
    ):
        yield port, clients


async def ended(client: Client) -> bool:
    with contextlib.suppress(ConnectionError):
        assert await client.rest() == b""
    return True


async def answers(client: Client) -> bool:
    await client.send(GET)
    return (await client.answer()).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("sent", [b"", HALF], ids=["nothing", "half a head"])
async def test_who_has_asked_nothing_for_longest_makes_room(sent: bytes) -> None:
    async with served() as (port, clients):
        waiting = [await clients.enter_async_context(connected(port)) for _ in range(MOST)]
        for client in waiting:
            await client.send(sent)
        newest = await clients.enter_async_context(connected(port))
        assert await answers(newest)
        assert await ended(waiting[0])
        # The others can still finish what they began.
        for client in waiting[1:]:
            await client.send(GET if not sent else b"\r\n")
            assert (await client.answer()).startswith(b"HTTP/1.1 200 OK")


async def test_who_is_silent_for_long_goes_before_who_has_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crowd, "SHY", 0.0)
    async with served() as (port, clients):
        kept = await clients.enter_async_context(connected(port))
        assert await answers(kept)
        half = await clients.enter_async_context(connected(port))
        await half.send(HALF)
        idle = await clients.enter_async_context(connected(port))
        assert await answers(idle)
        assert await answers(kept)
        assert await answers(await clients.enter_async_context(connected(port)))
        assert await ended(half)
        assert await answers(kept)


async def test_who_has_just_come_is_not_pushed_out_by_those_who_ask_again_and_again() -> None:
    async with served() as (port, clients):
        busy = [await clients.enter_async_context(connected(port)) for _ in range(MOST)]
        for client in busy:
            assert await answers(client)
        slow = await clients.enter_async_context(connected(port))
        for client in busy[1:]:
            assert await answers(client)
        assert await answers(await clients.enter_async_context(connected(port)))
        assert await ended(busy[0])
        assert await answers(slow)


async def test_many_who_come_at_once_are_told_of_once() -> None:
    with capture_logs() as logs:
        async with served() as (port, clients):
            for _ in range(10 * MOST):
                await clients.enter_async_context(connected(port))
            assert await answers(await clients.enter_async_context(connected(port)))
    assert [(log["log_level"], log["most"]) for log in logs] == [("warning", MOST)]


class Wire(asyncio.Transport):
    """A connection that only notes that it was ended."""

    def __init__(self) -> None:
        super().__init__()
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True


async def test_who_waits_for_an_answer_is_the_last_to_go() -> None:
    people = crowd.Crowd(3)
    first, second, third, fourth, fifth = (Wire() for _ in range(5))
    for wire in (first, second):
        people.join(wire)
        people.asked(wire)
    people.join(third)
    people.join(fourth)
    assert [wire.aborted for wire in (first, second, third)] == [False, False, True]
    people.asked(fourth)
    # All wait for us, and still the newest is let in.
    people.join(fifth)
    assert [wire.aborted for wire in (first, second, fourth, fifth)] == [True, *[False] * 3]
    assert len(people) == 3


async def test_who_has_left_is_not_counted() -> None:
    people = crowd.Crowd(1)
    first, second = Wire(), Wire()
    people.join(first)
    people.leave(first)
    people.answered(first)
    people.join(second)
    assert (first.aborted, second.aborted, len(people)) == (False, False, 1)
    people.disperse()
    assert (first.aborted, second.aborted) == (False, True)


@pytest.mark.parametrize(
    ("descriptors", "plain", "tls"),
    [(resource.RLIM_INFINITY, 512, 128), (20_000, 512, 128), (256, 128, 128), (100, 50, 50)],
)
def test_half_of_the_descriptors_at_most(
    monkeypatch: pytest.MonkeyPatch, descriptors: int, plain: int, tls: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (descriptors, descriptors))
    assert crowd.most_connections(tls=False) == plain
    assert crowd.most_connections(tls=True) == tls
