"""The Compose files, by the schema, by Compose itself, and by what they promise."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Servers
from tests.deploy.rights import default_rights
from tests.deploy.tools import DEPLOY, clean, rights_in
from tests.ports import poll

COMPOSE = DEPLOY / "compose"
STACK = ("-f", "compose.yml")
SENTINELS = (*STACK, "-f", "sentinel.yml")


def configured(*files: str) -> dict[str, Any]:
    """What Compose makes of the files, sources of binds and all."""
    text = clean("docker-compose", *files, "config", cwd=COMPOSE)
    document = yaml.safe_load(text)
    assert isinstance(document, dict)
    return document


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """The secrets as the script writes them."""
    shutil.copy(COMPOSE / "secrets.sh", tmp_path)
    clean(tmp_path / "secrets.sh")
    return tmp_path / "secrets"


def test_the_files_are_compose_files() -> None:
    clean(
        "check-jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        COMPOSE / "compose.yml",
    )


@pytest.mark.parametrize("files", [STACK, SENTINELS], ids=["stack", "sentinels"])
def test_nothing_of_redis_is_published(files: tuple[str, ...]) -> None:
    for name, service in configured(*files)["services"].items():
        for port in service.get("ports", []):
            assert port["host_ip"] == "127.0.0.1", name
            assert port["target"] not in (6379, 26379), name


@pytest.mark.parametrize("files", [STACK, SENTINELS], ids=["stack", "sentinels"])
def test_services_have_no_more_than_they_need(files: tuple[str, ...]) -> None:
    for name, service in configured(*files)["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service.get("read_only") or name == "grafana", name
        told = " ".join([*(service.get("command") or []), *map(str, service["networks"])])
        assert "password" not in told.replace("/run/secrets/redis_password", ""), name
        assert not any("PASSWORD" in key and not key.endswith("FILE") for key in env(service))


def env(service: dict[str, Any]) -> dict[str, str]:
    found = service.get("environment") or {}
    assert isinstance(found, dict)
    return found


def test_the_application_waits_for_the_verdict() -> None:
    services = configured(*STACK)["services"]
    waits = services["application"]["depends_on"]
    assert waits == {"redis-health": {"condition": "service_healthy", "required": True}}
    assert "redis" in services["redis-health"]["depends_on"]


@pytest.mark.parametrize("files", [STACK, SENTINELS], ids=["stack", "sentinels"])
def test_what_is_mounted_is_there(files: tuple[str, ...]) -> None:
    for service in configured(*files)["services"].values():
        for volume in service.get("volumes", []):
            if volume["type"] == "bind":
                assert Path(volume["source"]).exists(), volume["source"]


def test_promtool_accepts_the_configuration_and_its_rules() -> None:
    done = clean("promtool", "check", "config", COMPOSE / "prometheus.yml")
    assert "rule files found" in done
    assert "0 rule files" not in done


def test_the_rules_are_mounted_where_the_configuration_looks_for_them() -> None:
    service = configured(*STACK)["services"]["prometheus"]
    mounted = {Path(each["target"]): Path(each["source"]) for each in service["volumes"][:2]}
    (config,) = (each.split("=")[1] for each in service["command"] if "config.file" in each)
    (rules,) = yaml.safe_load((COMPOSE / "prometheus.yml").read_text())["rule_files"]
    looked_for = (Path(config).parent / rules).resolve()
    assert mounted[looked_for.parent].joinpath(looked_for.name).is_file()


def test_secrets_are_random_and_stay(secrets: Path) -> None:
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    passwords = [text for name, text in before.items() if name.endswith("_password")]
    assert len(passwords) == len(set(passwords)) == 4
    assert all(len(password) == 48 for password in passwords)
    clean(secrets.parent / "secrets.sh")
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before
    named = configured(*SENTINELS)["secrets"].values()
    assert {Path(each["file"]).name for each in named} <= before.keys()


def test_the_user_may_do_what_the_probes_need(secrets: Path) -> None:
    assert rights_in((secrets / "redis_users").read_text(), "redis-health") == default_rights()


def test_with_these_secrets_a_replica_follows_and_a_sentinel_fails_over(
    servers: Servers, secrets: Path
) -> None:
    """Real servers with the files and the rights of the override, on ports of their own."""
    password = (secrets / "redis_password").read_text()
    users = {"aclfile": str(secrets / "redis_users")}
    login = str(secrets / "redis_replica.conf")
    # Without a password no server of ours can be asked before it is up: the port tells.
    primary = servers("redis-7.0", login, config=users, ready=False)
    replica = servers(
        "redis-7.0",
        login,
        config={**users, "replicaof": f"127.0.0.1 {primary.port}"},
        ready=False,
    )
    for server in (primary, replica):
        server.password = password
        server.wait_ready()
    assert poll(lambda: replica.info()["master_link_status"] == "up", within=15)

    template = (COMPOSE / "sentinel.conf").read_text()
    here = f"monitor main 127.0.0.1 {primary.port} 1"
    template = template.replace("monitor main redis 6379 2", here).replace("5000", "500")
    template = template.replace("port 26379", "").replace("dir /data", "")
    config = secrets.parent / "sentinel.conf"
    config.write_text(template + (secrets / "sentinel_login.conf").read_text())
    sentinel = servers("redis-7.0", str(config), "--sentinel", config={}, ready=False)
    sentinel.wait_ready()

    def watched() -> dict[str, str]:
        (told,) = sentinel.call("SENTINEL", "MASTERS")
        words = [each.decode() if isinstance(each, bytes) else str(each) for each in told]
        return dict(zip(words[::2], words[1::2], strict=True))

    assert poll(lambda: watched().get("num-slaves") == "1", within=15), watched()
    assert watched()["flags"] == "master"
    primary.kill()
    assert poll(lambda: replica.info()["role"] == "master", within=30), sentinel.log
