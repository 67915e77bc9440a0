"""Writes prometheusrule.yaml from the rule file: ``make generate`` runs it after the rules."""

from __future__ import annotations

import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RULES = ROOT / "rules" / "redis_health.yml"
FILE = Path(__file__).parent / "prometheusrule.yaml"

_HEAD = """\
# Written by `make generate` from rules/redis_health.yml. Do not edit.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: redis-health
  labels:
    app: redis-health
spec:
"""


def text() -> str:
    """The manifest with the rules as they stand in the rule file, less its comments."""
    rules = RULES.read_text(encoding="utf-8")
    return _HEAD + textwrap.indent(rules[rules.index("groups:") :], "  ")


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
