"""Error replies as servers word them, from 2.6 to Valkey 9."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redis_health.model import Nature
from redis_health.replies import condition_of, conditions, failure_of_reply

_SNAPSHOT = (
    "Commands that may modify the data set are disabled, because this instance is configured to "
    "report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). "
    "Please check the Redis logs for details about the RDB error."
)
_MISCONF_6 = (
    "MISCONF Redis is configured to save RDB snapshots, but it is currently not able to persist on "
    f"disk. {_SNAPSHOT}"
)
_MISCONF_7 = (
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to "
    f"disk. {_SNAPSHOT}"
)
_DENIED = (
    "DENIED Redis is running in protected mode because protected mode is enabled{} no "
    "{}. In this mode connections are only accepted from the loopback interface. If you want to "
    "connect from external computers to Redis you may adopt one of the following solutions: 1) "
    "Just disable protected mode sending the command 'CONFIG SET protected-mode no' ... 4) Setup a "
    "bind address or an authentication password. NOTE: You only need to do one of the above things "
    "in order for the server to start accepting connections from the outside."
)
_DENIED_6 = _DENIED.format(
    ", no bind address was specified,", "authentication password is requested to clients"
)
_DENIED_7 = _DENIED.format(" and", "password is set for the default user")
_SHA = "ff967d0ae0e68b4f9e360fa91c54598bc25ad9b6"
_IN_SCRIPT_6 = f"ERR Error running script (call to f_{_SHA}): @user_script:1: @user_script: 1: -"
_IN_SCRIPT_7 = f". script: {_SHA}, on @user_script:1."
_IN_SCRIPT_VALKEY = ". script: on @user_script:1."
_OOM = "OOM command not allowed when used memory > 'maxmemory'"

REPLIES = [
    ("LOADING", "LOADING Redis is loading the dataset in memory"),
    ("LOADING", "LOADING Valkey is loading the dataset in memory"),
    (
        "BUSY",
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    ),
    (
        "BUSY",
        "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.",
    ),
    (
        "BUSY",
        "BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    ),
    ("BUSY", "BUSY Redis is busy running a module command."),
    (
        "BUSY",
        "UNKILLABLE Sorry the script already executed write commands against the dataset. You can "
        "either wait the script termination or kill the server in a hard way using the SHUTDOWN "
        "NOSAVE command.",
    ),
    ("NOAUTH", "NOAUTH Authentication required."),
    (
        "NOAUTH",
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
        "<proto> AUTH <user> <pass> option can be used to authenticate the client and select the "
        "RESP protocol version at the same time",
    ),
    ("NOAUTH", "ERR operation not permitted"),
    ("WRONGPASS", "WRONGPASS invalid username-password pair or user is disabled."),
    ("WRONGPASS", "ERR invalid password"),
    ("NOPERM_PROBE", "NOPERM User mon has no permissions to run the 'info' command"),
    ("NOPERM_PROBE", "NOPERM User mon has no permissions to run the 'client|setname' command"),
    ("NOPERM_PROBE", "NOPERM this user has no permissions to run the 'info' command"),
    (
        "NOPERM_PROBE",
        "NOPERM this user has no permissions to run the 'info' command or its subcommand",
    ),
    ("NOPERM_PROBE", "NOPERM No permissions to access a key"),
    ("NOPERM_PROBE", "NOPERM No permissions to access database"),
    ("PROTECTED_MODE", _DENIED_6),
    ("PROTECTED_MODE", _DENIED_7),
    ("PROTECTED_MODE", _DENIED_7.replace("Redis", "Valkey")),
    ("MISCONF_RDB", _MISCONF_6),
    ("MISCONF_RDB", _MISCONF_7),
    ("MISCONF_RDB", _MISCONF_7.replace("Redis", "Valkey")),
    ("MISCONF_RDB", _MISCONF_7 + _IN_SCRIPT_7),
    ("MISCONF_RDB", _IN_SCRIPT_6 + _MISCONF_6),
    ("MISCONF_AOF", "MISCONF Errors writing to the AOF file: No space left on device"),
    ("MISCONF_AOF", "MISCONF Errors writing to the AOF file: File too large" + _IN_SCRIPT_7),
    ("MISCONF_AOF", _IN_SCRIPT_6 + "MISCONF Errors writing to the AOF file: No space left"),
    ("OOM", _OOM + "."),
    ("OOM", _OOM + _IN_SCRIPT_7),
    ("OOM", _OOM + _IN_SCRIPT_VALKEY),
    ("OOM", _IN_SCRIPT_6 + _OOM + "."),
    ("OOM", "-" + _OOM),
    ("READONLY", "READONLY You can't write against a read only replica."),
    ("READONLY", "READONLY You can't write against a read only slave."),
    ("READONLY", "READONLY You can't write against a read only replica" + _IN_SCRIPT_7),
    ("READONLY", _IN_SCRIPT_6 + "READONLY You can't write against a read only replica."),
    ("NOREPLICAS", "NOREPLICAS Not enough good replicas to write."),
    ("NOREPLICAS", "NOREPLICAS Not enough good slaves to write."),
    ("NOREPLICAS", "NOREPLICAS Not enough good replicas to write" + _IN_SCRIPT_VALKEY),
    (
        "MASTERDOWN",
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    ),
    (
        "MASTERDOWN",
        "MASTERDOWN Link with MASTER is down and slave-serve-stale-data is set to 'no'.",
    ),
    ("CLUSTERDOWN", "CLUSTERDOWN Hash slot not served"),
    ("CLUSTERDOWN", "CLUSTERDOWN The cluster is down"),
    ("CLUSTERDOWN", "CLUSTERDOWN The cluster is down and only accepts read commands"),
    ("MAXCLIENTS", "ERR max number of clients reached"),
    ("MAXCLIENTS", "ERR max number of clients + cluster connections reached"),
    ("MAXCLIENTS", "ERR max number of cluster connections reached"),
    (
        "AUTH_UNEXPECTED",
        "ERR AUTH <password> called without any password configured for the default user. Are you "
        "sure your configuration is correct?",
    ),
    ("AUTH_UNEXPECTED", "ERR Client sent AUTH, but no password is set"),
    ("COMMAND_UNKNOWN", "ERR unknown command 'CONFIG', with args beginning with: 'GET' "),
    ("COMMAND_UNKNOWN", "ERR unknown command `FOO`, with args beginning with: `bar`, "),
    ("COMMAND_UNKNOWN", "ERR unknown command 'LATENCY'"),
    ("COMMAND_UNKNOWN", "ERR unknown subcommand 'HISTOGRAM'. Try LATENCY HELP."),
    (
        "COMMAND_UNKNOWN",
        "ERR Unknown subcommand or wrong number of arguments for 'HISTOGRAM'. Try LATENCY HELP.",
    ),
    ("BAD_DB", "ERR DB index is out of range"),
    ("BAD_DB", "ERR invalid DB index"),
    ("BAD_DB", "ERR SELECT is not allowed in cluster mode"),
    ("ERROR_REPLY", "ERR Protocol error: invalid bulk length"),
    ("ERROR_REPLY", "NOPROTO unsupported protocol version"),
    ("ERROR_REPLY", "ERR value is not an integer or out of range"),
    ("ERROR_REPLY", "ERR wrong number of arguments for 'get' command"),
    ("ERROR_REPLY", "BUSYKEY Target key name already exists."),
    ("ERROR_REPLY", "ERR Error running script (call to f_1): @user_script:1: broken"),
    # Proxies and gateways.
    ("ERROR_REPLY", "no upstream host"),
    ("ERROR_REPLY", "upstream failure"),
    ("ERROR_REPLY", "ERR no such backend"),
    ("ERROR_REPLY", "ERR Connection timed out"),
    ("ERROR_REPLY", ""),
    ("ERROR_REPLY", " "),
    ("ERROR_REPLY", "-"),
]


@pytest.mark.parametrize(("code", "text"), REPLIES)
def test_what_a_reply_stands_for(code: str, text: str) -> None:
    failure = failure_of_reply(text, user="mon", command="INFO", where="redis:6379")
    assert failure.condition is condition_of(text)
    assert (failure.code, failure.nature) == (code, Nature.REPLY)
    assert failure.message.isprintable()


def test_every_reply_that_has_a_word_has_a_text() -> None:
    told = {code for code, _ in REPLIES}
    assert told >= {
        condition.code
        for condition in conditions.ALL
        if condition.code
        not in {
            "DNS", "CONN_REFUSED", "CONN_RESET", "UNREACHABLE", "CONNECT_TIMEOUT", "TIMEOUT",
            "NOT_RESP", "TLS_VERIFY", "TLS_TO_PLAIN", "PLAIN_TO_TLS", "TLS_HANDSHAKE",
            "CRED_ROTATED", "PAUSED_WRITE",
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("WRONGPASS invalid", ["'mon'", "redis:6379", "the server is reachable"]),
        ("NOPERM no", ["user mon may not run INFO"]),
        ("ERR unknown command 'INFO'", ["redis:6379", "does not know INFO"]),
        ("LOADING Redis is loading", ["redis:6379", "loading its data set"]),
        ("ERR something {user} else", ["INFO is answered with: ERR something {user} else"]),
        ("MISCONF Errors writing to the AOF file: No space left", ["No space left"]),
        ("ERR DB index is out of range", ["redis:6379", "out of range"]),
    ],
)
def test_what_is_told(text: str, words: list[str]) -> None:
    message = failure_of_reply(text, user="mon", command="INFO", where="redis:6379").message
    for word in words:
        assert word in message


_WORDS = st.sampled_from(
    [
        "ERR ",
        "LOADING ",
        "NOAUTH ",
        "MISCONF AOF ",
        "ERR unknown command ",
        "{",
        "}",
        "{text}",
        "%s",
    ]
)


@given(st.lists(st.one_of(st.text(), _WORDS)).map("".join), st.text(max_size=20))
def test_any_text_is_a_failure_with_a_bounded_line(text: str, command: str) -> None:
    failure = failure_of_reply(text, user="mon", command=command, where="redis:6379")
    assert failure.condition in conditions.ALL
    assert 0 < len(failure.message) < 400
    assert "\n" not in failure.message.replace(command, "")


@given(st.binary())
def test_any_bytes_are_too(raw: bytes) -> None:
    text = raw.decode("utf-8", "surrogateescape")
    failure = failure_of_reply(text, user="mon", command="INFO", where="redis:6379")
    assert failure.message.isprintable()
    failure.message.encode("utf-8")


def test_a_long_reply_is_cut() -> None:
    message = failure_of_reply("ERR " + "x" * 5000, user="u", command="C", where="w").message
    assert message.endswith("…")
    assert len(message) < 300
