"""All rows of the dashboard, from what is looked at first to what is looked at last."""

from __future__ import annotations

from deploy.grafana.data import KEYSPACE, MEMORY, PERSISTENCE
from deploy.grafana.service import SERVICE, SLOWLOG
from deploy.grafana.topology import CLUSTER, REPLICATION, SENTINEL
from deploy.grafana.traffic import CLIENTS, COMMANDS, LATENCY, NETWORK
from deploy.grafana.verdict import AVAILABILITY, VERDICT

ROWS = (
    VERDICT,
    AVAILABILITY,
    LATENCY,
    COMMANDS,
    MEMORY,
    KEYSPACE,
    CLIENTS,
    NETWORK,
    PERSISTENCE,
    REPLICATION,
    CLUSTER,
    SENTINEL,
    SLOWLOG,
    SERVICE,
)
