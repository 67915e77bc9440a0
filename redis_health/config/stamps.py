"""Whether a file is still the one that was read."""

from __future__ import annotations

from pathlib import Path

#: What tells one state of a file from the next: time of change, size and inode; None when it is
#: not there.
Stamp = tuple[int, int, int] | None


def stamp_of(path: Path) -> Stamp:
    """The state of a file, behind symbolic links; never raises."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
