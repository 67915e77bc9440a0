"""Faults of TLS."""

from __future__ import annotations

from functools import partial

from tests.faults import inject, inject_tls
from tests.faults.fault import Fault, Group

_fault = partial(Fault, group=Group.TLS)

TLS = (
    _fault(
        row=25,
        name="certificate expired",
        inject=inject_tls.expired_certificate,
        code="TLS_VERIFY",
        state="down",
        redis_up=0,
        tls=True,
        told="expired",
        advised="renew the certificate",
    ),
    _fault(
        row=26,
        name="certificate of an unknown authority",
        inject=inject_tls.unknown_authority,
        code="TLS_VERIFY",
        state="down",
        redis_up=0,
        tls=True,
        at_start=True,
        recovers=False,
        advised="fix the CA file",
    ),
    _fault(
        row=28,
        name="TLS to a plaintext port",
        inject=inject_tls.to_plaintext,
        code="TLS_TO_PLAIN",
        state="down",
        redis_up=0,
        at_start=True,
        recovers=False,
        advised="use redis://",
        seconds=25.0,
    ),
    _fault(
        name="plaintext to a TLS port",
        inject=inject_tls.without,
        code="PLAIN_TO_TLS",
        state="down",
        redis_up=0,
        tls=True,
        at_start=True,
        recovers=False,
        advised="use rediss://",
    ),
    _fault(
        name="port restarted as plaintext under TLS clients",
        inject=inject_tls.becomes_plaintext,
        code="TLS_TO_PLAIN",
        state="down",
        redis_up=0,
        tls=True,
        advised="use redis://",
    ),
    _fault(
        name="port restarted with TLS under plaintext clients",
        inject=inject_tls.becomes_tls,
        code="PLAIN_TO_TLS",
        state="down",
        redis_up=0,
        advised="use rediss://",
    ),
    _fault(
        name="certificate for another name",
        inject=inject.nothing,
        code="TLS_VERIFY",
        state="down",
        redis_up=0,
        tls=True,
        environment={"REDIS_TLS_SERVER_NAME": "redis.example"},
        at_start=True,
        recovers=False,
        told="redis.example",
        advised="REDIS_TLS_SERVER_NAME",
        # They are not told of the name.
        rivals=False,
    ),
    _fault(
        name="certificate of ours is asked for, we have none",
        inject=inject_tls.certificate_asked,
        code="TLS_HANDSHAKE",
        state="down",
        redis_up=0,
        tls=True,
        advised="REDIS_TLS_CERT_FILE",
    ),
    _fault(
        name="certificate expires soon",
        inject=inject.nothing,
        code="TLS_EXPIRING",
        state="degraded",
        tls=True,
        # The certificate of the tests is good for 30 days.
        arguments=("--certificate-days", "40"),
        at_start=True,
        recovers=False,
        advised="renew the certificate",
    ),
)
