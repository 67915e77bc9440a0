"""What the service must never log, and how much it may."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

#: Words of an error that nobody foresaw, ours or those of asyncio and aiohttp.
_UNWANTED = re.compile(
    r'Traceback|"exception":|never retrieved|never awaited|nhandled|was destroyed|exc_info'
    r"|request failed|probe task died|a listener failed|out of system resource"
)
#: How events begin that show where a loop stood still: we stopped it ourselves.
_STALLED = "event loop"
#: What the names of events about targets of /scrape end with.
OF_ANOTHER = " of another"


def unwanted(lines: list[str]) -> list[str]:
    """The lines that must not be there; what is no JSON is none of ours."""
    return [line for line in lines if not _is_fine(line)]


def events(lines: list[str], *, about: str) -> dict[str, int]:
    """How often each event was logged; those ``of another`` target than ``about`` apart."""
    return dict(Counter(_name(_parsed(line), about) for line in lines))


def _is_fine(line: str) -> bool:
    event = _parsed(line).get("event")
    if not isinstance(event, str):
        return False
    return event.startswith(_STALLED) or not _UNWANTED.search(line)


def _name(line: dict[str, Any], about: str) -> str:
    name, target = str(line.get("event")), str(line.get("target", about))
    return name if target.endswith(about) else name + OF_ANOTHER


def _parsed(line: str) -> dict[str, Any]:
    try:
        parsed = json.loads(line)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
