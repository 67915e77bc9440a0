"""``/health`` and ``/healthz``: the verdict as JSON."""

from __future__ import annotations

import json

import pytest

from redis_health.model import CheckStatus, Severity, State, Target, Verdict
from redis_health.web.health_json import wanted
from tests.web.conftest import Connect
from tests.web.stub import (
    DEGRADED,
    DOWN,
    STARTING,
    UP,
    VALKEY,
    StubMonitor,
    reason,
    service,
    verdict,
    view,
)

HEALTH_JSON = {"Accept": "application/health+json"}


@pytest.mark.parametrize(
    ("judged", "code", "body"),
    [
        (UP, 200, b'{"status":"ok"}'),
        (DEGRADED, 200, b'{"status":"degraded"}'),
        (DOWN, 503, b'{"status":"error"}'),
        (STARTING, 503, b'{"status":"error"}'),
    ],
)
async def test_healthz_is_the_state_in_one_word(
    connect: Connect, judged: Verdict, code: int, body: bytes
) -> None:
    client = await connect(service(judged))
    answer = await client.get("/healthz")
    assert answer.status == code
    assert answer.headers["Content-Type"] == "application/json"
    assert await answer.read() == body


@pytest.mark.parametrize(
    ("judged", "code", "status", "state"),
    [
        (UP, 200, "ok", "up"),
        (DEGRADED, 200, "degraded", "degraded"),
        (DOWN, 503, "error", "down"),
        (STARTING, 503, "error", "down"),
    ],
)
async def test_health_tells_the_state_in_both_vocabularies(
    connect: Connect, judged: Verdict, code: int, status: str, state: str
) -> None:
    client = await connect(service(judged))
    answer = await client.get("/health")
    body = await answer.json()
    assert answer.status == code
    assert (body["status"], body["services"], body["state"]) == (status, {"redis": status}, state)


async def test_health_begins_with_the_four_keys_of_old_and_keeps_its_order(
    connect: Connect,
) -> None:
    client = await connect(service())
    answer = await client.get("/health")
    text = await answer.text()
    assert answer.headers["Content-Type"] == "application/json"
    assert text.startswith(
        '{"status":"ok","version":"7.0.15","hostname":"sidecar-1","services":{"redis":"ok"},'
    )
    assert list(json.loads(text)) == [
        "status",
        "version",
        "hostname",
        "services",
        "state",
        "reasons",
        "checks",
        "role",
        "observed_at",
        "detect_within_seconds",
        "server",
        "notes",
        "target",
        "since",
    ]


async def test_health_of_a_primary_in_full(connect: Connect) -> None:
    note = reason("RECONNECTED", "connect", Severity.NOTE, message="again", advice="none")
    client = await connect(service(verdict(notes=[note])))
    body = await (await client.get("/health")).json()
    assert body == {
        "status": "ok",
        "version": "7.0.15",
        "hostname": "sidecar-1",
        "services": {"redis": "ok"},
        "state": "up",
        "reasons": [],
        "checks": {
            "ping": {"status": "ok", "age_seconds": 0.5, "latency_seconds": 0.0003},
            "memory": {"status": "ok", "age_seconds": 0.5},
        },
        "role": "master",
        "observed_at": "2026-01-02T03:04:04.678Z",
        "detect_within_seconds": 4.0,
        "server": {
            "name": "redis",
            "version": "7.0.15",
            "mode": "standalone",
            "run_id": "a" * 40,
        },
        "notes": [
            {
                "code": "RECONNECTED",
                "check": "connect",
                "severity": "note",
                "message": "again",
                "advice": "none",
                "since": "2026-01-02T03:03:05.678Z",
            }
        ],
        "target": "redis://redis:6379",
        "since": "2026-01-02T02:04:05.678Z",
    }


async def test_reasons_carry_what_the_person_on_call_needs(connect: Connect) -> None:
    client = await connect(service(DOWN))
    body = await (await client.get("/health")).json()
    assert body["reasons"] == [
        {
            "code": "CONN_REFUSED",
            "check": "connect",
            "severity": "down",
            "message": "refused by 127.0.0.1:6379",
            "advice": "mend it",
            "since": "2026-01-02T03:03:05.678Z",
        }
    ]
    assert body["checks"]["connect"] == {
        "status": "error",
        "age_seconds": 0.5,
        "code": "CONN_REFUSED",
        "message": "refused",
    }


async def test_nothing_is_made_up_before_the_first_result(connect: Connect) -> None:
    client = await connect(service(STARTING))
    body = await (await client.get("/health")).json()
    assert body["checks"] == {"ping": {"status": "starting", "age_seconds": None}}
    unknown = ("version", "server", "role", "observed_at")
    assert [body[key] for key in unknown] == [None] * 4


async def test_a_check_that_is_ok_shows_no_code(connect: Connect) -> None:
    checks = [view("ping", code="FLAP_SUPPRESSED", message="1 of 3 failures needed")]
    client = await connect(service(verdict(checks=checks)))
    body = await (await client.get("/health")).json()
    assert body["checks"]["ping"] == {"status": "ok", "age_seconds": 0.5}


