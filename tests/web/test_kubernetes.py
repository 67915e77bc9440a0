"""``/readyz``, ``/startupz`` and ``/livez``."""

from __future__ import annotations

import pytest

from redis_health.model import CheckStatus, CheckView, Severity, State, Verdict
from tests.web.conftest import Connect
from tests.web.stub import (
    DEGRADED,
    DOWN,
    STARTING,
    UP,
    StubMonitor,
    reason,
    service,
    spared,
    verdict,
    view,
)


@pytest.mark.parametrize(
    ("judged", "code", "body"),
    [
        (UP, 200, "ok\n"),
        (DEGRADED, 200, "ok\nMEM_HIGH: memory 92%\n  advice: mend it\n"),
        (DOWN, 503, "CONN_REFUSED: refused by 127.0.0.1:6379\n  advice: mend it\n"),
        (STARTING, 503, "STARTING: no probe has finished yet\n  advice: mend it\n"),
    ],
)
async def test_readyz_is_ok_or_the_reasons(
    connect: Connect, judged: Verdict, code: int, body: str
) -> None:
    client = await connect(service(judged))
    answer = await client.get("/readyz")
    assert answer.status == code
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert await answer.text() == body


@pytest.mark.parametrize(
    ("judged", "body"),
    [
        (UP, "draining: shutting down within 5 s\n"),
        (
            DOWN,
            "draining: shutting down within 5 s\n"
            "CONN_REFUSED: refused by 127.0.0.1:6379\n  advice: mend it\n",
        ),
    ],
)
async def test_draining_shows_first_on_readyz(connect: Connect, judged: Verdict, body: str) -> None:
    draining = service(judged)
    draining.draining = True
    client = await connect(draining)
    answer = await client.get("/readyz")
    assert answer.status == 503
    assert await answer.text() == body


async def test_draining_shows_on_readyz_alone(connect: Connect) -> None:
    draining = service()
    client = await connect(draining)
    paths = ("/health", "/healthz", "/readyz/ping", "/startupz", "/livez", "/metrics", "/")
    before = [await (await client.get(path)).text() for path in paths]
    draining.draining = True
    after = [await client.get(path) for path in paths]
    assert [answer.status for answer in after] == [200] * len(paths)
    assert [await answer.text() for answer in after] == before
    verbose = await client.get("/readyz?verbose")
    assert verbose.status == 503
    assert (await verbose.text()).splitlines() == [
        "[-]draining failed: shutting down within 5 s",
        "[+]ping ok",
        "[+]memory ok",
        "readyz check failed",
    ]


async def test_a_reason_without_advice_is_one_line(connect: Connect) -> None:
    judged = verdict(State.DOWN, reasons=[reason("OOM", "memory", message="full", advice="")])
    client = await connect(service(judged))
    assert await (await client.get("/readyz")).text() == "OOM: full\n"


async def test_readyz_verbose_lists_every_check(connect: Connect) -> None:
    judged = verdict(
        State.DOWN,
        reasons=[
            reason("OOM", "memory", message="memory full"),
            reason("MEM_HIGH", "memory", Severity.DEGRADED, message="memory 100%"),
            reason("ROLE_MISMATCH", "role", message="expected\na primary"),
        ],
        checks=[
            view("ping"),
            view("memory", CheckStatus.ERROR, code="OOM", message="full"),
            view("persistence", CheckStatus.DEGRADED, code="UNSAVED", message="not saved"),
            view("slowlog", CheckStatus.UNAVAILABLE, code="NOPERM", message="not allowed"),
            view("latency", CheckStatus.STARTING),
        ],
    )
    client = await connect(service(judged))
    answer = await client.get("/readyz?verbose")
    assert answer.status == 503
    assert (await answer.text()).splitlines() == [
        "[+]ping ok",
        "[-]memory failed: OOM memory full; MEM_HIGH memory 100%",
        "[+]persistence degraded: UNSAVED not saved",
        "[+]slowlog unavailable: NOPERM not allowed",
        "[-]latency starting",
        "[-]role failed: ROLE_MISMATCH expected a primary",
        "readyz check failed",
    ]


