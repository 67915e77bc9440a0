"""What makes a verdict down, degraded or up: requirements, roles, accepted codes, start-up."""

from __future__ import annotations

import pytest

from redis_health.model import Capability, CheckStatus, Failure, Nature, Severity, State
from redis_health.probes.memory import OOM
from redis_health.probes.persistence import AOF_ERR, BGSAVE_ERR
from redis_health.probes.replication import ROLE_MISMATCH
from redis_health.verdict import without
from tests.verdict.story import (
    MISCONF,
    PROBES,
    REFUSED,
    RESET,
    SILENT,
    UNEXPECTED,
    WRONGPASS,
    Story,
    policy,
    reply,
)

C = Capability
NOPERM = reply("NOPERM User mon has no permissions to run the 'info' command", "INFO")
LOADING = reply("LOADING Redis is loading the dataset in memory")
BUSY = reply("BUSY Redis is busy running a script.")
FULL = reply("ERR max number of clients reached")
MASTERDOWN = reply(
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."
)
CLUSTERDOWN = reply("CLUSTERDOWN Hash slot not served")


@pytest.mark.parametrize(
    ("failure", "primary", "replica"),
    [
        (SILENT, "down", "down"),
        (REFUSED, "down", "down"),
        (LOADING, "down", "down"),
        (BUSY, "down", "down"),
        (CLUSTERDOWN, "down", "down"),
        (MASTERDOWN, "down", "down"),
        (WRONGPASS, "down", "down"),
        (MISCONF, "down", "degraded"),
        (reply("OOM command not allowed when used memory > 'maxmemory'."), "down", "degraded"),
        (reply("NOREPLICAS Not enough good replicas to write."), "down", "degraded"),
        (reply("NOPERM User mon has no permissions to run the 'ping' command"),)
        + ("degraded",) * 2,
    ],
)
def test_what_is_required_follows_from_the_role(
    failure: Failure, primary: str, replica: str
) -> None:
    for role, severity in (("master", primary), ("slave", replica)):
        story = Story().well(role=role)
        for _ in range(3):
            story.round("ping", failure)
        assert story.told == {failure.code: severity}, role
        assert story.verdict.state.value == severity


@pytest.mark.parametrize(
    ("requires", "severity"),
    [
        ({C.CONNECT, C.READ}, "degraded"),
        ({C.CONNECT, C.WRITE}, "down"),
        ({C.DURABILITY}, "degraded"),
    ],
)
def test_the_operator_decides_what_is_required(requires: set[C], severity: str) -> None:
    for role in ("master", "slave"):
        story = Story(policy(requires=frozenset(requires))).well(role=role)
        story.round("memory", findings=[OOM.found("memory full")])
        assert story.told == {"OOM": severity}


@pytest.mark.parametrize("required", list(C))
@pytest.mark.parametrize("failure", [SILENT, REFUSED, WRONGPASS, FULL])
def test_whatever_is_required_is_lost_with_the_server(required: C, failure: Failure) -> None:
    story = Story(policy(requires=frozenset({required}))).well()
    for _ in range(3):
        story.round("ping", failure)
    assert story.told == {failure.code: "down"}


def test_durability_degrades_unless_it_is_required() -> None:
    failed = [BGSAVE_ERR.found("last RDB save failed")]
    assert Story().well().round("persistence", findings=failed).told == {"BGSAVE_ERR": "degraded"}
    required = policy(requires=frozenset({C.CONNECT, C.DURABILITY}))
    assert Story(required).well().round("persistence", findings=failed).told == {
        "BGSAVE_ERR": "down"
    }


def test_an_expected_role_is_required() -> None:
    wrong = [ROLE_MISMATCH.found("expected a primary, this is a replica")]
    story = Story(policy(expect_role="master")).well(role="slave")
    assert story.round("replication", findings=wrong, facts={"role": "slave"}).told == {
        "ROLE_MISMATCH": "down"
    }


