"""The conditions that an error reply or a failed connection stands for."""

from __future__ import annotations

from redis_health.model import Capability, Condition

_CONNECT = frozenset({Capability.CONNECT})
_LOGIN = frozenset({Capability.AUTHENTICATE})
_READ = frozenset({Capability.READ})
_WRITE = frozenset({Capability.WRITE})
_SERVE = _READ | _WRITE
_SILENT = _CONNECT | _SERVE

# The way to the server.
DNS = Condition(
    "DNS",
    "the host name does not resolve",
    "fix the service or host name, or the resolver: getent hosts NAME",
    lost=_CONNECT,
)
CONN_REFUSED = Condition(
    "CONN_REFUSED",
    "nothing listens at the address",
    "start redis-server; read the end of its log and look for the OOM killer (dmesg)",
    lost=_CONNECT,
)
CONN_RESET = Condition(
    "CONN_RESET",
    "the connection was closed before an answer came",
    "read the server's log; look for a proxy, a restart or client limits in between",
    lost=_CONNECT,
)
UNREACHABLE = Condition(
    "UNREACHABLE",
    "there is no route to the address, or we may not use it",
    "check the network path, policies and permissions of a unix socket",
    lost=_CONNECT,
)
CONNECT_TIMEOUT = Condition(
    "CONNECT_TIMEOUT",
    "the TCP connection is not accepted in time",
    "check firewall and network path; a full backlog shows in ss -ltn",
    lost=_CONNECT,
)
TIMEOUT = Condition(
    "TIMEOUT",
    "the connection is open and no reply comes in time",
    "look for a stopped or swapping process and one long command; "
    "kill -CONT or wait, do not restart first",
    lost=_SILENT,
)
NOT_RESP = Condition(
    "NOT_RESP",
    "what answers is not a Redis server",
    "fix the port: something else listens there",
    lost=_CONNECT,
)

# TLS.
TLS_VERIFY = Condition(
    "TLS_VERIFY",
    "the server's certificate is not accepted",
    "renew the certificate (tls-cert-file, then CONFIG SET it) or fix the CA file",
    lost=_CONNECT,
)
TLS_TO_PLAIN = Condition(
    "TLS_TO_PLAIN",
    "we speak TLS to a port that does not",
    "use redis:// for this port, or the server's tls-port",
    lost=_CONNECT,
)
PLAIN_TO_TLS = Condition(
    "PLAIN_TO_TLS",
    "we speak plaintext to a TLS port",
    "use rediss:// for this port",
    lost=_CONNECT,
)
TLS_HANDSHAKE = Condition(
    "TLS_HANDSHAKE",
    "the TLS handshake fails",
    "compare protocol versions and certificates: openssl s_client -connect HOST:PORT",
    lost=_CONNECT,
)

# Being let in.
MAXCLIENTS = Condition(
    "MAXCLIENTS",
    "the server takes no new connections",
    "find the leak with CLIENT LIST, or raise maxclients: CONFIG SET maxclients N",
    lost=_CONNECT,
    explains=frozenset({"CONN_RESET", "TLS_HANDSHAKE", "CLIENTS_HIGH"}),
)
PROTECTED_MODE = Condition(
    "PROTECTED_MODE",
    "protected mode lets only loopback clients in",
    "set a password or ACL users; turn protected-mode off only behind a firewall",
    lost=_CONNECT,
)
NOAUTH = Condition(
    "NOAUTH",
    "the server asks for a password and we have none",
    "give the password: REDIS_PASSWORD or REDIS_PASSWORD_FILE",
    lost=_LOGIN,
)
WRONGPASS = Condition(
    "WRONGPASS",
    "the server rejects our user name or password",
    "compare the secret with the server's: ACL GETUSER NAME",
    lost=_LOGIN,
)
AUTH_UNEXPECTED = Condition(
    "AUTH_UNEXPECTED",
    "we have a password and the server wants none: it is open to everybody",
    "restore requirepass or the ACL file; find out who removed it",
    lost=_LOGIN,
)
CRED_ROTATED = Condition(
    "CRED_ROTATED",
    "a fresh login is rejected while the kept connection still works",
    "finish the rotation: update REDIS_PASSWORD_FILE or the secret of the clients",
)
BAD_DB = Condition(
    "BAD_DB",
    "the configured database cannot be selected",
    "fix REDIS_DB: CONFIG GET databases (a cluster has database 0 alone)",
    lost=_CONNECT,
)
NOPERM = Condition(
    "NOPERM_PROBE",
    "our user may not run a command that a probe needs",
    "ACL SETUSER NAME +command",
)
COMMAND_UNKNOWN = Condition(
    "COMMAND_UNKNOWN",
    "the server does not have, or has renamed, a command that a probe needs",
    "look for rename-command in the server's configuration",
)

