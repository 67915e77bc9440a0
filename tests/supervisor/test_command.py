"""What a command line tells of the server that it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from redis_health.model import Target, TLSSettings
from redis_health.supervisor import address_of, read_command

HERE = Target()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("redis-server", Target(port=6379)),
        ("valkey-server --port 7000", Target(port=7000)),
        ("/usr/bin/redis-server --PORT 7000 --port 7001 --save 3600 1", Target(port=7001)),
        ("gosu redis redis-server --port 7000", Target(port=7000)),
        ("redis-sentinel sentinel.conf", Target(port=26379)),
        ("redis-server --sentinel --port 5000", Target(port=5000)),
        ("redis-server --sentinel", Target(port=26379)),
        ("redis-server --port x", HERE),
        ("redis-server --port 0", HERE),
        ("redis-server --port 0 --unixsocket /run/redis.sock", Target(path="/run/redis.sock")),
        (
            "redis-server --unixsocket redis.sock --dir /data --port 0",
            Target(path="/data/redis.sock"),
        ),
        ("redis-server --unixsocket /run/redis.sock --port 7000", Target(port=7000)),
        ("redis-server --bind 127.0.0.1 -::1", Target(host="127.0.0.1")),
        ("redis-server --bind * -::*", HERE),
        ("redis-server --bind 10.0.0.5", Target(host="10.0.0.5")),
        ("redis-server --bind 10.0.0.5 -::1", Target(host="::1")),
        ("redis-server --bind -10.0.0.5 10.0.0.6", Target(host="10.0.0.5")),
        ("redis-server --bind 127.0.0.2", Target(host="127.0.0.2")),
        ("redis-server --tls-port 7443", Target(port=6379)),
        (
            "redis-server --port 0 --tls-port 7443 --tls-ca-cert-file ca.pem --dir /etc/tls"
            " --tls-cert-file /c.pem --tls-key-file /k.pem",
            Target(
                port=7443,
                tls=TLSSettings(
                    ca_file="/etc/tls/ca.pem", cert_file="/c.pem", key_file="/k.pem", verify="ca"
                ),
            ),
        ),
        ("./start.sh --port 7000", HERE),
    ],
)
def test_the_address(words: str, expected: Target) -> None:
    assert address_of(read_command(words.split()), HERE) == expected


def test_tls_is_met_as_the_operator_says() -> None:
    own = Target(tls=TLSSettings(ca_file="own.pem"))
    command = read_command(["redis-server", "--tls-port", "7443", "--port", "7000"])
    assert address_of(command, own) == Target(port=7443, tls=TLSSettings(ca_file="own.pem"))


def test_a_configuration_file(tmp_path: Path) -> None:
    file = tmp_path / "redis.conf"
    file.write_text('# port 1\n\nPort "7000"\nbind 10.0.0.5\ndir "broken\n')
    assert address_of(read_command(["redis-server", str(file)]), HERE) == Target(
        host="10.0.0.5", port=7000
    )
    above = read_command(["redis-server", str(file), "--port 7001", "--bind", "127.0.0.1"])
    assert address_of(above, HERE) == Target(host="127.0.0.1", port=7001)


def test_a_file_that_is_not_there_is_left_to_the_server(tmp_path: Path) -> None:
    command = read_command(["redis-server", str(tmp_path / "none.conf"), "--port", "7000"])
    assert address_of(command, HERE) == Target(port=7000)


@pytest.mark.parametrize(
    ("words", "reads"),
    [
        ("redis-server -", True),
        ("redis-server redis.conf -", True),
        ("redis-server redis.conf --port 7000 -", True),
        ("redis-server --port 7000", False),
        ("cat -", False),
    ],
)
def test_standard_input(words: str, reads: bool) -> None:
    assert read_command(words.split()).reads_stdin is reads
