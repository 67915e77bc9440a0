"""The gate: what is let in, with which addresses, and with which login."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from redis_health.config import Scheme, ScrapeSettings
from redis_health.errors import OwnFault, ScrapesExhausted, TargetNotAllowed
from redis_health.model import Target, TLSSettings
from redis_health.monitor import gate as gate_module
from redis_health.monitor.gate import Gate
from redis_health.monitor.lookups import _MOST
from redis_health.monitor.requested import requested
from tests.monitor.scraping import Names, allowing, login, pool_of

Open = Callable[[ScrapeSettings], Gate]


@pytest.fixture
async def gate() -> AsyncIterator[Open]:
    opened: list[Gate] = []

    def make(settings: ScrapeSettings) -> Gate:
        opened.append(Gate(settings))
        return opened[-1]

    yield make
    for each in opened:
        each.close()
    await asyncio.sleep(0)


async def admitted(gate: Gate, target: str) -> Target:
    return (await gate.admit(requested([target]))).target


@pytest.mark.parametrize(
    ("patterns", "target"),
    [
        ([], "redis"),
        ([], "127.0.0.1"),
        ([], "unix:///redis.sock"),
        (["redis:6379"], "redis:6380"),
        (["redis:6379"], "127.0.0.1:6379"),
        (["*"], "127.0.0.1"),
        (["*"], "0x7f.1"),
        (["*"], "2130706433"),
        (["127.0.0.1:6379"], "127.0.0.2:6379"),
        (["10.0.0.0/8"], "127.1"),
        (["10.0.0.0/8"], "0x7f.1"),
        (["10.0.0.0/8"], "[::ffff:127.0.0.1]"),
        (["10.0.0.0/8"], "[::ffff:7f00:1]"),
        (["10.0.0.0/8"], "[::a00:1]"),
        (["10.0.0.0/8"], "[::1]"),
        (["10.0.0.0/8"], "0.0.0.0"),
        (["10.0.0.0/8"], "localhost"),
        (["10.0.0.0/8"], "nothing.invalid"),
        (["127.0.0.0/8:6379"], "localhost:6380"),
        (["unix:///run/*.sock"], "unix:///etc/passwd"),
    ],
)
async def test_what_is_not_listed_is_refused(gate: Open, patterns: list[str], target: str) -> None:
    with pytest.raises(TargetNotAllowed, match="scrape-allow"):
        await gate(allowing(*patterns)).admit(requested([target]))


@pytest.mark.parametrize("target", ["rediss://redis", "unix:///redis.sock"])
async def test_a_scheme_that_is_not_listed_is_refused(gate: Open, target: str) -> None:
    settings = allowing("redis", "unix:///redis.sock", schemes=[Scheme.REDIS])
    with pytest.raises(TargetNotAllowed, match="scrape-schemes lacks its scheme"):
        await gate(settings).admit(requested([target]))


@pytest.mark.parametrize(
    ("allow", "target", "expected"),
    [
        ("redis:6379", "redis", Target(host="redis")),
        ("redis", "rediss://redis:1", Target(host="redis", port=1, tls=TLSSettings())),
        ("unix:///run/*.sock", "unix:///run/a.sock", Target(path="/run/a.sock")),
        ("10.0.0.0/8", "10.0.0.1", Target(host="10.0.0.1", addresses=("10.0.0.1",))),
        ("10.0.0.0/8", "[::ffff:10.0.0.1]", Target(host="10.0.0.1", addresses=("10.0.0.1",))),
        ("127.0.0.1", "0x7f.1", Target(host="127.0.0.1", addresses=("127.0.0.1",))),
        ("::1/128", "[0::1]", Target(host="::1", addresses=("::1",))),
    ],
)
async def test_what_is_listed_is_let_in(
    gate: Open, allow: str, target: str, expected: Target
) -> None:
    assert await admitted(gate(allowing(allow)), target) == expected


async def test_only_the_addresses_that_are_listed_are_dialled(
    gate: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch, {"mixed": ["192.0.2.1", "10.0.0.2", "10.0.0.1", "::ffff:10.0.0.3"]})
    target = await admitted(gate(allowing("10.0.0.0/8")), "mixed")
    assert target == Target(host="mixed", addresses=("10.0.0.1", "10.0.0.2", "10.0.0.3"))


async def test_a_name_is_not_looked_up_where_no_address_could_help(
    gate: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(monkeypatch, {"name": ["10.0.0.1"]})
    for patterns in [(), ("other", "10.0.0.0/8:7000"), ("rediss://10.0.0.0/8",)]:
        with pytest.raises(TargetNotAllowed):
            await admitted(gate(allowing(*patterns)), "name")
    await admitted(gate(allowing("name", "10.0.0.0/8")), "name")
    assert names.asked == []


async def test_refusals_do_not_tell_which_names_there_are(
    gate: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch, {"known": ["192.0.2.1"]})
    told = set()
    for name in ("known", "unknown"):
        with pytest.raises(TargetNotAllowed) as caught:
            await admitted(gate(allowing("10.0.0.0/8")), name)
        told.add(str(caught.value))
    assert len(told) == 1


@pytest.mark.parametrize(
    ("bound", "target", "sent"),
    [
        ("redis-*:6379", "redis-1", True),
        ("redis-*:6379", "redis-1:6380", False),
        ("other", "redis-1", False),
        ("redis://redis-1", "redis-1", True),
        ("rediss://redis-1", "redis-1", False),
        ("10.0.0.0/8", "10.0.0.1", True),
        ("10.0.0.0/8", "11.0.0.1", False),
        ("10.0.0.0/8", "inside", True),
        ("10.0.0.0/8", "astride", False),
        ("inside", "inside", True),
        # It was admitted by its name, and where that leads is not known here.
        ("10.0.0.0/8", "redis-1", False),
        ("unix:///run/*.sock", "unix:///run/a.sock", True),
        ("unix:///var/*.sock", "unix:///run/a.sock", False),
    ],
)
async def test_a_login_goes_to_its_own_targets_alone(
    gate: Open, monkeypatch: pytest.MonkeyPatch, bound: str, target: str, sent: bool
) -> None:
    Names(
        monkeypatch,
        {"inside": ["10.0.0.1"], "astride": ["10.0.0.1", "11.0.0.1"], "redis-1": ["10.0.0.1"]},
    )
    own = login(bound, username="mon", password="pw", password_file="file")
    settings = allowing("redis-*", "10.0.0.0/7", "unix:///run/*.sock", logins=[own])
    found = await admitted(gate(settings), target)
    expected = ("mon", "pw", "file") if sent else (None, None, None)
    assert (found.username, found.password, found.password_file) == expected


async def test_the_first_login_that_fits_is_the_one(gate: Open) -> None:
    logins = [login("redis-1", password="1"), login("*", password="2")]
    found = gate(allowing("*", logins=logins))
    assert (await admitted(found, "redis-1")).password == "1"
    assert (await admitted(found, "redis-2")).password == "2"


async def test_a_login_with_tls_is_never_sent_in_the_clear(gate: Open) -> None:
    tls = TLSSettings(verify="ca")
    found = gate(allowing("*", logins=[login("*", password="pw", tls=tls)]))
    assert (await admitted(found, "redis://redis")).password is None
    over_tls = await admitted(found, "rediss://redis")
    assert (over_tls.password, over_tls.tls) == ("pw", tls)


async def test_what_was_looked_up_holds_for_a_while_alone(
    gate: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch, {"name": ["10.0.0.1"]})
    found = gate(allowing("10.0.0.0/8", "listed"))
    now = asyncio.get_running_loop().time()
    by_address = await found.admit(requested(["name"]))
    assert now < by_address.until <= now + gate_module.LOOKED_UP_FOR + 5
    assert (await found.admit(requested(["listed"]))).until == float("inf")


async def test_look_ups_of_one_name_are_one(gate: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, {"name": ["10.0.0.1"]})
    found = gate(allowing("10.0.0.0/8"))
    await asyncio.gather(*(admitted(found, f"name:{port}") for port in range(1, 9)))
    assert names.asked == ["name"]


async def test_strangers_cannot_start_threads_without_end(
    gate: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = threading.Event()

    def silent(host: str, *_: Any, flags: int = 0, **__: Any) -> list[Any]:
        if not flags & socket.AI_NUMERICHOST:
            answer.wait(10)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    found = gate(allowing("10.0.0.0/8"))
    before = threading.active_count()
    waiting = [asyncio.create_task(admitted(found, f"name-{n}")) for n in range(_MOST)]
    await asyncio.sleep(0)
    # Those who gave up meanwhile have freed no thread.
    waiting[0].cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(ScrapesExhausted, match="too many names"):
        await admitted(found, "one-more")
    assert threading.active_count() <= before + _MOST
    answer.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(each, TargetNotAllowed) for each in results[1:])
    with pytest.raises(TargetNotAllowed):
        await admitted(found, "one-more")


async def test_a_name_server_that_is_silent_costs_no_more_than_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = threading.Event()
    names = Names(monkeypatch, {})
    refuse = names._answer

    def silent(host: str, *rest: Any, **options: Any) -> list[Any]:
        if not options.get("flags", 0) & socket.AI_NUMERICHOST:
            answer.wait(10)
        return refuse(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    try:
        async with pool_of(allowing("10.0.0.0/8")) as pool:
            begun = asyncio.get_running_loop().time()
            with pytest.raises(TargetNotAllowed):
                await pool.scrape(["name"], within=0.2)
            assert asyncio.get_running_loop().time() - begun < 2
            assert pool.targets == ()
    finally:
        answer.set()
    await asyncio.sleep(0)
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "lookup"]


async def test_a_service_that_cannot_look_up_says_so(
    gate: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(ScrapesExhausted, match="cannot look up names") as caught:
        await admitted(gate(allowing("10.0.0.0/8")), "name")
    assert isinstance(caught.value.__cause__, OwnFault)