# Answering.
LOADING = Condition(
    "LOADING",
    "the data set is being loaded",
    "wait, and watch INFO persistence; never restart, it would begin again",
    lost=_SERVE,
    check="persistence",
)
BUSY = Condition(
    "BUSY",
    "a script or function blocks the server",
    "SCRIPT KILL (or FUNCTION KILL) stops one that has not written; one that has ends by itself, or"
    " by SHUTDOWN NOSAVE, which loses what is not saved",
    lost=_SERVE,
)
MISCONF_RDB = Condition(
    "MISCONF_RDB",
    "writes are refused because the last RDB save failed",
    "free disk or fix dir, or memory where the log says that it cannot fork, then BGSAVE;"
    " redis-cli --rdb FILE saves the data elsewhere; do NOT restart, unsaved data would be lost",
    lost=_WRITE,
    check="persistence",
    explains=frozenset({"BGSAVE_ERR"}),
)
MISCONF_AOF = Condition(
    "MISCONF_AOF",
    "writes are refused because the AOF cannot be written",
    "free disk space: df -h on the server's dir, and dmesg for errors of the disk; it recovers by"
    " itself within seconds, or else, on a disk that is well again and after a BGSAVE, by"
    " CONFIG SET appendonly no, then yes: see that INFO then has aof_enabled:1",
    lost=_WRITE,
    check="persistence",
    explains=frozenset({"AOF_ERR"}),
)
OOM = Condition(
    "OOM",
    "writes are refused because maxmemory is used up",
    "raise maxmemory, delete keys, or set an evicting maxmemory-policy; MEMORY STATS tells what"
    " takes it where there are few keys",
    lost=_WRITE,
    check="memory",
    explains=frozenset({"MEM_HIGH"}),
)
READONLY = Condition(
    "READONLY",
    "writes are refused because this is a read-only replica",
    "write to the primary: INFO replication names it",
    lost=_WRITE,
    check="replication",
)
NOREPLICAS = Condition(
    "NOREPLICAS",
    "writes are refused because too few replicas are connected",
    "bring a replica back: INFO replication lists those connected",
    lost=_WRITE,
    check="replication",
)
MASTERDOWN = Condition(
    "MASTERDOWN",
    "reads are refused because the link to the primary is down",
    "bring the primary back, or promote this replica: REPLICAOF NO ONE, in a cluster CLUSTER"
    " FAILOVER TAKEOVER",
    lost=_READ,
    check="replication",
    explains=frozenset({"LINK_DOWN_STALE"}),
)
CLUSTERDOWN = Condition(
    "CLUSTERDOWN",
    "the cluster does not serve",
    "CLUSTER INFO and CLUSTER NODES; redis-cli --cluster check HOST:PORT",
    lost=_SERVE,
)
PAUSED_WRITE = Condition(
    "PAUSED_WRITE",
    "reads are answered and writes hang",
    "CLIENT UNPAUSE, unless a failover is in progress",
    lost=_WRITE,
)
ERROR_REPLY = Condition(
    "ERROR_REPLY",
    "the server answers with an error that we do not know",
    "run the command by hand with redis-cli and read the server's log",
    lost=_READ,
)

ALL = tuple(value for value in vars().values() if isinstance(value, Condition))
