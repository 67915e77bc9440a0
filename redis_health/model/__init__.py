"""The vocabulary of the service: frozen data and protocols, no input or output."""

from redis_health.model.clock import Clock, SystemClock
from redis_health.model.conditions import (
    Capability,
    Condition,
    Failure,
    Finding,
    Limits,
    Nature,
    Reading,
    Severity,
    Threshold,
)
from redis_health.model.metrics import Histogram, Metric, MetricKind, Sample, Summary
from redis_health.model.policy import (
    PRIMARY_REQUIRES,
    REPLICA_REQUIRES,
    Policy,
    Schedule,
)
from redis_health.model.probe import (
    Command,
    Dial,
    ErrorReply,
    Fact,
    InfoReply,
    Item,
    Probe,
    ProbeOptions,
    ProbeResult,
    Reader,
    Reply,
)
from redis_health.model.snapshot import Flap, Snapshot, Standing
from redis_health.model.target import Target, TLSSettings
from redis_health.model.verdict import (
    CheckStatus,
    CheckView,
    Identity,
    Reason,
    State,
    Verdict,
)

__all__ = [
    "PRIMARY_REQUIRES",
    "REPLICA_REQUIRES",
    "Capability",
    "CheckStatus",
    "CheckView",
    "Clock",
    "Command",
    "Condition",
    "Dial",
    "ErrorReply",
    "Fact",
    "Failure",
    "Finding",
    "Flap",
    "Histogram",
    "Identity",
    "InfoReply",
    "Item",
    "Limits",
    "Metric",
    "MetricKind",
    "Nature",
    "Policy",
    "Probe",
    "ProbeOptions",
    "ProbeResult",
    "Reader",
    "Reading",
    "Reason",
    "Reply",
    "Sample",
    "Schedule",
    "Severity",
    "Snapshot",
    "Standing",
    "State",
    "Summary",
    "SystemClock",
    "TLSSettings",
    "Target",
    "Threshold",
    "Verdict",
]
