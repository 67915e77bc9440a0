"""Basic authentication: who reads what, and what it costs."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import bcrypt
import pytest

from redis_health.web import create_app, passwords
from tests.web.guarded import Answer, Guarded, exchange, guarded, hashed, login
from tests.web.stub import DEGRADED, DOWN, StubMonitor, service

PASSWORD = "correct horse"
RIGHT = login("alice", PASSWORD)
OPEN = ("/livez", "/readyz", "/readyz/ping", "/startupz", "/startupz/ping", "/healthz")
CLOSED = ("/", "/health", "/metrics", "/scrape", "/scrape?target=redis:6379")


class Counted:
    """bcrypt, with every computation counted and, while the gate is shut, held up."""

    def __init__(self) -> None:
        self.count = 0
        self.threads: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, password: bytes, digest: bytes) -> bool:
        self.count += 1
        self.threads.add(threading.get_ident())
        assert self.gate.wait(20)
        return bcrypt.checkpw(password, digest)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    counted = Counted()

    class Library:
        checkpw = counted

    monkeypatch.setattr(passwords, "bcrypt", Library)
    yield counted
    counted.gate.set()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "web.yml"
    file.write_text(
        f"basic_auth_users:\n  alice: {hashed(PASSWORD)}\n  bob: {hashed('other', cost=5)}\n"
    )
    return file


@pytest.fixture
async def served(file: Path) -> AsyncIterator[Guarded]:
    async with guarded(file) as served:
        yield served


@pytest.mark.parametrize("path", CLOSED)
async def test_a_stranger_is_asked_for_a_login(served: Guarded, path: str) -> None:
    answer = await served.get(path)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="redis-health"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == "401: Unauthorized\n"


@pytest.mark.parametrize("path", CLOSED)
async def test_a_user_is_let_in(served: Guarded, path: str) -> None:
    assert (await served.get(path, RIGHT)).status in {200, 400, 403}


@pytest.mark.parametrize(
    "headers",
    [
        login("alice", "wrong"),
        login("alice", ""),
        login("mallory", PASSWORD),
        login("bob", PASSWORD),
        login("Alice", PASSWORD),
        login("alice", PASSWORD + "\0"),
        login("alice", "x" * 73),
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + base64.b64encode(b"alice").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode()},
        {"Authorization": RIGHT["Authorization"].replace("Basic", "Bearer")},
        {"Authorization": ""},
        {"Authorization": RIGHT["Authorization"] + "\r\n" + "Authorization: Basic eDp5"},
    ],
)
async def test_what_is_no_right_login_is_refused(served: Guarded, headers: dict[str, str]) -> None:
    for _ in range(2):
        assert (await served.get("/metrics", headers)).status == 401


async def test_the_scheme_is_in_any_case(served: Guarded) -> None:
    headers = {"Authorization": RIGHT["Authorization"].replace("Basic", "bAsIc")}
    assert (await served.get("/metrics", headers)).status == 200


async def test_of_a_long_password_nothing_is_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text(f"basic_auth_users: {{alice: {hashed('x' * 72)}}}\n")
    async with guarded(file) as served:
        assert (await served.get("/metrics", login("alice", "x" * 72))).status == 200
        assert (await served.get("/metrics", login("alice", "x" * 73))).status == 401


@pytest.mark.parametrize("judged", [DEGRADED, DOWN], ids=["degraded", "down"])
@pytest.mark.parametrize("query", ["", "?verbose", "?exclude=nothing"])
@pytest.mark.parametrize("headers", [{}, login("alice", "wrong")], ids=["stranger", "wrong"])
@pytest.mark.parametrize("path", [*OPEN, "/readyz/nothing"])
async def test_orchestrators_read_the_status_and_no_reason(
    file: Path, path: str, headers: dict[str, str], query: str, judged: object
) -> None:
    monitor = StubMonitor(judged, rounds={"ping": 0, "memory": 1}, stuck_probes=("memory",))  # type: ignore[arg-type]
    async with guarded(file, judged=service(monitor=monitor)) as served:
        answer = await served.get(path + query, headers)
        full = await served.get(path + query, RIGHT)
    assert answer.status == full.status
    assert answer.text in {
        "ok\n",
        "not ready\n",
        "not started\n",
        "not live\n",
        '{"status":"degraded"}',
        '{"status":"error"}',
        "400: Bad Request\n",
        "404: Not Found\n",
    }
    assert (answer.status == 200) == (answer.text in {"ok\n", '{"status":"degraded"}'})


async def test_a_user_reads_the_reasons_there(file: Path) -> None:
    async with guarded(file, judged=service(DOWN)) as served:
        assert (await served.get("/readyz")).text == "not ready\n"
        assert "CONN_REFUSED" in (await served.get("/readyz", RIGHT)).text
        assert "[-]connect failed" in (await served.get("/readyz?verbose", RIGHT)).text


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/..", 404)])
async def test_what_is_not_there_needs_no_login(served: Guarded, path: str, status: int) -> None:
    assert (await served.get(path)).status == status


@pytest.mark.parametrize("path", [*OPEN, *CLOSED])
async def test_a_wrong_method_is_told_before_anything_else(served: Guarded, path: str) -> None:
    answer = await served.get(path, method="POST")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")


async def test_a_route_is_closed_unless_it_is_named_here(served: Guarded) -> None:
    found = set()
    for resource in create_app(service()).router.resources():
        path = resource.canonical.replace("{name}", "ping")
        if (await served.get(path)).status != 401:
            found.add(path)
    assert found == set(OPEN)


async def test_one_login_is_computed_once_and_not_in_the_loop(
    served: Guarded, counted: Counted
) -> None:
    answers = await asyncio.gather(*(served.get("/metrics", RIGHT) for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    wrong = login("alice", "wrong")
    answers = await asyncio.gather(*(served.get("/metrics", wrong) for _ in range(20)))
    assert {answer.status for answer in answers} == {401}
    stranger = login("mallory", "x")
    answers = await asyncio.gather(*(served.get("/metrics", stranger) for _ in range(20)))
    assert {answer.status for answer in answers} == {401}
    # The stranger costs what a user costs, so that the time does not tell who exists.
    assert counted.count == 3
    assert len(counted.threads) == 1
    assert threading.get_ident() not in counted.threads


async def test_strangers_at_the_open_doors_cost_nothing(served: Guarded, counted: Counted) -> None:
    for path in OPEN:
        assert (await served.get(path)).status in {200, 503}
    assert counted.count == 0


async def test_too_many_logins_are_sent_away_and_others_served(
    served: Guarded, counted: Counted
) -> None:
    assert (await served.get("/metrics", RIGHT)).status == 200
    counted.gate.clear()
    waiting = [
        asyncio.create_task(served.get("/metrics", login("alice", str(number))))
        for number in range(2)
    ]
    refused = await _first_refusal(served)
    assert refused.headers["Retry-After"] == "1"
    assert refused.text == "429: Too Many Requests\n"
    # Whoever is known, and whoever needs no password, does not wait behind them.
    assert (await served.get("/metrics", RIGHT)).status == 200
    assert (await served.get("/livez")).status == 200
    # A login that cannot be checked now is no reason to call a container dead.
    assert (await served.get("/livez", login("alice", "later"))).text == "ok\n"
    counted.gate.set()
    assert {answer.status for answer in await asyncio.gather(*waiting)} <= {401, 429}
    assert counted.count <= 4


async def _first_refusal(served: Guarded) -> Answer:
    for number in range(100, 200):
        task = asyncio.create_task(served.get("/metrics", login("alice", str(number))))
        done, _ = await asyncio.wait([task], timeout=0.5)
        if done:
            return task.result()
    raise AssertionError("nobody was sent away")


async def test_what_was_wrong_is_forgotten_at_some_time(
    served: Guarded, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_WRONG", 3)
    assert (await served.get("/metrics", RIGHT)).status == 200
    for number in range(6):
        assert (await served.get("/metrics", login("alice", str(number)))).status == 401
    assert counted.count == 7
    assert (await served.get("/metrics", login("alice", "5"))).status == 401
    assert counted.count == 7
    assert (await served.get("/metrics", login("alice", "0"))).status == 401
    assert counted.count == 8
    # Strangers do not push out those who have the right password.
    assert (await served.get("/metrics", RIGHT)).status == 200
    assert counted.count == 8


async def test_configured_headers_are_on_every_response(tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text(
        "http_server_config:\n  headers:\n"
        "    Strict-Transport-Security: max-age=60\n    X-Frame-Options: sameorigin\n"
        f"basic_auth_users: {{alice: {hashed(PASSWORD)}}}\n"
    )
    async with guarded(file) as served:
        for path in ("/", "/livez", "/nothing"):
            for headers in ({}, RIGHT):
                answer = await served.get(path, headers)
                assert answer.headers["Strict-Transport-Security"] == "max-age=60"
                assert answer.headers["X-Frame-Options"] == "sameorigin"


async def test_without_users_all_is_open(tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text("")
    async with guarded(file, judged=service(DOWN)) as served:
        assert "CONN_REFUSED" in (await served.get("/readyz")).text
        assert (await served.get("/metrics", login("alice", "any"))).status == 200


async def test_no_password_stands_in_the_memory_of_the_cache(served: Guarded) -> None:
    await served.get("/metrics", RIGHT)
    await served.get("/metrics", login("alice", "wrong horse"))
    kept = served.guard._passwords
    remembered = repr([kept._right, kept._wrong, kept._pending])
    assert kept._right
    assert kept._wrong
    assert "horse" not in remembered


async def test_a_login_that_takes_its_time_is_not_cut_off(file: Path, counted: Counted) -> None:
    async with guarded(file, patience=0.2) as served:
        counted.gate.clear()
        asked = asyncio.create_task(served.get("/metrics", RIGHT))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(asked), 0.6)
        counted.gate.set()
        assert (await asked).status == 200


async def test_pipelined_requests_are_each_asked(served: Guarded) -> None:
    right = f"GET /livez HTTP/1.1\r\nHost: x\r\nAuthorization: {RIGHT['Authorization']}\r\n\r\n"
    then = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    got = await exchange(served.port, (right + then).encode())
    assert got.count(b"HTTP/1.1 200 OK") == 1
    assert got.count(b"HTTP/1.1 401 Unauthorized") == 1