def test_a_probe_that_may_not_ask_degrades_and_says_so() -> None:
    story = Story().well()
    for name in story.probes:
        if name not in {"ping", "connect"}:
            story.round(name, NOPERM)
    verdict = story.verdict
    assert story.told == {"NOPERM_PROBE": "degraded"}
    assert verdict.checks["memory"].status is CheckStatus.UNAVAILABLE
    assert verdict.checks["memory"].message == "user default may not run INFO"
    message = verdict.reasons[0].message
    assert message.startswith(
        "user default may not run INFO: memory, persistence, replication, clients,"
    )
    assert message.endswith(" not checked")
    assert verdict.checks["ping"].status is CheckStatus.OK
    assert verdict.redis_up is True
    assert verdict.fresh == {"ping", "connect"}


def test_an_optional_source_that_is_refused_changes_nothing_but_its_check() -> None:
    story = Story().well().round("slowlog", unavailable="user default may not run SLOWLOG")
    assert story.verdict.state is State.UP
    view = story.verdict.checks["slowlog"]
    assert (view.status, view.message) == (
        CheckStatus.UNAVAILABLE,
        "user default may not run SLOWLOG",
    )


def test_what_the_operator_lives_with_is_a_note() -> None:
    story = Story(policy(accepted=frozenset({"OOM"}))).well()
    story.round("memory", findings=[OOM.found("memory full")])
    assert story.verdict.state is State.UP
    assert [(note.code, note.severity) for note in story.verdict.notes] == [("OOM", Severity.NOTE)]
    assert story.verdict.checks["memory"].status is CheckStatus.OK


def test_an_accepted_cause_does_not_hide_what_it_explains() -> None:
    story = Story(policy(accepted=frozenset({"MISCONF_RDB"}))).well()
    story.round("ping", MISCONF)
    story.round("persistence", findings=[BGSAVE_ERR.found("last RDB save failed")])
    assert story.told == {"BGSAVE_ERR": "degraded"}
    assert story.noted == {"MISCONF_RDB"}
    assert story.verdict.checks["ping"].status is CheckStatus.DEGRADED


def test_the_worst_reason_comes_first() -> None:
    story = Story().well()
    story.round("persistence", findings=[AOF_ERR.found("last write to the AOF failed")])
    story.round("replication", findings=[ROLE_MISMATCH.found("no")], facts={"role": "master"})
    story.round("memory", findings=[OOM.found("memory full")])
    assert [reason.severity.value for reason in story.verdict.reasons] == [
        "down",
        "degraded",
        "degraded",
    ]
    views = story.verdict.checks
    assert views["memory"].status is CheckStatus.ERROR
    assert views["persistence"].status is CheckStatus.DEGRADED
    assert (views["memory"].code, views["memory"].message) == ("OOM", "memory full")


def test_a_failure_that_costs_a_replica_nothing_required_is_no_error_of_its_check() -> None:
    story = Story().well(role="slave").round("ping", MISCONF)
    assert story.verdict.checks["ping"].status is CheckStatus.DEGRADED
    assert story.verdict.checks["ping"].code == "MISCONF_RDB"


def test_before_anything_was_observed_it_is_starting() -> None:
    story = Story()
    verdict = story.verdict
    assert story.told == {"STARTING": "down"}
    assert (verdict.redis_up, verdict.identity, verdict.observed_at) == (None, None, None)
    assert verdict.reasons[0].message == f"no probe has finished yet (0 of {len(story.probes)})"
    assert {view.status for view in verdict.checks.values()} == {CheckStatus.STARTING}


@pytest.mark.parametrize("missing", ["ping", "connect", "memory", "persistence", "replication"])
def test_it_is_starting_until_all_that_is_required_has_been_looked_at(missing: str) -> None:
    story = Story().well(missing)
    assert story.told == {"STARTING": "down"}
    assert story.reason("STARTING").message.startswith(f"{missing} has not been answered yet")
    assert story.round(missing).verdict.state is State.UP


def test_what_cannot_cost_anything_required_is_not_waited_for() -> None:
    assert Story().well("slowlog", "latency", "keyspace").verdict.state is State.UP


