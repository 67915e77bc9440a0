"""The server as a child process beside the service: started, told to stop, reaped."""

from redis_health.supervisor.address import address_of
from redis_health.supervisor.child import Child
from redis_health.supervisor.command import ServerCommand, read_command
from redis_health.supervisor.handover import launch_of
from redis_health.supervisor.probe import child_samples, with_child
from redis_health.supervisor.supervisor import Supervisor

__all__ = [
    "Child",
    "ServerCommand",
    "Supervisor",
    "address_of",
    "child_samples",
    "launch_of",
    "read_command",
    "with_child",
]
