"""Sockets that write down who comes: nobody to what is not listed, no secret to what is."""

from __future__ import annotations

import pytest

from redis_health.errors import ScrapeRefused, TargetNotAllowed
from tests.monitor.scraping import Names, allowing, login, pool_of
from tests.recorder import Recorder

#: Seconds for a first scrape of a listener that never answers.
SHORT = 0.3


@pytest.mark.parametrize(
    "target",
    [
        "127.0.0.1:{port}",
        "redis://127.0.0.1:{port}",
        "localhost:{port}",
        "127.1:{port}",
        "0x7f.1:{port}",
        "0177.0.0.1:{port}",
        "2130706433:{port}",
        "0.0.0.0:{port}",
        "[::ffff:127.0.0.1]:{port}",
        "[::ffff:7f00:1]:{port}",
        "redis://allowed:6379@127.0.0.1:{port}",
        "redis://127.0.0.1:{port}#allowed:6379",
        "redis://127.0.0.1:{port}?allowed:6379",
        "redis://127.0.0.1:{port}/allowed:6379",
        "redis://127.0.0.1:{port}\\@allowed:6379",
        "\uff11\uff12\uff17.0.0.1:{port}",
        "\u2460\u2461\u2466.0.0.1:{port}",
        "127\u30020\u30020\u30021:{port}",
        "loc\u00e0lhost:{port}",
        "localhost.:{port}",
        "rediss://127.0.0.1:{port}",
        "rebound:{port}",
    ],
)
async def test_what_is_not_listed_gets_no_connection(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch, {"rebound": ["127.0.0.1"], "localhost": ["127.0.0.1"]})
    settings = allowing("allowed:6379", "redis-*", "10.0.0.0/8", logins=[login("*", password="pw")])
    with Recorder() as recorder:
        async with pool_of(settings) as pool:
            with pytest.raises(ScrapeRefused):
                await pool.scrape([target.format(port=recorder.port)], within=SHORT)
            assert pool.targets == ()
        assert recorder.settled() == []


@pytest.mark.parametrize("bound", ["127.0.0.1", None])
async def test_a_password_is_sent_where_it_is_bound_to_and_nowhere_else(bound: str | None) -> None:
    secret = "s3cr3t"
    logins = [login(bound or "127.0.0.2", username="mon", password=secret)]
    with Recorder() as recorder:
        async with pool_of(allowing("127.0.0.1", logins=logins)) as pool:
            await pool.scrape([f"127.0.0.1:{recorder.port}"], within=SHORT)
        heard = [said for said in recorder.settled() if said]
    assert heard
    assert all((secret.encode() in said) == (bound is not None) for said in heard)
    assert all((b"AUTH" in said) == (bound is not None) for said in heard)


async def test_the_address_that_was_judged_is_the_one_dialled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = Names(monkeypatch, {"rebinding": ["127.0.0.1"]})
    with Recorder() as judged, Recorder("127.0.0.2", judged.port) as other:
        async with pool_of(allowing("127.0.0.1/32")) as pool:
            answer = names._answer

            def turned(host: str, *rest: object, **options: object) -> list[object]:
                found = answer(host, *rest, **options)  # type: ignore[arg-type]
                if host == "rebinding":
                    names.known["rebinding"] = ["127.0.0.2"]
                return found

            monkeypatch.setattr("socket.getaddrinfo", turned)
            await pool.scrape([f"rebinding:{judged.port}"], within=1.5)
        assert len(judged.settled()) > 1
        assert other.settled() == []
    assert names.asked == ["rebinding"]


async def test_a_name_that_leads_out_of_the_network_gets_no_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Names(monkeypatch, {"outside": ["127.0.0.2"]})
    with Recorder("127.0.0.2") as recorder:
        async with pool_of(allowing("127.0.0.1/32")) as pool:
            with pytest.raises(TargetNotAllowed):
                await pool.scrape([f"outside:{recorder.port}"], within=SHORT)
        assert recorder.settled() == []