def test_a_probe_that_runs_and_is_refused_is_not_waited_for() -> None:
    assert Story().well("memory").round("memory", NOPERM).told == {"NOPERM_PROBE": "degraded"}


def test_a_failure_that_harms_nobody_does_not_end_the_start() -> None:
    story = Story().round("memory", NOPERM)
    assert story.told == {"STARTING": "down", "NOPERM_PROBE": "degraded"}


def test_a_failure_at_start_up_is_told_instead_of_starting() -> None:
    story = Story().round("ping", REFUSED)
    assert story.told == {"STARTING": "down"}
    assert story.verdict.redis_up is None
    story.round("ping", REFUSED)
    assert story.told == {"CONN_REFUSED": "down"}
    assert story.verdict.redis_up is False


def test_our_own_trouble_at_start_up_is_named() -> None:
    story = Story().round("ping", own_fault="Too many open files")
    assert story.reason("STARTING").message.endswith("Too many open files")


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (LOADING, True),
        (BUSY, True),
        (NOPERM, True),
        (MISCONF, True),
        (CLUSTERDOWN, True),
        (SILENT, False),
        (REFUSED, False),
        (RESET, False),
        (FULL, False),
        (WRONGPASS, False),
        (UNEXPECTED, False),
    ],
)
def test_redis_up_says_whether_redis_lets_us_in(failure: Failure, expected: bool) -> None:
    story = Story()
    assert story.verdict.redis_up is None
    assert story.well().verdict.redis_up is True
    for _ in range(3):
        story.round("ping", failure)
    assert story.verdict.redis_up is expected
    assert story.round("ping").round("ping").verdict.redis_up is True


@pytest.mark.parametrize("failure", [SILENT, REFUSED, FULL, UNEXPECTED])
def test_redis_up_includes_the_dial(failure: Failure) -> None:
    story = Story().well()
    for _ in range(3):
        assert story.verdict.redis_up is (
            story.snapshot.checks["connect"].streak < POLICY_FALL[failure.nature]
        )
        story.round("connect", failure)
    assert story.verdict.redis_up is False


POLICY_FALL = policy().fall


def test_redis_up_is_absent_where_nobody_looks() -> None:
    no_lanes = {name: p for name, p in PROBES.items() if name not in {"ping", "connect"}}
    story = Story(probes=no_lanes).well()
    assert story.verdict.redis_up is None


def test_an_excluded_check_is_judged_as_if_it_did_not_exist() -> None:
    story = Story().well().round("memory", findings=[OOM.found("memory full")])
    story.snapshot = without(story.snapshot, frozenset({"memory"}))
    assert story.verdict.state is State.UP
    assert "memory" not in story.verdict.checks


def test_the_state_keeps_its_beginning() -> None:
    story = Story().well()
    since = story.verdict.since
    assert since == story.wall
    assert story.wait(1.0).well().verdict.since == since
    story.round("ping", BUSY)
    assert story.verdict.since == story.wall
    assert story.verdict.observed_at == story.wall


def test_the_identity_is_what_the_server_said_last() -> None:
    facts = {"version": "7.2.4", "valkey_version": "8.1.8", "name": "valkey", "run_id": "ab"}
    story = Story().well().round("server", facts={**facts, "mode": "cluster"})
    identity = story.verdict.identity
    assert identity is not None
    assert (identity.name, identity.version, identity.compatible_version) == (
        "valkey",
        "7.2.4",
        "8.1.8",
    )
    assert (identity.run_id, identity.mode, identity.role) == ("ab", "cluster", "master")
    story.round("server", facts={"version": "7.0.15"})
    identity = story.verdict.identity
    assert identity is not None
    assert (identity.name, identity.mode) == ("redis", "standalone")


def test_a_role_is_required_only_when_one_is_expected() -> None:
    assert C.ROLE not in policy().required("master")
    assert C.ROLE in policy(expect_role="slave").required("slave")
    assert policy().required(None) == policy().required("master")
    assert policy().required("slave") == policy().required("master") - {C.WRITE}
    assert Nature.SILENCE in policy().fall
