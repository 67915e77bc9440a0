"""Writes redis-health.json: ``python -m deploy.grafana.generate``, which ``make generate`` runs."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.grafana.build import dashboard

FILE = Path(__file__).parent / "redis-health.json"


def text() -> str:
    """The file that Grafana loads."""
    return json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