@pytest.mark.parametrize("query", ["verbose", "verbose=", "verbose=1", "verbose=true"])
async def test_readyz_verbose_passes_when_degraded(connect: Connect, query: str) -> None:
    client = await connect(service(DEGRADED))
    answer = await client.get(f"/readyz?{query}")
    assert answer.status == 200
    assert (await answer.text()).splitlines() == [
        "[+]ping ok",
        "[+]memory degraded: MEM_HIGH memory 92%",
        "readyz check passed",
    ]


async def test_exclude_leaves_a_check_out(connect: Connect) -> None:
    monitor = StubMonitor(DOWN)
    monitor.without[frozenset({"connect"})] = spared(DOWN, "connect")
    client = await connect(service(monitor=monitor))
    answer = await client.get("/readyz?exclude=connect")
    assert (answer.status, await answer.text()) == (200, "ok\n")
    verbose = await client.get("/readyz?verbose&exclude=connect")
    assert verbose.status == 200
    assert (await verbose.text()).splitlines() == [
        "[+]ping ok",
        "[+]connect excluded: ok",
        "readyz check passed",
    ]


async def test_exclude_may_be_repeated(connect: Connect) -> None:
    monitor = StubMonitor(DOWN)
    both = frozenset({"connect", "ping"})
    monitor.without[both] = spared(DOWN, *both, state=State.DOWN)
    client = await connect(service(monitor=monitor))
    answer = await client.get("/readyz?exclude=connect&exclude=ping&verbose")
    assert answer.status == 503
    assert (await answer.text()).splitlines() == [
        "[+]connect excluded: ok",
        "[+]ping excluded: ok",
        "readyz check failed",
    ]


@pytest.mark.parametrize("path", ["/readyz", "/startupz"])
@pytest.mark.parametrize(
    "query",
    [
        "exclude=pong",
        "exclude=ping&exclude=pong",
        "exclude=",
        "exclude=a%0Ab",
        "exclude=%FF",
        "exclude=<script>",
    ],
)
async def test_exclude_of_an_unknown_check_is_the_clients_mistake(
    connect: Connect, path: str, query: str
) -> None:
    client = await connect(service())
    answer = await client.get(f"{path}?{query}")
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    # What was asked for is not repeated.
    assert await answer.text() == "no check has this name; the checks are ping, memory\n"


@pytest.mark.parametrize(
    ("checked", "severity", "told", "mark"),
    [
        (view("ping"), None, (200, "ok\n"), "[+]ping ok"),
        (
            view("ping", CheckStatus.DEGRADED, code="SLOW", message="301 ms"),
            Severity.DEGRADED,
            (200, "ok\nSLOW: it is broken\n  advice: mend it\n"),
            "[+]ping degraded: SLOW it is broken",
        ),
        (
            view("ping", CheckStatus.ERROR, code="SLOW"),
            Severity.DOWN,
            (503, "SLOW: it is broken\n  advice: mend it\n"),
            "[-]ping failed: SLOW it is broken",
        ),
        (
            view("ping", CheckStatus.ERROR, code="SLOW"),
            Severity.DEGRADED,
            (503, "SLOW: it is broken\n  advice: mend it\n"),
            "[-]ping failed, not required: SLOW it is broken",
        ),
        (
            view("ping", CheckStatus.UNOBSERVED, code="UNOBSERVED", message="last ran 41 s ago"),
            None,
            (503, "unobserved, not required: UNOBSERVED last ran 41 s ago\n"),
            "[-]ping unobserved, not required: UNOBSERVED last ran 41 s ago",
        ),
        (
            view("ping", CheckStatus.STARTING, observed=None),
            None,
            (503, "starting, not required\n"),
            "[-]ping starting, not required",
        ),
        (
            view("ping", CheckStatus.UNAVAILABLE, message="not allowed"),
            None,
            (200, "ok\nunavailable: not allowed\n"),
            "[+]ping unavailable: not allowed",
        ),
    ],
)
async def test_one_check_alone(
    connect: Connect,
    checked: CheckView,
    severity: Severity | None,
    told: tuple[int, str],
    mark: str,
) -> None:
    reasons = [] if severity is None else [reason("SLOW", "ping", severity)]
    state = State.DOWN if severity is Severity.DOWN else State.DEGRADED
    other = reason("MEM_HIGH", "memory", Severity.DEGRADED)
    judged = verdict(state, reasons=[*reasons, other], checks=[checked, view("memory")])
    client = await connect(service(judged))
    answer = await client.get("/readyz/ping")
    assert (answer.status, await answer.text()) == told
    verbose = await client.get("/readyz/ping?verbose")
    outcome = "readyz check passed" if told[0] == 200 else "readyz check failed"
    assert verbose.status == told[0]
    assert (await verbose.text()).splitlines() == [mark, outcome]


