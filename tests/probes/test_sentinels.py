"""The Sentinels around a server: agreement, split brain, no quorum, TILT, and who is asked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from redis_health.client import RoundReader, Session
from redis_health.model import Capability, Fact, Finding, ProbeOptions, Target, Watchers
from redis_health.probes.sentinels import PROBE
from tests.certificates import Certificates
from tests.kinds import MATRIX
from tests.probes.readers import Recorded, Round
from tests.sentinels import SentinelTrio
from tests.servers import RedisServer, free_port


@dataclass
class Side:
    """A sidecar of one server: its rounds, each of which knows the one before."""

    session: Session
    expect_role: str | None = None
    timeout: float = 1.5
    last: Mapping[str, object] = field(default_factory=dict)

    async def look(self) -> Round:
        options = ProbeOptions(expect_role=self.expect_role)
        reader = RoundReader(self.session, timeout=self.timeout, last=self.last, options=options)
        result = Round(tuple(await PROBE.collect(reader)))
        self.last = result.facts
        return result

    async def until(self, code: str, *, within: float = 20.0, what: str = "") -> Finding:
        """The finding of this code that holds these words, once it is there."""
        result = await self.look()
        async with asyncio.timeout(within):
            while code not in result.codes or what not in result.findings[code].message:
                await asyncio.sleep(0.1)
                result = await self.look()
        return result.findings[code]


@contextlib.asynccontextmanager
async def beside(
    server: RedisServer,
    sentinels: str,
    *,
    name: str | None = "mymaster",
    host: str = "127.0.0.1",
    expect_role: str | None = None,
    tls: Any = None,
    **login: Any,
) -> AsyncIterator[Side]:
    targets = tuple(
        Target(host="127.0.0.1", port=int(each.rpartition(":")[2]), tls=tls, **login)
        for each in sentinels.split(",")
    )
    session = Session(
        Target(host=host, port=server.port, tls=tls),
        info_timeout=1.0,
        watchers=Watchers(sentinels=targets, primary=name),
    )
    try:
        yield Side(session, expect_role)
    finally:
        session.close()


@pytest.fixture(autouse=True)
def _each_round_asks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redis_health.client.session.SHARED_FOR", -1.0)


@pytest.fixture
def trio() -> Iterator[SentinelTrio]:
    with SentinelTrio(down_after=1000) as started:
        yield started


@pytest.mark.parametrize("kind", MATRIX)
async def test_all_agree(kind: str) -> None:
    with SentinelTrio(kind=kind) as trio:
        for server in (trio.primary, trio.replica):
            async with beside(server, trio.addresses) as side:
                result = await side.look()
                assert result.codes == set()
                for where in trio.addresses.split(","):
                    assert result.samples["redis_health_sentinel_up", where] == 1
                    assert result.samples["redis_health_sentinel_agrees", where] == 1
                assert result.samples["redis_health_sentinels_usable",] == 3
                assert not result.readings
        for sentinel in trio.sentinels:
            assert sentinel.info("stats")["total_error_replies"] == "0"


async def test_the_name_is_found_where_there_is_one(trio: SentinelTrio) -> None:
    async with beside(trio.primary, trio.addresses, name=None) as side:
        result = await side.look()
        assert result.codes == set()
        assert result.samples["redis_health_sentinels_usable",] == 3
        other = ("SENTINEL", "MONITOR", "other", "127.0.0.1", trio.replica.port, 2)
        trio.sentinels[0].call(*other)
        found = (await side.look()).findings
        assert set(found) == {"SENTINEL_NAME"}
        assert found["SENTINEL_NAME"].message in (
            "the sentinels watch 2 primaries (mymaster, other), and none was named",
            "the sentinels watch 2 primaries (other, mymaster), and none was named",
        )


async def test_sentinels_that_watch_nothing(trio: SentinelTrio) -> None:
    for sentinel in trio.sentinels:
        sentinel.call("SENTINEL", "REMOVE", "mymaster")
    async with beside(trio.primary, trio.addresses, name=None) as side:
        found = (await side.look()).findings
    assert {code: each.message for code, each in found.items()} == {
        "SENTINEL_NAME": "the sentinels watch no primary"
    }


async def test_an_unknown_name(trio: SentinelTrio) -> None:
    async with beside(trio.primary, trio.addresses, name="wrong") as side:
        found = (await side.look()).findings
        assert set(found) == {"SENTINEL_NAME"}
        assert found["SENTINEL_NAME"].message.endswith(" watch no primary named wrong")
    gone = trio.sentinels[0]
    gone.call("SENTINEL", "REMOVE", "mymaster")
    async with beside(trio.primary, trio.addresses) as side:
        result = await side.look()
        assert result.codes == {"SENTINEL_NAME"}
        assert result.findings["SENTINEL_NAME"].message == (
            f"127.0.0.1:{gone.port} watches no primary named mymaster"
        )
        assert result.samples["redis_health_sentinels_usable",] == 2


async def test_split_brain(trio: SentinelTrio) -> None:
    async with (
        beside(trio.primary, trio.addresses) as old,
        beside(trio.replica, trio.addresses) as new,
        beside(trio.primary, trio.addresses, expect_role="master") as expecting,
    ):
        for side in (old, new, expecting):
            assert (await side.look()).codes == set()
        trio.primary.freeze()
        await asyncio.to_thread(trio.wait_primary, trio.replica)
        # The new primary is never accused, not even while some Sentinels still name the old one.
        assert "NOT_THE_PRIMARY" not in (await new.look()).codes
        named = (
            f"sentinels say the primary mymaster is 127.0.0.1:{trio.replica.port} (3 of 3 agree)"
        )
        found = (await old.look()).findings["NOT_THE_PRIMARY"]
        assert found.message == f"{named}; this server was it before and cannot be reached"
        trio.primary.thaw()
        found = (await old.look()).findings["NOT_THE_PRIMARY"]
        assert found.message == f"{named}; this server still accepts writes that will be lost"
        assert f"REPLICAOF 127.0.0.1 {trio.replica.port}" in found.advice
        assert found.lost == {Capability.READ, Capability.WRITE}
        assert trio.primary.call("SET", "lost", "write") == "OK"
        where = f"127.0.0.1:{trio.sentinels[0].port}"
        assert (await old.look()).samples["redis_health_sentinel_agrees", where] == 0
        assert "NOT_THE_PRIMARY" not in (await new.look()).codes

        trio.primary.call("REPLICAOF", "127.0.0.1", trio.replica.port)
        assert "NOT_THE_PRIMARY" not in (await old.look()).codes
        found = (await expecting.look()).findings["NOT_THE_PRIMARY"]
        assert found.message == f"{named}; this server is a replica, and writes fail READONLY"
        assert found.lost == {Capability.ROLE, Capability.WRITE}
        assert (await old.look()).samples["redis_health_sentinel_agrees", where] == 1


async def test_a_sidecar_that_comes_late_to_a_split_brain(trio: SentinelTrio) -> None:
    for sentinel in trio.sentinels:
        # They ask a new primary who it is within 10 s; until then nothing proves it.
        sentinel.call("SENTINEL", "DEBUG", "info-period", 1000)
    trio.primary.freeze()
    await asyncio.to_thread(trio.wait_primary, trio.replica)
    trio.primary.thaw()
    async with beside(trio.primary, trio.addresses) as side:
        await side.until("NOT_THE_PRIMARY", within=7.0)


async def test_an_old_primary_that_comes_back(trio: SentinelTrio) -> None:
    async with beside(trio.primary, trio.addresses, host="localhost") as side:
        assert (await side.look()).codes == set()
        trio.primary.kill()
        await asyncio.to_thread(trio.wait_primary, trio.replica)
        trio.primary.start()
        found = (await side.look()).findings["NOT_THE_PRIMARY"]
        assert found.message.endswith("this server still accepts writes that will be lost")


async def test_a_primary_that_is_gone(trio: SentinelTrio) -> None:
    async with beside(trio.primary, trio.addresses) as side:
        assert (await side.look()).codes == set()
        trio.primary.kill()
        found = await side.until("SDOWN")
        assert found.message.startswith("sentinels report primary mymaster ")
        assert found.message.endswith("sdown and a failover is due")
        assert found.lost == set()
        found = await side.until("NOT_THE_PRIMARY")
        assert found.message.endswith("this server was it before and cannot be reached")


async def test_no_quorum_and_then_no_primary(trio: SentinelTrio) -> None:
    async with beside(trio.primary, trio.addresses) as side:
        assert (await side.look()).codes == set()
        dead = [f"127.0.0.1:{sentinel.port}" for sentinel in trio.sentinels[1:]]
        for sentinel in trio.sentinels[1:]:
            sentinel.kill()
        # One round is not believed, the second is: a refused connection is no silence.
        assert (await side.look()).codes == set()
        result = await side.look()
        assert result.findings["NOQUORUM"].message == (
            "1 of 3 sentinels usable: primary mymaster is up but no failover is possible,"
            " unless those that do not answer are only cut off from this service"
        )
        assert result.findings["SENTINELS_LOST"].message == (
            "2 of 3 sentinels do not answer: "
            + ", ".join(f"{where} (CONN_REFUSED)" for where in dead)
        )
        assert result.findings["NOQUORUM"].lost == set()
        assert result.samples["redis_health_sentinel_up", dead[0]] == 0
        assert result.samples["redis_health_sentinels_usable",] == 1
        found = await side.until("NOQUORUM", what="no failover is possible")
        while "unless" in found.message:
            # CKQUORUM says so too, when the Sentinel that is left has noticed.
            found = await side.until("NOQUORUM")
        assert found.message == (
            "1 of 3 sentinels usable: primary mymaster is up but no failover is possible"
        )
        trio.primary.kill()
        found = await side.until("SDOWN")
        assert found.message == (
            "sentinels report primary mymaster sdown and no quorum to fail over"
            " (1 of 3 sentinels usable)"
        )
        assert found.lost == {Capability.READ, Capability.WRITE}
        assert "NOQUORUM" not in (await side.look()).codes
        for sentinel in trio.sentinels:
            sentinel.kill()
        await side.look()
        result = await side.look()
        assert result.findings["NOQUORUM"].message.startswith(
            "0 of 3 sentinels usable: no failover"
        )
        assert "SDOWN" not in result.codes


async def test_one_that_hangs_holds_up_nobody(trio: SentinelTrio) -> None:
    async with beside(trio.primary, trio.addresses) as side:
        assert (await side.look()).codes == set()
        clock = asyncio.get_running_loop().time
        with trio.sentinels[0].frozen():
            for _ in range(2):
                started = clock()
                result = await side.look()
                assert clock() - started < side.timeout
                assert result.codes == set()
                assert result.samples["redis_health_sentinel_up", where_of(trio, 0)] == 0
                assert result.samples["redis_health_sentinel_up", where_of(trio, 1)] == 1
            found = (await side.look()).findings
            assert set(found) == {"SENTINELS_LOST"}
            message = found["SENTINELS_LOST"].message
            assert message.startswith(f"sentinel {where_of(trio, 0)} does not answer")
            assert "gave no reply" in message


def where_of(trio: SentinelTrio, number: int) -> str:
    return f"127.0.0.1:{trio.sentinels[number].port}"


async def test_tilt(trio: SentinelTrio) -> None:
    async with beside(trio.primary, trio.addresses) as side:
        await side.look()
        with trio.sentinels[0].frozen():
            await asyncio.sleep(2.3)
        found = await side.until("TILT")
        assert found.message == (
            f"sentinel {where_of(trio, 0)} in TILT (time jump):"
            " its answers are frozen, CKQUORUM not trusted"
        )
        result = await side.look()
        assert result.codes == {"TILT"}
        assert result.samples["redis_health_sentinels_usable",] == 2
        assert ("redis_health_sentinel_agrees", where_of(trio, 0)) not in result.samples


async def test_logging_in(tmp_path: Path) -> None:
    secret = "sesame"
    file = tmp_path / "password"
    file.write_text(f"{secret}\n")
    with SentinelTrio(password=secret) as trio:
        for login in ({"password": secret}, {"password_file": str(file)}):
            async with beside(trio.primary, trio.addresses, **login) as side:
                assert (await side.look()).codes == set()
        for login, code in (({}, "NOAUTH"), ({"password": "wrong-one"}, "WRONGPASS")):
            async with beside(trio.primary, trio.addresses, **login) as side:
                result = await side.look()
                # They live: how many could fail over is not known.
                assert result.codes == {"SENTINELS_LOST"}
                assert code in result.findings["SENTINELS_LOST"].message
                assert "wrong-one" not in repr(result)
                before = trio.sentinels[0].info("stats")["total_error_replies"]
                assert (await side.look()).codes == result.codes
                assert trio.sentinels[0].info("stats")["total_error_replies"] == before


async def test_what_an_acl_refuses_is_not_asked_again(trio: SentinelTrio) -> None:
    for sentinel in trio.sentinels:
        rules = ("+ping", "+info", "+sentinel|master", "+sentinel|get-master-addr-by-name")
        sentinel.call("ACL", "SETUSER", "mon", "on", ">m", *rules, "+client|setname")
    login = {"username": "mon", "password": "m"}
    async with beside(trio.primary, trio.addresses, **login) as side:
        assert (await side.look()).codes == set()
        errors = trio.sentinels[0].info("stats")["total_error_replies"]
        assert errors == "1"
        assert (await side.look()).samples["redis_health_sentinels_usable",] == 3
        assert trio.sentinels[0].info("stats")["total_error_replies"] == errors
    for sentinel in trio.sentinels:
        sentinel.call("ACL", "SETUSER", "mon", "-sentinel|get-master-addr-by-name")
    async with beside(trio.primary, trio.addresses, **login) as side:
        found = (await side.look()).findings
        assert "NOPERM_PROBE" in found["SENTINELS_LOST"].message


async def test_over_tls(certificates: Certificates) -> None:
    from redis_health.model import TLSSettings

    with SentinelTrio(tls=certificates) as trio:
        tls = TLSSettings(ca_file=str(certificates.ca))
        async with beside(trio.primary, trio.addresses, tls=tls) as side:
            assert (await side.look()).codes == set()
        tls = TLSSettings(ca_file=str(certificates.other_ca))
        async with beside(trio.primary, trio.addresses, tls=tls) as side:
            found = (await side.look()).findings
            assert "TLS_VERIFY" in found["SENTINELS_LOST"].message


async def test_a_restart_is_no_split_brain(trio: SentinelTrio) -> None:
    """A sidecar by a name that the Sentinels do not use; they know the old run_id for a while."""
    async with beside(trio.primary, trio.addresses, host="localhost") as side:
        assert (await side.look()).codes == set()
        trio.primary.restart()
        for _ in range(5):
            assert (await side.look()).codes == set()


async def test_a_replica_of_another(trio: SentinelTrio) -> None:
    port = free_port()
    async with beside(trio.replica, trio.addresses) as side:
        await side.look()
        trio.replica.call("REPLICAOF", "127.0.0.1", port)
        (reading,) = (await side.look()).readings.values()
        assert reading.threshold.condition.code == "FOLLOWS_ANOTHER"
        assert 0 <= reading.value < 5
        assert reading.message == (
            f"this replica has followed 127.0.0.1:{port} for 0s, and sentinels say the primary"
            f" mymaster is 127.0.0.1:{trio.primary.port}"
        )
        await asyncio.sleep(0.1)
        (again,) = (await side.look()).readings.values()
        assert again.value > reading.value


async def test_without_sentinels_nothing_is_asked() -> None:
    reader = Recorded()
    assert list(await PROBE.collect(reader)) == []
    assert reader.asked == []
    assert not PROBE.runs(ProbeOptions())
    assert PROBE.runs(ProbeOptions(watchers=Watchers(sentinels=(Target(),))))


async def test_the_facts_hold_no_more_than_they_must(trio: SentinelTrio) -> None:
    async with beside(trio.primary, trio.addresses) as side:
        for _ in range(3):
            result = await side.look()
        assert sorted(item.name for item in result.items if isinstance(item, Fact)) == [
            "ours",
            "streaks",
        ]


async def test_the_primary_that_they_name_is_a_replica(trio: SentinelTrio) -> None:
    with RedisServer() as stranger:
        async with beside(trio.primary, trio.addresses) as side:
            assert (await side.look()).codes == set()
            trio.primary.call("REPLICAOF", "127.0.0.1", stranger.port)
            # For a moment it might be they who are late.
            for _ in range(3):
                assert "NOT_THE_PRIMARY" not in (await side.look()).codes
            finding = await side.until("NOT_THE_PRIMARY")
            assert f"it is a replica of 127.0.0.1:{stranger.port}" in finding.message
            assert Capability.WRITE in finding.lost
            trio.primary.call("REPLICAOF", "NO", "ONE")
            assert (await side.look()).codes == set()
