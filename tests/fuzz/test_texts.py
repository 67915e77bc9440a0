"""Whatever bytes and texts come: a parser has a value for them, or names its refusal."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from redis_health import healthcheck
from redis_health.config import load, options, redact_url
from redis_health.config.option import Invalid, Option
from redis_health.config.patterns import pattern
from redis_health.config.urls import parse_url
from redis_health.errors import ConfigError
from redis_health.exposition import accepts_gzip, negotiate
from redis_health.exposition.writer import Format
from redis_health.info import MAX_LINES, count, number, parse_info, parse_pairs
from redis_health.info.parse import MAX_LENGTH
from redis_health.model.line import LONGEST
from redis_health.probes import catalogue
from redis_health.replies import conditions, failure_of_reply
from redis_health.web.health_json import wanted
from redis_health.web.scrape import budget
from tests.fuzz.answers import NUMBERS, WORDS
from tests.fuzz.answers import info as info_of
from tests.fuzz.cases import examples, tried

TEXTS = st.text() | st.sampled_from([*NUMBERS, *WORDS])
#: Letters that no message of ours holds.
SECRETS = st.text("ΩЖ亜", min_size=6, max_size=12)


@examples(400)
@given(st.binary() | st.randoms(use_true_random=True).map(info_of))
def test_info(raw: bytes) -> None:
    tried("INFO")
    info = parse_info(raw, observed=1.0, seconds=0.1)
    lines = sum(len(fields) for fields in info.sections.values())
    assert len(info.fields) <= lines <= MAX_LINES
    for name, value in info.fields.items():
        assert len(name) + len(value) < MAX_LENGTH
        assert abs(number(info.fields, name) or 0.0) <= 2.0**64
        assert isinstance(count(info.fields, name), int)
        assert all(isinstance(pair, str) for pair in parse_pairs(value).values())


_ERRORS = st.lists(
    st.text(max_size=30)
    | st.sampled_from(["ERR ", "MISCONF ", "NOPERM ", "-", "unknown command ", "AOF", "{user}"])
    | st.sampled_from(["max number of ", "clients", "ERR Error running script x: -OOM "]),
    max_size=8,
).map("".join)


@examples(400)
@given(text=_ERRORS | st.text(min_size=5000, max_size=5100), user=st.text(max_size=20))
def test_error_replies(text: str, user: str) -> None:
    tried("error replies")
    failure = failure_of_reply(text, user=user, command="PING", where="redis:6379")
    assert failure.condition in conditions.ALL
    assert 0 < len(failure.message) <= LONGEST
    assert failure.message.isprintable()


_OPTIONS = options(catalogue())
_ANY = (
    TEXTS
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.none()
    | st.lists(TEXTS, max_size=3)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
)


@examples(1500)
@given(option=st.sampled_from(_OPTIONS), raw=_ANY)
def test_options(option: Option[Any], raw: object) -> None:
    tried("options")
    try:
        value = option.kind.parse(raw)
    except Invalid as invalid:
        assert str(invalid)
        return
    shown = option.kind.show(value)
    if not option.secret and isinstance(raw, str):
        # What is shown means the same again.
        assert option.kind.show(option.kind.parse(shown)) == shown


_HOSTS = st.sampled_from(["host", "h:1", "[::1]:6379", "", ":", "a b", "[", "host:port", "%00"])
_TAILS = st.sampled_from(["", "/0", "/x", "?db=1", "/0?db=2", "#f", "?password=", "/%zz"])
_SCHEMES = st.sampled_from(["redis", "rediss", "unix", "valkey", "http", "redis:", "", "REDIS"])


@examples(500)
@given(scheme=_SCHEMES, user=TEXTS, secret=SECRETS, host=_HOSTS, tail=_TAILS)
def test_redis_urls(scheme: str, user: str, secret: str, host: str, tail: str) -> None:
    tried("URLs")
    # With a slash in front it is the path of a socket, all of it.
    assume(secret not in user and not (scheme == "unix" and user.startswith("/")))
    url = f"{scheme}://{user}:{secret}@{host}{tail}"
    assert secret not in redact_url(url)
    try:
        found = parse_url(url)
    except Invalid as invalid:
        assert secret not in str(invalid)
    else:
        assert secret not in found.shown
        assert secret not in repr(found)


@examples(200)
@given(user=st.text("ab:/@", max_size=4), secret=SECRETS, host=_HOSTS, tail=_TAILS)
def test_the_whole_configuration(user: str, secret: str, host: str, tail: str) -> None:
    tried("configurations")
    environ = {
        "REDIS_URL": f"redis://{user}:{secret}@{host}{tail}",
        "REDIS_HEALTH_LISTEN": host,
        "REDIS_HEALTH_SCRAPE_ALLOW": f"{user}{host}",
    }
    try:
        settings = load(catalogue(), flags={}, environ=environ)
    except ConfigError as error:
        assert secret not in str(error)
    else:
        assert secret not in repr(settings)


@examples(400)
@given(TEXTS | st.text("*./:[]a1-,", max_size=20))
def test_patterns(text: str) -> None:
    tried("patterns")
    try:
        found = pattern(text)
    except Invalid:
        return
    assert found.name is not None or found.network is not None
    assert pattern(str(found)) == found


@examples(500)
@given(scheme=_SCHEMES | st.just("https"), secret=SECRETS, host=_HOSTS, tail=TEXTS)
def test_urls_of_the_container_probe(scheme: str, secret: str, host: str, tail: str) -> None:
    tried("healthcheck")
    assume(secret not in tail)
    text = f"{scheme}://u:{secret}@{host}/{tail}"
    try:
        url = healthcheck.URL(text)
    except healthcheck.UsageError as error:
        assert secret not in str(error)
        assert "\n" not in str(error)
    else:
        assert secret not in url.shown
        assert url.request.count(b"\r\n\r\n") == 1
        assert 0 < url.port < 65536


@examples(300)
@given(st.lists(st.text(max_size=30) | st.sampled_from(["--timeout", "--url", "http://a", "1e9"])))
def test_arguments_of_the_container_probe(arguments: list[str]) -> None:
    tried("healthcheck")
    try:
        found = healthcheck.Options(arguments)
    except healthcheck.UsageError as error:
        assert str(error)
    else:
        assert found.timeout > 0


@examples(300)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_answers_to_the_container_probe(head: bytes, body: bytes) -> None:
    tried("healthcheck")
    try:
        status = healthcheck.status_of(b"HTTP/1.1 " + head)
    except healthcheck.Unhealthy as error:
        assert str(error).isprintable()
    else:
        assert isinstance(healthcheck.healthy(status), bool)
    assert healthcheck.detail_of(head, body).isprintable()


_HEADERS = st.text() | st.lists(
    st.sampled_from(
        ["text/plain", "*/*", "application/openmetrics-text", "application/health+json", ","]
    )
    | st.sampled_from([";q=", ";version=1.0.0", "gzip", "nan", "1", "0.5", "1e400", "-1", ";"]),
    max_size=9,
).map("".join)


@examples(600)
@given(_HEADERS)
def test_headers(header: str) -> None:
    tried("headers")
    assert negotiate(header) in Format
    assert accepts_gzip(header) in {True, False}
    assert wanted(header) in {True, False}
    assert 0 < budget(header) <= 30
    if "gzip" not in header.lower() and "*" not in header:
        assert not accepts_gzip(header)
