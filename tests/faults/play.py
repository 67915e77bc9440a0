"""The whole scene: well, damaged, told, repaired, well again."""

from __future__ import annotations

import time

from tests.certificates import Certificates
from tests.faults.fault import Fault
from tests.faults.lab import Lab
from tests.faults.outcome import Outcome
from tests.faults.watch import verdict
from tests.ports import poll


def play(fault: Fault, certificates: Certificates) -> Outcome:
    """Plays a fault; AssertionError when the service says of it what it must not."""
    with Lab(fault, certificates) as lab:
        if fault.prepare is not None:
            fault.prepare(lab)
        if not fault.at_start:
            lab.start_service()
            lab.wait_up()
        with fault.inject(lab):
            if fault.at_start:
                lab.start_service()
            begun = time.monotonic()
            seen = (fault.watch or verdict)(lab, begun)
            said = lab.rivals.ask() if fault.rivals else None
        recovered = _recovery(lab) if fault.recovers else None
        again = lab.rivals.ask() if fault.recovers and fault.rivals else None
        return Outcome(
            seconds=seen.seconds,
            bound=seen.bound,
            recovered=recovered,
            message=seen.message,
            advice=seen.advice,
            redis_cli=said.redis_cli if said else None,
            exporter=said.exporter if said else None,
            redis_cli_again=again.redis_cli if again else None,
            exporter_again=again.exporter if again else None,
        )


def _recovery(lab: Lab) -> float:
    """Seconds until all is well again, which the fault may say is not before a time."""
    mended, fault = time.monotonic(), lab.fault
    if fault.lasts:
        early = poll(lambda: lab.service.health()["state"] == "up", within=fault.lasts, every=1.0)
        assert not early, f"it was over after {time.monotonic() - mended:.0f} s"
    lab.wait_up(within=fault.recovery - fault.lasts)
    return time.monotonic() - mended
