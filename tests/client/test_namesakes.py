"""Another server at the address of ours."""

from __future__ import annotations

from redis_health.client.namesakes import Namesakes
from tests.client.sessions import session_of, soon, target_of
from tests.ports import free_port
from tests.servers import RedisServer


def test_every_second_dial_looks() -> None:
    namesakes = Namesakes()
    assert [namesakes.due(0.0) for _ in range(4)] == [False, True, False, True]


def test_one_look_proves_nothing_and_is_repeated_at_once() -> None:
    namesakes = Namesakes()
    assert not namesakes.moved("b", kept="a", now=0.0)
    assert namesakes.due(1.0)
    assert namesakes.moved("b", kept="a", now=1.0)


def test_a_restart_that_a_look_has_crossed_is_no_move() -> None:
    namesakes = Namesakes()
    assert not namesakes.moved("b", kept="a", now=0.0)
    assert not namesakes.moved("b", kept="b", now=1.0)
    assert not namesakes.moved("c", kept="b", now=2.0)


def test_servers_that_take_turns_are_left_in_peace() -> None:
    namesakes = Namesakes()
    assert not namesakes.moved("b", kept="a", now=0.0)
    assert namesakes.moved("b", kept="a", now=1.0)
    # The one that was left answers again: there are two of them.
    assert not namesakes.moved("a", kept="b", now=2.0)
    assert not any(namesakes.moved("a", kept="b", now=float(now)) for now in range(3, 600))
    assert not any(namesakes.due(float(now)) for now in range(3, 600))
    assert [namesakes.due(603.0), namesakes.due(604.0)].count(True) == 1


async def test_a_port_that_another_server_has_taken(server: RedisServer) -> None:
    port = server.port
    async with session_of(target_of(server)) as session:
        await session.info(soon())
        ours = (await session.info(soon())).fields["run_id"]
        server.call("CONFIG", "SET", "port", free_port())
        with RedisServer(port=port) as other:
            for _ in range(3):
                await session.dial(soon())
            theirs = (await session.info(soon())).fields["run_id"]
            assert theirs == other.info()["run_id"] != ours
            assert server.running


async def test_a_user_without_info_is_not_asked_for_more(server: RedisServer) -> None:
    server.call("ACL", "SETUSER", "mon", "on", ">secret", "+ping", "+client|setname")
    target = target_of(server, username="mon", password="secret")
    async with session_of(target) as session:
        for _ in range(4):
            await session.dial(soon())
    assert server.info()["total_error_replies"] == "0"
