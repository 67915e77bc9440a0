"""Every fault: what is done, and what must be said of it."""

from __future__ import annotations

from tests.e2e.faults_access import LOGIN, NETWORK
from tests.e2e.faults_data import REPLICATION, STORAGE
from tests.e2e.faults_process import PROCESS

FAULTS = (*PROCESS, *NETWORK, *LOGIN, *STORAGE, *REPLICATION)
