"""Marks that tell of one thing, told as one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from redis_health.verdict.evidence import Mark


def merged(marks: Iterable[Mark]) -> list[Mark]:
    """One mark per code, and none whose cause is told too: the cause takes over what it explains.

    The merged mark has lost what any of its parts has lost, and is as old as the oldest.
    """
    by_code: dict[str, Mark] = {}
    for mark in marks:
        code = mark.condition.code
        known = by_code.get(code)
        by_code[code] = mark if known is None else _same(known, mark)
    for mark in list(by_code.values()):
        for code in mark.condition.explains:
            if code in by_code and mark.condition.code in by_code and code != mark.condition.code:
                cause = by_code[mark.condition.code]
                by_code[mark.condition.code] = _cause(cause, by_code.pop(code))
    return list(by_code.values())


def _same(known: Mark, other: Mark) -> Mark:
    """Two marks of one condition: the check that it belongs to tells it, else the longer one."""
    own = [mark for mark in (known, other) if mark.condition.check is None]
    told = own[0] if len(own) == 1 else max(known, other, key=lambda mark: len(mark.message))
    return _joined(told, known, other)


def _cause(cause: Mark, explained: Mark) -> Mark:
    message = cause.message
    if explained.message not in message:
        message = f"{message}; {explained.message}"
    return replace(_joined(cause, cause, explained), message=message)


def _joined(told: Mark, one: Mark, other: Mark) -> Mark:
    return replace(told, lost=one.lost | other.lost, since=min(one.since, other.since))
