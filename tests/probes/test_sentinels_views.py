"""What the answers of Sentinels mean, and whose the primary is that they name: tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from redis_health.model import (
    Condition,
    ErrorReply,
    Failure,
    Nature,
    ProbeOptions,
    Reply,
    WatcherAnswer,
)
from redis_health.probes._sentinels_ours import Ours, Same, is_ours, placed
from redis_health.probes._sentinels_round import collected
from redis_health.probes._sentinels_views import Place, View, agreed, questions, view_of
from redis_health.replies import conditions
from tests.probes.readers import Recorded, Round, info_text

INFO = b"# Sentinel\r\nsentinel_masters:1\r\nsentinel_tilt:0\r\n"
TILT = INFO.replace(b"tilt:0", b"tilt:1")
OK = b"OK 3 usable Sentinels. Quorum and failover authorization can be reached"
HOME = ("10.0.0.1", 6379)
AWAY = ("10.0.0.2", 6379)
OLD, NEW = "a" * 40, "b" * 40
#: Our server, of which nothing is known but who it is.
UNSEEN = info_text(run_id=OLD)
NAMES = {"redis": frozenset({"10.0.0.1"}), "localhost": frozenset({"127.0.0.1"})}


@dataclass(frozen=True)
class Around:
    """Sentinels that answer from a table; names resolve by another."""

    answers: Sequence[WatcherAnswer] = ()
    primary: str | None = "mymaster"
    target: Place | None = ("localhost", 6379)
    replicas: Sequence[Reply] = ()

    async def ask(self, *commands: Sequence[str | int]) -> Sequence[WatcherAnswer]:
        if commands == (("SENTINEL", "SLAVES", "mymaster"),):
            return [WatcherAnswer(f"s:{at}", (each,)) for at, each in enumerate(self.replicas, 1)]
        assert commands == (questions("mymaster") if self.primary else (("SENTINEL", "MASTERS"),))
        return self.answers

    async def resolve(self, host: str) -> frozenset[str]:
        return NAMES.get(host, frozenset({host} if host[0].isdigit() else ()))


def answer(
    number: int, place: Place = HOME, *, run_id: str = OLD, info: bytes = INFO, **fields: str
) -> WatcherAnswer:
    host, port = place[0].encode(), str(place[1]).encode()
    master = {"ip": place[0], "port": str(place[1]), "runid": run_id, "flags": "master"}
    master |= {"num-other-sentinels": "2", "quorum": "2", **fields}
    flat = [part.encode() for pair in master.items() for part in pair]
    return WatcherAnswer(f"s:{number}", (info, [host, port], flat, OK))


async def told(
    answers: Sequence[WatcherAnswer],
    *,
    target: Place | None = HOME,
    text: str = "",
    replicas: Sequence[Reply] = (),
    **given: str,
) -> Round:
    reader = Recorded(
        text or info_text(role="master", run_id=OLD, uptime_in_seconds=100),
        watchers=Around(answers, target=target, replicas=replicas),
        options=ProbeOptions(expect_role=given.get("expect_role")),
    )
    return Round(tuple(await collected(reader)))


def test_a_view() -> None:
    view = view_of(answer(1, flags="master,s_down,o_down"))
    assert view.counts
    assert (view.primary, view.run_id) == ("10.0.0.1:6379", OLD)
    assert view.down == ("o_down", "s_down")
    assert (view.total, view.needed) == (3, 2)
    assert view.quorum is not None
    assert view.quorum.usable == 3


def test_in_the_middle_of_a_failover_the_rest_is_about_the_one_before() -> None:
    view = view_of(answer(1, HOME, ip=AWAY[0], flags="master,s_down"))
    assert (view.place, view.run_id, view.down) == (HOME, "", ())


@pytest.mark.parametrize("named", [None, [], [b"h"], [b"", b"1"], [b"h", b"x"], [b"h", b"999999"]])
def test_who_names_no_place_does_not_know_the_primary(named: object) -> None:
    view = view_of(WatcherAnswer("s:1", (INFO, named, ErrorReply("ERR No such"), ErrorReply("x"))))
    assert view.unknown
    assert not view.counts


def test_most_decide() -> None:
    home, away = view_of(answer(1)), view_of(answer(2, AWAY))
    assert agreed([]) is None
    assert agreed([home, away]) is None
    assert agreed([home, away, home]) is home
    assert agreed([home, away, view_of(answer(3, AWAY, info=TILT))]) is None
    empty = view_of(answer(4, run_id=""))
    assert agreed([empty, home]) is home
    assert agreed([empty]) is empty


US = Ours(reached=True, role="master", run_ids=(OLD,), uptime=100.0)
HERE = View("s:1", place=HOME, run_id=OLD)


@pytest.mark.parametrize(
    ("view", "ours", "target", "same"),
    [
        (HERE, US, ("localhost", 6379), Same.YES),
        (HERE, US, None, Same.YES),
        (replace(HERE, run_id=NEW), US, ("redis", 6379), Same.YES),
        (replace(HERE, run_id=""), US, HOME, Same.YES),
        (replace(HERE, run_id=NEW), US, ("redis", 6380), Same.NO),
        (replace(HERE, run_id=NEW), US, ("localhost", 6379), Same.NO),
        (replace(HERE, run_id=NEW), US, None, Same.NO),
        # Nobody knows yet who it is.
        (replace(HERE, run_id=""), US, ("localhost", 6379), Same.UNKNOWN),
        (HERE, Ours(), ("localhost", 6379), Same.UNKNOWN),
        # It has just been restarted, and the Sentinels may not have asked it again.
        (replace(HERE, run_id=NEW), replace(US, uptime=3.0), ("localhost", 6379), Same.UNKNOWN),
        (replace(HERE, run_id=NEW), replace(US, uptime=3.0), None, Same.UNKNOWN),
        (replace(HERE, run_id=NEW), replace(US, uptime=3.0), AWAY, Same.NO),
        (replace(HERE, run_id=OLD), replace(US, run_ids=(NEW, OLD)), None, Same.YES),
        # They have called it by another address before.
        (replace(HERE, run_id=NEW), replace(US, places=(HOME,)), ("localhost", 6379), Same.YES),
        (replace(HERE, run_id=""), replace(US, places=(AWAY,)), ("localhost", 6379), Same.NO),
    ],
)
async def test_whose_the_primary_is(
    view: View, ours: Ours, target: Place | None, same: Same
) -> None:
    assert await is_ours(view, ours, Around(target=target)) is same


def test_the_places_that_sentinels_know_us_by() -> None:
    ours = placed(US, [HERE, replace(HERE, place=AWAY, run_id=NEW), replace(HERE, tilt=True)])
    assert ours.places == (HOME,)
    for port in range(10):
        ours = placed(ours, [replace(HERE, place=("h", port))])
    assert ours.places[0] == ("h", 9)
    assert len(ours.places) == 4


async def test_without_a_majority_nobody_is_accused() -> None:
    found = await told([answer(1, AWAY, run_id=NEW), answer(2)])
    assert found.codes == set()
    assert found.samples["redis_health_sentinel_agrees", "s:1"] == 0
    assert found.samples["redis_health_sentinel_agrees", "s:2"] == 1


async def test_one_opinion_is_enough_where_there_is_one() -> None:
    assert (await told([answer(1, AWAY, run_id=NEW)])).codes == {"NOT_THE_PRIMARY"}


async def test_one_that_is_cut_off_ends_no_quorum() -> None:
    alone = answer(1)
    refusal = ErrorReply("NOQUORUM 1 usable Sentinels. Not enough available Sentinels")
    alone = replace(alone, replies=(*alone.replies[:3], refusal))
    assert (await told([alone, answer(2), answer(3)])).codes == set()
    assert (await told([alone])).codes == {"NOQUORUM"}


async def test_one_opinion_of_three_that_it_is_down_is_none() -> None:
    assert (await told([answer(1, flags="master,s_down"), answer(2), answer(3)])).codes == set()
    both = [answer(each, flags="master,s_down") for each in (1, 2)]
    assert (await told([*both, answer(3)])).codes == {"SDOWN"}
    known = answer(1, flags="master,s_down,o_down")
    assert (await told([known, answer(2), answer(3)])).codes == {"SDOWN"}


async def test_sentinels_that_are_not_listed_are_not_missed() -> None:
    found = await told([answer(1)])
    assert found.codes == set()
    assert found.samples["redis_health_sentinels_usable",] == 3


async def test_all_in_tilt() -> None:
    found = await told([answer(each, info=TILT) for each in (1, 2, 3)])
    assert found.codes == {"TILT", "NOQUORUM"}
    assert found.findings["NOQUORUM"].message == (
        "0 of 3 sentinels usable: no failover is possible"
    )


@pytest.mark.parametrize(
    ("host", "agrees"), [("10.0.0.1", 1.0), ("redis", 1.0), ("10.0.0.2", 0.0), ("elsewhere", None)]
)
async def test_what_a_replica_follows(host: str, agrees: float | None) -> None:
    text = info_text(role="slave", run_id=NEW, master_host=host, master_port=6379)
    found = await told([answer(1)], target=AWAY, text=text)
    assert found.codes == set()
    assert found.samples.get(("redis_health_sentinel_agrees", "s:1")) == agrees
    assert len(found.readings) == (agrees == 0.0)


async def test_a_server_without_a_role_is_not_judged_by_it() -> None:
    text = info_text(redis_mode="sentinel", run_id=NEW)
    assert (await told([answer(1)], target=AWAY, text=text)).codes == set()


async def test_nobody_to_ask_for_the_name() -> None:
    refused = WatcherAnswer("s:1", (ErrorReply("NOPERM x"),))
    reader = Recorded(info_text(role="master"), watchers=Around([refused], primary=None))
    found = Round(tuple(await collected(reader)))
    assert found.codes == {"SENTINELS_LOST"}
    assert found.findings["SENTINELS_LOST"].message.endswith("NOPERM x")


async def test_a_quorum_that_nobody_can_have() -> None:
    refusal = ErrorReply("NOQUORUM 3 usable Sentinels. Not enough available Sentinels")
    answers = [answer(each, quorum="5") for each in (1, 2, 3)]
    refused = [replace(each, replies=(*each.replies[:3], refusal)) for each in answers]
    finding = (await told(refused)).findings["NOQUORUM"]
    assert finding.message.startswith("primary mymaster has a quorum of 5 and 3 sentinels")
    assert "SENTINEL SET mymaster quorum" in finding.advice
    # The others have a quorum that they reach.
    assert (await told([refused[0], answer(2), answer(3)])).codes == set()
    dead = [
        replace(each, replies=(INFO, *_down(number).replies[1:3], refusal))
        for number, each in enumerate(refused, 1)
    ]
    told_down = (await told(dead, text=UNSEEN)).findings["SDOWN"].message
    assert told_down.endswith("no quorum to fail over (a quorum of 5, and 3 sentinels)")


def _down(number: int) -> WatcherAnswer:
    return answer(number, flags="master,s_down,o_down", quorum="5")


def _replica(flags: str, priority: str = "100") -> Reply:
    return [b"flags", flags.encode(), b"slave-priority", priority.encode()]


_NONE: Reply = []


@pytest.mark.parametrize(
    ("replicas", "due"),
    [
        pytest.param([[_replica("slave")]], True, id="one"),
        pytest.param([[_replica("slave,s_down"), _replica("slave")]], True, id="one of two"),
        pytest.param([_NONE, [_replica("slave")]], True, id="known to one sentinel"),
        pytest.param([_NONE, _NONE], False, id="none"),
        pytest.param([[_replica("slave,s_down,disconnected")]], False, id="down"),
        pytest.param([[_replica("slave", "0")]], False, id="never to be promoted"),
        pytest.param([ErrorReply("NOPERM x")], True, id="nobody says"),
    ],
)
async def test_a_failover_takes_a_replica(replicas: list[Reply], due: bool) -> None:
    down = [answer(each, flags="master,s_down,o_down") for each in (1, 2, 3)]
    finding = (await told(down, text=UNSEEN, replicas=replicas)).findings["SDOWN"]
    assert finding.message.endswith("a failover is due" if due else "no replica to promote")
    assert bool(finding.lost) is not due


async def test_a_primary_that_answers_us_is_not_down_because_sentinels_are_cut_off() -> None:
    down = [answer(each, flags="master,s_down,o_down") for each in (1, 2, 3)]
    finding = (await told(down, replicas=[_NONE])).findings["SDOWN"]
    assert finding.message.endswith("no replica to promote; it answers here")
    assert "SENTINEL SET mymaster auth-pass" in finding.advice
    assert not finding.lost


@pytest.mark.parametrize(
    ("condition", "codes"),
    [
        (conditions.CONN_REFUSED, {"NOQUORUM", "SENTINELS_LOST"}),
        (conditions.TIMEOUT, {"NOQUORUM", "SENTINELS_LOST"}),
        (conditions.DNS, {"SENTINELS_LOST"}),
        (conditions.TLS_VERIFY, {"SENTINELS_LOST"}),
        (conditions.NOT_RESP, {"SENTINELS_LOST"}),
        (conditions.MAXCLIENTS, {"SENTINELS_LOST"}),
        (conditions.WRONGPASS, {"SENTINELS_LOST"}),
    ],
)
async def test_who_is_out_of_our_reach_need_not_be_out(
    condition: Condition, codes: set[str]
) -> None:
    failure = Failure(condition, Nature.TRANSPORT, "words")
    found = await told([WatcherAnswer(f"s:{each}", failure=failure) for each in (1, 2, 3)])
    assert found.codes == codes
    # Where nobody is known to be out, and nobody is reached, there is nothing to count.
    usable = found.samples.get(("redis_health_sentinels_usable",))
    assert usable == (0 if "NOQUORUM" in codes else None)
