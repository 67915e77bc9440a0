from __future__ import annotations

import pytest

from redis_health.exposition import Format, accepts_gzip, negotiate

OPENMETRICS = "application/openmetrics-text"
PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    "application/openmetrics-text;version=0.0.1;q=0.4,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
)
PROMETHEUS_PROTOBUF = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
    "q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3"
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, Format.TEXT),
        ("", Format.TEXT),
        ("*/*", Format.TEXT),
        ("nonsense;;,=,;q", Format.TEXT),
        (BROWSER, Format.TEXT),
        ("application/json", Format.TEXT),
        ("text/plain", Format.TEXT),
        ("text/plain;version=0.0.4", Format.TEXT),
        (OPENMETRICS, Format.OPENMETRICS),
        ("Application/OpenMetrics-Text; Version=1.0.0; charset=utf-8", Format.OPENMETRICS),
        (f'{OPENMETRICS}; version="1.0.0"', Format.OPENMETRICS),
        (f"{OPENMETRICS};version=0.0.1", Format.OPENMETRICS),
        (f"{OPENMETRICS};version=2.0.0", Format.TEXT),
        (f"{OPENMETRICS};version=2.0.0,{OPENMETRICS};version=1.0.0;q=0.5", Format.OPENMETRICS),
        (PROMETHEUS_2, Format.OPENMETRICS),
        (PROMETHEUS_3, Format.OPENMETRICS),
        (PROMETHEUS_PROTOBUF, Format.OPENMETRICS),
        (f"{OPENMETRICS};q=0.3,text/plain;q=0.5", Format.TEXT),
        (f"text/plain;q=0.3,{OPENMETRICS};q=0.5", Format.OPENMETRICS),
        (f"text/plain,{OPENMETRICS}", Format.TEXT),
        (f"{OPENMETRICS},text/plain", Format.OPENMETRICS),
        (f"*/*,{OPENMETRICS}", Format.OPENMETRICS),
        (f"{OPENMETRICS};q=0.5,*/*;q=0.8", Format.TEXT),
        (f"{OPENMETRICS};q=0", Format.TEXT),
        (f"{OPENMETRICS};q=0,*/*", Format.TEXT),
        (f"{OPENMETRICS};q=many", Format.TEXT),
        (f"{OPENMETRICS};q=nan", Format.TEXT),
        (f"{OPENMETRICS};q=7", Format.TEXT),
        ("text/plain;q=0,*/*", Format.OPENMETRICS),
        ("text/*;q=0.9,application/*;q=0.1", Format.TEXT),
    ],
)
def test_negotiate(accept: str | None, form: Format) -> None:
    assert negotiate(accept) is form


@pytest.mark.parametrize(
    ("accept_encoding", "accepted"),
    [
        (None, False),
        ("", False),
        ("identity", False),
        ("br, deflate", False),
        ("gzip", True),
        ("GZip", True),
        ("x-gzip", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("gzip;q=0.1", True),
        ("gzip; q=0", False),
        ("gzip;q=0.000", False),
        ("gzip;q=0, *", False),
        ("*", True),
        ("*;q=0", False),
        ("identity;q=1, *;q=0", False),
        ("gzip;q=oops", False),
        ("gzipped", False),
    ],
)
def test_accepts_gzip(accept_encoding: str | None, *, accepted: bool) -> None:
    assert accepts_gzip(accept_encoding) is accepted