async def test_a_check_that_the_lost_way_takes_along_has_failed(connect: Connect) -> None:
    cut_off = view("memory", CheckStatus.ERROR, code="CONN_REFUSED", message="refused")
    judged = verdict(State.DOWN, reasons=DOWN.reasons, checks=[*DOWN.checks.values(), cut_off])
    client = await connect(service(judged))
    answer = await client.get("/readyz/memory")
    assert (answer.status, await answer.text()) == (503, "failed: CONN_REFUSED refused\n")
    verbose = await client.get("/readyz?verbose")
    assert "[-]memory failed: CONN_REFUSED refused" in (await verbose.text()).splitlines()


@pytest.mark.parametrize("endpoint", ["readyz", "startupz"])
async def test_an_unknown_check_is_not_found(connect: Connect, endpoint: str) -> None:
    client = await connect(service())
    answer = await client.get(f"/{endpoint}/pong")
    assert answer.status == 404
    assert await answer.text() == "no check has this name; the checks are ping, memory\n"


async def test_startupz_waits_for_every_check_and_then_never_again(connect: Connect) -> None:
    monitor = StubMonitor(STARTING, rounds={"ping": 0, "memory": 3, "slowlog": 0})
    client = await connect(service(monitor=monitor))
    answer = await client.get("/startupz")
    assert answer.status == 503
    assert (
        await answer.text() == "STARTING: 2 of 3 checks have finished no round yet: ping, slowlog\n"
    )
    verbose = await client.get("/startupz?verbose&exclude=slowlog")
    assert verbose.status == 503
    assert (await verbose.text()).splitlines() == [
        "[-]ping failed: STARTING no round has finished yet",
        "[+]memory ok",
        "[+]slowlog excluded: ok",
        "startupz check failed",
    ]
    assert (await client.get("/startupz?exclude=slowlog&exclude=ping")).status == 200
    assert (await client.get("/startupz/memory")).status == 200
    assert (await client.get("/startupz/ping")).status == 503

    monitor.rounds = {"ping": 1, "memory": 3, "slowlog": 1}
    answer = await client.get("/startupz")
    assert (answer.status, await answer.text()) == (200, "ok\n")

    monitor.rounds = {"ping": 0, "memory": 0, "slowlog": 0}
    for path in ("/startupz", "/startupz/ping", "/startupz?verbose"):
        assert (await client.get(path)).status == 200


async def test_startupz_does_not_ask_what_came_of_the_rounds(connect: Connect) -> None:
    client = await connect(service(DOWN))
    assert (await client.get("/startupz")).status == 200


@pytest.mark.parametrize("judged", [UP, DEGRADED, DOWN, STARTING])
async def test_livez_never_depends_on_redis(connect: Connect, judged: Verdict) -> None:
    client = await connect(service(judged))
    answer = await client.get("/livez")
    assert (answer.status, await answer.text()) == (200, "ok\n")


async def test_livez_names_the_probes_that_are_stuck(connect: Connect) -> None:
    monitor = StubMonitor(stuck_probes=("memory", "scheduler"))
    client = await connect(service(monitor=monitor))
    answer = await client.get("/livez")
    assert answer.status == 503
    assert await answer.text() == (
        "STALE: makes no progress, this service needs a restart: memory, scheduler\n"
    )
    verbose = await client.get("/livez?verbose")
    assert verbose.status == 503
    assert (await verbose.text()).splitlines() == [
        "[+]event-loop ok",
        "[+]ping ok",
        "[-]memory failed: STALE makes no progress, this service needs a restart",
        "[-]scheduler failed: STALE makes no progress, this service needs a restart",
        "livez check failed",
    ]


async def test_livez_verbose_passes(connect: Connect) -> None:
    client = await connect(service(DOWN))
    answer = await client.get("/livez?verbose")
    assert answer.status == 200
    assert (await answer.text()).splitlines() == [
        "[+]event-loop ok",
        "[+]ping ok",
        "[+]memory ok",
        "livez check passed",
    ]
