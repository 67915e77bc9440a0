"""Every fault that is declared."""

from __future__ import annotations

from tests.faults.faults_cluster import CLUSTER
from tests.faults.faults_execution import EXECUTION
from tests.faults.faults_kinds import KINDS
from tests.faults.faults_login import LOGIN
from tests.faults.faults_memory import MEMORY
from tests.faults.faults_network import NETWORK
from tests.faults.faults_persistence import PERSISTENCE
from tests.faults.faults_process import PROCESS
from tests.faults.faults_replication import REPLICATION
from tests.faults.faults_sentinel import SENTINEL
from tests.faults.faults_sidecar import SIDECAR
from tests.faults.faults_tls import TLS

FAULTS = (
    *PROCESS,
    *NETWORK,
    *LOGIN,
    *TLS,
    *PERSISTENCE,
    *MEMORY,
    *EXECUTION,
    *REPLICATION,
    *CLUSTER,
    *SENTINEL,
    *SIDECAR,
    *KINDS,
)
assert len({fault.name for fault in FAULTS}) == len(FAULTS), "two faults have one name"