async def test_valkey_is_seen_as_valkey(connect: Connect) -> None:
    client = await connect(service(verdict(identity=VALKEY)))
    body = await (await client.get("/health")).json()
    assert (body["version"], body["role"]) == ("7.2.4", "slave")
    assert (body["server"]["name"], body["server"]["version"]) == ("valkey", "9.1.2")


async def test_ages_are_computed_per_request(connect: Connect) -> None:
    monitor = StubMonitor()
    client = await connect(service(monitor=monitor))
    ages = []
    for _ in range(2):
        body = await (await client.get("/health")).json()
        ages.append(body["checks"]["ping"]["age_seconds"])
        monitor.clock.advance(1.2345678)
    assert ages == [0.5, 1.735]


async def test_an_observation_that_is_newer_than_the_request_has_no_negative_age(
    connect: Connect,
) -> None:
    client = await connect(service(verdict(checks=[view("ping", observed=1000.1)])))
    body = await (await client.get("/health")).json()
    assert body["checks"]["ping"]["age_seconds"] == 0.0


async def test_no_endpoint_shows_a_password(connect: Connect) -> None:
    target = Target(host="redis", username="mon", password="s3cr3t")
    client = await connect(service(monitor=StubMonitor(DOWN, target=target)))
    for path in ("/", "/health", "/readyz?verbose", "/startupz?verbose", "/livez?verbose"):
        assert "s3cr3t" not in await (await client.get(path)).text()
    answer = await client.get("/health", headers=HEALTH_JSON)
    assert "s3cr3t" not in await answer.text()


async def test_what_redis_sent_and_is_no_utf8_is_still_an_answer(connect: Connect) -> None:
    foreign = b"no such command \xff\n<b>".decode("utf-8", "surrogateescape")
    judged = verdict(State.DOWN, reasons=[reason("ERROR_REPLY", "ping", message=foreign)])
    client = await connect(service(judged))
    body = json.loads(await (await client.get("/health")).read())
    assert body["reasons"][0]["message"] == foreign
    for path in ("/", "/readyz", "/readyz?verbose"):
        answer = await client.get(path)
        assert answer.status in {200, 503}
        assert "no such command" in await answer.text()


@pytest.mark.parametrize(
    ("judged", "code", "status"),
    [(UP, 200, "pass"), (DEGRADED, 200, "warn"), (DOWN, 503, "fail")],
)
async def test_the_ietf_form_is_given_on_request(
    connect: Connect, judged: Verdict, code: int, status: str
) -> None:
    client = await connect(service(judged))
    answer = await client.get("/health", headers=HEALTH_JSON)
    assert answer.status == code
    assert answer.headers["Content-Type"] == "application/health+json"
    assert answer.headers["Vary"] == "Accept"
    assert json.loads(await answer.read())["status"] == status


async def test_the_ietf_form_in_full(connect: Connect) -> None:
    judged = verdict(
        State.DEGRADED,
        reasons=[reason("MEM_HIGH", "memory", Severity.DEGRADED, message="memory 92%")],
        notes=[reason("RECONNECTED", "connect", Severity.NOTE, message="once")],
        checks=[
            view("ping", latency=0.0003),
            view("memory", CheckStatus.DEGRADED, code="MEM_HIGH", message="92%"),
            view("slowlog", CheckStatus.UNAVAILABLE, observed=None, message="not allowed"),
        ],
    )
    client = await connect(service(judged))
    body = json.loads(await (await client.get("/health", headers=HEALTH_JSON)).read())
    assert body == {
        "status": "warn",
        "version": "7.0.15",
        "releaseId": "0.1.0",
        "serviceId": "redis://redis:6379",
        "description": "Redis at redis:6379, seen from sidecar-1",
        "notes": ["RECONNECTED: once"],
        "output": "MEM_HIGH: memory 92%",
        "checks": {
            "redis:ping": [
                {
                    "componentType": "datastore",
                    "observedValue": 0.0003,
                    "observedUnit": "s",
                    "status": "pass",
                    "time": "2026-01-02T03:04:05.178Z",
                }
            ],
            "redis:memory": [
                {
                    "componentType": "datastore",
                    "status": "warn",
                    "time": "2026-01-02T03:04:05.178Z",
                    "output": "MEM_HIGH: 92%",
                }
            ],
            "redis:slowlog": [
                {"componentType": "datastore", "status": "warn", "output": "not allowed"}
            ],
        },
    }


async def test_the_ietf_form_leaves_out_what_is_not_known(connect: Connect) -> None:
    client = await connect(service(verdict(identity=None)))
    body = json.loads(await (await client.get("/health", headers=HEALTH_JSON)).read())
    assert "version" not in body
    assert "output" not in body


@pytest.mark.parametrize(
    ("accept", "ours"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("application/health+json", True),
        ("Application/Health+JSON", True),
        ("application/json, application/health+json", True),
        ("application/health+json;q=0.5, application/json;q=0.4", True),
        ("application/health+json;q=0.4, application/json;q=0.5", False),
        ("application/health+json;q=0", False),
        ("application/health+json; q=nonsense", False),
        ("application/health+json;charset=utf-8", True),
        ("application/health+jsonp", False),
    ],
)
def test_who_gets_the_ietf_form(accept: str, ours: bool) -> None:
    assert wanted(accept) is ours
