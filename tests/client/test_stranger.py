"""What somebody meets who does not log in."""

from __future__ import annotations

import pytest

from redis_health.errors import RedisFault
from redis_health.model import Access, Knock, Target, TLSSettings
from tests.certificates import Certificates
from tests.client.peers import answers, peer
from tests.client.sessions import session_of, soon, target_of
from tests.conftest import Servers
from tests.ports import free_port
from tests.servers import RedisServer

_REFUSED = Knock(served=False)


def errors(server: RedisServer) -> int:
    return int(server.info("stats")["total_error_replies"])


async def knock(target: Target) -> Knock:
    async with session_of(target) as session:
        return await session.knock(soon())


async def test_served(any_server: RedisServer) -> None:
    assert await knock(target_of(any_server)) == Knock(served=True, peer="127.0.0.1")
    assert errors(any_server) == 0


async def test_by_a_unix_socket_there_is_no_address(server: RedisServer) -> None:
    assert await knock(Target(path=str(server.socket_path))) == Knock(served=True)


async def test_a_password_is_asked_for_and_ours_not_shown(servers: Servers) -> None:
    server = servers(config={"requirepass": "pw"})
    async with session_of(target_of(server, password="pw", db=1, resp=3)) as session:
        assert await session.knock(soon()) == _REFUSED
        assert errors(server) == 1
        # The other lanes log in.
        await session.info(soon())
    assert errors(server) == 1


async def test_by_our_own_name_we_are_served_and_a_stranger_is_too(server: RedisServer) -> None:
    server.call("ACL", "SETUSER", "mon", "on", ">m", "+ping")
    assert (await knock(target_of(server, username="mon", password="m"))).served


async def test_who_may_do_nothing_is_not_served(server: RedisServer) -> None:
    server.call("ACL", "SETUSER", "mon", "on", ">m", "+@all")
    server.call("ACL", "SETUSER", "default", "-@all")
    assert await knock(target_of(server, username="mon", password="m")) == _REFUSED


@pytest.mark.parametrize(
    ("words", "served"),
    [
        (b"-NOAUTH Authentication required.\r\n", False),
        (b"-LOADING Redis is loading the dataset in memory\r\n", True),
        (b"-MISCONF Redis is configured to save RDB snapshots\r\n", True),
    ],
)
async def test_only_who_is_let_in_hears_how_the_server_is(words: bytes, served: bool) -> None:
    async with peer(answers(lambda _command: words)) as port:
        assert (await knock(Target(host="127.0.0.1", port=port))).served is served


async def test_where_there_is_no_server_nothing_is_known() -> None:
    with pytest.raises(RedisFault) as caught:
        await knock(Target(host="127.0.0.1", port=free_port()))
    assert caught.value.failure.code == "CONN_REFUSED"


async def test_by_tls(servers: Servers, certificates: Certificates) -> None:
    server = servers(tls=certificates)
    target = target_of(server, tls=TLSSettings(ca_file=str(certificates.ca)))
    assert (await knock(target)).served


@pytest.mark.parametrize(
    ("target", "access"),
    [
        (Target(), Access()),
        (Target(username="mon"), Access(user="mon")),
        (Target(password="pw"), Access(password=True)),
        (Target(password_file="/nonexistent"), Access(password=True)),
        (Target(tls=TLSSettings()), Access()),
        (Target(tls=TLSSettings(cert_file="c", key_file="k")), Access(certificate=True)),
    ],
)
async def test_as_whom_we_come(target: Target, access: Access) -> None:
    async with session_of(target) as session:
        assert session.access == access
