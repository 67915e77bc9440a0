"""Faults of the network, of TLS and of the login."""

from __future__ import annotations

from tests.e2e import inject_access, peers
from tests.e2e.lab import Fault, nothing

_SECRET = {"requirepass": "first"}

NETWORK = (
    Fault(
        name="mute peer",
        inject=inject_access.in_its_place(peers.mute),
        code="TIMEOUT",
        state="down",
    ),
    Fault(
        name="full backlog",
        inject=inject_access.in_its_place(peers.full_backlog),
        code="CONNECT_TIMEOUT",
        state="down",
    ),
    Fault(
        name="web server",
        inject=inject_access.in_its_place(peers.web_server),
        code="NOT_RESP",
        state="down",
    ),
    Fault(
        name="not in DNS",
        inject=inject_access.not_in_dns,
        code="DNS",
        state="down",
        at_start=True,
        recovers=False,
        told="redis.invalid",
    ),
    Fault(name="connections cut", inject=inject_access.connections_cut, code=None, state="up"),
    Fault(
        name="slow network",
        inject=inject_access.slow_network,
        code="SLOW",
        state="degraded",
        at_start=True,
        within=30.0,
        # It does inside the damage: the proxy ends with it.
        recovers=False,
        told="PING median 30",
        seconds=45.0,
    ),
    Fault(
        name="full of clients",
        inject=inject_access.full_of_clients,
        code="MAXCLIENTS",
        state="down",
        config={"maxclients": 1000},
    ),
    Fault(
        name="protected mode",
        inject=inject_access.protected_mode,
        code="PROTECTED_MODE",
        state="down",
        config={"bind": "0.0.0.0", "protected-mode": "yes"},
        at_start=True,
    ),
    Fault(
        name="expired certificate",
        inject=inject_access.expired_certificate,
        code="TLS_VERIFY",
        state="down",
        tls=True,
        told="expired",
    ),
    Fault(
        name="unknown authority",
        inject=inject_access.unknown_authority,
        code="TLS_VERIFY",
        state="down",
        tls=True,
        at_start=True,
        recovers=False,
    ),
    Fault(
        name="TLS to plaintext",
        inject=inject_access.tls_to_plaintext,
        code="TLS_TO_PLAIN",
        state="down",
        at_start=True,
        recovers=False,
    ),
)
LOGIN = (
    Fault(
        name="password rotated",
        inject=inject_access.new_password,
        code="CRED_ROTATED",
        state="degraded",
        config=_SECRET,
    ),
    Fault(
        name="password rotated long ago",
        inject=inject_access.new_password,
        code="CRED_ROTATED",
        state="down",
        arguments=("--login-grace", "1"),
        config=_SECRET,
    ),
    Fault(
        name="password rotated in both places",
        inject=inject_access.new_password_in_both_places,
        code="CRED_ROTATED",
        state="degraded",
        config=_SECRET,
    ),
    Fault(
        name="password gone",
        inject=inject_access.no_password,
        code="AUTH_UNEXPECTED",
        state="down",
        config=_SECRET,
    ),
    Fault(
        name="wrong password",
        inject=nothing,
        code="WRONGPASS",
        state="down",
        environment={"REDIS_PASSWORD": "wrong"},
        config=_SECRET,
        at_start=True,
        recovers=False,
    ),
    Fault(
        name="no password given",
        inject=nothing,
        code="NOAUTH",
        state="down",
        environment={"REDIS_PASSWORD": ""},
        config=_SECRET,
        at_start=True,
        recovers=False,
    ),
    Fault(
        name="may only ping",
        inject=inject_access.may_only_ping,
        code="NOPERM_PROBE",
        state="degraded",
        at_start=True,
        # Every check asks again at its own pace, the slowest once a minute.
        recovery=75.0,
        told="INFO",
        seconds=90.0,
    ),
)
