"""All parameters, and never a secret."""

from __future__ import annotations

import pytest

from redis_health.errors import Unavailable
from redis_health.probes.config import PROBE
from tests.conftest import Servers
from tests.kinds import MATRIX
from tests.probes.readers import Live, Recorded, ask, info_text

SECRET = "4711424242"
TEXTS, NUMBERS = "redis_config_key_value", "redis_config_value"


@pytest.mark.parametrize("kind", MATRIX)
async def test_every_server(servers: Servers, kind: str) -> None:
    server = servers(kind, config={"requirepass": SECRET, "masterauth": SECRET, "masteruser": "me"})
    samples = (await ask(PROBE, Live(server=server))).samples
    assert SECRET not in str(samples)
    for name in ("requirepass", "masterauth", "masteruser"):
        assert samples[TEXTS, name, "********"] == 1
        assert (NUMBERS, name) not in samples
    assert samples[TEXTS, "maxmemory-policy", "noeviction"] == 1
    assert samples[NUMBERS, "maxclients"] == 10000
    assert samples[TEXTS, "maxclients", "10000"] == 1
    assert len(samples) < 700


@pytest.mark.parametrize(
    "name",
    [
        *("requirepass", "masterauth", "masteruser", "primaryauth", "primaryuser"),
        *("tls-key-file-pass", "tls-client-key-file-pass", "sentinel-pass", "user"),
        *("search.oss-global-password", "vendor.API-KEY", "vendor.secret", "vendor.token"),
    ],
)
async def test_a_secret_is_redacted_set_or_not(name: str) -> None:
    for value in (SECRET, ""):
        reader = Recorded(replies={"CONFIG GET *": [name.encode(), value.encode()]})
        assert (await ask(PROBE, reader)).samples == {(TEXTS, name, "********"): 1}


@pytest.mark.parametrize(
    "name",
    [
        *("aclfile", "acllog-max-len", "lazyfree-lazy-user-del", "tls-auth-clients"),
        "tls-key-file",
    ],
)
async def test_what_is_no_secret_is_shown(name: str) -> None:
    reader = Recorded(replies={"CONFIG GET *": {name: "word"}})
    assert (await ask(PROBE, reader)).samples == {(TEXTS, name, "word"): 1}


async def test_it_is_bounded() -> None:
    reply = {f"key{n:05}": "x" * 5000 for n in range(5000)}
    samples = (await ask(PROBE, Recorded(replies={"CONFIG GET *": reply}))).samples
    assert len(samples) == 1000
    assert max(len(value) for _, _, value in samples) == 256


async def test_it_is_opted_in() -> None:
    assert PROBE.opt_in is not None
    assert PROBE.opt_in.default is False


async def test_refused_it_is_unavailable(servers: Servers) -> None:
    server = servers()
    server.call("ACL", "SETUSER", "watcher", "on", ">pass", "+info", "+ping")
    with pytest.raises(Unavailable):
        await ask(PROBE, Live(server=server, user=("watcher", "pass")))


async def test_a_sentinel_has_parameters_of_its_own() -> None:
    reply = [b"announce-port", b"26379", b"sentinel-pass", SECRET.encode(), b"loglevel", b"notice"]
    text = info_text(redis_mode="sentinel")
    reader = Recorded(text, replies={"SENTINEL CONFIG GET *": reply})
    assert (await ask(PROBE, reader)).samples == {
        ("redis_sentinel_config_key_value", "announce-port", "26379"): 1,
        ("redis_sentinel_config_value", "announce-port"): 26379,
        ("redis_sentinel_config_key_value", "loglevel", "notice"): 1,
        ("redis_sentinel_config_key_value", "sentinel-pass", "********"): 1,
    }
