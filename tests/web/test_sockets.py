"""Listening: both families, taken ports, nothing left open."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterable, Iterator

import pytest

from redis_health.config import Listen
from redis_health.errors import ListenError
from redis_health.web import bind
from tests.ports import free_port


@contextlib.contextmanager
def bound(*listens: Listen) -> Iterator[list[socket.socket]]:
    sockets = bind(listens)
    try:
        yield sockets
    finally:
        for listening in sockets:
            listening.close()


def ports(sockets: Iterable[socket.socket]) -> set[int]:
    return {listening.getsockname()[1] for listening in sockets}


def answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.parametrize("fixed", [False, True])
def test_no_host_is_every_address_of_both_families(fixed: bool) -> None:
    with bound(Listen(None, free_port() if fixed else 0)) as sockets:
        assert [listening.family for listening in sockets] == [socket.AF_INET, socket.AF_INET6]
        assert [listening.getsockname()[0] for listening in sockets] == ["0.0.0.0", "::"]
        (port,) = ports(sockets)
        assert answers("127.0.0.1", port)
        assert answers("::1", port)


def test_an_ipv6_socket_leaves_ipv4_alone() -> None:
    with bound(Listen("::", 0)) as sockets:
        (port,) = ports(sockets)
        assert answers("::1", port)
        assert not answers("127.0.0.1", port)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_one_host_alone(host: str) -> None:
    with bound(Listen(host, 0)) as sockets:
        assert {listening.getsockname()[0] for listening in sockets} <= {"127.0.0.1", "::1"}
        assert len(ports(sockets)) == 1
        assert answers(host, ports(sockets).pop())


def test_several_addresses() -> None:
    with bound(Listen("127.0.0.1", 0), Listen("::1", 0), Listen("127.0.0.1", 0)) as sockets:
        assert len(sockets) == 3
        assert len({listening.getsockname()[:2] for listening in sockets}) == 3


def test_the_sockets_do_not_block() -> None:
    with bound(Listen("127.0.0.1", 0)) as sockets:
        assert [listening.getblocking() for listening in sockets] == [False]


@pytest.mark.parametrize("taken_by", ["127.0.0.1", "0.0.0.0", "::"])
def test_a_taken_port_is_one_clear_line(taken_by: str) -> None:
    with bound(Listen(taken_by, 0)) as sockets:
        (port,) = ports(sockets)
        with pytest.raises(ListenError) as caught:
            bind([Listen(None, port)])
    assert str(caught.value) == f"cannot listen on :{port}: address already in use"


def test_what_was_opened_is_closed_when_a_later_one_fails() -> None:
    with bound(Listen("127.0.0.1", 0)) as sockets:
        (taken,) = ports(sockets)
        free = free_port()
        with pytest.raises(ListenError, match=f":{taken}: address already in use"):
            bind([Listen(None, free), Listen("127.0.0.1", taken)])
    with bound(Listen(None, free)) as sockets:
        assert ports(sockets) == {free}


def test_a_port_can_be_listened_on_again_at_once() -> None:
    with bound(Listen("127.0.0.1", 0)) as sockets:
        (port,) = ports(sockets)
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            accepted, _ = sockets[0].accept()
            # Who closes first keeps the port in TIME_WAIT: that is the service here.
            accepted.close()
    with bound(Listen("127.0.0.1", port)) as sockets:
        assert ports(sockets) == {port}


@pytest.mark.parametrize("port", [0, 9091])
def test_an_address_of_another_machine(port: int) -> None:
    with pytest.raises(ListenError) as caught:
        bind([Listen("192.0.2.1", port)])
    expected = f"cannot listen on 192.0.2.1:{port}: cannot assign requested address"
    assert str(caught.value) == expected


def test_a_name_that_does_not_resolve() -> None:
    with pytest.raises(ListenError, match=r"^cannot listen on redis\.invalid:9091: \w"):
        bind([Listen("redis.invalid", 9091)])


class WithoutIPv6(socket.socket):
    """Sockets of a kernel that was started with ``ipv6.disable=1``."""

    def __init__(self, family: int, kind: int) -> None:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        super().__init__(family, kind)


def test_a_machine_without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", WithoutIPv6)
    with bound(Listen(None, 0)) as sockets:
        assert [listening.family for listening in sockets] == [socket.AF_INET]
    with pytest.raises(ListenError) as caught:
        bind([Listen("::1", 9091)])
    assert str(caught.value) == (
        "cannot listen on [::1]:9091: address family not supported by protocol"
    )


class TakenForIPv6(socket.socket):
    """Sockets on a machine where the next IPv6 ports are taken while IPv4's are free."""

    taken = 0

    def bind(self, address: object) -> None:
        if self.family == socket.AF_INET6 and TakenForIPv6.taken:
            TakenForIPv6.taken -= 1
            raise OSError(errno.EADDRINUSE, "Address already in use")
        super().bind(address)  # type: ignore[arg-type]


def test_a_free_port_is_free_for_both_families(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", TakenForIPv6)
    monkeypatch.setattr(TakenForIPv6, "taken", 3)
    with bound(Listen(None, 0)) as sockets:
        assert [listening.family for listening in sockets] == [socket.AF_INET, socket.AF_INET6]
        assert len(ports(sockets)) == 1
    assert TakenForIPv6.taken == 0


def test_the_search_for_a_free_port_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", TakenForIPv6)
    monkeypatch.setattr(TakenForIPv6, "taken", 1000)
    with pytest.raises(ListenError, match=r"^cannot listen on :0: address already in use$"):
        bind([Listen(None, 0)])
